/* subject.h: what the subjects share. A subject is a small program with one idea; what it must
 * make the auditor count stands in the unit tests. Its exit code is 0 when it came to its end. */
#ifndef TA_TESTS_SUBJECT_H
#define TA_TESTS_SUBJECT_H

#include "tickaudit/tickaudit.h"

#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _Exit(__LINE__ % 200 + 1);                                                             \
    } while (0)

/* An aligned block is something that no library asks for by itself: such calls are the program's
 * own to the last one, whatever threads, loaders and streams allocate. */
static inline void *take_aligned(size_t size) {
    void *block = NULL;
    REQUIRE(posix_memalign(&block, 64, size) == 0);
    ta_sink(block);
    return block;
}

static inline void churn_aligned(int rounds, size_t size) {
    for (int i = 0; i < rounds; i++)
        free(take_aligned(size));
}

#endif
