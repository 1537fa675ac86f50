/* function_evidence.h: whether functions that are hot paths or ticks were seen whole: inlined
 * copies, calls within a library, functions of the same name, functions that share an address. For
 * exec.c only.
 *
 *     status = ta_function_evidence(&options, &seen, result);    figures are there, nothing judged
 *
 * Reads the files of all modules that the program has loaded. Allocates; one thread at a time. */
#ifndef TA_RUN_FUNCTION_EVIDENCE_H
#define TA_RUN_FUNCTION_EVIDENCE_H

#include "exec_evidence.h"

/* Adds the entries, a few for each function. TA_INTERNAL when there is no memory. */
ta_status ta_function_evidence(const ta_exec_options *options, const ta_exec_seen *seen,
                               ta_result *result);

#endif
