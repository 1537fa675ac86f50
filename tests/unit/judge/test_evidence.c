/* Fact by budget by verdict: what an entry that is not complete leaves open, and what it does not.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "judge.h"

#define PASS TA_VERDICT_PASS
#define FAIL TA_VERDICT_FAIL
#define OPEN TA_VERDICT_INCONCLUSIVE

/* A result in which every figure is 10, and one hot path was entered. */
static ta_result *new_result(void) {
    ta_result *r = ta_result_new();
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        r->whole.value[m] = 10;
        r->whole.known[m] = true;
    }
    r->hot_path_count = 1;
    r->hot_paths = calloc(1, sizeof *r->hot_paths);
    snprintf(r->hot_paths[0].name, TA_NAME_MAX, "combat");
    r->hot_paths[0].entries = r->hot_paths[0].allocs = 10;
    return r;
}

static void add(ta_result *r, ta_fact fact, ta_evidence_state state, const char *subject) {
    ta_finding finding = {state, subject, "the detail", "the remedy"};
    cr_assert(ta_ok(ta_evidence_add(r, fact, finding)));
}

/* The verdict over one budget; `r` is judged once. */
static ta_verdict judge(ta_result *r, const char *budget) {
    ta_budget_list list = {0};
    ta_budget read;
    if (*budget) {
        cr_assert(ta_ok(ta_budget_parse(budget, &read)), "%s", budget);
        cr_assert(ta_ok(ta_budget_list_add(&list, &read, 0)));
    }
    cr_assert(ta_ok(ta_judge_budgets(&list, r)));
    ta_budget_list_free(&list);
    if (*budget && !r->partial)
        cr_assert_eq(r->verdict, r->judgements[0].verdict);
    return *budget ? r->judgements[0].verdict : r->verdict;
}

static ta_verdict verdict_with(ta_fact fact, ta_evidence_state state, const char *budget) {
    ta_result *r = new_result();
    add(r, fact, state, "");
    ta_verdict verdict = judge(r, budget);
    if (verdict == OPEN) {
        cr_expect(strstr(r->judgements[0].why, "the detail: the remedy"), "%s",
                  r->judgements[0].why);
        cr_expect_eq(r->exit_code, TA_INCONCLUSIVE);
    }
    ta_result_free(r);
    return verdict;
}

/* A budget and its verdict when this fact is incomplete; what is seen is 10. */
typedef struct fact_case {
    ta_fact fact;
    const char *budget;
    ta_verdict verdict;
} fact_case;

static const fact_case cases[] = {
    /* The program did not end as meant: more could have come. */
    {TA_FACT_program_end, "hot_allocs <= 10", OPEN},
    {TA_FACT_program_end, "hot_allocs <= 9", FAIL},
    {TA_FACT_program_end, "allocs >= 10", PASS},
    {TA_FACT_program_end, "allocs >= 11", OPEN},
    {TA_FACT_program_end, "avg_fps >= 10", OPEN},
    {TA_FACT_program_end, "live_growth <= 9", OPEN},
    {TA_FACT_program_end, "enemy_final >= 11", OPEN},
    {TA_FACT_program_end, "enemy_peak >= 10", PASS},
    {TA_FACT_program_end, "population_mismatch <= 10", OPEN},
    {TA_FACT_program_end, "population_mismatch = 0", FAIL},
    {TA_FACT_same_program, "allocs <= 10", OPEN},
    {TA_FACT_same_program, "allocs <= 9", FAIL},
    /* One tick, or none. */
    {TA_FACT_ticks_fired, "allocs_per_tick <= 10", OPEN},
    {TA_FACT_ticks_fired, "allocs_per_tick <= 9", FAIL},
    {TA_FACT_ticks_fired, "p95_ms < 33", OPEN},
    {TA_FACT_ticks_fired, "p95_ms < 3", OPEN},
    {TA_FACT_ticks_fired, "frame_ms_max < 3", FAIL},
    {TA_FACT_ticks_fired, "mem_growth_mb < 50", OPEN},
    {TA_FACT_ticks_fired, "mem_growth_mb < 5", FAIL},
    {TA_FACT_ticks_fired, "live_growth <= 10", OPEN},
    {TA_FACT_ticks_fired, "hot_allocs <= 10", PASS},
    {TA_FACT_ticks_fired, "allocs <= 10", PASS},
    {TA_FACT_ticks_fired, "ticks >= 2", PASS},
    {TA_FACT_ticks_fired, "ticks >= 11", FAIL},
    {TA_FACT_ticks_marked, "live_growth <= 10", PASS},
    {TA_FACT_ticks_followed, "allocs_per_tick <= 10", OPEN},
    {TA_FACT_ticks_followed, "allocs <= 10", PASS},
    /* Ticks were lost. */
    {TA_FACT_ticks_kept, "allocs_per_tick <= 10", OPEN},
    {TA_FACT_ticks_kept, "allocs_per_tick <= 9", FAIL},
    {TA_FACT_ticks_kept, "allocs_per_tick >= 10", PASS},
    {TA_FACT_ticks_kept, "spikes_over_50ms <= 10", OPEN},
    {TA_FACT_ticks_kept, "spikes_over_50ms = 0", FAIL},
    {TA_FACT_ticks_kept, "fps_stability_pct > 9", OPEN},
    {TA_FACT_ticks_kept, "live_growth <= 10", OPEN},
    {TA_FACT_ticks_kept, "mem_growth_mb < 11", OPEN},
    {TA_FACT_ticks_kept, "ticks == 10", OPEN},
    {TA_FACT_ticks_kept, "ticks == 9", FAIL},
    {TA_FACT_ticks_kept, "ticks == 11", OPEN},
    {TA_FACT_ticks_kept, "allocs <= 10", PASS},
    {TA_FACT_ticks_kept, "hot_allocs <= 10", PASS},
    /* Hot paths and scopes. */
    {TA_FACT_hot_path_entered, "hot_allocs <= 10", OPEN},
    {TA_FACT_hot_path_entered, "hot_allocs <= 9", FAIL},
    {TA_FACT_hot_path_entered, "hot_frees <= 10", OPEN},
    {TA_FACT_hot_path_entered, "allocs <= 10", PASS},
    {TA_FACT_stacks_unswitched, "hot_allocs <= 10", OPEN},
    {TA_FACT_stacks_unswitched, "hot_allocs <= 9", FAIL},
    {TA_FACT_stacks_unswitched, "allocs <= 10", PASS},
    {TA_FACT_names_kept, "hot_allocs <= 10", OPEN},
    {TA_FACT_names_kept, "hot_bytes <= 9", FAIL},
    {TA_FACT_names_kept, "allocs <= 10", PASS},
    {TA_FACT_scopes_kept, "hot_allocs <= 10", OPEN},
    {TA_FACT_scopes_kept, "hot_allocs <= 9", FAIL},
    {TA_FACT_allowances_kept, "hot_allocs <= 10", PASS},
    {TA_FACT_allowances_kept, "hot_allocs <= 9", OPEN},
    {TA_FACT_suppressions_applied, "hot_allocs <= 9", OPEN},
    {TA_FACT_suppressions_applied, "hot_allocs <= 10", PASS},
    /* Nothing was counted. */
    {TA_FACT_calls_intercepted, "allocs <= 10", OPEN},
    {TA_FACT_calls_intercepted, "allocs <= 9", OPEN},
    {TA_FACT_calls_intercepted, "hot_allocs <= 9", OPEN},
    {TA_FACT_calls_intercepted, "ticks >= 10", OPEN},
    {TA_FACT_calls_intercepted, "p95_ms < 11", OPEN},
    /* Threads, processes, heaps. */
    {TA_FACT_threads_kept, "allocs <= 10", OPEN},
    {TA_FACT_threads_kept, "allocs <= 9", FAIL},
    {TA_FACT_threads_kept, "hot_allocs <= 9", OPEN},
    {TA_FACT_processes_kept, "bytes <= 10", OPEN},
    {TA_FACT_processes_kept, "bytes <= 9", FAIL},
    {TA_FACT_processes_kept, "p95_ms < 11", PASS},
    {TA_FACT_processes_kept, "mapped_calls <= 10", OPEN},
    {TA_FACT_heaps_ours, "allocs <= 10", OPEN},
    {TA_FACT_heaps_ours, "allocs <= 9", FAIL},
    {TA_FACT_heaps_ours, "live_growth <= 9", OPEN},
    {TA_FACT_heaps_ours, "mapped_calls <= 10", PASS},
    {TA_FACT_heaps_ours, "avg_fps >= 10", PASS},
    {TA_FACT_sites_kept, "hot_allocs <= 10", PASS},
    {TA_FACT_sites_kept, "hot_allocs <= 9", FAIL},
};
enum { CASES = sizeof cases / sizeof *cases };

Test(evidence, what_could_have_changed_a_budget_makes_it_inconclusive_and_nothing_else_does) {
    for (int i = 0; i < CASES; i++) {
        ta_verdict verdict = verdict_with(cases[i].fact, TA_EVIDENCE_INCOMPLETE, cases[i].budget);
        cr_expect_eq(verdict, cases[i].verdict, "%s, %s: %s", ta_fact_table[cases[i].fact].name,
                     cases[i].budget, ta_verdict_name(verdict));
    }
}

Test(evidence, what_is_complete_or_unknown_changes_nothing) {
    static const ta_evidence_state states[] = {TA_EVIDENCE_COMPLETE, TA_EVIDENCE_UNKNOWN};
    for (int fact = 0; fact < TA_FACT_COUNT; fact++) {
        for (int m = 0; m < TA_METRIC_COUNT * 2; m++) {
            char budget[64];
            snprintf(budget, sizeof budget, "%s <= 10", ta_metric_table[m / 2].name);
            cr_expect_eq(verdict_with((ta_fact)fact, states[m % 2], budget), PASS, "%s, %s",
                         ta_fact_table[fact].name, budget);
        }
    }
}

Test(evidence, a_strict_run_takes_unknown_for_incomplete) {
    for (int i = 0; i < CASES; i++) {
        ta_result *r = new_result();
        r->strict = true;
        add(r, cases[i].fact, TA_EVIDENCE_UNKNOWN, "");
        cr_expect_eq(judge(r, cases[i].budget), cases[i].verdict, "%s, %s",
                     ta_fact_table[cases[i].fact].name, cases[i].budget);
        ta_result_free(r);
    }
}

Test(evidence, of_one_hot_path_is_about_no_other) {
    static const struct {
        const char *subject, *budget;
        ta_verdict verdict;
    } subjects[] = {{"combat", "hot_allocs[combat] <= 10", OPEN},
                    {"combat", "hot_allocs <= 10", OPEN},
                    {"other", "hot_allocs[combat] <= 10", PASS},
                    {"", "hot_allocs[combat] <= 10", OPEN},
                    {"other", "hot_allocs[combat] <= 9", FAIL}};
    for (unsigned i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        ta_result *r = new_result();
        add(r, TA_FACT_hot_path_entered, TA_EVIDENCE_INCOMPLETE, subjects[i].subject);
        cr_expect_eq(judge(r, subjects[i].budget), subjects[i].verdict, "%u", i);
        ta_result_free(r);
    }
}

Test(evidence, a_figure_that_is_not_known_has_the_reason_that_is) {
    ta_result *r = new_result();
    r->whole.known[TA_METRIC_live_bytes_growth] = false;
    add(r, TA_FACT_heaps_ours, TA_EVIDENCE_COMPLETE, "");
    add(r, TA_FACT_ticks_fired, TA_EVIDENCE_INCOMPLETE, "");
    cr_expect_eq(judge(r, "live_growth <= 9"), OPEN);
    cr_expect_str_eq(r->judgements[0].why, "the detail: the remedy");
    ta_result_free(r);
}

Test(evidence, without_a_budget_the_verdict_is_none) {
    ta_result *r = new_result();
    add(r, TA_FACT_heaps_ours, TA_EVIDENCE_INCOMPLETE, "");
    cr_expect_eq(judge(r, ""), TA_VERDICT_NONE);
    cr_expect_eq(r->exit_code, TA_OK);
    ta_result_free(r);
}

Test(evidence, a_partial_run_stays_partial_and_none_of_its_budgets_passes) {
    static const char *const budgets[] = {"hot_allocs <= 10", "hot_allocs <= 9"};
    static const ta_verdict verdicts[] = {OPEN, FAIL};
    for (int i = 0; i < 2; i++) {
        ta_result *r = new_result();
        r->partial = true;
        cr_assert(ta_ok(ta_evidence_of_result(r)));
        cr_expect_eq(judge(r, budgets[i]), verdicts[i]);
        cr_expect_eq(r->verdict, TA_VERDICT_PARTIAL);
        cr_expect_eq(r->exit_code, TA_WORKLOAD_DIED);
        ta_result_free(r);
    }
}

static const ta_evidence *entry_of(const ta_result *r, const char *what) {
    for (uint32_t i = 0; i < r->evidence_count; i++) {
        if (strcmp(r->evidence[i].what, what) == 0)
            return &r->evidence[i];
    }
    cr_assert_fail("no entry for %s", what);
    return NULL;
}

/* `r` is new but for what was lost. */
static void expect_loss(ta_result *r, const char *what) {
    r->program_end.how = TA_PROGRAM_EXITED;
    cr_assert(ta_ok(ta_evidence_of_result(r)));
    cr_assert(ta_ok(ta_evidence_of_suppressions(r)));
    const ta_evidence *entry = entry_of(r, what);
    cr_expect_eq(entry->state, TA_EVIDENCE_INCOMPLETE, "%s", what);
    cr_expect_str_not_empty(entry->remedy);
    free(r->evidence);
    r->evidence = NULL;
    r->evidence_count = 0;
    memset(&r->lost, 0, sizeof r->lost);
}

Test(evidence, each_loss_is_an_incomplete_fact) {
    ta_result *r = new_result();
    r->lost.ticks = 1;
    expect_loss(r, "ticks_kept");
    r->lost.sites = 1;
    expect_loss(r, "sites_kept");
    r->lost.names = 1;
    expect_loss(r, "names_kept");
    r->lost.scopes = 1;
    expect_loss(r, "scopes_kept");
    r->lost.threads = 2;
    expect_loss(r, "threads_kept");
    r->lost.processes = 1;
    expect_loss(r, "processes_kept");
    snprintf(r->bypassed, sizeof r->bypassed, "a.so calls mi_malloc");
    expect_loss(r, "heaps_ours");
    r->lost.scopes = 1;
    r->allowed_count = 1;
    expect_loss(r, "allowances_kept");
    r->lost.names = 1;
    r->allowed_count = 64;
    expect_loss(r, "allowances_kept");
    r->lost.sites = 1;
    r->suppression_count = 1;
    expect_loss(r, "suppressions_applied");
    ta_result_free(r);
}

Test(evidence, of_a_healthy_run_is_complete) {
    ta_result *r = new_result();
    r->program_end.how = TA_PROGRAM_EXITED;
    r->allowed_count = 3;
    cr_assert(ta_ok(ta_evidence_of_result(r)));
    cr_expect_gt(r->evidence_count, 8);
    for (uint32_t i = 0; i < r->evidence_count; i++)
        cr_expect_eq(r->evidence[i].state, TA_EVIDENCE_COMPLETE, "%s", r->evidence[i].what);
    cr_expect_str_eq(entry_of(r, "program_end")->detail, "exit code 0");
    r->allowed_count = 0;
    ta_result_free(r);
}

Test(evidence, each_metric_is_in_a_group_and_each_fact_is_found_by_its_name) {
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        unsigned group = ta_figures_group((ta_metric)m);
        cr_expect(group && (group & (group - 1)) == 0, "%s", ta_metric_table[m].name);
    }
    for (int f = 0; f < TA_FACT_COUNT; f++) {
        ta_fact found;
        cr_expect(ta_fact_find(ta_fact_table[f].name, &found) && found == (ta_fact)f);
    }
    ta_fact none;
    cr_expect_not(ta_fact_find("Program_end", &none));
}
