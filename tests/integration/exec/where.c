/* Allocations whose stacks are known: `where small`, 100,000 blocks of 50 bytes and 20 of 100,000;
 * `where paths`, one by each of 256 ways through eight calls, four times over in a strange order;
 * `where ticks`, 50 outside of ticks, then in each of ten ticks twice the tick's number; `where
 * mixed`, 20 and one more in a hot path, in a tick; `where handler`, one in a hot path in a signal
 * handler; `where replaced FILE OTHER`, one in a hot path, whereupon OTHER takes the place of FILE,
 * which should be the program itself. */
#include "tickaudit/tickaudit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static void allocate(size_t bytes) {
    void *block = malloc(bytes);
    ta_sink(block);
    free(block);
    ta_sink(
        NULL); /* or the call of free would be the last, and this function gone from the stack */
}

__attribute__((noinline)) static void small_blocks(unsigned count) {
    for (volatile unsigned i = 0; i < count; i++)
        allocate(50);
}

__attribute__((noinline)) static void large_blocks(unsigned count) {
    for (volatile unsigned i = 0; i < count; i++)
        allocate(100000);
}

__attribute__((noinline)) static void at_start(void) {
    for (volatile unsigned i = 0; i < 50; i++)
        allocate(1000);
}

__attribute__((noinline)) static void in_tick(unsigned tick) {
    for (volatile unsigned i = 0; i < 2 * tick; i++)
        allocate(10);
}

static unsigned way(unsigned bits, unsigned level);
static unsigned (*volatile left)(unsigned bits,
                                 unsigned level) = way; /* nobody looks through these */
static unsigned (*volatile right)(unsigned bits, unsigned level) = way;

/* At each level one of two calls; what is done with the result keeps them two. */
__attribute__((noinline)) static unsigned way(unsigned bits, unsigned level) {
    if (level == 0) {
        allocate(24);
        return bits;
    }
    if (bits & 1)
        return left(bits >> 1, level - 1) * 3;
    return right(bits >> 1, level - 1) + 1;
}

__attribute__((noinline)) static void all_ways(void) {
    unsigned sum = 0;
    for (volatile unsigned i = 0; i < 4 * 256; i++)
        sum += way(i * 77 + i / 256 * 13, 8);
    ta_sink(&sum);
}

static void handler(int number) {
    (void)number;
    TA_HOT_PATH("handling") {
        allocate(33);
    }
}

__attribute__((noinline)) static void interrupted(void) {
    raise(SIGUSR1);
    ta_sink(NULL);
}

__attribute__((noinline)) static void guilty(void) {
    TA_HOT_PATH("guilt") {
        allocate(44);
    }
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "small") == 0) {
        small_blocks(100000);
        large_blocks(20);
    } else if (strcmp(what, "ticks") == 0) {
        at_start();
        for (volatile unsigned tick = 1; tick <= 10; tick++) {
            TA_TICK() {
                in_tick(tick);
            }
        }
    } else if (strcmp(what, "mixed") == 0) {
        TA_TICK() {
            in_tick(10);
            guilty();
        }
    } else if (strcmp(what, "paths") == 0) {
        all_ways();
    } else if (strcmp(what, "handler") == 0) {
        signal(SIGUSR1, handler);
        interrupted();
    } else if (strcmp(what, "replaced") == 0 && argc > 3) {
        guilty();
        return rename(argv[3], argv[2]) == 0 ? 0 : 1;
    }
    return 0;
}
