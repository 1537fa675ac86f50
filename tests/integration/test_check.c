/* `tickaudit check`, and allocators that no audit can stand on. */
#define _GNU_SOURCE
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(check, .init = scratch_make, .fini = scratch_remove);

/* Has the stand-in of tests/integration/exec/broken_mimalloc.c take mimalloc's place. */
static void break_mimalloc(const char *defect) {
    char folder[1024];
    snprintf(folder, sizeof folder, "%s/%s", TA_BROKEN_MIMALLOC_DIR, defect);
    setenv("LD_LIBRARY_PATH", folder, 1);
}

static cJSON *checks_of(int code) {
    program_end end = tickaudit("check", "--json");
    expect_code(&end, code);
    cJSON *checks = json_text_parse(end.out);
    program_end_free(&end);
    return checks;
}

Test(check, counts_to_the_call_over_both_allocators) {
    cJSON *checks = checks_of(0);
    cr_assert(strncmp(json_string(checks, "[0].allocator"), "system (glibc ", 14) == 0);
    cr_assert(strncmp(json_string(checks, "[1].allocator"), "mimalloc ", 9) == 0);
    for (int i = 0; i < 2; i++) {
        const cJSON *check = cJSON_GetArrayItem(checks, i), *count;
        cr_assert(json_true(check, "passed"));
        cr_assert_geq(cJSON_GetArraySize(json_at(check, "counts")), 6);
        cJSON_ArrayForEach(count, json_at(check, "counts")) {
            cr_assert_gt(json_number(count, "expected"), 0);
            cr_assert_eq(json_number(count, "counted"), json_number(count, "expected"));
        }
        cr_assert_str_eq(json_string(check, "assumptions.find_object"), "holds");
        cr_assert_str_eq(json_string(check, "assumptions.signal_frame"), "holds");
    }
    cr_assert_str_eq(json_string(checks, "[0].assumptions.chunk_header"), "holds");
    cr_assert_str_eq(json_string(checks, "[0].assumptions.allocator_errno"), "unused");
    cr_assert_str_eq(json_string(checks, "[1].assumptions.allocator_errno"), "holds");
    cJSON_Delete(checks);
}

Test(check, names_the_fallbacks_in_words_that_fit_80_columns) {
    setenv("TICKAUDIT_FALLBACK", "all", 1);
    program_end end = tickaudit("check");
    expect_code(&end, 0);
    expect_out(&end, "  chunk_header     forced   ");
    expect_out(&end, "instead: malloc_usable_size() at each call\n");
    for (const char *line = end.out; *line; line += strcspn(line, "\n") + 1)
        cr_assert_leq(strcspn(line, "\n"), 80, "%s", line);
    program_end_free(&end);
}

Test(check, refuses_an_import_when_its_slots_cannot_be_used) {
    setenv("TICKAUDIT_FALLBACK", "import_slots", 1);
    EXPECT_REFUSAL(2, "do not go through import slots", "exec", "--hot", "symbol:strdup", "--",
                   TA_BUILD_DIR "/tickaudit-probe");
}

#define REWRITTEN TA_BUILD_DIR "/tests/exec_rewritten"

static bool glibc_rewrites_plts(void) {
    const char *arguments[] = {"/lib64/ld-linux-x86-64.so.2", "--list-tunables", NULL};
    program_end end = program_run(arguments, (program_options){0});
    bool does = strstr(end.out, "glibc.cpu.plt_rewrite") != NULL;
    program_end_free(&end);
    return does;
}

Test(check, a_function_whose_calls_bypass_the_import_slots_is_refused) {
    program_end end = tickaudit("exec", "--hot", "symbol:strdup", "--", REWRITTEN);
    expect_code(&end, 0);
    expect_err(&end, "Hot path strdup: 6 entries");
    program_end_free(&end);
    if (!TA_LINKER_MARKS_PLT || !glibc_rewrites_plts())
        scratch_skip("linker or glibc cannot replace branches through import slots");
    setenv("GLIBC_TUNABLES", "glibc.cpu.plt_rewrite=1", 1);
    EXPECT_REFUSAL(2, "do not go through import slots", "exec", "--hot", "symbol:strdup", "--",
                   REWRITTEN);
}

Test(check, a_working_stand_in_is_audited_over) {
    break_mimalloc("none");
    program_end end = tickaudit("check", "--allocator", "mimalloc");
    expect_code(&end, 0);
    expect_out(&end, "\nmimalloc 3.9.99: ok\n");
    program_end_free(&end);
}

static void expect_unfit(const char *defect, const char *how) {
    char text[64];
    break_mimalloc(defect);
    snprintf(text, sizeof text, "mimalloc 3.9.99 %s its self-test", how);
    program_end end = tickaudit("exec", "--allocator", "mimalloc", "--", "/bin/echo", "ran");
    expect_code(&end, 5);
    expect_err(&end, text);
    expect_err(&end, "--allocator system");
    cr_assert_str_empty(end.out, "%s: the program ran", defect);
    program_end_free(&end);
}

Test(check, an_allocator_that_gives_bad_memory_is_named_before_the_program_runs) {
    static const char *const defects[] = {"overlap", "short", "dirty", "forgets"};
    for (unsigned i = 0; i < sizeof defects / sizeof *defects; i++)
        expect_unfit(defects[i], "failed");
}

Test(check, an_allocator_that_crashes_in_its_self_test_is_named) {
    expect_unfit("crash", "crashed in");
}

Test(check, a_scenario_over_a_broken_allocator_is_refused_the_same_way) {
    break_mimalloc("overlap");
    plugin_scenario("a.json", "", 3, "");
    EXPECT_REFUSAL(5, "mimalloc 3.9.99 failed its self-test", "run", "a.json");
}

Test(check, a_program_that_calls_another_allocator_by_name_is_not_run_over_mimalloc) {
    if (access(TA_BUILD_DIR "/tests/exec_mallocx", X_OK) != 0)
        scratch_skip("there is no jemalloc here");
    program_end own = tickaudit("exec", "--", TA_BUILD_DIR "/tests/exec_mallocx");
    expect_code(&own, 0);
    EXPECT_REFUSAL(5, "calls another allocator by its own names", "exec", "--allocator", "mimalloc",
                   "--", TA_BUILD_DIR "/tests/exec_mallocx");
    program_end_free(&own);
}

/* As a child it runs as it does without us, and is told when it is followed. */
Test(check, a_child_that_calls_another_allocator_runs_unaudited) {
    if (access(TA_BUILD_DIR "/tests/exec_mallocx", X_OK) != 0)
        scratch_skip("there is no jemalloc here");
    const char *script = "'" TA_BUILD_DIR "/tests/exec_mallocx' && echo \"${LD_PRELOAD-none}\"; :";
    program_end plain =
        tickaudit("exec", "-q", "--allocator", "mimalloc", "--", "/bin/sh", "-c", script);
    expect_code(&plain, 0);
    expect_out(&plain, "libtickaudit-mimalloc.so");
    program_end followed = tickaudit("exec", "--follow", "--budget", "allocs < 100000",
                                     "--allocator", "mimalloc", "--", "/bin/sh", "-c", script);
    expect_code(&followed, 3);
    expect_err(&followed, "processes_seen: 1 process became a program");
    program_end_free(&plain);
    program_end_free(&followed);
}

Test(check, a_fallback_of_an_unknown_name_is_no_fallback) {
    setenv("TICKAUDIT_FALLBACK", "chunk_header,nonsense", 1);
    EXPECT_REFUSAL(2, "\"nonsense\" is no assumption", "exec", "--", "/bin/true");
}

Test(check, the_system_allocator_passes_beside_a_broken_mimalloc) {
    break_mimalloc("overlap");
    cJSON *checks = checks_of(5);
    cr_assert(json_true(checks, "[0].passed"));
    cr_assert_not(json_true(checks, "[1].passed"));
    cr_assert_not_null(strstr(json_string(checks, "[1].error"), "self-test"));
    cJSON_Delete(checks);
}
