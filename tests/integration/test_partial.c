/* A run that did not finish keeps what it counted, and never looks whole. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(partial, .init = scratch_make, .fini = scratch_remove);

Test(partial, counts_are_exact_up_to_the_crash) {
    plugin_scenario("a.json", "'hot_mallocs': 3, 'kill_at_tick': 30, 'kill_signal': 9", 60,
                    "'hot_allocs = 0'");
    cJSON *r = RESULT_OF(4, "a.json");
    cr_assert(json_true(r, "partial"));
    cr_assert_str_eq(json_string(r, "partial_why"),
                     "killed by signal 9 (Killed) in tick 30 (phase only)");
    cr_assert_str_eq(json_string(r, "verdict"), "partial");
    cr_assert_eq(json_number(r, "exit_code"), 4);
    cr_assert_eq(json_number(r, "whole.ticks"), 29);
    cr_assert_eq(json_number(r, "whole.hot_allocs"), 29 * 3);
    cr_assert_eq(json_number(r, "whole.hot_bytes"), 29 * 3 * 24);
    cr_assert(!json_true(r, "whole.complete"));
    cr_assert(!json_true(r, "phases[0].complete"));
    cr_assert_eq(json_number(r, "phases[0].ticks_planned"), 60);
    cr_assert_eq(cJSON_GetArraySize(json_at(r, "ticks.allocs")), 29);
}

Test(partial, row_and_summary_say_so) {
    plugin_scenario("a.json", "'exit_at_tick': 3", 5, "'hot_allocs = 0'");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 4);
    cr_assert(strstr(end.out, "*** PARTIAL RUN: ended early") == end.out, "it is said first:\n%s",
              end.out);
    char *log = scratch_read("results/perf_phase_log.csv");
    cr_assert_str_eq(log + strlen(log) - strlen(",partial\n"), ",partial\n");
    free(log);
    const char *summary = scratch_only("results/runs", "_summary.txt");
    cr_assert(summary);
    char name[1024];
    snprintf(name, sizeof name, "%s", summary + strlen(scratch_path("")) + 1);
    char *text = scratch_read(name);
    cr_assert(strstr(text, "*** PARTIAL RUN"));
    free(text);
}

Test(partial, is_refused_by_compare_as_pre_and_as_post) {
    plugin_scenario("a.json", "", 5, "");
    plugin_scenario("b.json", "'exit_at_tick': 3", 5, "");
    program_end whole = tickaudit("run", "--json=whole.json", "a.json");
    program_end partial = tickaudit("run", "--json=partial.json", "b.json");
    expect_code(&whole, 0);
    expect_code(&partial, 4);
    EXPECT_REFUSAL(2, "partial", "compare", "whole.json", "partial.json");
    EXPECT_REFUSAL(2, "partial", "compare", "partial.json", "whole.json");
}

Test(partial, is_no_pre_or_post_of_a_phase) {
    plugin_scenario("a.json", "", 5, "");
    tickaudit("run", "-q", "--label", "PHASE_4", "--pre", "a.json");
    program_end died = tickaudit("run", "-q", "--label", "PHASE_4", "--post", "--set",
                                 "parameters.exit_at_tick=3", "a.json");
    expect_code(&died, 4);
    EXPECT_REFUSAL(2, "post", "compare", "--phase", "PHASE_4");
}

/* The workload stops itself in tick 3, so that the kill always meets it there. */
static program_end with_signal_in_tick_3(bool to_host, int signal_number) {
    plugin_scenario("a.json", "'hot_mallocs': 2, 'kill_at_tick': 3, 'kill_signal': 19", 5, "");
    const char *arguments[] = {"run", "a.json", NULL};
    program *p = tickaudit_start(arguments, (program_options){0});
    pid_t host = program_child_named(program_id(p), "tickaudit-host", 10);
    cr_assert(host, "no host was started");
    cr_assert(program_wait_stopped(host, 10), "the workload did not come to tick 3");
    kill(to_host ? host : program_id(p), signal_number);
    return program_wait(p);
}

Test(partial, result_when_the_child_is_killed_from_outside) {
    program_end end = with_signal_in_tick_3(true, SIGKILL);
    expect_code(&end, 4);
    cJSON *r = the_result();
    cr_assert_str_eq(json_string(r, "partial_why"),
                     "killed by signal 9 (Killed) in tick 3 (phase only)");
    cr_assert_eq(json_number(r, "whole.hot_allocs"), 4);
}

Test(partial, result_when_we_are_interrupted) {
    program_end end = with_signal_in_tick_3(false, SIGINT);
    expect_code(&end, 4);
    cJSON *r = the_result();
    cr_assert_str_eq(json_string(r, "partial_why"), "interrupted in tick 3 (phase only)");
    cr_assert_eq(json_number(r, "whole.hot_allocs"), 4);
    cr_assert_eq(log_lines("results"), 2);
}

Test(partial, result_when_we_are_terminated) {
    program_end end = with_signal_in_tick_3(false, SIGTERM);
    expect_code(&end, 4);
    cr_assert_str_eq(json_string(the_result(), "partial_why"),
                     "interrupted in tick 3 (phase only)");
}

Test(partial, interrupt_ends_the_runs_that_were_to_come) {
    plugin_scenario("b.json", "", 5, "");
    plugin_scenario("a.json", "'kill_at_tick': 3, 'kill_signal': 19", 5, "");
    const char *arguments[] = {"run", "-q", "a.json", "b.json", NULL};
    program *p = tickaudit_start(arguments, (program_options){0});
    pid_t host = program_child_named(program_id(p), "tickaudit-host", 10);
    cr_assert(program_wait_stopped(host, 10));
    kill(program_id(p), SIGINT);
    program_end end = program_wait(p);
    expect_code(&end, 4);
    cr_assert_eq(log_lines("results"), 2, "Ctrl-C ends the whole command");
}
