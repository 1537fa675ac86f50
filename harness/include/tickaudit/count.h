/* count.h: what a piece of code allocates, as numbers. Part of tickaudit.h.
 *
 *     ta_counts counts;
 *     TA_COUNT_ALLOCS(counts) { step(world); }
 *     printf("%llu allocations\n", (unsigned long long)counts.allocs);
 *     printf("%.1f a step\n", ta_allocs_per_run(step_one, world, 100));
 *
 * Counts are the calling thread's own; the forms with `process` in their name count all threads.
 * Every allocation counts, those in allowed stretches and hot paths too. Without an auditor there
 * is no number: each count is TA_NOT_COUNTED, each average NAN, never zero.
 *
 * Nothing here allocates (but what it counts may). Safe from any thread; a block is left by the
 * thread that entered it. */
#ifndef TICKAUDIT_COUNT_H
#define TICKAUDIT_COUNT_H

#include <math.h>

#include "tickaudit/tickaudit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In place of each count when no auditor is in the process: larger than any limit, and not zero,
 * so that a test for few or no allocations fails rather than passes. */
#define TA_NOT_COUNTED UINT64_MAX

/* All counts at TA_NOT_COUNTED, the signed ones at their largest. */
static inline ta_counts ta_counts_none(void) {
    ta_counts none = {TA_NOT_COUNTED, TA_NOT_COUNTED, TA_NOT_COUNTED, TA_NOT_COUNTED,
                      TA_NOT_COUNTED, TA_NOT_COUNTED, INT64_MAX,      INT64_MAX};
    return none;
}

/* Whether these are counts, and not the mark that there was no auditor. */
static inline bool ta_counts_known(const ta_counts *counts) {
    return counts->allocs != TA_NOT_COUNTED;
}

/* What was counted up to now by this thread, or by all; ta_counts_none() without an auditor. */
static inline ta_counts ta_counts_now(bool process) {
    ta_counts now;
    bool (*count)(ta_counts *) = process ? TA_FOUND(ta_process_counts) : TA_FOUND(ta_thread_counts);
    bool known = count && count(&now);
    return known ? now : ta_counts_none();
}

/* What was counted from the one reading to the other. */
static inline ta_counts ta_counts_between(const ta_counts *before, const ta_counts *after) {
    if (!ta_counts_known(before) || !ta_counts_known(after))
        return ta_counts_none();
    ta_counts difference = {
        after->allocs - before->allocs,         after->frees - before->frees,
        after->bytes - before->bytes,           after->failed - before->failed,
        after->hot_allocs - before->hot_allocs, after->hot_frees - before->hot_frees,
        after->live_bytes - before->live_bytes, after->live_blocks - before->live_blocks};
    return difference;
}

/* A block that is being counted. For the macros below. */
typedef struct ta_counting {
    ta_counts before;
    ta_counts *result;
    bool process;
    bool entered;
} ta_counting;

/* Starts counting. `result` says TA_NOT_COUNTED until the block is left. */
static inline ta_counting ta_counting_open(ta_counts *result, bool process) {
    *result = ta_counts_none();
    ta_counting ta_block = {ta_counts_now(process), result, process, false};
    return ta_block;
}

/* Called by the compiler when the block is left: the result is there from here on. */
static inline void ta_counting_close(ta_counting *ta_block) {
    ta_counts after = ta_counts_now(ta_block->process);
    *ta_block->result = ta_counts_between(&ta_block->before, &after);
}

/* The statement that follows is counted into the variable `counts`, a ta_counts. Leaving it by
 * break (which leaves this block, not a loop around it), return, goto or a C++ exception counts up
 * to there; after longjmp the variable says TA_NOT_COUNTED. `counts` must outlive the block. */
#define TA_COUNT_ALLOCS(counts)                                                                    \
    TA_COUNTING_EXPAND(ta_counting_open(&(counts), false), TA_SCOPE_NUMBER)

/* The same for all threads: exact while the others stand still, a reading in passing otherwise. */
#define TA_COUNT_PROCESS_ALLOCS(counts)                                                            \
    TA_COUNTING_EXPAND(ta_counting_open(&(counts), true), TA_SCOPE_NUMBER)

#define TA_COUNTING_EXPAND(open, number)   TA_COUNTING_NUMBERED(open, number)
#define TA_COUNTING_NUMBERED(open, number) TA_COUNTING_NAMED(open, ta_counting_##number)
#define TA_COUNTING_NAMED(open, counting)                                                          \
    for (__attribute__((cleanup(ta_counting_close))) ta_counting counting = (open);                \
         !counting.entered; counting.entered = true)

/* The average of `runs` calls after one that is not counted. For the two functions below. */
static inline double ta_average_allocs(void (*function)(void *context), void *context,
                                       unsigned runs, bool process) {
    ta_counts counts;
    function(context);
    ta_counting ta_block = ta_counting_open(&counts, process);
    for (unsigned run = 0; run < runs; run++)
        function(context);
    ta_counting_close(&ta_block);
    bool known = runs > 0 && ta_counts_known(&counts);
    return known ? (double)counts.allocs / (double)runs : (double)NAN;
}

/* How often this thread allocates per call of `function`, on average: calls it once uncounted, as
 * first uses allocate for real, then `runs` times. NAN when not audited, or when `runs` is 0. */
static inline double ta_allocs_per_run(void (*function)(void *context), void *context,
                                       unsigned runs) {
    return ta_average_allocs(function, context, runs, false);
}

/* The same for all threads together, for a function that hands its work to others and waits. */
static inline double ta_process_allocs_per_run(void (*function)(void *context), void *context,
                                               unsigned runs) {
    return ta_average_allocs(function, context, runs, true);
}

#ifdef __cplusplus
}
#endif

#endif
