/* A workload that is not the arena: does what its parameters say, so that tests can put the harness
 * before a subject whose habits are known to the last call.
 *
 *     "parameters": {"hot_mallocs": 3, "allowed_mallocs": 2, "threads": 4, "leak_blocks": 1, ...}
 */
#define _GNU_SOURCE
#include "tickaudit/workload.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct plugin {
    uint64_t tick;
    unsigned hot_mallocs;     /* malloc and free in the hot path "work", each tick */
    unsigned allowed_mallocs; /* the same in an allowed stretch of it */
    unsigned threads;         /* threads that allocate 10 blocks each in every tick */
    unsigned leak_blocks;     /* blocks of 100 bytes, never freed, each tick */
    unsigned exit_at_tick, exit_code, kill_at_tick, kill_signal, hang_at_tick;
    unsigned varies_at_tick; /* there the hot path makes as many mallocs as the clock says */
    bool talks;              /* prints to stdout in every tick */
    bool no_hot;             /* enters no hot path at all */
    bool marks_phases;       /* of its own, by the public interface, in every tick */
} plugin;

static double number(const ta_workload_setup *setup, const char *name) {
    for (uint32_t i = 0; i < setup->parameter_count; i++) {
        if (strcmp(setup->parameters[i].name, name) == 0)
            return setup->parameters[i].number;
    }
    return 0;
}

static void *create(const ta_workload_setup *setup, char *error, size_t error_size) {
    if (number(setup, "refuse") > 0) {
        snprintf(error, error_size, "told to refuse");
        return NULL;
    }
    plugin *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->hot_mallocs = (unsigned)number(setup, "hot_mallocs");
    p->allowed_mallocs = (unsigned)number(setup, "allowed_mallocs");
    p->threads = (unsigned)number(setup, "threads");
    p->leak_blocks = (unsigned)number(setup, "leak_blocks");
    p->exit_at_tick = (unsigned)number(setup, "exit_at_tick");
    p->exit_code = (unsigned)number(setup, "exit_code");
    p->kill_at_tick = (unsigned)number(setup, "kill_at_tick");
    p->kill_signal = (unsigned)number(setup, "kill_signal");
    p->hang_at_tick = (unsigned)number(setup, "hang_at_tick");
    p->varies_at_tick = (unsigned)number(setup, "varies_at_tick");
    p->talks = number(setup, "talks") > 0;
    p->no_hot = number(setup, "no_hot") > 0;
    p->marks_phases = number(setup, "marks_phases") > 0;
    return p;
}

static void churn(unsigned count, size_t bytes) {
    for (unsigned i = 0; i < count; i++) {
        void *block = malloc(bytes);
        ta_sink(block);
        free(block);
    }
}

static unsigned clock_says(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)(now.tv_nsec / 8 % 1000);
}

static void *allocate_in_thread(void *unused) {
    (void)unused;
    churn(10, 64);
    return NULL;
}

static void run_threads(unsigned count) {
    pthread_t threads[64];
    count = count > 64 ? 64 : count;
    for (unsigned i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, allocate_in_thread, NULL);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void tick(void *state) {
    plugin *p = state;
    p->tick++;
    if (p->exit_at_tick && p->tick == p->exit_at_tick)
        exit((int)p->exit_code);
    if (p->kill_at_tick && p->tick == p->kill_at_tick)
        kill(getpid(), (int)p->kill_signal);
    while (p->hang_at_tick && p->tick == p->hang_at_tick)
        usleep(1000);
    if (p->talks)
        printf("the workload talks; preloaded is %s\n", getenv("LD_PRELOAD"));
    if (p->marks_phases && ta_phase_begin)
        ta_phase_begin(p->tick % 3 ? "mine" : "only");
    if (p->marks_phases && ta_phase_end && p->tick % 2)
        ta_phase_end();
    run_threads(p->threads);
    for (unsigned i = 0; i < p->leak_blocks; i++)
        ta_sink(malloc(100));
    if (p->no_hot)
        return;
    TA_HOT_PATH("work") {
        churn(p->hot_mallocs, 24);
        if (p->tick == p->varies_at_tick)
            churn(clock_says(), 24);
        TA_ALLOW("warming", "fills a cache that is kept") {
            churn(p->allowed_mallocs, 40);
        }
    }
}

static void observe(void *state, ta_observation *observation) {
    const plugin *p = state;
    observation->state_hash = p->tick * UINT64_C(0x9e3779b97f4a7c15);
}

static const ta_workload workload = {TA_WORKLOAD_ABI, "plugin", create, NULL, tick,
                                     observe,         free,     NULL};

const ta_workload *ta_workload_entry(void) {
    return &workload;
}
