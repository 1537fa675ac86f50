/* Programs over allocators of every kind, and with one of their own: they run as they do without
 * us, and are counted. */
#define _GNU_SOURCE
#include "breaks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(breaks_heaps, .init = scratch_make, .fini = scratch_remove);

/* ---- allocators underneath ---- */

/* PRELOAD is NULL when the subject is linked with the allocator. */
static void over_heap(const char *subject, const char *preload) {
    static const char *const options[][4] = {{"-q", "-q", "-q", "-q"},
                                             {"--stacks", "all", "--follow", "-q"},
                                             {"--stacks", "sample:1KiB", "--tick", "time:1ms"},
                                             {"--hot", "symbol:main", "-q", "-q"}};
    char variable[512];
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", preload ? preload : "");
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
        const char *const *o = options[i];
        const char *arguments[] = {TA_BUILD_DIR "/tickaudit",
                                   "exec",
                                   "--json",
                                   "result.json",
                                   o[0],
                                   o[1],
                                   o[2],
                                   o[3],
                                   "--budget",
                                   "allocs > 6000",
                                   "--",
                                   subject,
                                   NULL};
        expect(program_run(arguments,
                           (program_options){.folder = scratch_path(""),
                                             .environment = (const char *[]){variable, NULL}}),
               0, "fine\n");
        cJSON *root = exec_result();
        double allocs = exec_total(root, "allocs");
        /* tcmalloc's own constructors allocate up to ten times, by operator new. */
        cr_expect(allocs >= 6072 && allocs <= 6082, "%g over %s", allocs, variable);
        cJSON_Delete(root);
    }
}

/* An allocator's own operator new does not ask malloc, and so would not fail. */
static void fails_over_heap(const char *subject, const char *preload) {
    char variable[512];
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", preload ? preload : "");
    for (unsigned i = 0; i < 2; i++) {
        const char *arguments[] = {
            TA_BUILD_DIR "/tickaudit", "exec", "-q",    "--fail-nth", "50", "--allocator",
            both_allocators[i],        "--",   subject, "refused",    NULL};
        expect(program_run(arguments,
                           (program_options){.folder = scratch_path(""),
                                             .environment = (const char *[]){variable, NULL}}),
               0, "1\n");
    }
}

#ifndef TA_TCMALLOC
#define TA_TCMALLOC ""
#endif
#ifndef TA_JEMALLOC
#define TA_JEMALLOC ""
#endif

static void over(const char *subject, const char *library) {
    if (!*library)
        ta_skip("this allocator is not installed");
    if (access(subject, X_OK) == 0) {
        over_heap(subject, NULL);
        fails_over_heap(subject, NULL);
    }
    over_heap(BREAKS "heaps", library);
    fails_over_heap(BREAKS "heaps", library);
}

Test(breaks_heaps, over_tcmalloc_whose_usable_size_allocates) {
    over(BREAKS "heaps_tcmalloc", TA_TCMALLOC);
}

Test(breaks_heaps, over_jemalloc) {
    over(BREAKS "heaps_jemalloc", TA_JEMALLOC);
}

Test(breaks_heaps, over_mimalloc) {
    over(BREAKS "heaps_mimalloc", TA_MIMALLOC);
}

/* ---- a malloc of the subject's own ---- */

static const char *const own_heaps[] = {BREAKS "own_heap", BREAKS "own_heap_operators",
                                        BREAKS "heaps_static_jemalloc",
                                        BREAKS "heaps_static_tcmalloc"};
enum { OWN_HEAPS = sizeof own_heaps / sizeof *own_heaps };

/* The shell is counted, the child is not. */
Test(breaks_heaps, a_child_with_a_malloc_of_its_own_keeps_its_heap_and_passes_nothing) {
    for (unsigned i = 0; i < OWN_HEAPS * 2; i++) {
        const char *subject = own_heaps[i / 2], *allocator = both_allocators[i % 2];
        char command[512];
        if (access(subject, X_OK) != 0)
            continue; /* that allocator has no static library here */
        snprintf(command, sizeof command, "%s; exit $?", subject);
        expect(AUDITED("-q", "--allocator", allocator, "--follow", "--budget", "allocs < 1000000",
                       "--", "sh", "-c", command),
               3, "fine\n");
    }
}

Test(breaks_heaps, a_program_with_a_malloc_of_its_own_is_audited) {
    for (unsigned i = 0; i < OWN_HEAPS; i++) {
        if (access(own_heaps[i], X_OK) != 0)
            continue;
        expect(AUDITED("-q", "--stacks", "all", "--budget", "allocs > 6", "--", own_heaps[i]), 0,
               "fine\n");
        expect(AUDITED("-q", "--follow", "--stacks", "all", "--budget", "allocs < 7", "--",
                       own_heaps[i]),
               1, "fine\n");
        program_end end = AUDITED("--allocator", "mimalloc", "--", own_heaps[i]);
        cr_expect_eq(end.code, 2, "%s", end.err);
        cr_expect(strstr(end.err, "leave out --allocator"), "%s", end.err);
        program_end_free(&end);
    }
}

/* As many calls as the same program makes of that allocator's library. */
Test(breaks_heaps, an_allocator_that_is_linked_in_is_counted_as_its_library_is) {
    if (access(BREAKS "heaps_static_jemalloc", X_OK) != 0)
        ta_skip("jemalloc's static library is not installed");
    over_heap(BREAKS "heaps_static_jemalloc", NULL);
    double totals[2][2];
    for (int i = 0; i < 2; i++) {
        expect(AUDITED("-q", "--json", "result.json", "--",
                       i ? BREAKS "heaps_static_jemalloc" : BREAKS "heaps_jemalloc"),
               0, "fine\n");
        cJSON *root = exec_result();
        totals[i][0] = exec_total(root, "allocs");
        totals[i][1] = exec_total(root, "frees");
        cJSON_Delete(root);
    }
    cr_expect_eq(totals[0][0], totals[1][0], "%g, %g", totals[0][0], totals[1][0]);
    cr_expect_eq(totals[0][1], totals[1][1], "%g, %g", totals[0][1], totals[1][1]);
}

/* Calls within the allocator are no calls of the program, and its operators count once. */
Test(breaks_heaps, each_function_of_a_malloc_of_its_own_counts_once) {
    program_end end =
        AUDITED("--json", "result.json", "--budget", "hot_allocs == 39", "--budget",
                "hot_frees == 22", "--budget", "live_growth < 1000000", "--", BREAKS "own_family");
    cr_expect_eq(end.code, 3, "%s", end.err);
    cr_expect(strstr(end.err, "[PASS] hot_allocs == 39"), "%s", end.err);
    cr_expect(strstr(end.err, "[PASS] hot_frees == 22"), "%s", end.err);
    cr_expect(strstr(end.err, "without malloc_usable_size"), "%s", end.err);
    cr_expect(strstr(end.err, "system (the program's)"), "%s", end.err);
    program_end_free(&end);
}

Test(breaks_heaps, copies_of_a_malloc_of_its_own_that_were_inlined_are_told) {
    program_end end = AUDITED("--budget", "hot_allocs < 1000", "--", BREAKS "own_family_inlined");
    cr_expect_eq(end.code, 3, "%s", end.err);
    cr_expect(strstr(end.err, "inlined into other"), "%s", end.err);
    program_end_free(&end);
}

/* A malloc that goes on to the next one counts once, and does not come back to us. */
Test(breaks_heaps, a_malloc_that_wraps_the_next_one_counts_once) {
    static const char *const subjects[] = {BREAKS "wrapping", BREAKS "wrapping_whole"};
    for (unsigned i = 0; i < 2; i++) {
        expect(AUDITED("-q", "--stacks", "all", "--budget", "allocs == 100", "--budget",
                       "frees == 100", "--", subjects[i]),
               0, "fine\n");
        for (unsigned a = 0; a < 2; a++) {
            expect(AUDITED("-q", "--allocator", both_allocators[a], "--", "sh", "-c", subjects[i]),
                   0, "fine\n");
            expect(AUDITED("-q", "--follow", "--allocator", both_allocators[a], "--", "sh", "-c",
                           subjects[i]),
                   0, "fine\n");
        }
    }
}

/* A compiler that knows a function's code keeps to the ABI only as far as it has to. */
Test(breaks_heaps, calls_that_do_not_keep_to_the_abi_are_left_as_they_are) {
    static const char *const options[] = {
        "--stacks=hot",      "--stacks=all",       "--hot=symbol:sum",
        "--hot=stack:sum",   "--tick=symbol:leaf", "--hot=symbol:leaf",
        "--hot=symbol:wide", "--tick=symbol:wide", "--hot=symbol:integers"};
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        expect(AUDITED("-q", options[i], "--", BREAKS "registers"), 0, "fine\n");
    expect(AUDITED("-q", "--budget", "hot_allocs[after a jump] == 10", "--", BREAKS "registers"), 0,
           "fine\n");
}

Test(breaks_heaps, a_function_with_more_arguments_than_are_copied_is_refused) {
    program_end end = AUDITED("--hot", "symbol:large", "--", BREAKS "registers");
    cr_expect_eq(end.code, 2, "%d: %s", end.code, end.err);
    cr_expect(strstr(end.err, "at most are copied"), "%s", end.err);
    program_end_free(&end);
}

/* Ways within a library by which no import slot is passed. */
Test(breaks_heaps, a_library_that_goes_to_its_own_function_is_told) {
    static const char *const subjects[] = {BREAKS "near_jump", BREAKS "near_table"};
    for (unsigned i = 0; i < 2; i++) {
        expect(AUDITED("-q", "--strict", "--hot", "symbol:near_update", "--budget",
                       "hot_allocs <= 1", "--", subjects[i]),
               3, "fine\n");
        expect(AUDITED("-q", "--hot", "stack:near_update", "--budget", "hot_allocs == 11", "--",
                       subjects[i]),
               0, "fine\n");
    }
}

/* Its malloc is not the one that libraries call. */
Test(breaks_heaps, a_malloc_that_is_kept_to_itself_is_refused_or_run_without_a_verdict) {
    const char *subject = TA_BUILD_DIR "/tests/exec_own_malloc";
    for (unsigned i = 0; i < 2; i++) {
        const char *allocator = both_allocators[i];
        program_end end = AUDITED("--allocator", allocator, "--", subject);
        cr_expect_eq(end.code, 2, "%s", end.err);
        cr_expect(strstr(end.err, "--allow-unaudited"), "%s", end.err);
        program_end_free(&end);
        expect(AUDITED("--allocator", allocator, "--allow-unaudited", "--", subject), 0, "ran\n");
        end = AUDITED("--allocator", allocator, "--allow-unaudited", "--budget", "allocs < 1000000",
                      "--budget", "allocs > 1", "--budget", "hot_allocs = 0", "--budget",
                      "ticks < 10", "--", subject);
        cr_expect_eq(end.code, 3, "%d: %s", end.code, end.err);
        cr_expect_null(strstr(end.err, "[PASS]"), "%s", end.err);
        cr_expect_null(strstr(end.err, "[FAIL]"), "%s", end.err);
        cr_expect(strstr(end.err, "calls_intercepted"), "%s", end.err);
        program_end_free(&end);
    }
}
