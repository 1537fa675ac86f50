/* clock.h: wall time for timeouts and samples. Allocates nothing; any thread. */
#ifndef TA_RUN_CLOCK_H
#define TA_RUN_CLOCK_H

#include <time.h>

/* CLOCK_MONOTONIC in seconds. */
static inline double ta_clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
