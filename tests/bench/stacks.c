/* stacks PAIRS DEPTH: allocates and frees that many blocks, each from a stack of DEPTH frames
 * (those of libc that start a program among them), of up to 64 different stacks in turn; prints the
 * least time of three repetitions in nanoseconds per pair. */
#define _GNU_SOURCE
#include "frames.h"
#include "tickaudit/tickaudit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    REPETITIONS = 3,
    ALIVE = 256,
    STACKS = 64,
    FRAMES_OUTSIDE = 7 /* allocate, the last level, spend, main, and three of libc before it */
};

static void *alive[ALIVE];
static unsigned at;

static __attribute__((noinline)) unsigned allocate(unsigned path) {
    void **place = &alive[at++ % ALIVE];
    free(*place);
    *place = malloc(16 + (size_t)(at * 7 & 15) * 16);
    return path;
}

static __attribute__((noinline)) unsigned here(unsigned left, unsigned path) {
    if (left == 0)
        return allocate(path) + 1; /* a sum, so that it is a call */
    if (left % 2 == 0)
        FRAMES_BRANCH(path, frames_there(left - 1, path >> 1, here),
                      frames_there(left - 1, path >> 1, here));
    FRAMES_BRANCH(path, here(left - 1, path >> 1), here(left - 1, path >> 1));
}

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static __attribute__((noinline)) double spend(long pairs, unsigned left) {
    unsigned sum = 0;
    double begin = now_ns();
    for (long i = 0; i < pairs; i++)
        sum += here(left, (unsigned)i % STACKS);
    ta_sink(&sum);
    return (now_ns() - begin) / (double)pairs;
}

int main(int argc, char **argv) {
    long pairs = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    long depth = argc > 2 ? strtol(argv[2], NULL, 10) : FRAMES_OUTSIDE;
    if (depth < FRAMES_OUTSIDE)
        return 2;
    unsigned left = (unsigned)depth - FRAMES_OUTSIDE;
    double best = 1e18;
    spend(ALIVE, left);
    for (int i = 0; i < REPETITIONS; i++) {
        double spent = spend(pairs, left);
        best = spent < best ? spent : best;
    }
    printf("%.3f\n", best);
    return 0;
}
