/* Programs from which a PASS can be had for the wrong reason: `evidence WHAT [NUMBER]`. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

extern void swap_buffers(void);
extern void idle_path(void);

static volatile unsigned frames_swapped;

static void allocate(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        void *block = malloc(24);
        ta_sink(block);
        free(block);
    }
}

__attribute__((noinline)) void swap_buffers(void) {
    frames_swapped++;
    ta_sink((void *)(uintptr_t)&frames_swapped);
    allocate(2);
}

/* Of the program's own, so that it can be watched; called only when asked for. */
__attribute__((noinline)) void idle_path(void) {
    frames_swapped--;
    ta_sink((void *)(uintptr_t)&frames_swapped);
    allocate(1);
}

extern void a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_quiet(void);
extern void a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_loud(void);

__attribute__((noinline)) void
a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_quiet(void) {
    frames_swapped++;
    ta_sink((void *)(uintptr_t)&frames_swapped);
    frames_swapped++;
}

__attribute__((noinline)) void
a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_loud(void) {
    frames_swapped++;
    ta_sink((void *)(uintptr_t)&frames_swapped);
    allocate(3);
}

static void tick(unsigned mallocs) {
    TA_TICK() {
        allocate(mallocs);
    }
}

/* One thousand allocations in the last tick, which finds no room in the table of ticks. */
static void ticks_without_end(unsigned count) {
    for (unsigned i = 0; i < count; i++)
        tick(0);
    tick(1000);
}

/* The hot path lies below as many allowed stretches as are kept. */
static void deep(unsigned depth) {
    if (depth == 0) {
        TA_HOT_PATH("below") {
            allocate(100);
        }
        return;
    }
    TA_ALLOW("nested", "a test of depth") {
        deep(depth - 1);
    }
}

static void many_hot_paths(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "path %u", i);
        TA_HOT_PATH(name) {
            allocate(i == count - 1);
        }
    }
}

static void *end_within_a_tick(void *unused) {
    void (*begin)(void) = TA_FOUND(ta_tick_begin);
    if (begin)
        begin();
    return unused;
}

static void a_thread_ends_within_a_tick(unsigned ticks) {
    pthread_t thread;
    tick(0);
    tick(0);
    if (pthread_create(&thread, NULL, end_within_a_tick, NULL) == 0)
        pthread_join(thread, NULL);
    for (unsigned i = 0; i < ticks; i++)
        tick(500);
}

static void a_tick_is_never_ended(unsigned mallocs) {
    tick(0);
    tick(0);
    end_within_a_tick(NULL);
    allocate(mallocs);
}

static int run(const char *what, unsigned number, char **rest) {
    for (unsigned i = 0; strcmp(what, "ticks") == 0 && i < number; i++)
        tick(3);
    for (unsigned i = 0; strcmp(what, "calls") == 0 && i < number; i++)
        swap_buffers();
    for (unsigned i = 0; strcmp(what, "idle") == 0 && i < number; i++)
        idle_path();
    for (unsigned i = 0; strcmp(what, "both") == 0 && i < number; i++) {
        tick(5);
        swap_buffers();
    }
    for (unsigned i = 0; strcmp(what, "long") == 0 && i < number; i++) {
        a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_quiet();
        a_hot_path_whose_name_is_longer_than_sixty_three_bytes_and_is_loud();
    }
    if (strcmp(what, "endless") == 0)
        ticks_without_end(number);
    if (strcmp(what, "deep") == 0)
        deep(number);
    if (strcmp(what, "names") == 0)
        many_hot_paths(number);
    if (strcmp(what, "torn") == 0)
        a_thread_ends_within_a_tick(number);
    if (strcmp(what, "unended") == 0)
        a_tick_is_never_ended(number);
    if (strcmp(what, "removed") == 0)
        return unlink(rest[0]);
    if (strcmp(what, "leak") == 0)
        ta_sink(malloc(number));
    if (strcmp(what, "_exit") == 0) {
        allocate(number);
        _exit(0);
    }
    if (strcmp(what, "renamed") == 0) {
        prctl(PR_SET_NAME, "somebody else");
        return 0;
    }
    if (strcmp(what, "become") == 0) {
        allocate(number);
        execv(rest[0], rest);
        return 127;
    }
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    unsigned number = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    return run(what, number, argv + (argc > 3 ? 3 : argc));
}
