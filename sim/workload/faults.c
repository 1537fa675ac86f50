/* Each fault is one that a real program commits; here it is asked for, so that the audit can be
 * seen to catch it. */
#define _GNU_SOURCE
#include "faults.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ALLOC_BYTES = 64, SLOW_MS = 60 };
#define OWN_SEED UINT64_C(424242)

uint64_t arena_faults_seed(const ta_workload_setup *setup) {
    return setup->faults.ignore_seed ? OWN_SEED : setup->seed;
}

static void leak(uint64_t bytes) {
    void *lost = malloc(bytes);
    if (lost)
        memset(lost, 0xA5, bytes); /* touched, so that it is resident as well */
    ta_sink(lost);
} /* NOLINT(clang-analyzer-unix.Malloc): a leak is what was asked for */

static void sleep_ms(long ms) {
    struct timespec rest = {.tv_nsec = ms * 1000000L};
    while (nanosleep(&rest, &rest) != 0)
        ;
}

/* Through a volatile pointer, or the compiler would know that it is null and end the story early.
 */
static void crash(void) {
    int *volatile nowhere = NULL;
    *(volatile int *)nowhere = 1; /* NOLINT(clang-analyzer-core.NullDereference): as asked */
}

static void hang(void) {
    for (;;)
        sleep_ms(100);
}

void arena_faults_tick(arena_faults *faults, uint64_t tick) {
    const ta_fault_plan *plan = &faults->plan;
    faults->tick = tick;
    if (plan->leak_bytes_per_tick)
        leak(plan->leak_bytes_per_tick);
    if (tick == plan->slow_at_tick)
        sleep_ms(SLOW_MS);
    if (tick == plan->end_at_tick)
        _exit(0);
    if (tick == plan->crash_at_tick)
        crash();
    if (tick == plan->hang_at_tick)
        hang();
}

/* Not every tick has a combat step: the first at or after the tick that was asked for. */
void arena_faults_combat_step(arena_faults *faults) {
    uint64_t at = faults->plan.alloc_at_tick;
    if (at == 0 || faults->tick < at || faults->allocated)
        return;
    faults->allocated = true;
    void *block = malloc(ALLOC_BYTES);
    ta_sink(block);
    free(block);
}

void arena_faults_observe(const arena_faults *faults, ta_observation *observation) {
    uint64_t from = faults->plan.miscount_at_tick;
    if (from && faults->tick >= from && observation->spawned > 0)
        observation->spawned--;
}
