/* The gates of the protocol, each from both sides, and what may not be compared at all. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "sample_result.h"

static ta_arm arm_of(sample_kind kind, const char *source) {
    ta_result *result = sample_result_new(kind);
    ta_arm arm = ta_arm_from_result(result, source);
    arm.repeats = true;
    ta_result_free(result);
    return arm;
}

static ta_arm sample_arm(void) {
    return arm_of(SAMPLE_WHOLE, "pre.json");
}

static ta_comparison compare(const ta_arm *pre, const ta_arm *post, ta_compare_options options) {
    ta_comparison comparison;
    ta_status status = ta_compare(pre, post, options, &comparison);
    cr_assert(ta_ok(status), "%s", status.text);
    return comparison;
}

static const ta_gate *gate_of(const ta_comparison *comparison, const char *name) {
    for (unsigned i = 0; i < comparison->gate_count; i++)
        if (strcmp(ta_gate_name(&comparison->gates[i]), name) == 0)
            return &comparison->gates[i];
    return NULL;
}

/* The verdict of one gate and of the whole when `metric` goes from `pre` to `post`. */
static void expect(ta_metric metric, double pre, double post, ta_verdict gate, ta_verdict whole) {
    ta_arm before = sample_arm(), after = sample_arm();
    before.value[metric] = pre;
    after.value[metric] = post;
    ta_comparison comparison = compare(&before, &after, (ta_compare_options){0});
    const ta_gate *found = gate_of(&comparison, ta_metric_table[metric].name);
    cr_assert_not_null(found);
    cr_assert_eq(found->verdict, gate, "%s %g -> %g: gate %s", ta_metric_table[metric].name, pre,
                 post, ta_verdict_name(found->verdict));
    cr_assert_eq(comparison.verdict, whole, "%s %g -> %g: whole %s", ta_metric_table[metric].name,
                 pre, post, ta_verdict_name(comparison.verdict));
}

#define PASS     TA_VERDICT_PASS
#define FAIL     TA_VERDICT_FAIL
#define IMPROVED TA_VERDICT_IMPROVED

Test(compare, memory_growth_must_not_rise) {
    double byte = 1.0 / (1 << 20);
    expect(TA_METRIC_mem_growth_mb, 10, 10, PASS, PASS);
    expect(TA_METRIC_mem_growth_mb, 10, 10 + byte, FAIL, FAIL);
    expect(TA_METRIC_mem_growth_mb, 10 + byte, 10, IMPROVED, IMPROVED);
    expect(TA_METRIC_mem_growth_mb, 0, byte, FAIL, FAIL);
    expect(TA_METRIC_mem_growth_mb, 10, 10 + byte / 20, PASS, PASS); /* a rounding, no byte */
}

Test(compare, times_of_kept_runs_have_no_gate) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.value[TA_METRIC_p95_ms] *= 3;
    post.value[TA_METRIC_avg_fps] /= 3;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_eq(c.verdict, PASS);
    for (unsigned i = 0; i < c.gate_count; i++)
        cr_assert(c.gates[i].kind != TA_GATE_METRIC ||
                  ta_metric_table[c.gates[i].metric].kind == TA_METRIC_EXACT);
}

Test(compare, enemies_must_not_fall) {
    expect(TA_METRIC_enemy_peak, 500, 499, FAIL, FAIL);
    expect(TA_METRIC_enemy_peak, 499, 500, IMPROVED, IMPROVED);
    expect(TA_METRIC_enemy_final, 488, 487, FAIL, FAIL);
    expect(TA_METRIC_enemy_final, 488, 488, PASS, PASS);
}

Test(compare, swapped_arms_turn_a_failure_around) {
    ta_arm pre = sample_arm(), post = arm_of(SAMPLE_FAILING, "post.json");
    memset(post.judged, 0, sizeof post.judged); /* what it lost leaves too much open */
    cr_assert_eq(compare(&pre, &post, (ta_compare_options){0}).verdict, TA_VERDICT_FAIL);
    cr_assert_eq(compare(&post, &pre, (ta_compare_options){0}).verdict, TA_VERDICT_IMPROVED);
}

Test(compare, worse_in_one_count_fails_whatever_else_is_better) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.value[TA_METRIC_mem_growth_mb] /= 2;
    post.value[TA_METRIC_hot_allocs] = 1;
    cr_assert_eq(compare(&pre, &post, (ta_compare_options){0}).verdict, TA_VERDICT_FAIL);
}

Test(compare, metric_that_neither_run_has_is_no_gate) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.known[TA_METRIC_enemy_peak] = post.known[TA_METRIC_enemy_peak] = false;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_null(gate_of(&c, "enemy_peak"));
    cr_assert_eq(c.verdict, PASS);
}

Test(compare, metric_that_one_result_lacks_is_inconclusive) {
    for (int side = 0; side < 2; side++) {
        ta_arm arms[2] = {sample_arm(), sample_arm()};
        arms[side].known[TA_METRIC_allocs_per_tick_max] = false;
        ta_comparison c = compare(&arms[0], &arms[1], (ta_compare_options){0});
        cr_assert_eq(c.verdict, TA_VERDICT_INCONCLUSIVE);
        cr_assert_eq(gate_of(&c, "allocs_per_tick_max")->verdict, TA_VERDICT_INCONCLUSIVE);
        cr_assert_eq((int)ta_verdict_exit_code(c.verdict), 3);
        arms[side].whole = false; /* a row of the log has some metrics only */
        c = compare(&arms[0], &arms[1], (ta_compare_options){0});
        cr_assert_null(gate_of(&c, "allocs_per_tick_max"));
    }
}

Test(compare, failure_outweighs_what_is_unknown) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.known[TA_METRIC_allocs] = false;
    post.value[TA_METRIC_enemy_peak] = 1;
    cr_assert_eq(compare(&pre, &post, (ta_compare_options){0}).verdict, TA_VERDICT_FAIL);
}

Test(compare, nondeterministic_metric_is_inconclusive_with_its_first_tick) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.value[TA_METRIC_allocs]++;
    post.judged[TA_METRIC_allocs] =
        (ta_arm_metric){.differs = true, .least = 7, .greatest = 9, .first_tick = 12};
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    const ta_gate *gate = gate_of(&c, "allocs");
    cr_assert_eq(gate->verdict, TA_VERDICT_INCONCLUSIVE);
    cr_assert_not_null(strstr(gate->why, "7 to 9"), "%s", gate->why);
    cr_assert_not_null(strstr(gate->why, "tick 12"), "%s", gate->why);
    cr_assert_eq(c.verdict, TA_VERDICT_INCONCLUSIVE);
}

static ta_verdict verdict_of(const ta_arm *pre, const ta_arm *post, ta_metric metric,
                             const char *why) {
    ta_comparison comparison = compare(pre, post, (ta_compare_options){0});
    const ta_gate *gate = gate_of(&comparison, ta_metric_table[metric].name);
    cr_assert_not_null(gate);
    cr_assert(!why || strstr(gate->why, why), "%s", gate->why);
    return gate->verdict;
}

Test(compare, two_counts_of_one_build_are_nondeterministic_whichever_is_greater) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.made_of = post.made_of = 7;
    cr_assert_eq(verdict_of(&pre, &post, TA_METRIC_allocs, NULL), PASS);
    for (int step = -1; step <= 1; step += 2) {
        post.value[TA_METRIC_allocs] = pre.value[TA_METRIC_allocs] + step;
        cr_assert_eq(verdict_of(&pre, &post, TA_METRIC_allocs, "nondeterministic"),
                     TA_VERDICT_INCONCLUSIVE);
    }
    post.made_of = 8;
    cr_assert_eq(verdict_of(&pre, &post, TA_METRIC_allocs, NULL), FAIL);
    pre.made_of = post.made_of = 0; /* unknown */
    cr_assert_eq(verdict_of(&pre, &post, TA_METRIC_allocs, NULL), FAIL);
}

Test(compare, state_of_one_build_that_differs_is_nondeterministic) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.state_hash++;
    pre.made_of = post.made_of = 7;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_eq(gate_of(&c, "state_hash")->verdict, TA_VERDICT_INCONCLUSIVE);
}

Test(compare, what_threads_share_fails_once_it_was_seen_to_repeat) {
    ta_arm pre = sample_arm(), post = sample_arm();
    ta_metric worst = TA_METRIC_allocs_per_tick_max;
    pre.repeats = post.repeats = false;
    pre.threads = post.threads = 1;
    post.value[worst]++;
    cr_assert_eq(verdict_of(&pre, &post, worst, NULL), FAIL);
    pre.threads = post.threads = 2;
    cr_assert_eq(verdict_of(&pre, &post, worst, "several threads"), TA_VERDICT_INCONCLUSIVE);
    pre.repeats = true;
    cr_assert_eq(verdict_of(&pre, &post, worst, NULL), TA_VERDICT_INCONCLUSIVE);
    post.repeats = true;
    cr_assert_eq(verdict_of(&pre, &post, worst, NULL), FAIL);
    post.repeats = false;
    post.value[worst] = pre.value[worst];
    post.value[TA_METRIC_allocs]++; /* not by who comes first */
    cr_assert_eq(verdict_of(&pre, &post, TA_METRIC_allocs, NULL), FAIL);
}

Test(compare, live_bytes_alone_depend_on_addresses) {
    ta_arm pre = sample_arm(), post = sample_arm();
    ta_metric live = TA_METRIC_live_bytes_growth;
    pre.repeats = post.repeats = false;
    pre.threads = post.threads = 1;
    pre.known[TA_METRIC_frees] = post.known[TA_METRIC_frees] = true;
    pre.known[TA_METRIC_live_blocks_growth] = post.known[TA_METRIC_live_blocks_growth] = true;
    pre.known[live] = post.known[live] = true;
    post.value[live] = pre.value[live] + 4096;
    cr_assert_eq(verdict_of(&pre, &post, live, "blocks lie"), TA_VERDICT_INCONCLUSIVE);
    post.value[TA_METRIC_bytes]++;
    cr_assert_eq(verdict_of(&pre, &post, live, NULL), FAIL);
}

Test(compare, open_evidence_turns_what_it_could_turn_and_nothing_else) {
    static const struct {
        int side;
        bool higher;
        double rise;
        ta_verdict verdict;
    } cases[] = {
        {1, true, 0, TA_VERDICT_INCONCLUSIVE},  /* the post run may have had more */
        {1, false, 0, PASS},                    /* or fewer: that is no rise either */
        {0, false, 0, TA_VERDICT_INCONCLUSIVE}, /* the pre run may have had fewer */
        {0, true, 0, PASS},
        {1, true, 1, FAIL}, /* it rose, and may have risen further */
        {0, true, 1, TA_VERDICT_INCONCLUSIVE},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        ta_arm arms[2] = {sample_arm(), sample_arm()};
        arms[1].value[TA_METRIC_bytes] += cases[i].rise;
        ta_arm_metric *judged = &arms[cases[i].side].judged[TA_METRIC_bytes];
        judged->higher = cases[i].higher;
        judged->lower = !cases[i].higher;
        ta_comparison c = compare(&arms[0], &arms[1], (ta_compare_options){0});
        cr_assert_eq(gate_of(&c, "bytes")->verdict, cases[i].verdict, "case %u: %s", i,
                     ta_verdict_name(gate_of(&c, "bytes")->verdict));
    }
}

Test(compare, another_end_of_the_program_is_inconclusive) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.end = (ta_program_end){.how = TA_PROGRAM_EXITED};
    post.end = (ta_program_end){.how = TA_PROGRAM_EXITED, .number = 7};
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_eq(c.verdict, TA_VERDICT_INCONCLUSIVE);
    cr_assert_not_null(strstr(gate_of(&c, "program_end")->why, "exit code 7"));
}

Test(compare, hot_path_that_one_run_never_entered_is_no_pass) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.hot_entered = true;
    post.hot_entered = false;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_eq(gate_of(&c, "hot_allocs")->verdict, TA_VERDICT_INCONCLUSIVE);
    pre.hot_entered = false;
    c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_null(gate_of(&c, "hot_allocs"), "nothing was promised");
}

Test(compare, name_of_a_programs_file_is_no_scenario) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.scenario_named = post.scenario_named = false;
    (void)snprintf(post.scenario, sizeof post.scenario, "game_new");
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    bool noted = false;
    for (unsigned i = 0; i < c.note_count; i++)
        noted |= strstr(c.notes[i], "two builds") != NULL;
    cr_assert(noted);
    post.scenario_named = true;
    cr_assert_eq(ta_compare(&pre, &post, (ta_compare_options){0}, &c).code, TA_BAD_INPUT);
}

Test(compare, samples_of_time_are_not_held_against_each_other) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.ticks_are_timed = true;
    post.value[TA_METRIC_allocs_per_tick_max] += 5;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_null(gate_of(&c, "allocs_per_tick_max"));
    cr_assert_not_null(gate_of(&c, "allocs"));
    cr_assert_eq(c.verdict, PASS);
}

Test(compare, changed_state_fails_when_both_are_known) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.state_hash++;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_eq(gate_of(&c, "state_hash")->verdict, TA_VERDICT_FAIL);
    cr_assert_eq(c.verdict, TA_VERDICT_FAIL);
    post.state_hash_known = false;
    c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_null(gate_of(&c, "state_hash"));
    cr_assert_not_null(strstr(c.notes[0], "one run has none"));
    cr_assert_eq(c.verdict, TA_VERDICT_PASS);
}

Test(compare, unlike_runs_are_refused_with_every_difference_named) {
    ta_arm pre = sample_arm(), post = sample_arm();
    (void)snprintf(post.scenario, sizeof post.scenario, "soak");
    post.seed = 7;
    post.scenario_hash++;
    (void)snprintf(post.allocator, sizeof post.allocator, "system (glibc 2.36)");
    (void)snprintf(post.machine, sizeof post.machine, "Example Processor 9000; 2 cores; Debug");
    ta_comparison comparison;
    ta_status status = ta_compare(&pre, &post, (ta_compare_options){0}, &comparison);
    cr_assert_eq(status.code, TA_BAD_INPUT);
    static const char *const named[] = {"stress_500 / soak",
                                        "12345 / 7",
                                        "mimalloc 2.0.9 / system (glibc 2.36)",
                                        "Release / Example Processor 9000; 2 cores; Debug",
                                        "0x00c0ffee12345678",
                                        "--across"};
    for (unsigned i = 0; i < sizeof named / sizeof *named; i++)
        cr_assert_not_null(strstr(status.text, named[i]), "%s in %s", named[i], status.text);
}

Test(compare, each_difference_alone_is_refused_unless_it_is_allowed) {
    for (unsigned field = 0; field < TA_COMPARE_FIELD_COUNT; field++) {
        ta_arm pre = sample_arm(), post = sample_arm();
        if (field == TA_COMPARE_FIELD_scenario)
            post.scenario[0] = 'x';
        if (field == TA_COMPARE_FIELD_scenario_hash)
            post.scenario_hash++;
        if (field == TA_COMPARE_FIELD_seed)
            post.seed_known = false;
        if (field == TA_COMPARE_FIELD_allocator)
            post.allocator[0] = '\0';
        if (field == TA_COMPARE_FIELD_machine)
            post.machine[0] = 'x';
        ta_comparison c;
        cr_assert_eq(ta_compare(&pre, &post, (ta_compare_options){0}, &c).code, TA_BAD_INPUT,
                     "field %u", field);
        c = compare(&pre, &post, (ta_compare_options){.across = 1U << field});
        cr_assert_geq(c.note_count, 1);
    }
}

Test(compare, content_hash_that_one_side_lacks_is_no_difference) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.scenario_hash_known = false;
    post.scenario_hash = 0;
    cr_assert_eq(compare(&pre, &post, (ta_compare_options){0}).verdict, TA_VERDICT_PASS);
}

Test(compare, state_of_another_world_is_not_compared) {
    ta_arm pre = sample_arm(), post = sample_arm();
    post.seed = 7;
    post.state_hash++;
    ta_comparison c =
        compare(&pre, &post, (ta_compare_options){.across = 1U << TA_COMPARE_FIELD_seed});
    cr_assert_null(gate_of(&c, "state_hash"));
    cr_assert_eq(c.verdict, TA_VERDICT_PASS);
}

Test(compare, partial_runs_are_refused) {
    ta_arm whole = sample_arm(), partial = arm_of(SAMPLE_PARTIAL, "partial.json");
    ta_comparison c;
    ta_status status = ta_compare(&whole, &partial, (ta_compare_options){0}, &c);
    cr_assert_eq(status.code, TA_BAD_INPUT);
    cr_assert_not_null(strstr(status.text, "the post run is partial"), "%s", status.text);
    status = ta_compare(&partial, &whole, (ta_compare_options){0}, &c);
    cr_assert_not_null(strstr(status.text, "the pre run is partial"), "%s", status.text);
    status = ta_compare(&partial, &partial, (ta_compare_options){.across = 31}, &c);
    cr_assert_not_null(strstr(status.text, "both runs are partial"), "%s", status.text);
}

Test(compare, same_run_and_empty_world_are_noted) {
    ta_arm pre = sample_arm(), post = sample_arm();
    pre.value[TA_METRIC_enemy_peak] = post.value[TA_METRIC_enemy_peak] = 0;
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    cr_assert_eq(c.note_count, 2);
    cr_assert_not_null(strstr(c.notes[0], "same run"));
    cr_assert_not_null(strstr(c.notes[1], "empty"));
}

Test(compare, what_was_suppressed_on_one_side_alone_is_noted) {
    ta_arm pre = sample_arm(), post = arm_of(SAMPLE_SUPPRESSED, "post.json");
    cr_assert_eq(post.suppressed, 400);
    ta_comparison c = compare(&pre, &post, (ta_compare_options){0});
    bool noted = false;
    for (unsigned i = 0; i < c.note_count; i++)
        noted |= strstr(c.notes[i], "suppressed in the pre run, and 400 in the post") != NULL;
    cr_expect(noted);
    pre.suppressed = 400;
    unsigned before = c.note_count;
    c = compare(&pre, &post, (ta_compare_options){0});
    cr_expect_eq(c.note_count, before - 1);
}

Test(compare, fields_are_found_by_name) {
    ta_compare_field field;
    cr_assert(ta_compare_field_find("allocator", &field));
    cr_assert_eq(field, TA_COMPARE_FIELD_allocator);
    cr_assert_not(ta_compare_field_find("notes", &field));
}
