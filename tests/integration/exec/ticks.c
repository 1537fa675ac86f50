/* Ticks that are hard to count: `ticks spike N` runs N quiet ticks and then one of 1,000
 * allocations; `ticks gone N` begins one in each of N threads that end, one after another, with one
 * of the first thread's own after each second, and then runs 10 of one allocation;
 * `ticks busy N` runs N ticks of one allocation in a hot path while three threads allocate in one
 * too; `ticks open` runs 9 ticks of 2 allocations and ends within a tenth; `ticks outside` makes 7
 * allocations of a hot path in 7 ticks and 93 after them; `ticks worst` runs 50 ticks, of which the
 * 20th has 5 allocations more, and 3 of another thread. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static void allocate(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        void *block = malloc(16);
        ta_sink(block);
        free(block);
    }
}

static int spike(long quiet) {
    for (long i = 0; i < quiet; i++)
        TA_TICK() {
        }
    TA_TICK() {
        allocate(1000);
    }
    return 0;
}

static void *begin_and_end(void *context) {
    ta_tick_begin();
    allocate(3);
    return context;
}

static int gone(long count) {
    pthread_t thread;
    for (long i = 0; i < count; i++) {
        if (pthread_create(&thread, NULL, begin_and_end, NULL) != 0 ||
            pthread_join(thread, NULL) != 0)
            return 9;
        if (i % 2)
            TA_TICK() {
            }
    }
    for (int i = 0; i < 10; i++)
        TA_TICK() {
            allocate(1);
        }
    return 0;
}

static atomic_bool over;
static atomic_int begun;

static void *go_on(void *context) {
    atomic_fetch_add(&begun, 1);
    while (!atomic_load_explicit(&over, memory_order_relaxed))
        TA_HOT_PATH("busy") {
            allocate(1);
        }
    return context;
}

static int busy(long ticks) {
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, go_on, NULL) != 0)
            return 9;
    }
    while (atomic_load(&begun) < THREADS)
        continue;
    for (long i = 0; i < ticks; i++)
        TA_TICK() {
            TA_HOT_PATH("busy") {
                allocate(1);
            }
        }
    atomic_store(&over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static int left_open(void) {
    for (int i = 0; i < 9; i++)
        TA_TICK() {
            allocate(2);
        }
    ta_tick_begin();
    allocate(50);
    return 0;
}

static int outside(void) {
    for (int i = 0; i < 7; i++)
        TA_TICK() {
            TA_HOT_PATH("some") {
                allocate(1);
            }
        }
    TA_HOT_PATH("some") {
        allocate(93);
    }
    return 0;
}

static pthread_barrier_t barrier;

static void *three(void *context) {
    pthread_barrier_wait(&barrier);
    allocate(3);
    pthread_barrier_wait(&barrier);
    return context;
}

static __attribute__((noinline)) void more(void) {
    allocate(5);
    __asm__ volatile("" : : : "memory");
}

static int worst(void) {
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&thread, NULL, three, NULL) != 0)
        return 9;
    for (int i = 1; i <= 50; i++)
        TA_TICK() {
            allocate(2);
            if (i == 20) {
                pthread_barrier_wait(&barrier);
                pthread_barrier_wait(&barrier);
                more();
            }
        }
    return pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    if (strcmp(what, "spike") == 0)
        return spike(count);
    if (strcmp(what, "gone") == 0)
        return gone(count);
    if (strcmp(what, "busy") == 0)
        return busy(count);
    if (strcmp(what, "open") == 0)
        return left_open();
    if (strcmp(what, "outside") == 0)
        return outside();
    if (strcmp(what, "worst") == 0)
        return worst();
    return 2;
}
