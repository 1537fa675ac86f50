/* Suppressions, as a user gives them to `exec` and `run`. */
#include "audit_run.h"
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM TA_BUILD_DIR "/tests/exec_suppressed"

TestSuite(suppressed, .init = scratch_make, .fini = scratch_remove);

/* Writes s.json with these suppressions, ' standing for ". */
static void write_file(const char *items) {
    char text[1024];
    snprintf(text, sizeof text, "{'suppressions': [%s]}", items);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    scratch_write("s.json", text);
}

static const cJSON *suppression(const cJSON *root, int number) {
    return cJSON_GetArrayItem(cJSON_GetObjectItem(root, "suppressions"), number);
}

static double suppressed(const cJSON *root, const char *field) {
    return exec_number(cJSON_GetObjectItem(root, "suppressed"), field);
}

#define LOGS  "{'function': 'log_*', 'reason': 'the log copies'}"
#define GROWS "{'hot-path': 'step', 'function': 'grow', 'reason': 'grows at times'}"

Test(suppressed, without_a_file_all_is_counted) {
    cJSON *root =
        RESULT_OF_EXEC("--budget", "hot_allocs == 60", "--budget", "hot_allocs[frame] == 60",
                       "--budget", "hot_allocs[step] == 40", "--", PROGRAM, "10");
    cr_expect_float_eq(suppressed(root, "allocs"), 0, 0);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "suppressions")), 0);
    cJSON_Delete(root);
}

Test(suppressed, what_is_known_leaves_the_budgets_and_has_its_hits_counted) {
    write_file(LOGS "," GROWS);
    cJSON *root =
        RESULT_OF_EXEC("--suppressions", "s.json", "--budget", "hot_allocs=0", "--", PROGRAM, "10");
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 0, 0);
    cr_expect_float_eq(exec_whole(root, "hot_bytes"), 0, 0);
    cr_expect_float_eq(exec_whole(root, "hot_frees"), 60, 0, "frees have no stacks");
    cr_expect_float_eq(exec_total(root, "allocs"), 70, 0, "of the process, as ever");
    cr_expect_float_eq(suppressed(root, "allocs"), 60, 0);
    cr_expect_float_eq(suppressed(root, "bytes"), 10 * (3 * 18 + 300), 0);
    cr_expect_str_eq(exec_text(suppression(root, 0), "state"), "used");
    cr_expect_float_eq(exec_number(suppression(root, 0), "allocs"), 30, 0);
    cr_expect_str_eq(exec_text(suppression(root, 0), "reason"), "the log copies");
    cr_expect_float_eq(exec_number(suppression(root, 1), "allocs"), 30, 0);
    cr_expect_float_eq(exec_number(suppression(root, 1), "bytes"), 3000, 0);
    cJSON_Delete(root);
}

/* To the last call: what was suppressed in "step" leaves "frame" around it too. */
Test(suppressed, what_is_left_of_each_hot_path_is_exact) {
    write_file(LOGS);
    const char *const follow[] = {"--follow", "--stacks=all", "--stacks=hot"};
    for (int i = 0; i < 3; i++) {
        cJSON *root = RESULT_OF_EXEC(follow[i], "--suppressions", "s.json", "--budget",
                                     "hot_allocs == 30", "--budget", "hot_allocs[frame] == 30",
                                     "--budget", "hot_allocs[step] == 30", "--budget",
                                     "hot_frees[frame] == 60", "--", PROGRAM, "10");
        cr_expect_float_eq(suppressed(root, "allocs"), 30, 0);
        cJSON_Delete(root);
    }
}

Test(suppressed, those_of_a_child_too) {
    write_file(LOGS);
    cJSON *root = RESULT_OF_EXEC("--follow", "--suppressions", "s.json", "--budget",
                                 "hot_allocs == 30", "--budget", "hot_allocs[frame] == 30", "--",
                                 "/bin/sh", "-c", "'" PROGRAM "' 10; true");
    cr_expect_float_eq(suppressed(root, "allocs"), 30, 0);
    cJSON_Delete(root);
}

Test(suppressed, a_library_is_named_by_its_file) {
    write_file("{'function': '*strdup', 'module': 'libc.so*', 'reason': 'copies'},"
               "{'function': 'grow', 'module': 'libc.so*', 'reason': 'grow is not in libc'}");
    cJSON *root = RESULT_OF_EXEC("--suppressions", "s.json", "--", PROGRAM, "10");
    cr_expect_float_eq(exec_number(suppression(root, 0), "allocs"), 30, 0);
    cr_expect_str_eq(exec_text(suppression(root, 1), "state"), "unused");
    cJSON_Delete(root);
}

Test(suppressed, what_is_in_no_hot_path_is_never_suppressed) {
    write_file("{'function': '*', 'reason': 'everything'}");
    cJSON *root =
        RESULT_OF_EXEC("--stacks", "all", "--suppressions", "s.json", "--", PROGRAM, "10");
    cr_expect_float_eq(suppressed(root, "allocs"), 60, 0);
    cJSON_Delete(root);
}

Test(suppressed, an_expired_one_is_told_and_holds_nothing_back) {
    write_file("{'function': 'log_*', 'reason': 'the log copies', 'expires': '2000-01-01'},"
               "{'function': 'grow', 'reason': 'r', 'expires': '9999-12-31'},"
               "{'function': 'nobody', 'reason': 'is never there'}");
    program_end end = AUDITED("--suppressions", "s.json", "--budget", "hot_allocs=0", "--json",
                              "result.json", "--", PROGRAM, "10");
    cr_assert_eq(end.code, 1, "%d: %s", end.code, end.err);
    cr_expect(strstr(end.err, "expired, would have taken 30 allocations at "), "%s", end.err);
    cr_expect(strstr(end.err, "worst at log_line\n"), "%s", end.err);
    cr_expect(strstr(end.err, "strdup, called by tick\n"), "%s", end.err);
    cr_expect(strstr(end.err, "unused: nothing matched"), "%s", end.err);
    cr_expect(strstr(end.err, "left out  30 allocations at "), "%s", end.err);
    cr_expect(strstr(end.err, "seen 30: frame 30 from tick 1, step 10 from tick 1; worst at "),
              "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_str_eq(exec_text(suppression(root, 0), "state"), "expired");
    cr_expect_float_eq(exec_number(suppression(root, 0), "allocs"), 30, 0);
    cr_expect_str_eq(exec_text(suppression(root, 2), "state"), "unused");
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 30, 0);
    cJSON_Delete(root);
}

Test(suppressed, a_bad_file_is_refused_before_anything_runs) {
    write_file("{'function': 'f', 'reason': 'r', 'expires': '2026-02-30'}");
    program_end end = AUDITED("--suppressions", "s.json", "--", "/bin/echo", "ran");
    cr_expect_eq(end.code, 2);
    cr_expect_str_eq(end.out, "");
    cr_expect(strstr(end.err, "s.json:1:63: suppressions[0].expires: expected a day"), "%s",
              end.err);
    program_end_free(&end);
    end = AUDITED("--suppressions", "none.json", "--", "/bin/echo", "ran");
    cr_expect_eq(end.code, 2);
    cr_expect_str_eq(end.out, "");
    cr_expect(strstr(end.err, "none.json: no such file"), "%s", end.err);
    program_end_free(&end);
    plugin_scenario("a.json", "", 10, "");
    end = tickaudit("run", "--suppressions", "none.json", "a.json");
    expect_code(&end, 2);
    expect_err(&end, "none.json: no such file");
    cr_expect_eq(log_lines("results"), 0);
    program_end_free(&end);
}

#define BUDGETS "phases[0].budgets=[\"hot_allocs == 0\", \"hot_allocs[work] == 0\"]"

Test(suppressed, of_a_scenario_each_phase_is_without_them) {
    plugin_scenario("a.json", "'hot_mallocs': 3", 60, "'hot_allocs[work] = 0', 'hot_allocs = 0'");
    write_file("{'hot-path': 'w*', 'module': 'plugin_workload.so', 'reason': 'known'}");
    cJSON *root = RESULT_OF(1, "--set", BUDGETS, "a.json");
    cr_expect_float_eq(json_number(root, "phases[0].hot_allocs"), 180, 0);
    cJSON_Delete(root);
    root = RESULT_OF(0, "--suppressions", "s.json", "--set", BUDGETS, "a.json");
    cr_expect_float_eq(json_number(root, "phases[0].hot_allocs"), 0, 0);
    cr_expect_float_eq(json_number(root, "whole.hot_allocs"), 0, 0);
    cr_expect_float_eq(json_number(root, "suppressed.allocs"), 180, 0);
    cr_expect_float_eq(json_number(root, "suppressions[0].allocs"), 180, 0);
    cJSON_Delete(root);
}

Test(suppressed, one_equals_sign_is_no_worse) {
    static const char *const held[] = {"live_growth=1MiB",         "allocs_per_tick<=12",
                                       "allocs_per_tick=12",       "hot_allocs=100",
                                       "live_bytes_growth = 1MiB", "allocs_per_tick==7"};
    for (unsigned i = 0; i < sizeof held / sizeof *held; i++) {
        program_end end = AUDITED("-q", "--budget", held[i], "--", PROGRAM, "10");
        cr_expect_eq(end.code, 0, "%s: %s", held[i], end.err);
        program_end_free(&end);
    }
    program_end end = AUDITED("-q", "--budget", "allocs_per_tick==8", "--", PROGRAM, "10");
    cr_expect_eq(end.code, 1, "%s", end.err);
    program_end_free(&end);
}
