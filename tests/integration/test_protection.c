/* The code that the auditor changes: it is protected afterwards as it was before, and no page of
 * the process is writable and executable at once, not even in between. */
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define BREAKS TA_BUILD_DIR "/tests/breaks_"

#define AUDIT TA_BUILD_DIR "/tickaudit", "exec", "-q", "--json", "result.json"
#define HOT   "--hot", "symbol:watched_work"

TestSuite(protection, .init = scratch_make, .fini = scratch_remove);

static program_end run(const char *const *arguments) {
    return program_run(arguments, (program_options){.folder = scratch_path("")});
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

/* What the program says of its code, which has to be what it says when it runs by itself. */
static void expect_unchanged(const char *subject, program_end audited) {
    program_end plain = RUN(subject);
    cr_expect_eq(plain.code, 0);
    cr_expect(strstr(plain.out, "/libc.so.6 r-xp "), "%s", plain.out);
    cr_expect(strstr(plain.out, "/breaks_protections r-xp "), "%s", plain.out);
    cr_expect(strstr(plain.out, "\n0 writable and executable\n"), "%s", plain.out);
    cr_expect(audited.code == 0 && audited.signal == 0, "%d, signal %d: %s", audited.code,
              audited.signal, audited.err);
    cr_expect_str_eq(audited.out, plain.out);
    program_end_free(&plain);
    program_end_free(&audited);
}

/* It was watched: all ten blocks are in the hot path. */
static void expect_watched(void) {
    cr_expect_float_eq(exec_first_path_allocs(), 10, 0, "%g", exec_first_path_allocs());
}

static const char *const allocators[] = {"system", "mimalloc"};

Test(protection, of_a_watched_function_and_of_execve_is_as_it_was) {
    for (int i = 0; i < 2; i++) {
        expect_unchanged(BREAKS "protections",
                         RUN(AUDIT, "--allocator", allocators[i], HOT, "--", BREAKS "protections"));
        expect_watched();
    }
}

Test(protection, of_a_family_of_functions_is_as_it_was) {
    expect_unchanged(BREAKS "protections_own", RUN(AUDIT, HOT, "--", BREAKS "protections_own"));
    expect_watched();
    cJSON *root = exec_result();
    cr_expect(exec_total(root, "allocs") >= 10);
    cJSON_Delete(root);
}

/* ---- under a filter of system calls ---- */

Test(protection, the_filter_kills_what_opens_a_page_both_ways) {
    program_end end = RUN(BREAKS "strict_memory", "kill", "itself");
    cr_expect_eq(end.signal, SIGSYS, "%d, signal %d: %s", end.code, end.signal, end.out);
    program_end_free(&end);
    end = RUN(BREAKS "strict_memory", "refuse", "itself");
    cr_expect_str_eq(end.out, "refused\n");
    program_end_free(&end);
}

Test(protection, no_page_is_ever_writable_and_executable) {
    for (int i = 0; i < 2; i++) {
        expect_unchanged(BREAKS "protections",
                         RUN(BREAKS "strict_memory", "kill", AUDIT, "--allocator", allocators[i],
                             HOT, "--", BREAKS "protections"));
        expect_watched();
    }
    expect_unchanged(BREAKS "protections_own", RUN(BREAKS "strict_memory", "kill", AUDIT, HOT, "--",
                                                   BREAKS "protections_own"));
    expect_watched();
}

Test(protection, no_page_of_a_followed_child_is_either) {
    expect_unchanged(BREAKS "protections",
                     RUN(BREAKS "strict_memory", "kill", AUDIT, "--follow", "--", "/bin/sh", "-c",
                         "'" BREAKS "protections'; :"));
}

/* Code that could not be closed again is not opened, so that the program still runs. */
Test(protection, where_no_memory_can_be_made_executable_code_stays_as_it_is) {
    expect_unchanged(BREAKS "protections", RUN(BREAKS "strict_memory", "refuse", AUDIT, "--follow",
                                               "--", BREAKS "protections"));
    exec_expect_evidence("processes_seen", "unknown", "whether");
    program_end end = RUN(BREAKS "strict_memory", "refuse", AUDIT, HOT, "--", BREAKS "protections");
    cr_expect(end.signal == 0 && end.code != 0 && *end.out == 0, "%d: %s", end.code, end.out);
    program_end_free(&end);
}
