/* family.h: the ledgers of a program's children, read into the program's result. */
#ifndef TA_RUN_FAMILY_H
#define TA_RUN_FAMILY_H

#include "ledger.h"
#include "measure_program.h"
#include "result.h"

/* Lists every process of the family in result->processes, and joins what they counted into the
 * result, which is that of the ledger `own` already; `without` says what a process without ticks
 * is. With `with_sites`, their stacks too. Allocates. TA_INTERNAL when there is no memory. */
ta_status ta_family_join(const ta_ledger_file *file, const ta_ledger *own, ta_without_ticks without,
                         bool with_sites, ta_result *result);

#endif
