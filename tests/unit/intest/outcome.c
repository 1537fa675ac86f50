/* What a user reads when an assertion fails, with either auditor and with none. */
#include "run_program.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *const audited[] = {FAILING_SYSTEM, FAILING_MIMALLOC};

/* Criterion's own child would take the program that it starts for another one, by this variable. */
#define AS_IF_BY_HAND "/usr/bin/env", "-u", "BXFI_MAP"

static program_end run_test(const char *path, const char *name) {
    char filter[128];
    snprintf(filter, sizeof filter, "--filter=%s", name);
    const char *arguments[] = {AS_IF_BY_HAND, path, "--jobs=1", filter, NULL};
    return program_run(arguments, (program_options){0});
}

static void expect_said(const program_end *end, const char *words) {
    cr_expect(strstr(end->err, words), "\"%s\" is not in: %s", words, end->err);
}

static void expect_not_said(const program_end *end, const char *words) {
    cr_expect_not(strstr(end->err, words), "\"%s\" is in: %s", words, end->err);
}

/* The test must fail under both auditors and say the first words, and not the second. */
static void must_fail(const char *name, const char *words, const char *not_words) {
    for (unsigned i = 0; i < 2; i++) {
        program_end end = run_test(audited[i], name);
        cr_expect_eq(end.code, 1, "%s: exit code %d", name, end.code);
        expect_said(&end, "failing.c:");
        expect_said(&end, words);
        if (not_words)
            expect_not_said(&end, not_words);
        program_end_free(&end);
    }
}

Test(intest_outcome, assert_says_what_was_counted_and_stops) {
    must_fail("failing/assert_stops",
              "this thread made 3 allocations (120 bytes) and 3 frees; allowed: exactly 0",
              "went on");
}

Test(intest_outcome, expect_says_what_was_allowed_and_goes_on) {
    must_fail("failing/expect_goes_on",
              "this thread made 5 allocations (40 bytes) and 5 frees; allowed: at most 3", NULL);
    must_fail("failing/expect_goes_on", "went on", NULL);
}

Test(intest_outcome, the_line_is_the_assertions) {
    must_fail("failing/assert_stops", "failing.c:10: ", NULL);
}

Test(intest_outcome, each_word_can_fail) {
    static const char *const words[] = {"allowed: exactly 1",      "allowed: any number but 2",
                                        "allowed: fewer than 2",   "allowed: at most 1",
                                        "allowed: more than 2",    "allowed: at least 3",
                                        "Passing: 0 | Failing: 1", "this thread made 2 "};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        must_fail("failing/every_word", words[i], NULL);
}

Test(intest_outcome, a_block_left_early_is_judged_and_says_so) {
    must_fail("failing/left_early",
              "this thread made 1 allocation (9 bytes) and 1 free until the block was left early; "
              "allowed: exactly 0",
              NULL);
    must_fail("failing/left_early", "returned", NULL);
}

Test(intest_outcome, a_block_that_was_kept_shows_in_the_frees) {
    must_fail("failing/a_small_leak_is_named", "1 allocation (7 bytes) and 0 frees;", NULL);
}

Test(intest_outcome, the_process_form_names_all_threads) {
    must_fail("failing/other_threads_in_the_process_form", "all threads made 20", NULL);
}

Test(intest_outcome, without_an_auditor_an_assertion_fails_and_says_how_to_get_one) {
    program_end end = run_test(FAILING_UNAUDITED, "unaudited/assertion");
    cr_expect_eq(end.code, 1);
    expect_said(&end, "not audited");
    expect_said(&end, "Link libtickaudit");
    expect_said(&end, "LD_PRELOAD=libtickaudit.so");
    expect_not_said(&end, "went on");
    program_end_free(&end);
}

Test(intest_outcome, without_an_auditor_no_comparison_holds) {
    program_end end = run_test(FAILING_UNAUDITED, "unaudited/any_comparison_fails");
    cr_expect_eq(end.code, 1);
    const char *first = strstr(end.err, "not audited");
    cr_expect(first && strstr(first + 1, "not audited"), "not twice: %s", end.err);
    program_end_free(&end);
}

Test(intest_outcome, without_an_auditor_no_number_looks_like_zero) {
    program_end end = run_test(FAILING_UNAUDITED, "unaudited/numbers");
    cr_expect_eq(end.code, 1);
    expect_said(&end, "this is no zero");
    expect_said(&end, "this is no average");
    expect_said(&end, "not audited"); /* as the average was asked for */
    program_end_free(&end);
}

Test(intest_outcome, the_same_program_passes_with_the_auditor_preloaded) {
    const char *arguments[] = {AS_IF_BY_HAND,
                               "LD_LIBRARY_PATH=" TA_BUILD_DIR,
                               "LD_PRELOAD=libtickaudit.so",
                               FAILING_UNAUDITED,
                               "--jobs=1",
                               "--filter=unaudited/*",
                               NULL};
    program_end end = program_run(arguments, (program_options){0});
    cr_expect_eq(end.code, 0, "%s", end.err);
    expect_not_said(&end, "not audited");
    program_end_free(&end);
}

Test(intest_outcome, an_assertion_that_fails_with_an_exception_in_flight_lets_it_pass) {
    program_end end = run_test(FAILING_CPP_SYSTEM, "failing/with_an_exception_in_flight");
    cr_expect_eq(end.code, 1);
    expect_said(&end, "1 allocation (");
    expect_said(&end, "until the block was left early");
    expect_said(&end, "caught");
    program_end_free(&end);
}

Test(intest_outcome, an_assertion_stops_a_cpp_test) {
    program_end end = run_test(FAILING_CPP_SYSTEM, "failing/assert_stops");
    cr_expect_eq(end.code, 1);
    expect_said(&end, "this thread made 2 allocations (8 bytes) and 2 frees; allowed: exactly 0");
    expect_not_said(&end, "went on");
    program_end_free(&end);
}

Test(intest_outcome, without_an_auditor_a_cpp_count_throws_before_the_function_runs) {
    program_end end = run_test(FAILING_CPP_UNAUDITED, "unaudited/function");
    cr_expect_eq(end.code, 1);
    expect_said(&end, "not audited");
    program_end_free(&end);
}

Test(intest_outcome, without_an_auditor_a_cpp_counter_has_no_number) {
    program_end end = run_test(FAILING_CPP_UNAUDITED, "unaudited/counter");
    cr_expect_eq(end.code, 1);
    expect_said(&end, "this is no number");
    expect_not_said(&end, "an auditor is here");
    program_end_free(&end);
}
