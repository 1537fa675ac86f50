/* The protocol of a run before and a run after a change, end to end. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(compare, .init = scratch_make, .fini = scratch_remove);

/* Long enough that one unlucky time slice does not turn a difference in speed of ten times. */
#define LENGTH "phases[0].seconds=20"

static void run_labelled(const char *label, const char *side, const char *level) {
    program_end end = tickaudit("run", "-q", "--label", label, side, "--set", level, "--set",
                                LENGTH, shipped_scenario("smoke.json"));
    cr_assert(end.code == 0 || end.code == 1, "exit code %d:\n%s%s", end.code, end.out, end.err);
    program_end_free(&end);
}

static void optimize(const char *label) {
    run_labelled(label, "--pre", "optimizations=none");
    run_labelled(label, "--post", "optimizations=all");
}

static void spoil(const char *label) {
    run_labelled(label, "--pre", "optimizations=all");
    run_labelled(label, "--post", "optimizations=none");
}

Test(compare, passes_what_got_better) {
    need_arena();
    optimize("PHASE_4");
    program_end end = tickaudit("compare", "--phase", "PHASE_4");
    expect_code(&end, 0);
    expect_out(&end, "[PASS] mem_growth_mb must not rise");
    expect_out(&end, "[PASS] state_hash must not change");
    expect_out(&end, "[PASS] p95_ms must not rise by more than 5 %");
    expect_out(&end, "VERDICT: IMPROVED (exit code 0): ");
}

Test(compare, fails_what_got_worse_and_names_the_gates) {
    need_arena();
    spoil("PHASE_4");
    program_end end = tickaudit("compare", "--phase", "PHASE_4");
    expect_code(&end, 1);
    expect_out(&end, "[FAIL] mem_growth_mb must not rise: 0.000 -> 0.");
    expect_out(&end, "[FAIL] p95_ms must not rise by more than 5 %");
    expect_out(&end, "over 10 interleaved rounds, significant");
    expect_out(&end, "[FAIL] avg_fps must not fall by more than 5 %");
    expect_out(&end, "WHERE THE RUNS DIFFER");
    expect_out(&end, "The runs differ first in tick 1 (tick 1 of phase combat): hot_allocs 0 -> ");
    expect_out(&end, "in hot path combat_tick");
    expect_out(&end, "sim_take  src/garbage.c:10");
    program_end exact = tickaudit("compare", "--exact", "--phase", "PHASE_4");
    expect_code(&exact, 1);
    expect_out(&exact, "[FAIL] hot_allocs must not rise: 0 -> ");
    cr_assert_null(strstr(exact.out, "] p95_ms"), "--exact judges no time");
}

Test(compare, as_json_is_json_with_the_same_verdict) {
    need_arena();
    spoil("PHASE_4");
    program_end end = tickaudit("compare", "--json", "--phase", "PHASE_4");
    expect_code(&end, 1);
    cJSON *json = json_text_parse(end.out);
    cr_assert_str_eq(json_string(json, "schema"), "tickaudit-compare/2");
    cr_assert_str_eq(json_string(json, "verdict"), "fail");
    cr_assert_gt(json_number(json, "metrics.hot_allocs.post"), 10000);
    cr_assert_eq(json_number(json, "metrics.hot_allocs.pre"), 0);
}

/* Two runs of one scenario: a file of the current folder, a run id, a row of the log. */
static cJSON *run_kept(const char *file, const char *option, const char *value,
                       const char *scenario) {
    char json[64] = "--json=";
    program_end end = tickaudit("run", "-q", strcat(json, file), option, value, "--allocator",
                                "system", scenario);
    cr_assert(end.code == 0, "%s%s", end.out, end.err);
    program_end_free(&end);
    return json_file(scratch_path(file));
}

Test(compare, finds_runs_by_file_and_by_run_id) {
    plugin_scenario("a.json", "'hot_mallocs': 1", 5, "");
    cJSON *pre = run_kept("pre.json", "--set", "seed=7", "a.json");
    cJSON *post = run_kept("post.json", "--set", "seed=7", "a.json");
    program_end files = tickaudit("compare", "--exact", "pre.json", "post.json");
    expect_code(&files, 0);
    program_end ids =
        tickaudit("compare", "--exact", json_string(pre, "run_id"), json_string(post, "run_id"));
    expect_code(&ids, 0);
    EXPECT_REFUSAL(2, "20200101T000000Z-00000000", "compare", "20200101T000000Z-00000000",
                   "post.json");
}

Test(compare, refuses_another_seed_and_names_it) {
    plugin_scenario("a.json", "", 5, "");
    run_kept("pre.json", "--set", "seed=7", "a.json");
    run_kept("post.json", "--set", "seed=8", "a.json");
    EXPECT_REFUSAL(2, "seed", "compare", "pre.json", "post.json");
    EXPECT_REFUSAL(2, "7", "compare", "pre.json", "post.json");
    /* The seed is part of the scenario's content. */
    program_end across = tickaudit("compare", "--exact", "--across", "seed", "--across",
                                   "scenario_hash", "pre.json", "post.json");
    expect_code(&across, 0);
}

Test(compare, refuses_another_scenario_and_names_it) {
    plugin_scenario("first.json", "", 5, "");
    plugin_scenario("second.json", "", 5, "");
    run_kept("pre.json", "--set", "seed=7", "first.json");
    run_kept("post.json", "--set", "seed=7", "second.json");
    EXPECT_REFUSAL(2, "first", "compare", "pre.json", "post.json");
    EXPECT_REFUSAL(2, "second", "compare", "pre.json", "post.json");
}

Test(compare, refuses_the_same_name_with_another_content) {
    plugin_scenario("a.json", "'hot_mallocs': 1", 5, "");
    run_kept("pre.json", "--set", "seed=7", "a.json");
    run_kept("post.json", "--set", "parameters.hot_mallocs=2", "a.json");
    EXPECT_REFUSAL(2, "scenario's content", "compare", "pre.json", "post.json");
}

Test(compare, refuses_another_allocator_and_names_it) {
    plugin_scenario("a.json", "", 5, "");
    run_kept("pre.json", "--set", "seed=7", "a.json");
    tickaudit("run", "-q", "--json=post.json", "--allocator", "mimalloc", "a.json");
    EXPECT_REFUSAL(2, "mimalloc", "compare", "pre.json", "post.json");
    program_end across =
        tickaudit("compare", "--exact", "--across", "allocator", "pre.json", "post.json");
    cr_assert(across.code == 0 || across.code == 1, "%s", across.err);
}

Test(compare, one_more_allocation_is_found) {
    plugin_scenario("a.json", "'hot_mallocs': 1", 5, "");
    run_kept("pre.json", "--set", "seed=7", "a.json");
    run_kept("post.json", "--set", "parameters.hot_mallocs=2", "a.json");
    program_end end =
        tickaudit("compare", "--exact", "--across", "scenario_hash", "pre.json", "post.json");
    expect_code(&end, 1);
    expect_out(&end, "[FAIL] hot_allocs must not rise: 5 -> 10");
}

Test(compare, phase_may_not_begin_while_the_one_before_fails) {
    need_arena();
    const char *smoke = shipped_scenario("smoke.json");
    spoil("PHASE_4");
    EXPECT_REFUSAL(1, "PHASE_5 may not begin while the gates of PHASE_4 fail: mem_growth_mb", "run",
                   "--label", "PHASE_5", "--pre", smoke);
    cr_assert_eq(log_lines("results"), 3, "it did not run");
    program_end forced = tickaudit("run", "-q", "--label", "PHASE_5", "--pre", "--notes", "first",
                                   "--force", "the disk was slow", smoke);
    expect_code(&forced, 0);
    char *log = scratch_read("results/perf_phase_log.csv");
    cr_assert(strstr(log, ",first; forced: the disk was slow,"), "%s", log);
    free(log);
}

Test(compare, phase_may_begin_when_the_one_before_passes_or_was_never_run) {
    need_arena();
    optimize("PHASE_4");
    run_labelled("PHASE_5", "--pre", "optimizations=phase_4");
    run_labelled("PHASE_8", "--pre", "optimizations=phase_4");
    cr_assert_eq(log_lines("results"), 5);
}

/* A later pair mends an earlier failure: the newest rows count. */
Test(compare, newest_pre_and_post_of_a_label_count) {
    need_arena();
    spoil("PHASE_4");
    optimize("PHASE_4");
    program_end end = tickaudit("compare", "--phase", "PHASE_4");
    expect_code(&end, 0);
    run_labelled("PHASE_5", "--pre", "optimizations=all");
}
