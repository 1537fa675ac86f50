/* Several rounds as one result. */
#include <criterion/criterion.h>
#include <string.h>

#include "evidence.h"
#include "judge.h"
#include "rounds.h"
#include "sample_result.h"

static ta_result *first, *next;

static void make(void) {
    first = sample_result_new(SAMPLE_WHOLE);
    next = sample_result_new(SAMPLE_WHOLE);
    sample_result_set_ticks(first, 300);
    sample_result_set_ticks(next, 300);
    first->tick_count = next->tick_count = 300;
}

static void drop(void) {
    ta_result_free(first);
    ta_result_free(next);
}

TestSuite(rounds, .init = make, .fini = drop);

static void join(void) {
    cr_assert(ta_ok(ta_rounds_join(first, next)));
    cr_assert(ta_ok(ta_rounds_finish(first)));
    ta_judge_rounds(first);
}

static const ta_evidence *agreement(void) {
    return &first->evidence[first->evidence_count - 1];
}

Test(rounds, times_are_the_least_of_each_tick_and_the_greatest_is_kept) {
    for (int i = 0; i < 300; i++) {
        first->ticks[i].wall_ns = i % 2 ? 1000000 : 60000000;
        next->ticks[i].wall_ns = i % 2 ? 3000000 : 1000000;
    }
    join();
    cr_assert_eq(first->ticks[0].wall_ns, 1000000);
    cr_assert_eq(first->ticks[0].wall_ns_max, 60000000);
    cr_assert_float_eq(first->whole.value[TA_METRIC_p95_ms], 1, 1e-9);
    cr_assert_float_eq(first->whole.value[TA_METRIC_avg_fps], 1000, 1e-6);
    cr_assert_eq(first->whole.value[TA_METRIC_spikes_over_50ms], 150, "minima hide no spike");
    cr_assert_eq(first->rounds, 2);
}

Test(rounds, counts_that_agree_are_complete_evidence) {
    join();
    cr_assert_str_eq(agreement()->what, "rounds_agree");
    cr_assert_eq(agreement()->state, TA_EVIDENCE_COMPLETE);
}

Test(rounds, count_that_differs_is_told_with_the_first_tick) {
    next->whole.value[TA_METRIC_allocs] += 2;
    next->ticks[41].allocs += 2;
    join();
    cr_assert_eq(first->round_ranges[TA_METRIC_allocs].first_tick, 42);
    cr_assert_eq(agreement()->state, TA_EVIDENCE_INCOMPLETE);
    cr_assert_not_null(strstr(agreement()->detail, "first in tick 42"), "%s", agreement()->detail);
}

Test(rounds, state_that_differs_is_told) {
    next->ticks[99].state_hash++;
    join();
    cr_assert(first->round_hashes_differ);
    cr_assert_eq(first->round_hash_tick, 100);
    cr_assert_not_null(strstr(agreement()->detail, "state_hash"));
}

static ta_judgement *budget_over_hot_allocs(ta_result *result) {
    for (uint32_t i = 0; i < result->judgement_count; i++) {
        if (result->judgements[i].metric == TA_METRIC_hot_allocs)
            return &result->judgements[i];
    }
    return NULL;
}

Test(rounds, budget_over_what_differs_is_inconclusive_unless_always_broken) {
    ta_judgement *a = budget_over_hot_allocs(first), *b = budget_over_hot_allocs(next);
    cr_assert(a && b);
    b->value = 5;
    b->verdict = TA_VERDICT_FAIL;
    join();
    cr_assert_eq(a->verdict, TA_VERDICT_INCONCLUSIVE);
    cr_assert_eq(first->verdict, TA_VERDICT_INCONCLUSIVE);
    cr_assert_eq((int)first->exit_code, 3);
    a->value = 4;
    a->verdict = TA_VERDICT_FAIL;
    join();
    cr_assert_eq(a->verdict, TA_VERDICT_FAIL);
}

Test(rounds, rounds_of_other_length_are_no_result) {
    next->tick_count--;
    cr_assert_eq(ta_rounds_join(first, next).code, TA_INTERNAL);
}
