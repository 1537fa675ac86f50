/* Any program, audited from outside: it notices nothing, its counts are exact, and what cannot be
 * audited is refused before it runs. */
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MARKED TA_BUILD_DIR "/tests/exec_marked"

TestSuite(exec, .init = scratch_make, .fini = scratch_remove);

static void expect_refusal(const char *name, int code, const char *why) {
    program_end end = AUDITED("--", name);
    cr_assert_eq(end.code, code, "%d: %s", end.code, end.err);
    cr_assert_not_null(strstr(end.err, why), "%s", end.err);
    cr_assert_str_empty(end.out);
    program_end_free(&end);
}

Test(exec, passes_on_the_programs_code) {
    program_end end = AUDITED("-q", "--", MARKED, "0", "0", "7");
    cr_assert_eq(end.code, 7);
    program_end_free(&end);
}

Test(exec, passes_on_a_signal_as_a_shell_does) {
    program_end end = AUDITED("-q", "--", MARKED, "0", "0", "0", "15");
    cr_assert_eq(end.code, 128 + SIGTERM);
    cr_assert_not_null(strstr(end.err, "killed by signal 15"), "%s", end.err);
    program_end_free(&end);
}

Test(exec, leaves_standard_input_and_output_alone) {
    const char *arguments[] = {
        "sh", "-c", "printf 'one\\ntwo\\n' | '" TA_BUILD_DIR "/tickaudit' exec -- '" MARKED "' 3 1",
        NULL};
    program_end end = program_run(arguments, (program_options){.folder = scratch_path("")});
    cr_assert_eq(end.code, 0, "%s", end.err);
    cr_assert_str_eq(end.out, "one\ntwo\n");
    cr_assert_not_null(strstr(end.err, "VERDICT"));
    program_end_free(&end);
}

Test(exec, counts_marked_ticks_and_hot_paths_exactly) {
    program_end end = AUDITED("-q", "--json", "result.json", "--", MARKED, "40", "3");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "ticks"), 40, 0);
    cr_assert_float_eq(exec_whole(root, "hot_allocs"), 120, 0);
    cr_assert_float_eq(exec_whole(root, "hot_frees"), 120, 0);
    cr_assert_float_eq(exec_whole(root, "allocs_per_tick_max"), 3, 0);
    cr_assert_float_eq(exec_total(root, "allocs"), 120, 0);
    cr_assert_float_eq(exec_total(root, "bytes"), 120 * 24, 0);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, traps_at_the_first_allocation_in_a_hot_path) {
    program_end end =
        AUDITED("--trap", "--warmup", "2", "--json", "result.json", "--", MARKED, "9", "3");
    cr_assert_eq(end.code, 128 + SIGABRT, "%d: %s", end.code, end.err);
    cr_assert_not_null(
        strstr(end.err, "trap: malloc or new of 24 bytes in hot path \"work\", tick 1"), "%s",
        end.err);
    cr_assert_not_null(strstr(end.err, "called from " MARKED "+0x"), "%s", end.err);
    cr_assert_not_null(strstr(end.err, "trap: in hot path \"work\", called from\n"
                                       "tickaudit:   exec_marked+0x"),
                       "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "hot_allocs"), 1, 0);
    cJSON_Delete(root);
    program_end_free(&end);
    end = AUDITED("-q", "--trap", "--", MARKED, "9", "0");
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

Test(exec, counts_the_warm_up_apart) {
    program_end end =
        AUDITED("-q", "--warmup", "10", "--json", "result.json", "--", MARKED, "40", "3");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "ticks"), 30, 0);
    cr_assert_float_eq(exec_whole(root, "hot_allocs"), 90, 0);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, judges_budgets_and_not_the_programs_code) {
    program_end end =
        AUDITED("--expect-exit", "7", "--budget", "hot_allocs = 0", "--", MARKED, "4", "1", "7");
    cr_assert_eq(end.code, 1, "%s", end.err);
    cr_assert_not_null(strstr(end.err, "[FAIL] hot_allocs = 0"), "%s", end.err);
    cr_assert_not_null(strstr(end.err, "exec/marked.c:"), "the site is named: %s", end.err);
    program_end_free(&end);
    end = AUDITED("--expect-exit", "7", "--budget", "hot_allocs = 0", "--", MARKED, "4", "0", "7");
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--budget", "hot_allocs = 0", "--", "/bin/true");
    cr_assert_eq(end.code, 3, "a promise that was never tried: %s", end.err);
    program_end_free(&end);
}

/* A place is all that is known of a function in a program without symbols. */
Test(exec, a_function_without_a_name_is_told_by_its_place) {
    program_end end = AUDITED("--budget", "hot_allocs = 0", "--",
                              TA_BUILD_DIR "/tests/exec_marked_stripped", "4", "1");
    cr_expect_eq(end.code, 1, "%s", end.err);
    cr_expect(strstr(end.err, "worst at exec_marked_stripped+0x"), "%s", end.err);
    cr_expect_null(strstr(end.err, "worst at ?"), "%s", end.err);
    cr_expect_null(strstr(end.err, "file below"), "there is no file: %s", end.err);
    program_end_free(&end);
}

Test(exec, counts_growth_from_the_first_tick_on) {
    program_end end =
        AUDITED("-q", "--json", "result.json", "--", TA_BUILD_DIR "/tests/exec_frameless");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "ticks"), 1, 0);
    cr_assert_float_eq(exec_whole(root, "live_bytes_growth"), 0, 0);
    cr_assert_float_eq(exec_whole(root, "live_blocks_growth"), 0, 0);
    cr_assert_gt(exec_total(root, "bytes"), 100000, "what was before the tick is in the totals");
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, takes_a_program_as_one_tick_when_asked_to) {
    program_end end =
        AUDITED("-q", "--tick", "whole", "--json", "result.json", "--", "/bin/ls", "/");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "ticks"), 1, 0);
    cr_assert_float_eq(exec_whole(root, "allocs"), exec_total(root, "allocs"), 0);
    cr_assert_gt(exec_total(root, "allocs"), 10);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, samples_ticks_of_time_without_the_program) {
    program_end end =
        AUDITED("-q", "--tick", "time:10ms", "--json", "result.json", "--", "/bin/sleep", "0.2");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_geq(exec_whole(root, "ticks"), 2);
    cJSON_Delete(root);
    program_end_free(&end);
}

/* Ten calls are nine ticks. The program ends with 0 only if the function got its arguments, numbers
 * and floating-point ones, as it does without us. */
static void expect_symbol_ticks(const char *name) {
    program_end end =
        AUDITED("-q", "--tick", "symbol:snprintf", "--json", "result.json", "--", name);
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "ticks"), 9, 0);
    cr_assert_float_eq(exec_whole(root, "allocs_per_tick_max"), 3, 0);
    cr_assert_float_eq(exec_total(root, "allocs"), 30, 0);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, takes_calls_of_an_imported_function_as_ticks) {
    expect_symbol_ticks(TA_BUILD_DIR "/tests/exec_frames");
}

Test(exec, takes_calls_through_a_read_only_table_as_ticks) {
    expect_symbol_ticks(TA_BUILD_DIR "/tests/exec_frames_now");
}

Test(exec, refuses_a_tick_symbol_that_nothing_imports_before_the_program_runs) {
    program_end end = AUDITED("--tick", "symbol:no_such_swap", "--", "/bin/echo", "it ran");
    cr_assert_eq(end.code, 2, "%d: %s", end.code, end.err);
    cr_assert_str_empty(end.out);
    cr_assert_not_null(strstr(end.err, "nor imported by it"), "%s", end.err);
    program_end_free(&end);
}

Test(exec, keeps_nothing_unless_asked_to) {
    program_end end = AUDITED("-q", "--", "/bin/true");
    cr_assert_eq(end.code, 0);
    cr_assert_eq(scratch_count("", ""), 0);
    program_end_free(&end);
    end = AUDITED("-q", "--results", "kept", "--", "/bin/true");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cr_assert_eq(scratch_count("kept/runs", ".json"), 1);
    program_end_free(&end);
}

Test(exec, names_what_is_not_there_as_a_shell_does) {
    expect_refusal("no-such-program", 127, "command not found");
    expect_refusal("./no-such-program", 127, "not found");
    expect_refusal("/etc/passwd", 126, "Permission denied");
    expect_refusal("/", 126, "directory");
}

Test(exec, refuses_a_static_program_before_it_runs) {
    expect_refusal(TA_BUILD_DIR "/tests/exec_static", 2, "statically linked");
}

Test(exec, refuses_a_program_with_its_own_malloc) {
    expect_refusal(TA_BUILD_DIR "/tests/exec_own_malloc", 2, "malloc of its own");
}

Test(exec, refuses_a_file_that_is_no_program) {
    scratch_write("notes", "just words\n");
    cr_assert_eq(chmod(scratch_path("notes"), 0755), 0);
    expect_refusal("./notes", 2, "neither an ELF program nor a script");
}

Test(exec, audits_the_interpreter_of_a_script) {
    scratch_write("script", "#!/bin/sh\nexit 5\n");
    cr_assert_eq(chmod(scratch_path("script"), 0755), 0);
    program_end end = AUDITED("-q", "--", "./script");
    cr_assert_eq(end.code, 5, "%s", end.err);
    program_end_free(&end);
    scratch_write("broken", "#!/no/such/interpreter\n");
    cr_assert_eq(chmod(scratch_path("broken"), 0755), 0);
    expect_refusal("./broken", 2, "its interpreter /no/such/interpreter");
}

Test(exec, counts_before_any_other_preloaded_allocator) {
    const char *arguments[] = {TA_BUILD_DIR "/tickaudit",
                               "exec",
                               "-q",
                               "--json",
                               "result.json",
                               "--",
                               MARKED,
                               "5",
                               "2",
                               NULL};
    const char *environment[] = {"LD_PRELOAD=" TA_MIMALLOC, NULL};
    program_end end = program_run(
        arguments, (program_options){.folder = scratch_path(""), .environment = environment});
    cr_assert_eq(end.code, 0, "%s", end.err);
    cJSON *root = exec_result();
    cr_assert_float_eq(exec_whole(root, "hot_allocs"), 10, 0);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, explains_bad_usage) {
    program_end end = AUDITED("--tick", "often", "--", "/bin/true");
    cr_assert_eq(end.code, 2);
    cr_assert_not_null(strstr(end.err, "symbol:NAME, time:10ms or whole"), "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--tick", "time:10", "--", "/bin/true");
    cr_assert_eq(end.code, 2, "a number alone was taken for seconds");
    cr_assert_not_null(strstr(end.err, "write time:10ms or time:10s"), "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--budget", "hot_alocs = 0", "--", "/bin/true");
    cr_assert_eq(end.code, 2);
    cr_assert_not_null(strstr(end.err, "hot_allocs"), "%s", end.err);
    program_end_free(&end);
    end = AUDITED("-q");
    cr_assert_eq(end.code, 2);
    cr_assert_not_null(strstr(end.err, "name a program"), "%s", end.err);
    program_end_free(&end);
}

Test(exec, a_run_that_was_not_counted_is_an_error) {
    program_end end = AUDITED("--", TA_BUILD_DIR "/tests/exec_direct");
    cr_assert_eq(end.code, 5, "%d: %s", end.code, end.err);
    cr_assert(strstr(end.err, "nothing was counted: exec_direct calls mi_malloc"), "%s", end.err);
    program_end_free(&end);
}

Test(exec, tells_who_allocates_past_it) {
    cJSON *root = RESULT_OF_EXEC("--", TA_BUILD_DIR "/tests/exec_direct", "also");
    cr_expect_float_eq(exec_total(root, "allocs"), 1, 0);
    cr_expect_str_eq(exec_text(root, "bypassed"), "exec_direct calls mi_malloc");
    cJSON_Delete(root);
    root = RESULT_OF_EXEC("--", "/bin/ls", "/");
    cr_expect_str_eq(exec_text(root, "bypassed"), "");
    cJSON_Delete(root);
}

Test(exec, marks_work_in_a_program_at_a_fixed_address) {
    cJSON *root = RESULT_OF_EXEC("--", TA_BUILD_DIR "/tests/exec_marked_fixed", "20", "3");
    cr_expect_float_eq(exec_whole(root, "ticks"), 20, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 60, 0);
    cJSON_Delete(root);
}

Test(exec, forms_go_to_files_since_standard_output_is_the_programs) {
    const char *const forms[] = {"--json", "--folded", "--speedscope"};
    for (int i = 0; i < 3; i++) {
        program_end end = AUDITED(forms[i], "-", "--", "/bin/true");
        cr_expect_eq(end.code, 2, "%d", end.code);
        cr_expect(strstr(end.err, "takes a file's name"), "%s", end.err);
        program_end_free(&end);
    }
}

/* Who ends us, by hand or by timeout(1), means the program, and wants the figures. */
static void expect_passed_on(int signal_number) {
    char code[16];
    snprintf(code, sizeof code, "%d", signal_number);
    static const char script[] =
        "'" TA_BUILD_DIR "/tickaudit' exec --json result.json -- /bin/sleep 20 & "
        "until [ \"$(cat /proc/$!/task/$!/children)\" ]; do :; done; sleep 0.3; "
        "kill -$1 $!; wait $!";
    const char *arguments[] = {"sh", "-c", script, "sh", code, NULL};
    program_end end =
        program_run(arguments, (program_options){.folder = scratch_path(""), .seconds_max = 10});
    cr_expect_eq(end.code, 128 + signal_number, "%s", end.err);
    cJSON *root = exec_result();
    cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(root, "partial")));
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(exec, passes_on_a_request_to_end_and_keeps_the_figures) {
    expect_passed_on(SIGTERM);
    expect_passed_on(SIGHUP);
}

/* A rename would put a file in the place of the pipe, or of /dev/null. */
Test(exec, writes_the_result_into_a_pipe_or_a_link_and_leaves_it_what_it_is) {
    const char *arguments[] = {
        "sh", "-c",
        "mkfifo pipe && ln -s target link && { cat pipe >read & } && '" TA_BUILD_DIR
        "/tickaudit' exec -q --json pipe -- /bin/true && wait && "
        "test -p pipe && grep -q tickaudit-result read && '" TA_BUILD_DIR
        "/tickaudit' exec -q --json link -- /bin/true && "
        "test -L link && grep -q tickaudit-result target",
        NULL};
    program_end end =
        program_run(arguments, (program_options){.folder = scratch_path(""), .seconds_max = 10});
    cr_expect_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

/* The library and its ledger take address space as well, which is not the program's to pay for. */
Test(exec, a_program_that_limits_its_address_space_has_as_much_as_without_us) {
    const char *const alone[] = {TA_BUILD_DIR "/tests/exec_limited", NULL};
    program_end end = program_run(alone, (program_options){.folder = scratch_path("")});
    cr_assert_eq(strncmp(end.out, "1 1 0\n", 6), 0, "%s", end.out);
    char base[32];
    snprintf(base, sizeof base, "%lu", strtoul(end.out + 6, NULL, 10));
    program_end_free(&end);
    const char *const stacks[] = {"hot", "all"};
    for (int i = 0; i < 2; i++) {
        end = AUDITED("-q", "--stacks", stacks[i], "--", TA_BUILD_DIR "/tests/exec_limited", base);
        cr_expect_eq(end.code, 0, "%d", end.code);
        cr_expect_str_eq(end.out, "1 1 0\n");
        program_end_free(&end);
    }
}

/* What we have mapped is not locked with it, does not count against RLIMIT_MEMLOCK, and so changes
 * neither what mlockall() returns nor how much is locked. */
Test(exec, a_program_that_locks_its_memory_locks_what_it_would_without_us) {
    static const char *const ways[] = {"--stacks=hot", "--stacks=all", "--follow",
                                       "--hot=stack:main", "--hot=symbol:lock"};
    const char *subject = TA_BUILD_DIR "/tests/exec_locked";
    for (int limited = 0; limited < 2; limited++) {
        const char *const alone[] = {subject, limited ? "limited" : NULL, NULL};
        program_end plain = program_run(alone, (program_options){.folder = scratch_path("")});
        cr_assert_eq(plain.code, 0, "%d", plain.code);
        for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
            program_end end = AUDITED("-q", ways[i], "--", subject, limited ? "limited" : NULL);
            cr_expect_eq(end.code, 0, "%d", end.code);
            cr_expect_str_eq(end.out, plain.out, "%s: %s\nnot: %s", ways[i], end.out, plain.out);
            program_end_free(&end);
        }
        program_end_free(&plain);
    }
}
