/* criterion.h: assertions about allocations, in tests written with Criterion.
 *
 *     Test(combat, a_step_does_not_allocate) {
 *         ta_assert_no_alloc { step_combat(world); }
 *         ta_expect_allocs(le, 3) { spawn_boss(world); }
 *         cr_expect_leq(ta_allocs_per_run(step_one, world, 100), 0.5);
 *     }
 *
 * Link libtickaudit (before Criterion) or preload it: without it each of these fails and says so.
 * assert_ ends the test, expect_ goes on. The words are Criterion's: eq, ne, lt, le, gt, ge.
 * Counts are the calling thread's own; with `process` in the name all threads'. What is allocated
 * in allowed stretches counts too.
 *
 * The block is judged when it is left, also by break (which leaves the block, not a loop around
 * it), return or goto: on what it did until then. A C++ exception that passes is judged as well,
 * its own allocation included, but never ends the test itself: it goes on. A block left by longjmp,
 * as by a failing cr_assert in it, is not judged.
 *
 * Nothing here allocates unless it fails. As with cr_assert, assert_ is for the test's own thread.
 */
#ifndef TICKAUDIT_CRITERION_H
#define TICKAUDIT_CRITERION_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#ifdef __cplusplus
#include <exception>
#endif

#include "tickaudit/tickaudit.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TA_ASSERTION_TEXT_MAX = 320 }; /* bytes of a failure's message; the longest is under 300 */

/* What a test without an auditor fails with. */
#define TA_NOT_AUDITED_TEXT                                                                        \
    "not audited: no auditor is in this process, so nothing was counted. Link libtickaudit "       \
    "before all other libraries, or run the test with LD_PRELOAD=libtickaudit.so"

/* What may be between the count and the limit. */
typedef enum ta_comparison {
    TA_COMPARISON_eq,
    TA_COMPARISON_ne,
    TA_COMPARISON_lt,
    TA_COMPARISON_le,
    TA_COMPARISON_gt,
    TA_COMPARISON_ge
} ta_comparison;

/* A block that an assertion is about. For the macros below. */
typedef struct ta_assertion {
    ta_counts before;
    uint64_t limit;
    ta_comparison comparison;
    bool process, stops;
    const char *file;
    unsigned line;
    int exceptions; /* that were passing when the block was entered */
    bool entered;   /* set when the block ran to its end */
} ta_assertion;

/* How many C++ exceptions are passing through this thread; none in C. */
static inline int ta_exceptions_passing(void) {
#ifdef __cplusplus
    return std::uncaught_exceptions();
#else
    return 0;
#endif
}

/* Whether so many allocations are within the limit. */
static inline bool ta_assertion_holds(uint64_t allocs, ta_comparison comparison, uint64_t limit) {
    switch (comparison) {
    case TA_COMPARISON_eq:
        return allocs == limit;
    case TA_COMPARISON_ne:
        return allocs != limit;
    case TA_COMPARISON_lt:
        return allocs < limit;
    case TA_COMPARISON_le:
        return allocs <= limit;
    case TA_COMPARISON_gt:
        return allocs > limit;
    case TA_COMPARISON_ge:
        return allocs >= limit;
    }
    return false;
}

/* The limit in words, before its number. */
static inline const char *ta_comparison_words(ta_comparison comparison) {
    switch (comparison) {
    case TA_COMPARISON_eq:
        return "exactly";
    case TA_COMPARISON_ne:
        return "any number but";
    case TA_COMPARISON_lt:
        return "fewer than";
    case TA_COMPARISON_le:
        return "at most";
    case TA_COMPARISON_gt:
        return "more than";
    case TA_COMPARISON_ge:
        return "at least";
    }
    return "?";
}

/* Writes what was counted and what is allowed. */
static inline void ta_assertion_text(char *text, const ta_assertion *assertion,
                                     const ta_counts *counts) {
    if (!ta_counts_known(counts)) {
        snprintf(text, TA_ASSERTION_TEXT_MAX, "%s", TA_NOT_AUDITED_TEXT);
        return;
    }
    snprintf(text, TA_ASSERTION_TEXT_MAX,
             "%s made %" PRIu64 " allocation%s (%" PRIu64 " bytes) and %" PRIu64
             " free%s%s; allowed: %s %" PRIu64,
             assertion->process ? "all threads" : "this thread", counts->allocs,
             counts->allocs == 1 ? "" : "s", counts->bytes, counts->frees,
             counts->frees == 1 ? "" : "s",
             assertion->entered ? "" : " until the block was left early",
             ta_comparison_words(assertion->comparison), assertion->limit);
}

/* Starts counting for an assertion. */
static inline ta_assertion ta_assertion_open(ta_comparison comparison, uint64_t limit, bool process,
                                             bool stops, const char *file, unsigned line) {
    ta_assertion assertion = {
        ta_counts_now(process),  limit, comparison, process, stops, file, line,
        ta_exceptions_passing(), false};
    return assertion;
}

/* Tells Criterion what came out, as its own assertions do. */
static inline void ta_assertion_tell(const char *text, bool passed, const char *file,
                                     unsigned line) {
    struct criterion_assert_stats told;
    told.message = text;
    told.passed = passed;
    told.line = line;
    told.file = file;
    told.next = NULL;
    criterion_send_assert(&told);
}

/* Called by the compiler when the block is left: judges it, and tells Criterion. */
static inline void ta_assertion_close(ta_assertion *assertion) {
    ta_counts after = ta_counts_now(assertion->process);
    ta_counts counts = ta_counts_between(&assertion->before, &after);
    bool passed = ta_counts_known(&counts) &&
                  ta_assertion_holds(counts.allocs, assertion->comparison, assertion->limit);
    if (!passed || criterion_options.full_stats) {
        char text[TA_ASSERTION_TEXT_MAX];
        ta_assertion_text(text, assertion, &counts);
        ta_assertion_tell(text, passed, assertion->file, assertion->line);
    }
    if (passed)
        cri_asserts_passed_incr();
    else if (assertion->stops && ta_exceptions_passing() == assertion->exceptions)
        criterion_abort_test();
    else
        criterion_continue_test();
}

/* Hands the average on; where it is NAN for want of an auditor, the test fails and goes on. */
static inline double ta_average_or_fail(double average, const char *file, unsigned line) {
    if (!ta_audited()) {
        ta_assertion_tell(TA_NOT_AUDITED_TEXT, false, file, line);
        criterion_continue_test();
    }
    return average;
}

/* The functions of count.h, which a test must not take NAN from unawares. */
#define ta_allocs_per_run(function, context, runs)                                                 \
    ta_average_or_fail(ta_allocs_per_run((function), (context), (runs)), __FILE__, __LINE__)
#define ta_process_allocs_per_run(function, context, runs)                                         \
    ta_average_or_fail(ta_process_allocs_per_run((function), (context), (runs)), __FILE__, __LINE__)

#define ta_assert_allocs(comparison, limit)                                                        \
    TA_ASSERTION(TA_COMPARISON_##comparison, limit, false, true)
#define ta_expect_allocs(comparison, limit)                                                        \
    TA_ASSERTION(TA_COMPARISON_##comparison, limit, false, false)
#define ta_assert_process_allocs(comparison, limit)                                                \
    TA_ASSERTION(TA_COMPARISON_##comparison, limit, true, true)
#define ta_expect_process_allocs(comparison, limit)                                                \
    TA_ASSERTION(TA_COMPARISON_##comparison, limit, true, false)

#define ta_assert_no_alloc         ta_assert_allocs(eq, 0)
#define ta_expect_no_alloc         ta_expect_allocs(eq, 0)
#define ta_assert_no_process_alloc ta_assert_process_allocs(eq, 0)
#define ta_expect_no_process_alloc ta_expect_process_allocs(eq, 0)

#define TA_ASSERTION(comparison, limit, process, stops)                                            \
    TA_ASSERTION_EXPAND(ta_assertion_open((comparison), (uint64_t)(limit), (process), (stops),     \
                                          __FILE__, __LINE__),                                     \
                        TA_SCOPE_NUMBER)
#define TA_ASSERTION_EXPAND(open, number)   TA_ASSERTION_NUMBERED(open, number)
#define TA_ASSERTION_NUMBERED(open, number) TA_ASSERTION_NAMED(open, ta_assertion_##number)
#define TA_ASSERTION_NAMED(open, assertion)                                                        \
    for (__attribute__((cleanup(ta_assertion_close))) ta_assertion assertion = (open);             \
         !assertion.entered; assertion.entered = true)

#ifdef __cplusplus
}
#endif

#endif
