/* tick_match.h: which ticks of two runs are the same step: the nth of the phase of the same name.
 *
 *     status = ta_tick_match(pre, post, &pairs, &count);   free(pairs)
 *
 * An added, removed or moved phase shifts nothing. Any thread. */
#ifndef TA_JUDGE_TICK_MATCH_H
#define TA_JUDGE_TICK_MATCH_H

#include "result.h"

#include <stddef.h>

typedef struct ta_tick_pair {
    size_t pre, post; /* indices of the results' ticks */
    size_t of_phase;  /* from 0 */
} ta_tick_pair;

/* The pairs in the order of the post run; the caller frees them. Of runs without phases all ticks
 * are one phase. TA_INTERNAL without memory. */
ta_status ta_tick_match(const ta_result *pre, const ta_result *post, ta_tick_pair **pairs,
                        size_t *count);

/* The phase of `in` that is phase `index` of `of`: the one of its name, and of several of that name
 * the one in the same place among them. NULL when there is none. Allocates nothing. */
const ta_figures *ta_phase_like(const ta_result *in, const ta_result *of, uint32_t index);

#endif
