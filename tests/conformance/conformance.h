/* conformance.h: a promise of the malloc family, as a program of its own. It runs over plain glibc
 * (so that the test itself is known to be right) and under each of the auditor's libraries. */
#ifndef TA_TESTS_CONFORMANCE_H
#define TA_TESTS_CONFORMANCE_H

#include "tickaudit/tickaudit.h"

#include <stdio.h>
#include <stdlib.h>

/* Prints without allocating, to unbuffered stderr. */
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition);                \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fprintf(stderr, "\n");                                                                 \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* A library that could not be preloaded is only told of by the loader, and the test would pass. */
static __attribute__((constructor)) void check_that_it_is_audited(void) {
    CHECK(!getenv("MUST_BE_AUDITED") || ta_audited(), "the auditor is not in the process");
}

#endif
