/* Budgets against figures that are known: operators, groups of metrics, hot paths, phases. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static const ta_verdict PASS = TA_VERDICT_PASS, FAIL = TA_VERDICT_FAIL,
                        OPEN = TA_VERDICT_INCONCLUSIVE;

enum { COMBAT, RENDER, QUIET, STACKED, PATHS };

static void set_all(ta_figures *figures, const char *name, double value) {
    snprintf(figures->name, sizeof figures->name, "%s", name);
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        figures->value[m] = value;
        figures->known[m] = true;
    }
}

static void set_path(ta_hot_path_figures *path, const char *name, uint64_t entries) {
    snprintf(path->name, sizeof path->name, "%s", name);
    path->entries = entries;
}

/* Every figure of the whole is 10, of the phase "calm" 4 and of "storm" 6. In combat there were 10
 * allocations of 100 bytes and 8 frees, 2 and 20 and 3 of them in "calm". */
static ta_result *new_result(void) {
    ta_result *r = ta_result_new();
    set_all(&r->whole, "whole", 10);
    r->phase_count = 2;
    set_all(&r->phases[0], "calm", 4);
    set_all(&r->phases[1], "storm", 6);
    r->hot_path_count = PATHS;
    r->hot_paths = calloc(PATHS, sizeof *r->hot_paths);
    ta_hot_path_figures *p = r->hot_paths;
    set_path(&p[COMBAT], "combat", 900);
    set_path(&p[RENDER], "render", 1800);
    set_path(&p[QUIET], "never entered", 0);
    set_path(&p[STACKED], "by stack", 0);
    p[STACKED].by_stack = true;
    p[COMBAT].allocs = 10;
    p[COMBAT].bytes = 100;
    p[COMBAT].frees = 8;
    p[COMBAT].first_tick = 12;
    p[COMBAT].by_phase[0].allocs = 2;
    p[COMBAT].by_phase[0].bytes = 20;
    p[COMBAT].by_phase[0].frees = 3;
    return r;
}

static void add(ta_budget_list *list, const char *text, uint32_t phase) {
    ta_budget budget;
    ta_status status = ta_budget_parse(text, &budget);
    cr_assert(ta_ok(status), "%s: %s", text, status.text);
    cr_assert(ta_ok(ta_budget_list_add(list, &budget, phase)));
}

/* `phase` is its index plus one, 0 for the whole. */
static const ta_judgement *judge_in(ta_result *r, const char *budget, uint32_t phase) {
    ta_budget_list list = {0};
    add(&list, budget, phase);
    cr_assert(ta_ok(ta_judge_budgets(&list, r)));
    ta_budget_list_free(&list);
    cr_assert_eq(r->judgement_count, 1);
    cr_expect_str_eq(r->judgements[0].budget, budget);
    return &r->judgements[0];
}

typedef struct budget_case {
    const char *budget;
    uint32_t phase;
    ta_verdict verdict;
} budget_case;

#define EXPECT_EACH(cases)                                                                         \
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)                                    \
    expect_one(&cases[i])

static void expect_one(const budget_case *c) {
    ta_result *r = new_result();
    const ta_judgement *j = judge_in(r, c->budget, c->phase);
    cr_expect_eq(j->verdict, c->verdict, "%s: %s %s", c->budget, ta_verdict_name(j->verdict),
                 j->why);
    cr_expect_eq(r->verdict, c->verdict, "%s", c->budget);
    cr_expect_eq(r->exit_code, ta_verdict_exit_code(c->verdict), "%s", c->budget);
    ta_result_free(r);
}

/* ---- operators ---- */

Test(budgets, each_operator_below_at_and_above_its_limit) {
    static const budget_case cases[] = {
        {"allocs < 9", 0, FAIL},    {"allocs < 10", 0, FAIL},    {"allocs < 11", 0, PASS},
        {"allocs <= 9", 0, FAIL},   {"allocs <= 10", 0, PASS},   {"allocs <= 11", 0, PASS},
        {"allocs == 9", 0, FAIL},   {"allocs == 10", 0, PASS},   {"allocs == 11", 0, FAIL},
        {"allocs >= 9", 0, PASS},   {"allocs >= 10", 0, PASS},   {"allocs >= 11", 0, FAIL},
        {"allocs > 9", 0, PASS},    {"allocs > 10", 0, FAIL},    {"allocs > 11", 0, FAIL},
        {"avg_fps < 9.9", 0, FAIL}, {"avg_fps < 10.1", 0, PASS}, {"avg_fps >= 10.1", 0, FAIL},
    };
    EXPECT_EACH(cases);
}

/* "=" is "this, and no worse". */
Test(budgets, a_single_equals_sign_means_no_worse) {
    static const budget_case cases[] = {
        {"allocs = 9", 0, FAIL},
        {"allocs = 11", 0, PASS},
        {"avg_fps = 9", 0, PASS},
        {"avg_fps = 11", 0, FAIL},
        {"ticks = 9", 0, FAIL},
        {"ticks = 10", 0, PASS},
        {"ticks = 11", 0, FAIL},
        {"hot_allocs[combat] = 9", 0, FAIL},
        {"hot_allocs[combat] = 11", 0, PASS},
    };
    EXPECT_EACH(cases);
}

/* ---- metrics ---- */

Test(budgets, each_metric_is_held_against_its_own_figure) {
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        ta_result *r = new_result();
        char budget[64];
        r->hot_paths[STACKED].by_stack = false; /* or frees in hot paths are not known */
        r->whole.value[m] = 77;
        snprintf(budget, sizeof budget, "%s <= 77", ta_metric_table[m].name);
        const ta_judgement *j = judge_in(r, budget, 0);
        cr_expect_eq(j->verdict, PASS, "%s: %s", budget, j->why);
        cr_expect_eq(j->metric, (ta_metric)m);
        cr_expect_float_eq(j->value, 77, 0, "%s", budget);
        r->whole.value[m] = 78;
        cr_expect_eq(judge_in(r, budget, 0)->verdict, FAIL, "%s", budget);
        ta_result_free(r);
    }
}

Test(budgets, short_names_and_units_mean_the_long_ones) {
    ta_result *r = new_result();
    r->whole.value[TA_METRIC_live_bytes_growth] = 1048576;
    cr_expect_eq(judge_in(r, "live_growth <= 1MiB", 0)->verdict, PASS);
    cr_expect_eq(judge_in(r, "live_growth < 1MiB", 0)->verdict, FAIL);
    cr_expect_eq(judge_in(r, "allocs_per_tick <= 9", 0)->verdict, FAIL);
    ta_result_free(r);
}

Test(budgets, a_figure_that_is_not_known_is_never_passed_or_failed) {
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        ta_result *r = new_result();
        char budget[64];
        r->whole.known[m] = false;
        snprintf(budget, sizeof budget, "%s %s 10", ta_metric_table[m].name, m % 2 ? "<=" : ">");
        const ta_judgement *j = judge_in(r, budget, 0);
        cr_expect_eq(j->verdict, OPEN, "%s", budget);
        cr_expect_not(j->known);
        bool is_hot = strncmp(budget, "hot_", 4) == 0; /* these have a reason of their own */
        cr_expect(is_hot || strcmp(j->why, "nothing was sampled") == 0, "%s: %s", budget, j->why);
        ta_result_free(r);
    }
}

/* ---- phases ---- */

Test(budgets, a_budget_of_a_phase_is_held_against_that_phase) {
    static const budget_case cases[] = {
        {"allocs <= 4", 1, PASS}, {"allocs <= 3", 1, FAIL}, {"allocs <= 4", 2, FAIL},
        {"allocs == 6", 2, PASS}, {"allocs == 4", 0, FAIL}, {"hot_allocs == 4", 1, PASS},
        {"p95_ms < 5", 1, PASS},  {"p95_ms < 5", 2, FAIL},
    };
    EXPECT_EACH(cases);
}

Test(budgets, a_judgement_names_its_phase) {
    ta_result *r = new_result();
    cr_expect_str_eq(judge_in(r, "allocs <= 4", 2)->phase, "storm");
    cr_expect_str_eq(judge_in(r, "allocs <= 4", 0)->phase, "whole");
    r->phases[0].known[TA_METRIC_allocs] = false;
    cr_expect_eq(judge_in(r, "allocs <= 4", 1)->verdict, OPEN, "the whole knows, the phase not");
    ta_result_free(r);
}

/* ---- hot paths ---- */

Test(budgets, one_hot_path_is_judged_by_its_own_counts) {
    static const budget_case cases[] = {
        {"hot_allocs[combat] <= 10", 0, PASS}, {"hot_allocs[combat] <= 9", 0, FAIL},
        {"hot_bytes[combat] <= 100", 0, PASS}, {"hot_bytes[combat] <= 99", 0, FAIL},
        {"hot_frees[combat] <= 8", 0, PASS},   {"hot_frees[combat] <= 7", 0, FAIL},
        {"hot_allocs[combat] == 2", 1, PASS},  {"hot_bytes[combat] == 20", 1, PASS},
        {"hot_frees[combat] == 3", 1, PASS},   {"hot_allocs[combat] == 0", 2, PASS},
        {"hot_allocs[render] = 0", 0, PASS},   {"hot_bytes[render] > 0", 0, FAIL},
        {"hot_allocs[by stack] = 0", 0, PASS},
    };
    EXPECT_EACH(cases);
}

Test(budgets, what_was_not_tried_is_inconclusive) {
    static const budget_case cases[] = {
        {"hot_allocs[never entered] = 0", 0, OPEN},
        {"hot_bytes[never entered] = 0", 1, OPEN},
        {"hot_allocs[unheard of] = 0", 0, OPEN},
        {"hot_frees[by stack] = 0", 0, OPEN},
        {"hot_frees <= 10", 0, OPEN}, /* some of the paths tell no frees */
        {"hot_allocs <= 10", 0, PASS},
    };
    EXPECT_EACH(cases);
    ta_result *r = new_result();
    cr_expect_str_eq(judge_in(r, "hot_allocs[unheard of] = 0", 0)->why,
                     "the hot path \"unheard of\" was never entered");
    cr_expect(strstr(judge_in(r, "hot_frees[by stack] = 0", 0)->why, "not told by their call"));
    for (int i = 0; i < PATHS; i++) {
        r->hot_paths[i].entries = 0;
        r->hot_paths[i].by_stack = false;
    }
    const ta_judgement *j = judge_in(r, "hot_allocs = 0", 0);
    cr_expect_eq(j->verdict, OPEN);
    cr_expect_str_eq(j->why, "no hot path was ever entered");
    ta_result_free(r);
}

/* ---- in words ---- */

Test(budgets, a_fail_tells_what_was_seen_and_where) {
    ta_result *r = new_result();
    cr_expect_str_eq(judge_in(r, "hot_allocs = 0", 0)->why, "seen 10: combat 10 from tick 12");
    cr_expect_str_eq(judge_in(r, "hot_allocs[combat] = 0", 0)->why,
                     "seen 10: combat 10 from tick 12");
    cr_expect_str_eq(judge_in(r, "mem_growth_mb < 5", 0)->why, "seen 10 MiB");
    r->whole.value[TA_METRIC_p95_ms] = 16.6667;
    cr_expect_str_eq(judge_in(r, "p95_ms < 5", 0)->why, "seen 16.667 ms");
    r->whole.value[TA_METRIC_enemy_peak] = 0;
    cr_expect(strstr(judge_in(r, "enemy_peak >= 5", 0)->why, "the world was empty"));
    cr_expect_str_eq(judge_in(r, "allocs <= 10", 0)->why, "");
    ta_result_free(r);
}

/* ---- several ---- */

static ta_verdict verdict_of(ta_result *r, const char *const *budgets) {
    ta_budget_list list = {0};
    for (; *budgets; budgets++)
        add(&list, *budgets, 0);
    cr_assert(ta_ok(ta_judge_budgets(&list, r)));
    ta_budget_list_free(&list);
    return r->verdict;
}

#define VERDICT_OF(r, ...) verdict_of(r, (const char *const[]){__VA_ARGS__, NULL})

Test(budgets, the_worst_of_all_is_the_verdict) {
    ta_result *r = new_result();
    static const char good[] = "allocs <= 10", bad[] = "allocs <= 9",
                      untried[] = "hot_allocs[unheard of] = 0";
    cr_expect_eq(VERDICT_OF(r, good, good), PASS);
    cr_expect_eq(VERDICT_OF(r, good, untried, good), OPEN);
    cr_expect_eq((int)r->exit_code, 3);
    cr_expect_eq(VERDICT_OF(r, untried, bad, good), FAIL);
    cr_expect_eq((int)r->exit_code, 1);
    cr_expect_eq(VERDICT_OF(r, bad, untried), FAIL);
    cr_expect_eq(r->judgement_count, 2, "in place of those that were there");
    ta_budget_list none = {0};
    cr_assert(ta_ok(ta_judge_budgets(&none, r)));
    cr_expect_eq(r->verdict, TA_VERDICT_NONE);
    cr_expect_eq((int)r->exit_code, 0);
    ta_result_free(r);
}

Test(budgets, a_partial_run_stays_partial_however_its_budgets_came_out) {
    static const char *const budgets[] = {"allocs <= 10", "allocs <= 9"};
    for (int i = 0; i < 2; i++) {
        ta_result *r = new_result();
        r->partial = true;
        cr_expect_eq(VERDICT_OF(r, budgets[i]), TA_VERDICT_PARTIAL);
        cr_expect_eq((int)r->exit_code, 4);
        ta_result_free(r);
    }
}
