/* Each row of the table of exit codes, and the words that go with it. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(exit_codes, .init = scratch_make, .fini = scratch_remove);

Test(exit_codes, zero_when_all_budgets_hold) {
    plugin_scenario("a.json", "'hot_mallocs': 0", 5, "'hot_allocs = 0', 'ticks = 5'");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 0);
    expect_out(&end, "VERDICT: PASS (exit code 0): 2 of 2 criteria met.");
}

Test(exit_codes, one_when_a_budget_fails_and_the_site_is_named) {
    plugin_scenario("a.json", "'hot_mallocs': 3", 5, "'hot_allocs = 0'");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 1);
    expect_out(&end, "VERDICT: FAIL (exit code 1)");
    expect_out(&end, "seen 15: work 15 from tick 1");
    expect_out(&end, "plugin_workload.c:");
}

Test(exit_codes, two_for_no_command_or_an_unknown_one) {
    EXPECT_REFUSAL(2, "Usage: tickaudit COMMAND", NULL);
    EXPECT_REFUSAL(2, "unknown command \"rum\"; did you mean \"run\"?", "rum");
    EXPECT_REFUSAL(2, "unknown command \"quux\"; `tickaudit --help`", "quux");
    EXPECT_REFUSAL(2, "unknown command \"rum\"; did you mean \"run\"?", "help", "rum");
}

Test(exit_codes, two_for_bad_usage_of_run) {
    plugin_scenario("a.json", "", 5, "");
    EXPECT_REFUSAL(2, "name at least one scenario file", "run");
    EXPECT_REFUSAL(2, "unrecognized option '--quit'", "run", "--quit", "a.json");
    EXPECT_REFUSAL(2, "--allocator takes mimalloc or system, not \"jemalloc\"", "run",
                   "--allocator", "jemalloc", "a.json");
    EXPECT_REFUSAL(2, "--timeout takes a time", "run", "--timeout", "soon", "a.json");
    EXPECT_REFUSAL(2, "--timeout takes a time", "run", "--timeout", "-1s", "a.json");
    EXPECT_REFUSAL(2, "a run is --pre or --post, not both", "run", "--label", "PHASE_4", "--pre",
                   "--post", "a.json");
    EXPECT_REFUSAL(2, "--pre needs the phase that it belongs to", "run", "--pre", "a.json");
    EXPECT_REFUSAL(2, "--force needs a reason", "run", "--force", "", "a.json");
    EXPECT_REFUSAL(2, "--color takes auto, always or never", "run", "--color=pink", "a.json");
    EXPECT_REFUSAL(2, "goes with one scenario; there are 2", "run", "--json=b", "a.json", "a.json");
    cr_assert_eq(scratch_count("results", ""), 0, "bad usage must leave nothing behind");
}

Test(exit_codes, two_for_bad_usage_of_the_other_commands) {
    EXPECT_REFUSAL(2, "name a --phase, or two runs", "compare");
    EXPECT_REFUSAL(2, "name a --phase, or two runs", "compare", "one");
    EXPECT_REFUSAL(2, "two runs at a time", "compare", "one", "two", "three");
    EXPECT_REFUSAL(2, "name two runs or a --phase, not both", "compare", "--phase", "PHASE_4", "a",
                   "b");
    EXPECT_REFUSAL(2, "--scenario goes with --phase", "compare", "--scenario", "s", "a", "b");
    EXPECT_REFUSAL(2, "--across knows no field \"sed\"; did you mean seed", "compare", "--across",
                   "sed", "a", "b");
    EXPECT_REFUSAL(2, "name at least one scenario file", "validate");
    EXPECT_REFUSAL(2, "unrecognized option", "list", "--wrong");
    EXPECT_REFUSAL(2, "Too many arguments", "version", "now");
}

Test(exit_codes, two_for_a_file_that_is_missing_or_a_folder) {
    cr_assert_eq(mkdir(scratch_path("folder.json"), 0777), 0);
    EXPECT_REFUSAL(2, "nowhere.json", "run", "nowhere.json");
    EXPECT_REFUSAL(2, "folder.json", "run", "folder.json");
    EXPECT_REFUSAL(2, "nowhere.json", "validate", "nowhere.json");
    EXPECT_REFUSAL(2, "folder.json", "validate", "folder.json");
    EXPECT_REFUSAL(2, "nowhere", "list", "nowhere");
    EXPECT_REFUSAL(2, "nowhere.json", "compare", "nowhere.json", "nowhere.json");
}

Test(exit_codes, two_for_a_bad_scenario_with_line_and_suggestion) {
    scratch_write("bad.json", "{\n  \"sed\": 1\n}\n");
    EXPECT_REFUSAL(2, "bad.json:2:3: unknown key \"sed\"; did you mean \"seed\"?", "run",
                   "bad.json");
    EXPECT_REFUSAL(2, "bad.json:2:3: unknown key \"sed\"; did you mean \"seed\"?", "validate",
                   "bad.json");
}

Test(exit_codes, two_before_anything_runs_when_the_last_scenario_is_bad) {
    plugin_scenario("a.json", "", 5, "");
    EXPECT_REFUSAL(2, "nowhere.json", "run", "a.json", "nowhere.json");
    cr_assert_eq(scratch_count("results/runs", ""), 0);
}

Test(exit_codes, two_for_a_bad_override) {
    plugin_scenario("a.json", "", 5, "");
    EXPECT_REFUSAL(2, "phases[4]", "run", "--set", "phases[4].seconds=1", "a.json");
    EXPECT_REFUSAL(2, "sede", "run", "--set", "sede=1", "a.json");
}

Test(exit_codes, two_when_there_is_nothing_to_compare) {
    EXPECT_REFUSAL(2, "PHASE_4", "compare", "--phase", "PHASE_4");
}

Test(exit_codes, two_when_the_workload_does_not_load_or_refuses) {
    scratch_write("no.so", "not a library");
    plugin_scenario("a.json", "'refuse': 1", 5, "");
    EXPECT_REFUSAL(2, "told to refuse", "run", "a.json");
    EXPECT_REFUSAL(2, "cannot load the workload", "run", "--set", "workload=no.so", "a.json");
    cr_assert_eq(scratch_count("results/runs", ""), 0, "no run, so no result");
}

Test(exit_codes, three_when_the_hot_path_was_never_entered) {
    plugin_scenario("a.json", "'no_hot': 1", 5, "'hot_allocs[work] = 0'");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 3);
    expect_out(&end, "the hot path \"work\" was never entered");
    expect_out(&end, "VERDICT: INCONCLUSIVE (exit code 3)");
}

Test(exit_codes, three_when_allocations_went_past_the_auditor) {
    static const char workload[] = "workload=" TA_BUILD_DIR "/tests/plugin_heap_beside.so";
    plugin_scenario("a.json", "'hot_mallocs': 2", 5, "'hot_allocs <= 10'");
    program_end end = tickaudit("run", "--strict", "a.json");
    expect_code(&end, 0);
    end = tickaudit("run", "--set", workload, "a.json");
    expect_code(&end, 3);
    expect_out(&end, "heaps_ours: plugin_heap_beside.so calls mi_malloc");
    expect_out(&end, "by what was seen it holds, but plugin_heap_beside.so calls mi_malloc");
    plugin_scenario("a.json", "'hot_mallocs': 2", 5, "'hot_allocs <= 9'");
    end = tickaudit("run", "--set", workload, "a.json");
    expect_code(&end, 1);
}

Test(exit_codes, zero_and_no_pass_when_no_budget_was_named) {
    plugin_scenario("a.json", "", 5, "");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 0);
    expect_out(&end, "VERDICT: NONE (exit code 0): no budget was named, nothing was judged.");
    cr_assert_str_eq(json_string(the_result(), "verdict"), "none");
}

Test(exit_codes, three_when_no_hot_path_at_all_was_entered) {
    plugin_scenario("a.json", "'no_hot': 1", 5, "'hot_allocs = 0'");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 3);
    expect_out(&end, "no hot path was ever entered");
}

Test(exit_codes, four_when_the_workload_crashes) {
    plugin_scenario("a.json", "'kill_at_tick': 3, 'kill_signal': 11", 5, "");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 4);
    expect_out(&end, "killed by signal 11");
    expect_out(&end, "VERDICT: PARTIAL (exit code 4)");
}

Test(exit_codes, four_when_the_workload_ends_early_with_any_code) {
    plugin_scenario("zero.json", "'exit_at_tick': 3", 5, "");
    program_end zero = tickaudit("run", "zero.json");
    expect_code(&zero, 4);
    expect_out(&zero, "ended early, with exit code 0");
    plugin_scenario("seven.json", "'exit_at_tick': 3, 'exit_code': 7", 5, "");
    program_end seven = tickaudit("run", "seven.json");
    expect_code(&seven, 4);
    expect_out(&seven, "ended with exit code 7");
}

/* A stopped process (signal 19) hangs, whatever it was doing. */
Test(exit_codes, four_when_the_workload_hangs) {
    plugin_scenario("a.json", "'kill_at_tick': 3, 'kill_signal': 19", 5, "");
    program_end end = tickaudit("run", "--timeout", "300ms", "a.json");
    expect_code(&end, 4);
    expect_out(&end, "hung: killed at its timeout of 0.3 s, in tick 3");
}

Test(exit_codes, five_when_results_cannot_be_written) {
    plugin_scenario("a.json", "", 5, "");
    scratch_write("file", "in the way");
    program_end end = tickaudit("run", "--results", "file/below", "a.json");
    expect_code(&end, 5);
    expect_err(&end, "cannot make the folder file");
    expect_err(&end, "choose another with --results");
}

Test(exit_codes, five_when_the_ledger_cannot_be_made) {
    plugin_scenario("a.json", "", 5, "");
    program_end end = TICKAUDIT_WITH(((program_options){.file_bytes_max = 20000}), "run", "a.json");
    expect_code(&end, 5);
    expect_err(&end, "cannot size the ledger");
    cr_assert_eq(scratch_count("results/runs", ""), 0);
}

Test(exit_codes, gravest_of_several_runs_is_the_programs) {
    plugin_scenario("good.json", "'hot_mallocs': 0", 5, "'hot_allocs = 0'");
    plugin_scenario("bad.json", "'hot_mallocs': 1", 5, "'hot_allocs = 0'");
    plugin_scenario("crash.json", "'kill_at_tick': 3, 'kill_signal': 11", 5, "");
    program_end failed = tickaudit("run", "-q", "bad.json", "good.json");
    expect_code(&failed, 1);
    program_end crashed = tickaudit("run", "-q", "crash.json", "bad.json", "good.json");
    expect_code(&crashed, 4);
    cr_assert_eq(log_lines("results"), 6, "a header, and a row for each of five runs");
}
