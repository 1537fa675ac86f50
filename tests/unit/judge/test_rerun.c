/* The test of times: its p-values, its three answers, and how often it errs on made-up noise. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "rerun_test.h"

enum { TICKS = 200, ROUNDS = 10 };

static uint64_t state;

static double uniform(void) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

/* Times of a tick: the work, the same in each round, and noise that only adds. Each round has a
 * slowness of its own, as a machine that does other things has. */
static void make(uint64_t *ns, uint32_t rounds, double work, double noise) {
    for (uint32_t r = 0; r < rounds; r++) {
        double round = 1 + noise * uniform();
        for (int t = 0; t < TICKS; t++) {
            double base = 10000 + 50 * t;
            ns[r * TICKS + (uint32_t)t] = (uint64_t)(base * work * round * (1 + noise * uniform()));
        }
    }
}

static ta_verdict test(uint32_t rounds, double work, double noise,
                       ta_timed_row rows[TA_TIMED_ROWS]) {
    uint64_t *pre = calloc(rounds, TICKS * sizeof *pre),
             *post = calloc(rounds, TICKS * sizeof *post);
    make(pre, rounds, 1, noise);
    make(post, rounds, work, noise);
    ta_status status = ta_timed_test(&(ta_timed_rounds){rounds, TICKS, pre, post}, rows);
    cr_assert(ta_ok(status), "%s", status.text);
    free(pre);
    free(post);
    for (int i = 0; i < TA_TIMED_ROWS; i++) {
        if (rows[i].verdict == TA_VERDICT_FAIL)
            return TA_VERDICT_FAIL;
    }
    return rows[0].verdict == TA_VERDICT_PASS ? rows[1].verdict : rows[0].verdict;
}

Test(rerun, alike_passes_and_the_p_value_is_one_of_1024) {
    ta_timed_row rows[TA_TIMED_ROWS];
    cr_assert_eq(test(ROUNDS, 1, 0.1, rows), TA_VERDICT_PASS);
    for (int i = 0; i < TA_TIMED_ROWS; i++) {
        double of_1024 = rows[i].p * 1024;
        cr_assert_eq(of_1024, floor(of_1024));
        cr_assert_geq(of_1024, 1);
        cr_assert_leq(rows[i].p_within, 0.05);
    }
}

Test(rerun, ten_percent_more_work_fails) {
    ta_timed_row rows[TA_TIMED_ROWS];
    cr_assert_eq(test(ROUNDS, 1.10, 0.1, rows), TA_VERDICT_FAIL);
    cr_assert_float_eq(rows[0].slower, 1.10, 0.03);
    cr_assert_float_eq(rows[1].slower, 1.10, 0.03);
    cr_assert_float_eq(rows[0].p_adjusted, 2.0 / 1024, 1e-9); /* Holm: the least is doubled */
    cr_assert_float_eq(rows[1].post, rows[1].pre / rows[1].slower, 1);
}

Test(rerun, three_percent_are_within_and_faster_passes) {
    ta_timed_row rows[TA_TIMED_ROWS];
    cr_assert_eq(test(ROUNDS, 1.03, 0.02, rows), TA_VERDICT_PASS);
    cr_assert_eq(test(ROUNDS, 0.5, 0.02, rows), TA_VERDICT_PASS);
}

/* Each round another fifth of the ticks takes three times as long: no minimum shows it. */
static void make_wandering(uint64_t *ns, uint32_t rounds, double share) {
    make(ns, rounds, 1, 0.02);
    for (uint32_t i = 0; i < rounds * TICKS; i++)
        ns[i] = uniform() < share ? 3 * ns[i] : ns[i];
}

Test(rerun, what_is_slow_in_another_tick_each_round_is_no_pass) {
    static uint64_t pre[ROUNDS * TICKS], post[ROUNDS * TICKS];
    ta_timed_row rows[TA_TIMED_ROWS];
    ta_timed_rounds rounds = {ROUNDS, TICKS, pre, post};
    make_wandering(pre, ROUNDS, 0);
    make_wandering(post, ROUNDS, 0.2);
    cr_assert(ta_ok(ta_timed_test(&rounds, rows)));
    for (int i = 0; i < TA_TIMED_ROWS; i++) {
        cr_assert_eq(rows[i].verdict, TA_VERDICT_FAIL, "row %d", i);
        cr_assert(rows[i].each_decided && rows[i].each_apart);
        cr_assert_leq(rows[i].slower, 1.05);
    }
    cr_assert_geq(rows[0].each_slower, 2);
    make_wandering(pre, ROUNDS, 0.2); /* as before the change, so after it */
    cr_assert(ta_ok(ta_timed_test(&rounds, rows)));
    for (int i = 0; i < TA_TIMED_ROWS; i++)
        cr_assert_eq(rows[i].verdict, TA_VERDICT_PASS, "row %d", i);
}

Test(rerun, less_than_the_clock_moves_by_is_no_failure) {
    static uint64_t pre[ROUNDS * TICKS], post[ROUNDS * TICKS];
    ta_timed_row rows[TA_TIMED_ROWS];
    for (uint32_t i = 0; i < ROUNDS * TICKS; i++) {
        pre[i] = 300;
        post[i] = 399;
    }
    ta_timed_rounds rounds = {ROUNDS, TICKS, pre, post};
    cr_assert(ta_ok(ta_timed_test(&rounds, rows)));
    for (int i = 0; i < TA_TIMED_ROWS; i++) {
        cr_assert_eq(rows[i].verdict, TA_VERDICT_INCONCLUSIVE);
        cr_assert(rows[i].too_short);
    }
    for (uint32_t i = 0; i < ROUNDS * TICKS; i++)
        post[i] = 401;
    cr_assert(ta_ok(ta_timed_test(&rounds, rows)));
    cr_assert_eq(rows[0].verdict, TA_VERDICT_FAIL);
}

/* However large the effect: of two rounds, two of the four exchanges are as large or the other way.
 */
Test(rerun, few_rounds_settle_nothing_and_say_how_many_would) {
    ta_timed_row rows[TA_TIMED_ROWS];
    cr_assert_eq(test(2, 2, 0.02, rows), TA_VERDICT_INCONCLUSIVE);
    cr_assert_eq(rows[0].p, 0.25);
    cr_assert_geq(rows[0].more_rounds, 4);
    cr_assert_eq(test(5, 2, 0.02, rows), TA_VERDICT_INCONCLUSIVE);
    cr_assert_eq(test(6, 2, 0.02, rows), TA_VERDICT_FAIL);
}

Test(rerun, effect_at_the_limit_is_inconclusive) {
    ta_timed_row rows[TA_TIMED_ROWS];
    unsigned unclear = 0;
    for (int i = 0; i < 20; i++)
        unclear += test(ROUNDS, 1.0505, 0.3, rows) == TA_VERDICT_INCONCLUSIVE;
    cr_assert_geq(unclear, 10, "%u", unclear);
}

/* Noise of up to 50 % a tick and 50 % a round; most cannot be told, and nearly none fails. */
Test(rerun, noise_alone_fails_seldom) {
    ta_timed_row rows[TA_TIMED_ROWS];
    unsigned failed = 0;
    state = 7;
    for (int i = 0; i < 200; i++)
        failed += test(ROUNDS, 1, 0.5, rows) == TA_VERDICT_FAIL;
    cr_assert_leq(failed, 10, "%u of 200", failed);
}

Test(rerun, many_rounds_go_into_ten_blocks) {
    ta_timed_row rows[TA_TIMED_ROWS];
    cr_assert_eq(test(37, 1.10, 0.3, rows), TA_VERDICT_FAIL);
    cr_assert_eq(rows[0].p * 1024, floor(rows[0].p * 1024));
}

Test(rerun, no_ticks_or_one_round_are_refused) {
    ta_timed_row rows[TA_TIMED_ROWS];
    uint64_t one = 1;
    cr_assert_eq(ta_timed_test(&(ta_timed_rounds){10, 0, &one, &one}, rows).code, TA_BAD_INPUT);
    cr_assert_eq(ta_timed_test(&(ta_timed_rounds){1, 1, &one, &one}, rows).code, TA_BAD_INPUT);
}

/* One tick, whose times do not even differ, and a clock that did not move. */
Test(rerun, degenerate_times_are_judged) {
    ta_timed_row rows[TA_TIMED_ROWS];
    uint64_t zeroes[ROUNDS] = {0};
    cr_assert(ta_ok(ta_timed_test(&(ta_timed_rounds){ROUNDS, 1, zeroes, zeroes}, rows)));
    cr_assert_eq(rows[0].p, 1);
    cr_assert_eq(rows[0].verdict, TA_VERDICT_PASS);
}
