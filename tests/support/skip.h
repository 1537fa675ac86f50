/* skip.h: skips a Criterion test for a reason that `./dev test` reports.
 *
 *     if (geteuid() == 0)
 *         ta_skip("root may read everything");
 *
 * Criterion 2.4 prints no reason, so the line `skipped: REASON` goes to stderr as well. The first
 * argument is a string literal. Needs criterion/criterion.h. */
#ifndef TA_TESTS_SKIP_H
#define TA_TESTS_SKIP_H

#include <stdio.h>

#define ta_skip(...)                                                                               \
    do {                                                                                           \
        fprintf(stderr, "skipped: " __VA_ARGS__);                                                  \
        fputc('\n', stderr);                                                                       \
        cr_skip_test(__VA_ARGS__);                                                                 \
    } while (0)

#endif
