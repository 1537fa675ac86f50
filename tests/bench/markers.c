/* markers SCOPES none|tick|hot|allow: passes that many times through the scope of that marker,
 * around nothing; prints the least time of five repetitions in nanoseconds per pass. With no
 * auditor in the process that is what the marker costs in shipped code. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPETITIONS = 5 };

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Something that no compiler moves out of the scope. */
#define NOTHING() __asm__ volatile("" : : : "memory")

static double spend_none(long scopes) {
    double begin = now_ns();
    for (long i = 0; i < scopes; i++)
        NOTHING();
    return now_ns() - begin;
}

static double spend_tick(long scopes) {
    double begin = now_ns();
    for (long i = 0; i < scopes; i++)
        TA_TICK() {
            NOTHING();
        }
    return now_ns() - begin;
}

static double spend_hot(long scopes) {
    double begin = now_ns();
    for (long i = 0; i < scopes; i++)
        TA_HOT_PATH("combat") {
            NOTHING();
        }
    return now_ns() - begin;
}

static double spend_allow(long scopes) {
    double begin = now_ns();
    for (long i = 0; i < scopes; i++)
        TA_ALLOW("console", "typed") {
            NOTHING();
        }
    return now_ns() - begin;
}

static const struct {
    const char *name;
    double (*spend)(long scopes);
} markers[] = {
    {"none", spend_none}, {"tick", spend_tick}, {"hot", spend_hot}, {"allow", spend_allow}};

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    long scopes = strtol(argv[1], NULL, 10);
    for (size_t m = 0; m < sizeof markers / sizeof *markers; m++) {
        if (strcmp(argv[2], markers[m].name) != 0)
            continue;
        double best = 1e18;
        for (int i = 0; i < REPETITIONS; i++) {
            double spent = markers[m].spend(scopes);
            best = spent < best ? spent : best;
        }
        printf("%.3f\n", best / (double)scopes);
        return 0;
    }
    return 2;
}
