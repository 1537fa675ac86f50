#include "rerun_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SIGNIFICANT = 0.05, SIGNIFICANT_EACH = 0.1;

/* How far from equal, in deviations, what is planned for is to lie: the normal quantiles of 0.05
 * and 0.025 (Holm's first step) with a margin, so that it is settled more often than not. */
static const double PLAN_PASS = 2.2, PLAN_FAIL = 2.6;

/* Minima per block and tick, and room for the walk over all exchanges. */
typedef struct test {
    unsigned blocks;
    size_t ticks;
    double *pre[TA_TIMED_BLOCKS_MAX], *post[TA_TIMED_BLOCKS_MAX];    /* of a block */
    double *x[TA_TIMED_BLOCKS_MAX + 1], *y[TA_TIMED_BLOCKS_MAX + 1]; /* over the first blocks */
    double *scratch;
} test;

/* What one walk counts, for each row: exchanges as large, or as small, as none at all. */
typedef struct walk {
    const test *t;
    double seen[TA_TIMED_ROWS];
    unsigned as_large[TA_TIMED_ROWS], as_small[TA_TIMED_ROWS], all;
    bool first; /* the first leaf is that without an exchange */
} walk;

static void swap(double *a, double *b) {
    double c = *a;
    *a = *b;
    *b = c;
}

/* The rank-th smallest, from 0 (Hoare's selection); the values are put into another order. */
static double select_rank(double *values, size_t count, size_t rank) {
    size_t low = 0, high = count - 1;
    while (low < high) {
        double pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            swap(&values[i++], &values[j--]);
        }
        if (rank <= j)
            high = j;
        else
            low = j + 1;
    }
    return values[rank];
}

double ta_timed_p95(double *values, size_t count) {
    return select_rank(values, count, (count * 95 + 99) / 100 - 1);
}

static double p95_of(const test *t, const double *minima) {
    memcpy(t->scratch, minima, t->ticks * sizeof *minima);
    return ta_timed_p95(t->scratch, t->ticks);
}

static double mean_of(const test *t, const double *minima) {
    double sum = 0;
    for (size_t i = 0; i < t->ticks; i++)
        sum += minima[i];
    return sum / (double)t->ticks;
}

static void ratios_of(const test *t, const double *x, const double *y,
                      double ratios[TA_TIMED_ROWS]) {
    ratios[0] = log(p95_of(t, y) / p95_of(t, x));
    ratios[1] = log(mean_of(t, y) / mean_of(t, x));
}

static void take_leaf(walk *w, const double *x, const double *y) {
    double ratios[TA_TIMED_ROWS];
    ratios_of(w->t, x, y, ratios);
    if (w->first)
        memcpy(w->seen, ratios, sizeof ratios);
    w->first = false;
    w->all += 2; /* the exchange of all blocks has the same ratio with the other sign */
    for (int row = 0; row < TA_TIMED_ROWS; row++) {
        double seen = w->seen[row], equal = 1e-12;
        for (int sign = -1; sign <= 1; sign += 2) {
            w->as_large[row] += sign * ratios[row] >= seen - equal ? 1 : 0;
            w->as_small[row] += sign * ratios[row] <= seen + equal ? 1 : 0;
        }
    }
}

static void lower(double *to, const double *a, const double *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] < b[i] ? a[i] : b[i];
}

/* All exchanges of the blocks from `block` on. At most ten deep. */
static void walk_from(walk *w, unsigned block) { // NOLINT(misc-no-recursion)
    const test *t = w->t;
    if (block == t->blocks) {
        take_leaf(w, t->x[block], t->y[block]);
        return;
    }
    lower(t->x[block + 1], t->x[block], t->pre[block], t->ticks);
    lower(t->y[block + 1], t->y[block], t->post[block], t->ticks);
    walk_from(w, block + 1);
    lower(t->x[block + 1], t->x[block], t->post[block], t->ticks);
    lower(t->y[block + 1], t->y[block], t->pre[block], t->ticks);
    walk_from(w, block + 1);
}

/* The first block is never exchanged: that would count each partition twice. */
static void walk_all(const test *t, walk *w) {
    *w = (walk){.t = t, .first = true};
    memcpy(t->x[1], t->pre[0], t->ticks * sizeof(double));
    memcpy(t->y[1], t->post[0], t->ticks * sizeof(double));
    walk_from(w, 1);
}

static void fill_blocks(const ta_timed_rounds *rounds, test *t) {
    for (uint32_t r = 0; r < rounds->rounds; r++) {
        double *pre = t->pre[r % t->blocks], *post = t->post[r % t->blocks];
        for (size_t i = 0; i < t->ticks; i++) {
            double before = (double)rounds->pre_ns[r * t->ticks + i];
            double after = (double)rounds->post_ns[r * t->ticks + i];
            before = before < 1 ? 1 : before; /* a clock may not have moved */
            after = after < 1 ? 1 : after;
            pre[i] = r < t->blocks || before < pre[i] ? before : pre[i];
            post[i] = r < t->blocks || after < post[i] ? after : post[i];
        }
    }
}

static void scale_post(test *t, double by) {
    for (unsigned b = 0; b < t->blocks; b++) {
        for (size_t i = 0; i < t->ticks; i++)
            t->post[b][i] *= by;
    }
}

/* The jackknife over blocks: how much the ratio moves when one of them is left out. */
static void estimate_deviations(const test *t, ta_timed_row *rows) {
    double sums[TA_TIMED_ROWS] = {0}, squares[TA_TIMED_ROWS] = {0}, count = t->blocks;
    for (unsigned without = 0; without < t->blocks; without++) {
        double *x = t->x[0], *y = t->y[0], ratios[TA_TIMED_ROWS];
        unsigned first = without == 0 ? 1 : 0;
        memcpy(x, t->pre[first], t->ticks * sizeof *x);
        memcpy(y, t->post[first], t->ticks * sizeof *y);
        for (unsigned b = 0; b < t->blocks; b++) {
            if (b == without)
                continue;
            lower(x, x, t->pre[b], t->ticks);
            lower(y, y, t->post[b], t->ticks);
        }
        ratios_of(t, x, y, ratios);
        for (int row = 0; row < TA_TIMED_ROWS; row++) {
            sums[row] += ratios[row];
            squares[row] += ratios[row] * ratios[row];
        }
    }
    for (int row = 0; row < TA_TIMED_ROWS; row++) {
        double spread = squares[row] - sums[row] * sums[row] / count;
        rows[row].deviation = sqrt((count - 1) / count * (spread > 0 ? spread : 0));
    }
}

static void adjust(ta_timed_row rows[TA_TIMED_ROWS]) {
    _Static_assert(TA_TIMED_ROWS == 2, "Holm's steps for two rows");
    int least = rows[1].p < rows[0].p, other = 1 - least;
    rows[least].p_adjusted = fmin(1, 2 * rows[least].p);
    rows[other].p_adjusted = fmax(rows[least].p_adjusted, rows[other].p);
}

/* The deviation falls with the root of the rounds, or faster. */
static uint32_t plan(const ta_timed_row *row, uint32_t rounds) {
    enum { LEAST_ROUNDS = 6 }; /* below, no exchange of rounds can be rare enough */
    double effect = log(row->slower), limit = log(row->threshold);
    double distance = effect > limit ? effect / PLAN_FAIL : (limit - effect) / PLAN_PASS;
    double wanted = rounds * pow(row->deviation / distance, 2);
    if (!(wanted < (double)TA_TIMED_ROUNDS_MAX))
        return 0;
    double least = rounds < LEAST_ROUNDS ? (double)LEAST_ROUNDS : 2.0 * rounds;
    return (uint32_t)ceil(fmax(wanted, least)) - rounds;
}

/* A row's time of a tick, of the side before, in ns. */
static double tick_ns(const ta_timed_row *row) {
    return row->metric == TA_METRIC_avg_fps ? 1e9 / row->pre : row->pre * 1e6;
}

static bool is_measurable(const ta_timed_row *row, double slower) {
    return tick_ns(row) * (slower - 1) >= TA_TIMED_LEAST_NS;
}

/* What the minima let pass and the rounds by themselves do not. */
static void judge_each(ta_timed_row *row) {
    if (row->verdict != TA_VERDICT_PASS || row->each_slower <= row->threshold ||
        row->each_p >= SIGNIFICANT_EACH || !is_measurable(row, row->each_slower))
        return;
    row->each_decided = true;
    row->verdict = row->each_apart ? TA_VERDICT_FAIL : TA_VERDICT_INCONCLUSIVE;
}

static void judge(ta_timed_row *row, uint32_t rounds) {
    row->more_rounds = 0;
    bool fails = row->slower > row->threshold && row->p_adjusted < SIGNIFICANT;
    row->too_short = fails && !is_measurable(row, row->slower);
    if (row->too_short)
        row->verdict = TA_VERDICT_INCONCLUSIVE;
    else if (fails)
        row->verdict = TA_VERDICT_FAIL;
    else if (row->p_within < SIGNIFICANT)
        row->verdict = TA_VERDICT_PASS;
    else {
        row->verdict = TA_VERDICT_INCONCLUSIVE;
        row->more_rounds = plan(row, rounds);
    }
    judge_each(row);
}

static void set_values(const test *t, ta_timed_row rows[TA_TIMED_ROWS]) {
    double *x = t->x[0], *y = t->y[0];
    memcpy(x, t->pre[0], t->ticks * sizeof *x);
    memcpy(y, t->post[0], t->ticks * sizeof *y);
    for (unsigned b = 1; b < t->blocks; b++) {
        lower(x, x, t->pre[b], t->ticks);
        lower(y, y, t->post[b], t->ticks);
    }
    rows[0].pre = p95_of(t, x) / 1e6;
    rows[0].post = p95_of(t, y) / 1e6;
    rows[0].slower = rows[0].post / rows[0].pre;
    rows[1].pre = 1e9 / mean_of(t, x);
    rows[1].post = 1e9 / mean_of(t, y);
    rows[1].slower = rows[1].pre / rows[1].post;
}

static void test_rows(const ta_timed_rounds *rounds, test *t, ta_timed_row *rows) {
    walk w;
    fill_blocks(rounds, t);
    set_values(t, rows);
    estimate_deviations(t, rows);
    walk_all(t, &w);
    for (int row = 0; row < TA_TIMED_ROWS; row++)
        rows[row].p = (double)w.as_large[row] / w.all;
    adjust(rows);
    for (int row = 0; row < TA_TIMED_ROWS; row++) {
        /* Were it slower by just the threshold, taking that away would make both sides alike. */
        scale_post(t, 1 / rows[row].threshold);
        walk_all(t, &w);
        rows[row].p_within = (double)w.as_small[row] / w.all;
        scale_post(t, rows[row].threshold);
        judge(&rows[row], rounds->rounds);
    }
}

ta_status ta_timed_test(const ta_timed_rounds *rounds, ta_timed_row rows[TA_TIMED_ROWS]) {
    if (rounds->ticks == 0 || rounds->rounds < 2)
        return ta_status_make(TA_BAD_INPUT, "times need ticks in two rounds or more to be judged");
    test t = {.ticks = rounds->ticks};
    t.blocks = rounds->rounds < TA_TIMED_BLOCKS_MAX ? rounds->rounds : TA_TIMED_BLOCKS_MAX;
    rows[0] = (ta_timed_row){.metric = TA_METRIC_p95_ms, .threshold = 1.05};
    rows[1] = (ta_timed_row){.metric = TA_METRIC_avg_fps, .threshold = 1 / (1 - 0.05)};
    ta_status status = ta_timed_each_round(rounds, rows);
    if (!ta_ok(status))
        return status;
    size_t arrays = 4 * (size_t)t.blocks + 3;
    double *room = calloc(arrays, t.ticks * sizeof *room), *at = room;
    if (!room)
        return ta_status_make(TA_INTERNAL, "no memory for the times of %zu ticks", t.ticks);
    for (unsigned b = 0; b < t.blocks; b++) {
        t.pre[b] = at;
        t.post[b] = at + t.ticks;
        at += 2 * t.ticks;
    }
    for (unsigned b = 0; b <= t.blocks; b++) {
        t.x[b] = at;
        t.y[b] = at + t.ticks;
        at += 2 * t.ticks;
    }
    t.scratch = at;
    test_rows(rounds, &t, rows);
    free(room);
    return ta_status_ok();
}
