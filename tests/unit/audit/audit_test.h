/* audit_test.h: every promise is held under both libraries.
 *
 *     UNDER_BOTH("threads", TA_LEDGER_TRACK_LIVE, run) {
 *         cr_expect_eq(run.sum.aligned_calls, 30000);
 *     }
 *
 * The subject must have come to its end, and the hooks must have been in force. */
#ifndef TA_TESTS_AUDIT_TEST_H
#define TA_TESTS_AUDIT_TEST_H

#include "audited.h"

#include <criterion/criterion.h>

static const char *const both_libraries[] = {AUDITED_SYSTEM, AUDITED_MIMALLOC};

static inline audited run_well(unsigned library, uint32_t flags, const char *subject) {
    audited run = audited_run(both_libraries[library], flags, subject);
    cr_assert_eq(run.exit_code, 0, "%s under %s: exit code %d", subject, both_libraries[library],
                 run.exit_code);
    cr_assert_eq(run.ledger->alive, TA_ALIVE_HOOKED);
    return run;
}

#define UNDER_BOTH(subject, flags, run)                                                            \
    for (unsigned library = 0, once_ = 1; library < 2; library++, once_ = 1)                       \
        for (audited run = run_well(library, (flags), (subject)); once_;                           \
             once_ = 0, audited_end(&run))

#define EXPECT(run, value, expected)                                                               \
    cr_expect_eq((uint64_t)(value), (uint64_t)(expected), "%s: %s is %llu, expected %llu",         \
                 (run).ledger->allocator, #value, (unsigned long long)(value),                     \
                 (unsigned long long)(expected))

#endif
