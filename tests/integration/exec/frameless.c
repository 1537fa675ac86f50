/* A program without frame pointers that allocates in its hot path from a callback of libc's, which
 * has none either: only the unwind tables lead from the strdup to main. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <stdlib.h>
#include <string.h>

static int compare_by_copy(const void *a, const void *b) {
    char *copy = strdup("a key that is built for each comparison");
    ta_sink(copy);
    free(copy);
    return *(const int *)a - *(const int *)b;
}

static __attribute__((noinline)) int sort_things(int *things, unsigned count) {
    int before = things[0];
    qsort(things, count, sizeof *things, compare_by_copy);
    return before - things[0];
}

int main(void) {
    ta_sink(malloc(100000)); /* kept: held before the tick, so that it is no growth of it */
    int things[] = {5, 2, 4, 1, 3}, moved = 0;
    TA_TICK() {
        TA_HOT_PATH("sorting") {
            moved = sort_things(things, 5);
        }
    }
    return moved == 0;
}
