/* What each round says by itself, beside the minima over all of them: whether the rounds of one
 * side are slower than those of the other, whichever ticks it is that are. */
#include "rerun_test.h"

#include <math.h>
#include <stdlib.h>

/* The logarithms of a row's figure: [round]. */
typedef struct each {
    double *pre, *post;
} each;

static double mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static void take_round(const ta_timed_rounds *rounds, const uint64_t *ns, uint32_t round,
                       double *scratch, double *p95, double *average) {
    for (size_t i = 0; i < rounds->ticks; i++)
        scratch[i] =
            fmax(1, (double)ns[round * rounds->ticks + i]); /* a clock may not have moved */
    *average = log(mean(scratch, rounds->ticks));
    *p95 = log(ta_timed_p95(scratch, rounds->ticks));
}

static bool are_apart(const each *row, uint32_t rounds) {
    double slowest_pre = row->pre[0], fastest_post = row->post[0];
    for (uint32_t r = 1; r < rounds; r++) {
        slowest_pre = fmax(slowest_pre, row->pre[r]);
        fastest_post = fmin(fastest_post, row->post[r]);
    }
    return fastest_post > slowest_pre;
}

/* The share of all exchanges of sides within blocks of rounds whose sum is as large as the one
 * seen (a permutation test, as in rerun_test.c). */
static double exchange_p(const each *row, uint32_t rounds) {
    unsigned blocks = rounds < TA_TIMED_BLOCKS_MAX ? rounds : TA_TIMED_BLOCKS_MAX;
    double by_block[TA_TIMED_BLOCKS_MAX] = {0}, seen = 0;
    for (uint32_t r = 0; r < rounds; r++)
        by_block[r % blocks] += row->post[r] - row->pre[r];
    for (unsigned b = 0; b < blocks; b++)
        seen += by_block[b];
    unsigned as_large = 0, all = 1U << blocks;
    for (unsigned exchanged = 0; exchanged < all; exchanged++) {
        double sum = 0;
        for (unsigned b = 0; b < blocks; b++)
            sum += exchanged & (1U << b) ? -by_block[b] : by_block[b];
        as_large += sum >= seen - 1e-12;
    }
    return (double)as_large / all;
}

static void settle(const each *row, uint32_t rounds, ta_timed_row *to) {
    to->each_slower = exp(mean(row->post, rounds) - mean(row->pre, rounds));
    to->each_apart = are_apart(row, rounds);
    to->each_p = fmin(1, (double)TA_TIMED_ROWS * exchange_p(row, rounds));
}

ta_status ta_timed_each_round(const ta_timed_rounds *rounds, ta_timed_row rows[TA_TIMED_ROWS]) {
    size_t count = rounds->rounds;
    double *room = calloc(4 * count + rounds->ticks, sizeof *room);
    if (!room)
        return ta_status_make(TA_INTERNAL, "no memory for the times of %zu ticks", rounds->ticks);
    each p95 = {room, room + count}, average = {room + 2 * count, room + 3 * count};
    double *scratch = room + 4 * count;
    for (uint32_t r = 0; r < rounds->rounds; r++) {
        take_round(rounds, rounds->pre_ns, r, scratch, &p95.pre[r], &average.pre[r]);
        take_round(rounds, rounds->post_ns, r, scratch, &p95.post[r], &average.post[r]);
    }
    settle(&p95, rounds->rounds, &rows[0]);
    settle(&average, rounds->rounds, &rows[1]);
    free(room);
    return ta_status_ok();
}
