/* Lists of budgets, and judging a kept result again, of one round or of several. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "suppressions.h"

static ta_budget_list list;
static ta_result *result;
static ta_scenario scenario;

static void make(void) {
    result = ta_result_new();
    snprintf(result->whole.name, sizeof result->whole.name, "whole");
    snprintf(result->phases[0].name, TA_NAME_MAX, "calm");
    snprintf(result->phases[1].name, TA_NAME_MAX, "storm");
    result->phase_count = 2;
    result->rounds = 1;
    ta_figures *figures[] = {&result->whole, &result->phases[0], &result->phases[1]};
    for (int i = 0; i < 3; i++) {
        for (int m = 0; m < TA_METRIC_COUNT; m++) {
            figures[i]->known[m] = true;
            figures[i]->value[m] = 10 * (i + 1);
        }
    }
    result->hot_path_count = 1;
    result->hot_paths = calloc(1, sizeof *result->hot_paths);
    snprintf(result->hot_paths[0].name, TA_HOT_NAME_MAX, "combat");
    result->hot_paths[0].entries = 1;
    memset(&scenario, 0, sizeof scenario);
}

static void drop(void) {
    ta_budget_list_free(&list);
    ta_result_free(result);
}

TestSuite(judge, .init = make, .fini = drop);

static ta_budget budget_of(const char *text) {
    ta_budget budget;
    cr_assert(ta_ok(ta_budget_parse(text, &budget)), "%s", text);
    return budget;
}

static void add(const char *text, uint32_t phase) {
    ta_budget budget = budget_of(text);
    cr_assert(ta_ok(ta_budget_list_add(&list, &budget, phase)));
}

/* Replaces the list by one of one budget. */
static void one(const char *text, uint32_t phase) {
    ta_budget_list_free(&list);
    add(text, phase);
}

static void expect_item(uint32_t i, const char *text, uint32_t phase) {
    cr_expect_str_eq(list.items[i].budget.text, text);
    cr_expect_eq(list.items[i].phase, phase, "%s", text);
}

/* ---- lists ---- */

Test(judge, a_list_grows_and_keeps_its_order) {
    char text[32];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "allocs <= %u", i);
        add(text, i % 3);
    }
    cr_assert_eq(list.count, 100);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "allocs <= %u", i);
        expect_item(i, text, i % 3);
        cr_expect_float_eq(list.items[i].budget.limit, i, 0);
    }
    ta_budget_list_free(&list);
    cr_expect(list.count == 0 && list.room == 0 && !list.items);
}

Test(judge, budgets_of_a_scenario_are_the_wholes_and_then_each_phases) {
    scenario.budget_count = 2;
    scenario.budgets[0] = budget_of("hot_allocs = 0");
    scenario.budgets[1] = budget_of("p95_ms < 33");
    scenario.phase_count = 2;
    scenario.phases[0].budget_count = 1;
    scenario.phases[0].budgets[0] = budget_of("allocs < 5");
    scenario.phases[1].budget_count = 1;
    scenario.phases[1].budgets[0] = budget_of("allocs < 6");
    cr_assert(ta_ok(ta_budget_list_of_scenario(&scenario, &list)));
    cr_assert_eq(list.count, 4);
    expect_item(0, "hot_allocs = 0", 0);
    expect_item(1, "p95_ms < 33", 0);
    expect_item(2, "allocs < 5", 1);
    expect_item(3, "allocs < 6", 2);
}

Test(judge, budgets_of_a_result_are_those_that_it_was_judged_by) {
    add("allocs <= 10", 0);
    add("allocs <= 19", 1);
    add("hot_allocs[combat] = 0", 2);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    ta_budget_list again = {0};
    cr_assert(ta_ok(ta_budget_list_of_result(result, &again)));
    ta_budget_list_free(&list);
    list = again;
    cr_assert_eq(list.count, 3);
    expect_item(0, "allocs <= 10", 0);
    expect_item(1, "allocs <= 19", 1);
    expect_item(2, "hot_allocs[combat] = 0", 2);
}

Test(judge, a_result_with_a_budget_that_cannot_be_read_is_bad_input) {
    one("allocs <= 10", 1);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    snprintf(result->judgements[0].phase, TA_NAME_MAX, "gone");
    ta_budget_list again = {0};
    ta_status status = ta_budget_list_of_result(result, &again);
    cr_expect_eq(status.code, TA_BAD_INPUT);
    cr_expect(strstr(status.text, "no phase gone"), "%s", status.text);
    snprintf(result->judgements[0].phase, TA_NAME_MAX, "calm");
    snprintf(result->judgements[0].budget, sizeof result->judgements[0].budget, "allocs ~ 3");
    cr_expect_eq(ta_budget_list_of_result(result, &again).code, TA_BAD_INPUT);
    ta_budget_list_free(&again);
}

/* ---- with suppressions ---- */

Test(judge, suppressions_are_taken_out_before_anything_is_judged) {
    result->sites = calloc(1, sizeof *result->sites);
    result->stacks = calloc(1, sizeof *result->stacks);
    result->frames = calloc(1, sizeof *result->frames);
    result->site_count = result->stack_words = result->frame_count = 1;
    ta_site *site = &result->sites[0];
    site->frame_count = 1;
    site->allocs = site->allocs_by_phase[0] = 10;
    ta_site_add_path(site, 0);
    snprintf(site->hot_path, TA_HOT_NAME_MAX, "combat");
    snprintf(result->frames[0].function, sizeof result->frames[0].function, "g_log");
    result->hot_paths[0].allocs = 10;
    ta_suppression known = {.function = "g_log", .reason = "known"};
    ta_suppressions suppressions = {.count = 1, .items = &known};
    add("hot_allocs[combat] = 0", 0);
    add("hot_allocs = 0", 0);
    cr_assert(ta_ok(ta_judge(&list, NULL, result)));
    cr_expect_eq(result->verdict, TA_VERDICT_FAIL);
    cr_assert(ta_ok(ta_judge(&list, &suppressions, result)));
    cr_expect_eq(result->judgements[0].verdict, TA_VERDICT_PASS);
    cr_expect_eq(result->judgements[1].verdict, TA_VERDICT_PASS);
    cr_expect_eq(result->verdict, TA_VERDICT_PASS);
}

/* ---- a kept result of one round ---- */

Test(judge, a_result_of_one_round_is_judged_by_its_figures) {
    one("allocs <= 10", 0);
    cr_assert(ta_ok(ta_judge_again(&list, result)));
    cr_expect_eq(result->verdict, TA_VERDICT_PASS);
    one("allocs <= 29", 2);
    cr_assert(ta_ok(ta_judge_again(&list, result)));
    cr_assert_eq(result->judgement_count, 1);
    cr_expect_eq(result->verdict, TA_VERDICT_FAIL);
    cr_expect_eq((int)result->exit_code, 1);
    cr_expect_str_eq(result->judgements[0].phase, "storm");
}

Test(judge, judging_again_by_the_same_budgets_changes_nothing) {
    add("allocs <= 10", 0);
    add("allocs <= 9", 0);
    add("hot_allocs[x] = 0", 0);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    ta_judgement before[3];
    memcpy(before, result->judgements, sizeof before);
    cr_assert(ta_ok(ta_judge_again(&list, result)));
    cr_expect_eq(result->judgement_count, 3);
    cr_expect_arr_eq(result->judgements, before, sizeof before);
}

/* ---- of several ---- */

static void set_rounds(uint32_t rounds, double least, double greatest) {
    result->rounds = rounds;
    result->round_ranges[TA_METRIC_allocs] = (ta_round_range){true, least, greatest, 0};
}

static ta_verdict again(const char *text, uint32_t phase) {
    one(text, phase);
    cr_assert(ta_ok(ta_judge_again(&list, result)));
    cr_assert_eq(result->judgement_count, 1);
    cr_expect_eq(result->verdict, result->judgements[0].verdict);
    return result->verdict;
}

Test(judge, a_new_budget_is_held_against_the_least_and_the_greatest) {
    set_rounds(3, 8, 12);
    cr_expect_eq(again("allocs <= 12", 0), TA_VERDICT_PASS);
    cr_expect_eq(again("allocs <= 7", 0), TA_VERDICT_FAIL);
    cr_expect_eq(again("allocs <= 11", 0), TA_VERDICT_INCONCLUSIVE);
    cr_expect_str_eq(result->judgements[0].why, "it is nondeterministic: 8 to 12 in 3 rounds");
    cr_expect_eq((int)result->exit_code, 3);
    cr_expect_eq(again("allocs >= 8", 0), TA_VERDICT_PASS);
    cr_expect_eq(again("allocs > 8", 0), TA_VERDICT_INCONCLUSIVE);
    cr_expect_eq(again("allocs > 12", 0), TA_VERDICT_FAIL);
}

Test(judge, what_is_not_kept_of_each_round_is_inconclusive) {
    set_rounds(2, 10, 10);
    cr_expect_eq(again("allocs <= 10", 0), TA_VERDICT_PASS);
    cr_expect_eq(again("allocs <= 20", 1), TA_VERDICT_INCONCLUSIVE, "of a phase");
    cr_expect(strstr(result->judgements[0].why, "2 rounds does not tell it of each"));
    result->round_ranges[TA_METRIC_hot_allocs] = (ta_round_range){true, 10, 10, 0};
    cr_expect_eq(again("hot_allocs <= 10", 0), TA_VERDICT_PASS);
    cr_expect_eq(again("hot_allocs[combat] = 0", 0), TA_VERDICT_INCONCLUSIVE, "of a hot path");
    cr_expect_eq(again("bytes <= 10", 0), TA_VERDICT_INCONCLUSIVE, "a range that is not known");
    cr_expect_eq(again("p95_ms <= 10", 0), TA_VERDICT_PASS, "times are of all rounds already");
}

/* The first round's figure alone would pass it. */
Test(judge, a_budget_that_it_was_judged_by_keeps_how_it_came_out) {
    one("allocs <= 10", 0);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    set_rounds(2, 10, 15);
    result->judgements[0].verdict = TA_VERDICT_INCONCLUSIVE;
    snprintf(result->judgements[0].why, sizeof result->judgements[0].why, "kept");
    add("allocs <= 15", 0);
    add("allocs <= 10", 1);
    cr_assert(ta_ok(ta_judge_again(&list, result)));
    cr_expect_eq(result->judgements[0].verdict, TA_VERDICT_INCONCLUSIVE);
    cr_expect_str_eq(result->judgements[0].why, "kept");
    cr_expect_eq(result->judgements[1].verdict, TA_VERDICT_PASS);
    cr_expect_str_neq(result->judgements[2].why, "kept", "the same words, of a phase");
}

/* ---- times of several rounds ---- */

Test(judge, times_are_judged_by_the_figure_of_all_rounds) {
    add("p95_ms <= 10", 0);
    add("p95_ms <= 20", 1);
    add("allocs <= 9", 0);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    cr_expect_eq(result->judgements[0].verdict, TA_VERDICT_PASS);
    result->rounds = 4;
    result->whole.value[TA_METRIC_p95_ms] = 10.5;
    result->phases[0].value[TA_METRIC_p95_ms] = 3;
    result->whole.value[TA_METRIC_allocs] = 5;
    ta_judge_rounds(result);
    const ta_judgement *j = result->judgements;
    cr_expect_eq(j[0].verdict, TA_VERDICT_FAIL);
    cr_expect_float_eq(j[0].value, 10.5, 0);
    cr_expect_str_eq(j[0].why, "seen 10.5 ms over 4 rounds");
    cr_expect(j[1].verdict == TA_VERDICT_PASS && j[1].value < 4);
    cr_expect(j[2].verdict == TA_VERDICT_FAIL && j[2].value > 9, "counts are left as they were");
    cr_expect_eq(result->verdict, TA_VERDICT_FAIL);
}

Test(judge, a_time_that_was_inconclusive_stays_so) {
    result->whole.known[TA_METRIC_p95_ms] = false;
    one("p95_ms <= 10", 0);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    result->whole.known[TA_METRIC_p95_ms] = true;
    result->rounds = 2;
    ta_judge_rounds(result);
    cr_expect_eq(result->judgements[0].verdict, TA_VERDICT_INCONCLUSIVE);
}

Test(judge, of_one_round_nothing_is_judged_again) {
    one("p95_ms <= 10", 0);
    cr_assert(ta_ok(ta_judge_budgets(&list, result)));
    result->whole.value[TA_METRIC_p95_ms] = 99;
    ta_judge_rounds(result);
    cr_expect_eq(result->judgements[0].verdict, TA_VERDICT_PASS);
}
