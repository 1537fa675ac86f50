/* suppress.h: takes known allocations out of what a run is judged by, and keeps an account of it.
 *
 *     status = ta_suppress(&suppressions, result);       the sites are in the result
 *     status = ta_judge_budgets(&list, result);
 *
 * A site is suppressed by the first suppression of the file that matches it and has not expired on
 * the day of the result's timestamp. Its allocations and bytes then leave the figures hot_allocs
 * and hot_bytes of the whole and of the phases, and every hot path that it counts for; frees stay,
 * since no stack of theirs is kept. Sites outside of hot paths break no promise and are never
 * matched. Allocates; one thread at a time per result. */
#ifndef TA_JUDGE_SUPPRESS_H
#define TA_JUDGE_SUPPRESS_H

#include "result.h"
#include "suppressions.h"

/* Fills result->suppressions and result->suppressed, and takes away. Once per result, between the
 * sites and the budgets. TA_INTERNAL when there is no memory; nothing is changed then. */
ta_status ta_suppress(const ta_suppressions *suppressions, ta_result *result);

#endif
