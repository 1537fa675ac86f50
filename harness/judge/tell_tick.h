/* tell_tick.h: where the most allocations in one tick came from, in words. For budgets.c. Does not
 * allocate. */
#ifndef TA_JUDGE_TELL_TICK_H
#define TA_JUDGE_TELL_TICK_H

#include "message.h"
#include "result.h"

/* Where a site allocates: the reader's own line, the function of a library that it called to get
 * its memory, and, after `by`, who called it (often it is a wrapper of malloc). */
void ta_tell_site(const ta_result *result, const ta_site *site, const char *by,
                  ta_message *message);

/* The tick with so many allocations, its threads and its sites. `phase` is the index of a phase
 * plus one; 0: the whole. */
void ta_tell_tick(const ta_result *result, uint32_t phase, uint64_t allocs, ta_message *message);

#endif
