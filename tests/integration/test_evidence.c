/* A PASS is evidence: whatever could have changed a budget and was not seen makes it inconclusive,
 * with the reason and what to do about it; what was seen to break one stays a failure. */
#define _GNU_SOURCE
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MARKED   TA_BUILD_DIR "/tests/exec_marked"
#define EVIDENCE TA_BUILD_DIR "/tests/exec_evidence"

TestSuite(evidence, .init = scratch_make, .fini = scratch_remove);

static bool has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

/* What stderr says, with line breaks as blanks, since it is wrapped. */
static void unwrap(char *text) {
    char *to = text;
    for (const char *at = text; *at; at++) {
        char c = *at == '\n' ? ' ' : *at;
        if (c != ' ' || to == text || to[-1] != ' ')
            *to++ = c;
    }
    *to = 0;
}

/* Runs exec with result.json; the code it ends with, and a part of what it says. */
static void expect_run(const char *const *arguments, int code, const char *said) {
    const char *all[40] = {"--json", "result.json"};
    for (unsigned i = 0; arguments[i]; i++) {
        cr_assert_lt(i, 36);
        all[i + 2] = arguments[i];
    }
    program_end end = exec_audited(all);
    unwrap(end.err);
    cr_expect_eq(end.code, code, "%d, not %d: %s", end.code, code, end.err);
    cr_expect(has(end.err, said), "not \"%s\": %s", said, end.err);
    program_end_free(&end);
}

#define EXPECT(code, said, ...) expect_run((const char *const[]){__VA_ARGS__, NULL}, code, said)

/* ---- the program's end ---- */

Test(evidence, a_budget_does_not_pass_when_the_program_failed) {
    EXPECT(4, "exit code 7", "--budget", "allocs < 100", "--", MARKED, "0", "0", "7");
    exec_expect_evidence("program_end", "incomplete", "exit code 7");
    cJSON *root = exec_result();
    cr_expect_str_eq(exec_text(root, "verdict"), "partial");
    const cJSON *end = cJSON_GetObjectItem(root, "program_end");
    cr_expect_str_eq(exec_text(end, "how"), "exited");
    cr_expect_float_eq(exec_number(end, "exit_code"), 7, 0);
    const cJSON *judgement = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "judgements"), 0);
    cr_expect_str_eq(exec_text(judgement, "verdict"), "inconclusive", "nothing passes");
    cJSON_Delete(root);
}

Test(evidence, a_budget_that_was_seen_broken_is_told_although_the_program_failed) {
    EXPECT(4, "[FAIL] hot_allocs = 0", "--budget", "hot_allocs = 0", "--", MARKED, "2", "1", "7");
}

Test(evidence, an_end_that_was_expected_is_no_failure) {
    EXPECT(0, "1 of 1 criterion met", "--expect-exit", "7", "--budget", "allocs < 100", "--",
           MARKED, "0", "0", "7");
    exec_expect_evidence("program_end", "complete", "exit code 7, as expected");
    EXPECT(0, "VERDICT: PASS", "--expect-exit", "any", "--budget", "allocs < 100", "--", MARKED,
           "0", "0", "9");
    EXPECT(0, "VERDICT: PASS", "--expect-exit", "SIGTERM", "--budget", "allocs < 100", "--", MARKED,
           "0", "0", "0", "15");
    EXPECT(0, "VERDICT: PASS", "--expect-exit", "SIGRTMIN+2", "--budget", "allocs < 100", "--",
           MARKED, "0", "0", "0", "36");
    EXPECT(0, "VERDICT: PASS", "--expect-exit", "term", "--budget", "allocs < 100", "--", MARKED,
           "0", "0", "0", "15");
}

Test(evidence, an_expected_end_that_did_not_come_is_a_failure) {
    EXPECT(4, "exit code 0, not exit code 7", "--expect-exit", "7", "--budget", "allocs < 100",
           "--", MARKED, "0", "0", "0");
    EXPECT(4, "killed by signal 9 (Killed)", "--expect-exit", "SIGTERM", "--budget", "allocs < 100",
           "--", MARKED, "0", "0", "0", "9");
}

Test(evidence, what_is_no_end_is_bad_usage) {
    static const char *const bad[] = {"256", "-1",      "SIGNONE", "",
                                      "7x",  "RTMIN-1", "RTMIN+",  "RTMIN+99"};
    for (int i = 0; i < 8; i++)
        EXPECT(2, "--expect-exit takes", "--expect-exit", bad[i], "--", MARKED);
}

Test(evidence, a_signal_stands_in_the_result) {
    EXPECT(128 + SIGTERM, "killed by signal 15", "--", MARKED, "0", "0", "0", "15");
    cJSON *root = exec_result();
    const cJSON *end = cJSON_GetObjectItem(root, "program_end");
    cr_expect_str_eq(exec_text(end, "how"), "killed");
    cr_expect_float_eq(exec_number(end, "signal"), SIGTERM, 0);
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(end, "exit_code")));
    cJSON_Delete(root);
}

/* ---- no budget ---- */

Test(evidence, without_a_budget_there_is_no_pass) {
    EXPECT(7, "VERDICT: NONE: no budget was named, nothing was judged", "--", MARKED, "2", "0",
           "7");
    cJSON *root = exec_result();
    cr_expect_str_eq(exec_text(root, "verdict"), "none");
    cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(root, "partial")));
    cJSON_Delete(root);
    program_end end = AUDITED("--", MARKED, "2", "0");
    cr_expect_eq(end.code, 0);
    cr_expect(!has(end.err, "PASS"), "%s", end.err);
    program_end_free(&end);
}

/* ---- ticks ---- */

Test(evidence, a_tick_source_that_never_fired_makes_no_tick_of_the_whole_run) {
    EXPECT(3, "symbol:swap_buffers was never called", "--tick", "symbol:swap_buffers", "--budget",
           "allocs_per_tick <= 1000000", "--", EVIDENCE, "idle", "5");
    exec_expect_evidence("ticks_fired", "incomplete", "never called");
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_whole(root, "ticks"), 0, 0);
    cr_expect(cJSON_IsNull(
        cJSON_GetObjectItem(cJSON_GetObjectItem(root, "whole"), "allocs_per_tick_max")));
    cJSON_Delete(root);
    EXPECT(3, "called once", "--tick", "symbol:swap_buffers", "--budget", "live_growth <= 1MiB",
           "--", EVIDENCE, "calls", "1");
    EXPECT(3, "called once", "--tick", "symbol:swap_buffers", "--budget", "p95_ms < 1000", "--",
           EVIDENCE, "calls", "1");
    EXPECT(3, "no tick was marked", "--tick", "marks", "--budget", "live_growth <= 1MiB", "--",
           EVIDENCE, "idle", "5");
    EXPECT(3, "no tick was marked", "--budget", "allocs_per_tick <= 1000000", "--", EVIDENCE,
           "idle", "5");
}

Test(evidence, a_tick_source_that_fired_is_judged) {
    EXPECT(0, "VERDICT: PASS", "--tick", "symbol:swap_buffers", "--budget", "allocs_per_tick <= 2",
           "--", EVIDENCE, "calls", "2");
    exec_expect_evidence("ticks_fired", "complete", "");
    EXPECT(1, "VERDICT: FAIL", "--tick", "symbol:swap_buffers", "--budget", "allocs_per_tick <= 1",
           "--", EVIDENCE, "calls", "2");
    EXPECT(0, "VERDICT: PASS", "--budget", "allocs_per_tick <= 3", "--", EVIDENCE, "ticks", "2");
}

Test(evidence, one_tick_alone_shows_no_more_than_what_it_broke) {
    EXPECT(3, "one tick was marked", "--budget", "allocs_per_tick <= 3", "--", EVIDENCE, "ticks",
           "1");
    EXPECT(1, "VERDICT: FAIL", "--budget", "allocs_per_tick <= 2", "--", EVIDENCE, "ticks", "1");
}

Test(evidence, ticks_in_the_warm_up_alone_are_none) {
    EXPECT(3, "warm-up", "--warmup", "10", "--budget", "allocs_per_tick <= 1000000", "--", EVIDENCE,
           "ticks", "10");
}

Test(evidence, a_program_that_ends_before_the_second_sample_was_not_sampled) {
    EXPECT(3, "sample", "--tick", "time:60min", "--budget", "live_growth <= 1MiB", "--", EVIDENCE,
           "leak", "5000000");
}

Test(evidence, the_whole_run_is_one_tick_when_asked_for) {
    EXPECT(0, "VERDICT: PASS", "--tick", "whole", "--budget", "allocs_per_tick <= 10", "--",
           EVIDENCE, "calls", "5");
    EXPECT(1, "VERDICT: FAIL", "--tick", "whole", "--budget", "allocs_per_tick <= 9", "--",
           EVIDENCE, "calls", "5");
}

Test(evidence, marks_that_are_not_the_source_lose_no_ticks) {
    EXPECT(0, "VERDICT: PASS", "--tick", "whole", "--budget", "allocs_per_tick <= 10000", "--",
           EVIDENCE, "torn", "3");
    EXPECT(0, "VERDICT: PASS", "--follow", "--tick", "whole", "--budget",
           "allocs_per_tick <= 10000", "--", EVIDENCE, "torn", "3");
    EXPECT(0, "VERDICT: PASS", "--strict", "--tick", "symbol:swap_buffers", "--budget",
           "allocs_per_tick == 7", "--budget", "ticks == 19", "--", EVIDENCE, "both", "20");
}

#define LONG "a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_"

Test(evidence, hot_paths_whose_names_begin_alike_are_two) {
    EXPECT(0, "VERDICT: PASS", "--hot", "symbol:" LONG "quiet", "--hot", "symbol:" LONG "loud",
           "--budget", "hot_allocs[" LONG "quiet] = 0", "--budget",
           "hot_allocs[" LONG "loud] == 15", "--", EVIDENCE, "long", "5");
}

Test(evidence, a_warm_up_that_never_ended_leaves_hot_paths_open) {
    EXPECT(3, "the warm-up never ended", "--warmup", "5", "--hot", "stack:tick", "--budget",
           "hot_allocs = 0", "--", EVIDENCE, "ticks", "3");
    EXPECT(1, "VERDICT: FAIL", "--warmup", "2", "--hot", "stack:tick", "--budget", "hot_allocs = 0",
           "--", EVIDENCE, "ticks", "3");
}

Test(evidence, what_is_not_said_per_tick_is_judged_without_any) {
    EXPECT(0, "2 of 2 criteria met", "--budget", "allocs <= 5", "--budget", "live_growth <= 1KiB",
           "--", EVIDENCE, "idle", "5");
    EXPECT(1, "VERDICT: FAIL", "--budget", "live_growth <= 1MiB", "--", EVIDENCE, "leak",
           "5000000");
    EXPECT(3, "mem_growth_mb", "--budget", "mem_growth_mb < 50", "--", EVIDENCE, "idle", "5");
}

/* ---- hot paths ---- */

Test(evidence, a_hot_path_that_was_never_entered_is_told_without_a_budget_too) {
    EXPECT(0, "swap_buffers was never entered", "--hot", "symbol:swap_buffers", "--", EVIDENCE,
           "idle", "3");
    exec_expect_evidence("hot_path_entered", "incomplete", "swap_buffers was never entered");
}

Test(evidence, a_hot_path_that_was_never_entered_keeps_a_budget_over_all_from_passing) {
    EXPECT(3, "swap_buffers was never entered", "--hot", "symbol:swap_buffers", "--hot",
           "symbol:idle_path", "--budget", "hot_allocs <= 100", "--", EVIDENCE, "idle", "3");
    EXPECT(1, "VERDICT: FAIL", "--hot", "symbol:swap_buffers", "--hot", "symbol:idle_path",
           "--budget", "hot_allocs <= 2", "--", EVIDENCE, "idle", "3");
    EXPECT(0, "VERDICT: PASS", "--hot", "symbol:swap_buffers", "--hot", "symbol:idle_path",
           "--budget", "hot_allocs[idle_path] <= 3", "--", EVIDENCE, "idle", "3");
    EXPECT(3, "swap_buffers", "--hot", "symbol:swap_buffers", "--hot", "symbol:idle_path",
           "--budget", "hot_allocs[swap_buffers] = 0", "--", EVIDENCE, "idle", "3");
}

/* ---- losses ---- */

Test(evidence, a_tick_that_was_not_ended_may_have_been_shorter) {
    EXPECT(3, "was not ended by its thread", "--budget", "allocs_per_tick < 1000", "--", EVIDENCE,
           "torn", "3");
    EXPECT(1, "in tick 4", "--budget", "allocs_per_tick < 10", "--", EVIDENCE, "torn", "3");
    exec_expect_evidence("ticks_ended", "incomplete", "1 tick");
    exec_expect_evidence("ticks_kept", "complete", "");
}

Test(evidence, the_allocations_of_a_tick_that_is_never_ended_are_in_no_tick) {
    EXPECT(3, "not ended", "--budget", "allocs_per_tick <= 10", "--", EVIDENCE, "unended", "1000");
    EXPECT(0, "VERDICT: PASS", "--budget", "allocs <= 1000", "--", EVIDENCE, "unended", "1000");
}

Test(evidence, scopes_that_nest_too_deep_lose_violations) {
    EXPECT(3, "scope", "--budget", "hot_allocs <= 10", "--", EVIDENCE, "deep", "4096");
    exec_expect_evidence("scopes_kept", "incomplete", "scope");
    EXPECT(1, "VERDICT: FAIL", "--budget", "hot_allocs <= 10", "--", EVIDENCE, "deep", "31");
    EXPECT(1, "VERDICT: FAIL", "--budget", "hot_allocs <= 10", "--", EVIDENCE, "deep", "32");
    EXPECT(1, "VERDICT: FAIL", "--budget", "hot_allocs <= 10", "--", EVIDENCE, "deep", "4095");
    EXPECT(0, "VERDICT: PASS", "--budget", "allocs <= 100", "--", EVIDENCE, "deep", "4096");
}

Test(evidence, a_hot_path_without_room_for_its_name_loses_violations) {
    EXPECT(3, "name", "--budget", "hot_allocs[path 1] = 0", "--budget", "hot_allocs <= 1", "--",
           EVIDENCE, "names", "129");
    exec_expect_evidence("names_kept", "incomplete", "1 name");
    EXPECT(1, "VERDICT: FAIL", "--budget", "hot_allocs = 0", "--", EVIDENCE, "names", "128");
}

Test(evidence, processes_that_were_not_counted_leave_every_count_open) {
    EXPECT(1, "VERDICT: FAIL", "--follow", "--budget", "allocs <= 1000", "--",
           TA_BUILD_DIR "/tests/exec_follows", "many", "1100");
    exec_expect_evidence("processes_kept", "complete", "");
}

Test(evidence, what_a_wrapper_starts_is_not_counted_and_that_is_told) {
    static const char script[] = "/bin/true; :";
    EXPECT(0, "unknown children_counted", "--budget", "allocs <= 1000000", "--", "/bin/sh", "-c",
           script);
    EXPECT(3, "it started other processes", "--strict", "--budget", "allocs <= 1000000", "--",
           "/bin/sh", "-c", script);
    EXPECT(0, "VERDICT: PASS", "--strict", "--follow", "--budget", "allocs <= 1000000", "--",
           "/bin/sh", "-c", script);
    EXPECT(0, "VERDICT: PASS", "--strict", "--budget", "allocs <= 1000000", "--", "/bin/sh", "-c",
           ":");
    exec_expect_evidence("children_counted", "complete", "");
}

#define FOLLOWS TA_BUILD_DIR "/tests/exec_follows"

Test(evidence, a_process_that_is_still_running_may_yet_allocate) {
    EXPECT(3, "1 of 7 processes were still running", "--follow", "--budget", "allocs <= 1000000",
           "--", FOLLOWS);
    EXPECT(1, "VERDICT: FAIL", "--follow", "--budget", "allocs <= 10", "--", FOLLOWS);
}

static void expect_followed_shell(int code, const char *processes_seen, const char *script) {
    EXPECT(code, code ? "VERDICT: INCONCLUSIVE" : "VERDICT: PASS", "--strict", "--follow", "--tick",
           "whole", "--budget", "allocs <= 1000000", "--", "/bin/sh", "-c", script);
    exec_expect_evidence("processes_seen", code ? "incomplete" : "complete", processes_seen);
}

Test(evidence, a_followed_process_is_counted_until_it_is_killed_or_ends_by__exit) {
    expect_followed_shell(0, "", "(/bin/true); :");
    expect_followed_shell(0, "", "'" EVIDENCE "' _exit 3; :");
    expect_followed_shell(0, "", "/bin/sh -c 'kill -9 $$'; :");
}

Test(evidence, a_program_that_could_not_be_executed_is_none) {
    expect_followed_shell(0, "", "PATH=/none:/bin; no_such_program; /bin/true; :");
}

#define BARE TA_BUILD_DIR "/tests/exec_static"

Test(evidence, a_followed_process_that_becomes_an_unaudited_program_is_told) {
    expect_followed_shell(3, "1 process became a program that is not audited: " BARE, BARE "; :");
    expect_followed_shell(3, "2 processes became", BARE "; (exec " BARE "); :");
    expect_followed_shell(3, "/bin/true", "env -i /bin/true; :");
}

#define STARTS TA_BUILD_DIR "/tests/exec_starts"

Test(evidence, a_program_may_be_started_in_any_way) {
    static const char *const ways[] = {"spawn", "popen", "vfork", "fexecve", "execveat"};
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        char script[512];
        snprintf(script, sizeof script, "'%s' %s /bin/true && exit 0; exit 9", STARTS, ways[i]);
        expect_followed_shell(0, "", script);
        snprintf(script, sizeof script, "'%s' %s '%s'; :", STARTS, ways[i], BARE);
        expect_followed_shell(3, "1 process became a program that is not audited: /", script);
    }
    expect_followed_shell(0, "", "'" STARTS "' nothing /bin/true && exit 0; exit 9");
}

Test(evidence, a_program_that_became_itself_in_another_environment_was_not_counted) {
    EXPECT(3, "became " STARTS " by exec", "--budget", "allocs < 100", "--", STARTS, "bare",
           STARTS);
    EXPECT(0, "VERDICT: PASS", "--strict", "--tick", "whole", "--budget", "allocs < 100000", "--",
           STARTS, "nothing", STARTS);
}

Test(evidence, a_child_that_nobody_waits_for_is_not_counted) {
    EXPECT(3, "unknown children_counted", "--strict", "--budget", "allocs < 100", "--", STARTS,
           "daemon", "-");
}

Test(evidence, what_a_process_becomes_is_unknown_where_libcs_code_cannot_be_changed) {
    setenv("TICKAUDIT_FALLBACK", "exec_code", 1);
    EXPECT(0, "unknown processes_seen", "--follow", "--budget", "allocs <= 1000000", "--",
           "/bin/sh", "-c", BARE "; :");
    exec_expect_evidence("processes_seen", "unknown", "whether");
}

Test(evidence, a_childs_heap_that_is_not_ours_is_told) {
    EXPECT(3, "exec_direct calls mi_malloc", "--follow", "--budget", "allocs <= 1000000", "--",
           "/bin/sh", "-c", "'" TA_BUILD_DIR "/tests/exec_direct' also; :");
}

Test(evidence, samples_of_the_program_say_nothing_of_its_children) {
    EXPECT(3, "not sampled", "--follow", "--tick", "time:1ms", "--budget",
           "allocs_per_tick <= 1000000", "--", "/bin/sh", "-c", "/bin/sleep 0.05; :");
}

/* ---- heaps ---- */

Test(evidence, a_heap_that_is_not_ours_leaves_every_count_open) {
    EXPECT(3, "exec_direct calls mi_malloc", "--budget", "allocs <= 10", "--",
           TA_BUILD_DIR "/tests/exec_direct", "also");
    exec_expect_evidence("heaps_ours", "incomplete", "mi_malloc");
    EXPECT(1, "VERDICT: FAIL", "--budget", "allocs <= 0", "--", TA_BUILD_DIR "/tests/exec_direct",
           "also");
    EXPECT(3, "mi_malloc", "--budget", "allocs >= 1000", "--", TA_BUILD_DIR "/tests/exec_direct",
           "also");
}

Test(evidence, what_a_module_imports_is_unknown_when_its_file_is_gone) {
    const char *copy[] = {"cp", EVIDENCE, "copied", NULL};
    program_end end = program_run(copy, (program_options){.folder = scratch_path("")});
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    EXPECT(3, "could not be read", "--strict", "--budget", "allocs <= 10", "--", "./copied",
           "removed", "0", "copied");
    exec_expect_evidence("heaps_ours", "unknown", "1 of the modules");
}

/* ---- other programs in its place ---- */

Test(evidence, a_program_that_became_one_that_is_not_audited_was_not_counted) {
    EXPECT(3, "became " MARKED " by exec", "--budget", "allocs < 100000", "--", "/usr/bin/env",
           "-i", MARKED, "1", "9");
    exec_expect_evidence("same_program", "incomplete", "exec_marked");
}

Test(evidence, what_it_was_before_it_became_another_was_not_counted) {
    EXPECT(3, "2 programs, one after another", "--budget", "allocs <= 10", "--", EVIDENCE, "become",
           "500", MARKED, "2", "1");
    EXPECT(1, "VERDICT: FAIL", "--budget", "hot_allocs = 0", "--", EVIDENCE, "become", "500",
           MARKED, "2", "1");
    EXPECT(0, "VERDICT: PASS", "--follow", "--budget", "hot_allocs = 2", "--", EVIDENCE, "become",
           "500", MARKED, "2", "1");
}

Test(evidence, a_program_that_ends_by__exit_was_seen_to_its_end) {
    EXPECT(0, "VERDICT: PASS", "--strict", "--budget", "allocs <= 5", "--", EVIDENCE, "_exit", "5");
    EXPECT(0, "VERDICT: PASS", "--strict", "--budget", "allocs <= 5", "--", EVIDENCE, "renamed");
}

/* ---- in print ---- */

Test(evidence, a_run_that_saw_all_says_nothing_of_it) {
    program_end end = AUDITED("--strict", "--budget", "allocs <= 6", "--", EVIDENCE, "ticks", "2");
    cr_expect_eq(end.code, 0, "%s", end.err);
    cr_expect(!has(end.err, "EVIDENCE"), "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--hot", "symbol:swap_buffers", "--", EVIDENCE, "idle", "3");
    cr_expect(has(end.err, "\nEVIDENCE"), "%s", end.err);
    program_end_free(&end);
}
