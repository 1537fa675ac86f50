/* faults.h: the faults that a scenario asks the arena to commit.
 *
 *     arena_faults faults = {.plan = &setup->faults};
 *     arena_faults_tick(&faults, tick);            (at the start of each tick, counted from 1)
 *     arena_faults_combat_step(&faults);           (within the hot path "combat_tick")
 *     arena_faults_observe(&faults, observation);
 *
 * Internal to the workload. Nothing happens, and nothing is allocated, but what the plan says. */
#ifndef ARENA_FAULTS_H
#define ARENA_FAULTS_H

#include "tickaudit/workload.h"

typedef struct arena_faults {
    ta_fault_plan plan;
    uint64_t tick; /* the present one */
    bool allocated;
} arena_faults;

/* The seed to run with: the scenario's, or with ignore_seed always the same one. */
uint64_t arena_faults_seed(const ta_workload_setup *setup);
void arena_faults_tick(arena_faults *faults, uint64_t tick);
void arena_faults_combat_step(arena_faults *faults);
void arena_faults_observe(const arena_faults *faults, ta_observation *observation);

#endif
