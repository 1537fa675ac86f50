/* tell_tick.h: where the most allocations in one tick came from, in words. For budgets.c. Does not
 * allocate. */
#ifndef TA_JUDGE_TELL_TICK_H
#define TA_JUDGE_TELL_TICK_H

#include "message.h"
#include "result.h"

/* The place of a frame; one without a name by its module and offset. */
void ta_tell_frame(const ta_frame *frame, ta_message *message);

/* The tick with so many allocations, its threads and its sites. `phase` is the index of a phase
 * plus one; 0: the whole. */
void ta_tell_tick(const ta_result *result, uint32_t phase, uint64_t allocs, ta_message *message);

#endif
