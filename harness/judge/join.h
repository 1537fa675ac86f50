/* join.h: what a program's children did, added to what is known of the program itself.
 *
 *     ta_result_list(result, ledger, end);       its row in the list of processes
 *     ta_result_join(result, child);             the child's figures into the result's
 *
 * Both allocate; one thread at a time per result. TA_INTERNAL when there is no memory. */
#ifndef TA_JUDGE_JOIN_H
#define TA_JUDGE_JOIN_H

#include "layout.h"
#include "result.h"

/* Adds a row to result->processes. */
ta_status ta_result_list(ta_result *result, const ta_ledger *ledger, ta_process_end end);

/* Counts (allocations, frees, bytes, those in hot paths, mappings) and losses are added up; of what
 * is said per tick, and of growth, the greatest is kept; hot paths and allowed stretches of one
 * name become one; sites and their frames are appended, to be ordered by the caller. Ticks and
 * times stay the result's own. */
ta_status ta_result_join(ta_result *result, const ta_result *child);

#endif
