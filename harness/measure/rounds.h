/* rounds.h: several runs of one scenario as one result: counts that must agree, times that are
 * minima.
 *
 *     status = ta_rounds_join(first, next);     for each further round
 *     ta_rounds_finish(first);
 *
 * A tick does the same work in every round. Its time is the least over the rounds; the greatest is
 * kept beside it, and how many ticks were long, and the longest, are told of those. An exact metric
 * that does not agree is nondeterministic: a budget over it is inconclusive, unless it is broken in
 * every round. Any thread; ta_rounds_finish() allocates. */
#ifndef TA_MEASURE_ROUNDS_H
#define TA_MEASURE_ROUNDS_H

#include "result.h"

/* Adds a whole run of the same scenario to the first round's result. TA_INTERNAL when the runs have
 * another number of ticks, phases or judgements although nothing failed. */
ta_status ta_rounds_join(ta_result *first, const ta_result *next);

/* Fills the figures of times, and adds the evidence of how the rounds agreed; budgets over times
 * are to be judged again (ta_judge_rounds). TA_INTERNAL without memory. */
ta_status ta_rounds_finish(ta_result *first);

/* "hot_allocs (5 to 7, first in tick 12), ...": the exact metrics that differ; "" when none does.
 */
void ta_rounds_differences(const ta_result *result, char *text, size_t size);

#endif
