/* Allocations that fail because they were told to: one by one, every so often, in a hot path. */
#include "run_program.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <string.h>

#define SUBJECT(name) TA_BUILD_DIR "/tests/exec_" name

TestSuite(torture, .init = scratch_make, .fini = scratch_remove);

static program_end tickaudit(const char *const *arguments) {
    const char *all[24] = {TA_BUILD_DIR "/tickaudit"};
    unsigned used = 1;
    while (*arguments)
        all[used++] = *arguments++;
    return program_run(all, (program_options){.folder = scratch_path("")});
}

#define TICKAUDIT(...) tickaudit((const char *const[]){__VA_ARGS__, NULL})

static void expect(program_end end, int code, const char *out) {
    cr_assert_eq(end.code, code, "%d: %s%s", end.code, end.out, end.err);
    cr_assert_not_null(strstr(end.out, out), "no \"%s\" in: %s%s", out, end.out, end.err);
    program_end_free(&end);
}

Test(torture, finds_each_crash_and_hang_and_names_its_place) {
    program_end end = TICKAUDIT("torture", "--timeout", "500ms", "--", SUBJECT("fragile"));
    cr_assert_eq(end.code, 1, "%s", end.err);
    cr_assert_not_null(strstr(end.out, "allocation 1: killed by signal 11"), "%s", end.out);
    cr_assert_not_null(strstr(end.out, "when this failed: use_blindly (exec/fragile.c:"), "%s",
                       end.out);
    cr_assert_not_null(strstr(end.out, "allocation 3: killed by signal 11"), "%s", end.out);
    cr_assert_not_null(strstr(end.out, "allocation 4: hangs"), "%s", end.out);
    cr_assert_not_null(strstr(end.out, "4 allocations made to fail, one a run: 0 survived, 1 ended "
                                       "with an error, 2 crashed, 1 hung"),
                       "%s", end.out);
    program_end_free(&end);
}

Test(torture, takes_part_of_the_allocations) {
    expect(TICKAUDIT("torture", "--from", "2", "--to", "2", "--", SUBJECT("fragile")), 0,
           "1 allocations made to fail, one a run: 0 survived, 1 ended with an error");
}

Test(torture, makes_new_throw_bad_alloc) {
    expect(TICKAUDIT("torture", "--", SUBJECT("throws")), 0, "2 ended with an error, 0 crashed");
}

Test(torture, passes_a_program_that_copes) {
    expect(TICKAUDIT("torture", "--", SUBJECT("marked"), "1", "2"), 0, "2 survived, 0 ended");
}

Test(torture, explains_bad_usage) {
    program_end end = TICKAUDIT("torture");
    cr_assert_eq(end.code, 2);
    cr_assert_not_null(strstr(end.err, "name a program"), "%s", end.err);
    program_end_free(&end);
    end = TICKAUDIT("torture", "--from", "0", "--", "/bin/true");
    cr_assert_eq(end.code, 2);
    cr_assert_not_null(strstr(end.err, "whole number from 1"), "%s", end.err);
    program_end_free(&end);
    end = TICKAUDIT("torture", "--", "no-such-program");
    cr_assert_eq(end.code, 2, "%s", end.err);
    program_end_free(&end);
}

Test(torture, exec_fails_the_nth_allocation) {
    program_end end = TICKAUDIT("exec", "-q", "--fail-nth", "2", "--", SUBJECT("fragile"));
    cr_assert_eq(end.code, 3, "%s", end.err);
    cr_assert_not_null(strstr(end.err, "made 1 allocation fail"), "%s", end.err);
    program_end_free(&end);
}

Test(torture, exec_fails_every_nth_allocation) {
    program_end end =
        TICKAUDIT("exec", "-q", "--fail-every", "2", "--", SUBJECT("marked"), "5", "2");
    cr_assert_eq(end.code, 0, "%s", end.err);
    cr_assert_not_null(strstr(end.err, "made 5 allocations fail"), "%s", end.err);
    program_end_free(&end);
}

Test(torture, exec_fails_only_in_a_hot_path) {
    program_end end =
        TICKAUDIT("exec", "-q", "--fail-in-hot", "work", "--", SUBJECT("marked"), "5", "2");
    cr_assert_not_null(strstr(end.err, "made 10 allocations fail"), "%s", end.err);
    program_end_free(&end);
    end = TICKAUDIT("exec", "-q", "--fail-in-hot", "other", "--", SUBJECT("marked"), "5", "2");
    cr_assert_null(strstr(end.err, "made"), "%s", end.err);
    program_end_free(&end);
}
