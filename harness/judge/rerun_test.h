/* rerun_test.h: whether one side is slower than the other, from interleaved rounds of both.
 *
 *     ta_timed_rounds rounds = {.rounds = 10, .ticks = 1800, .pre_ns = ..., .post_ns = ...};
 *     ta_timed_row rows[TA_TIMED_ROWS];
 *     status = ta_timed_test(&rounds, rows);
 *
 * Each tick does the same work in every round, so its time is the least over the rounds. A row is
 * the log ratio of a figure of these minima. Under the hypothesis that both sides are alike each
 * round could as well have had them exchanged: the p-value is the share of all exchanges whose
 * ratio is as large as the one that was seen (a permutation test; Ernst, Statistical Science 19,
 * 2004). More than 10 rounds are put into 10 blocks, which are exchanged as wholes. Several rows
 * are corrected by Holm (Scandinavian Journal of Statistics 6, 1979).
 *
 * FAIL: slower by more than the threshold, and the corrected p is below 0.05. PASS: the same test
 * rejects that it is slower by the threshold or more. Otherwise inconclusive.
 *
 * Minima hide what hits another tick in each round (a collection, a rehash). So the figure of each
 * round by itself is held against it as well (rerun_each.c): a PASS becomes a FAIL when all rounds
 * of post are slower than all of pre, and inconclusive when its corrected p is below 0.1. And a
 * difference of less than TA_TIMED_LEAST_NS a tick is no FAIL: the clock alone moves by that.
 * Any thread; allocates. */
#ifndef TA_JUDGE_RERUN_TEST_H
#define TA_JUDGE_RERUN_TEST_H

#include "result.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TA_TIMED_BLOCKS_MAX = 10,
    TA_TIMED_ROUNDS_DEFAULT = 10,
    TA_TIMED_ROUNDS_MAX = 1000,
    TA_TIMED_ROWS = 2, /* p95_ms and avg_fps */
    TA_TIMED_LEAST_NS = 100
};

/* Times of the same ticks on both sides: of round r tick t stands at [r * ticks + t]. */
typedef struct ta_timed_rounds {
    uint32_t rounds;
    size_t ticks;
    const uint64_t *pre_ns, *post_ns;
} ta_timed_rounds;

typedef struct ta_timed_row {
    ta_metric metric;
    double threshold;     /* how much slower is too much: a ratio of times above 1 */
    double pre, post;     /* the metric over the minima */
    double slower;        /* ratio of times, post to pre */
    double p, p_adjusted; /* that it is not slower at all; the same corrected for all rows */
    double p_within;      /* that it is slower by the threshold or more */
    double deviation;     /* estimated standard deviation of log(slower); for planning only */
    uint32_t more_rounds; /* how many more would settle it; 0: none that are practical */
    double each_slower;   /* of the rounds by themselves: the geometric mean of their ratios */
    double each_p;        /* that these are not slower at all, corrected for all rows */
    bool each_apart;      /* each round of post is slower than each of pre */
    bool each_decided;    /* the verdict is from the rounds by themselves */
    bool too_short;       /* slower by less than TA_TIMED_LEAST_NS: no FAIL for that */
    ta_verdict verdict;   /* pass, fail or inconclusive */
} ta_timed_row;

/* Fills what the rounds say by themselves, each_decided left out. TA_INTERNAL without memory. */
ta_status ta_timed_each_round(const ta_timed_rounds *rounds, ta_timed_row rows[TA_TIMED_ROWS]);

/* The 95th percentile, by nearest rank, of `count` values from 1; they are put into another order.
 */
double ta_timed_p95(double *values, size_t count);

/* Errors: TA_BAD_INPUT when there is no tick or fewer than 2 rounds, TA_INTERNAL without memory. */
ta_status ta_timed_test(const ta_timed_rounds *rounds, ta_timed_row rows[TA_TIMED_ROWS]);

#endif
