/* family.h: the ledgers of a program's children, read into the program's result. */
#ifndef TA_RUN_FAMILY_H
#define TA_RUN_FAMILY_H

#include "ledger.h"
#include "result.h"

/* Lists every process of the family in result->processes, and joins what they counted into the
 * result, which is that of the ledger `own` already. With `with_sites`, their stacks too.
 * Allocates. TA_INTERNAL when there is no memory. */
ta_status ta_family_join(const ta_ledger_file *file, const ta_ledger *own, bool with_sites,
                         ta_result *result);

#endif
