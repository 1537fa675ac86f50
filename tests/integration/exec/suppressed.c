/* A program of `suppressed TICKS` whose violations are of two kinds, in hot paths within each
 * other. In each tick: 2 copies of a text in "frame", 1 copy and 3 blocks of 100 bytes in "step",
 * which lies within it; and a copy outside of both. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <stdlib.h>
#include <string.h>

static __attribute__((noinline)) void log_line(void) {
    char *copy = strdup("a line of the log");
    ta_sink(copy);
    free(copy);
}

static __attribute__((noinline)) void grow(void) {
    void *block = malloc(100);
    ta_sink(block);
    free(block);
}

static void tick(void) {
    log_line();
    TA_HOT_PATH("frame") {
        log_line();
        log_line();
        TA_HOT_PATH("step") {
            log_line();
            for (volatile int i = 0; i < 3; i++) /* one call, not three */
                grow();
        }
    }
}

int main(int argc, char **argv) {
    long ticks = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    for (long i = 0; i < ticks; i++) {
        TA_TICK() {
            tick();
        }
    }
    return 0;
}
