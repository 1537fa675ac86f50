/* pairs PAIRS: allocates and frees that many blocks of 16 to 256 bytes, five times over; prints the
 * least time of the five in nanoseconds per pair. Some blocks stay alive meanwhile: one at a time
 * is what mimalloc is slow at, since it puts the page away at each free. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REPETITIONS = 5, ALIVE = 256 };

static void *alive[ALIVE];

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double spend(long pairs) {
    double begin = now_ns();
    for (long i = 0; i < pairs; i++) {
        void **place = &alive[(unsigned long)i % ALIVE];
        free(*place);
        *place = malloc(16 + (size_t)(i * 7 & 15) * 16);
    }
    return (now_ns() - begin) / (double)pairs;
}

int main(int argc, char **argv) {
    long pairs = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    double best = 1e18;
    spend(ALIVE);
    for (int i = 0; i < REPETITIONS; i++) {
        double spent = spend(pairs);
        best = spent < best ? spent : best;
    }
    printf("%.3f\n", best);
    return 0;
}
