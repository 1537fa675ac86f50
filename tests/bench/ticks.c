/* ticks TICKS THREADS [busy]: opens and closes that many ticks while THREADS threads live that have
 * allocated, this one among them; prints the least time of five repetitions in nanoseconds per
 * tick. With `busy` one of the others allocates meanwhile, so that its counters change under the
 * sums. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPETITIONS = 5, THREADS_MAX = 256 };

static pthread_barrier_t all_have_allocated, all_is_measured;
static atomic_bool over;

static void *have_allocated(void *is_busy) {
    free(malloc(64));
    pthread_barrier_wait(&all_have_allocated);
    while (is_busy && !atomic_load_explicit(&over, memory_order_relaxed))
        free(malloc(64));
    pthread_barrier_wait(&all_is_measured);
    return NULL;
}

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double spend(long ticks) {
    double begin = now_ns();
    for (long i = 0; i < ticks; i++)
        TA_TICK() {
            __asm__ volatile("" : : : "memory");
        }
    return (now_ns() - begin) / (double)ticks;
}

static double best_of(long ticks) {
    double best = 1e18;
    for (int i = 0; i < REPETITIONS; i++) {
        double spent = spend(ticks);
        best = spent < best ? spent : best;
    }
    return best;
}

int main(int argc, char **argv) {
    long ticks = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    long threads = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    bool busy = argc > 3 && strcmp(argv[3], "busy") == 0;
    pthread_t others[THREADS_MAX];
    if (threads < 1 || threads > THREADS_MAX)
        return 2;
    pthread_barrier_init(&all_have_allocated, NULL, (unsigned)threads);
    pthread_barrier_init(&all_is_measured, NULL, (unsigned)threads);
    for (long i = 1; i < threads; i++)
        if (pthread_create(&others[i], NULL, have_allocated, i == 1 && busy ? &over : NULL) != 0)
            return 1;
    free(malloc(64));
    pthread_barrier_wait(&all_have_allocated);
    double best = best_of(ticks);
    atomic_store(&over, true);
    pthread_barrier_wait(&all_is_measured);
    for (long i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    printf("%.3f\n", best);
    return 0;
}
