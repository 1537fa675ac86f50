/* workload_run.h: the arena as a workload, driven through the phases of stress_500.
 *
 *     ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
 *     workload_run run = workload_begin(&setup);
 *     workload_phase(&run, 0);  then  run.workload->tick(run.state) ... */
#ifndef WORKLOAD_RUN_H
#define WORKLOAD_RUN_H

#include "stress.h"
#include "tickaudit/workload.h"

typedef struct workload_run {
    const ta_workload *workload;
    void *state;
} workload_run;

static inline ta_workload_setup stress_setup(uint32_t switches) {
    return (ta_workload_setup){
        .seed = 12345, .tick_hz = 60, .capacity = 500, .switches = switches, .render = true};
}

static inline workload_run workload_begin(const ta_workload_setup *setup) {
    char error[256] = "";
    workload_run run = {.workload = ta_workload_entry()};
    run.state = run.workload->create(setup, error, sizeof error);
    return run;
}

static inline uint64_t workload_phase(const workload_run *run, unsigned index, uint64_t scale) {
    sim_phase phase = stress_phase(index, scale);
    ta_phase_plan plan = {.load = (uint32_t)phase.load, /* the two lists have one order */
                          .ticks = phase.frames,
                          .population_first = phase.population_first,
                          .population_last = phase.population_last,
                          .refill_below = phase.refill_below};
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        plan.quota[tier] = phase.quota[tier];
    run->workload->begin_phase(run->state, &plan);
    return plan.ticks;
}

#endif
