/* subject.h: code with known guilt, for the tests of the assertions.
 *
 *     ta_expect_allocs(eq, 3) { take_and_give_back(3, 10); }
 *
 * Any thread; allocates as said. */
#ifndef TA_TESTS_INTEST_SUBJECT_H
#define TA_TESTS_INTEST_SUBJECT_H

#include <stdlib.h>

#include "tickaudit/tickaudit.h"

/* `times` blocks of `bytes` each, one after the other. */
static inline void take_and_give_back(unsigned times, size_t bytes) {
    for (unsigned i = 0; i < times; i++) {
        void *block = malloc(bytes);
        ta_sink(block);
        free(block);
    }
}

/* One block in every second call, from the first on; the counter is the context. */
static inline void take_every_second_time(void *context) {
    unsigned *calls = (unsigned *)context;
    take_and_give_back((*calls)++ % 2 == 0 ? 1 : 0, 8);
}

#endif
