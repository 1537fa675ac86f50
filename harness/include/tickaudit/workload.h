/* workload.h: the code under audit, as `tickaudit run` drives it. The bundled arena is one; yours
 * can be another: build a shared library that exports ta_workload_entry().
 *
 *     static const ta_workload workload = {TA_WORKLOAD_ABI, "mine", create, begin_phase, tick,
 *                                          observe, destroy, NULL};
 *     const ta_workload *ta_workload_entry(void) { return &workload; }
 *
 * Everything is called from one thread, the ticking one, in the order create, then for each phase
 * begin_phase and its ticks with an observe after each, then destroy. Only `tick` is inside a tick:
 * what create, begin_phase and observe allocate counts for the phase or the run, not for a tick. */
#ifndef TICKAUDIT_WORKLOAD_H
#define TICKAUDIT_WORKLOAD_H

#include "tickaudit/tickaudit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kinds of load that a phase can put on a workload; ARENA.md's four, and a plugin's own. */
#define TA_LOAD_LIST(X)                                                                            \
    X(gradual, "the population rises from population_first to population_last over the phase")     \
    X(burst, "population_last are spawned in one step, then held")                                 \
    X(combat, "population_last alive, refilled whenever fewer than refill_below live; all fight")  \
    X(mixed_tier, "population_last by quota of tiers, then combat goes on")                        \
    X(custom, "what the workload makes of the phase's parameters")

typedef enum ta_load_kind {
#define TA_LOAD_ENUM(name, meaning) TA_LOAD_##name,
    TA_LOAD_LIST(TA_LOAD_ENUM)
#undef TA_LOAD_ENUM
        TA_LOAD_COUNT
} ta_load_kind;

enum { TA_PARAMETERS_MAX = 32, TA_PARAMETER_TEXT_MAX = 256 };

/* One "parameters" entry of a scenario: a number, a truth value (0 or 1) or a text. */
typedef struct ta_parameter {
    char name[TA_NAME_MAX];
    bool is_text;
    double number;
    char text[TA_PARAMETER_TEXT_MAX];
} ta_parameter;

typedef struct ta_phase_plan {
    char name[TA_NAME_MAX];
    uint32_t load;  /* a ta_load_kind */
    uint64_t ticks; /* at least 1 */
    uint32_t population_first, population_last, refill_below;
    double quota[TA_TIER_COUNT]; /* shares by tier, summing to 1 for mixed_tier; else zero */
} ta_phase_plan;

/* Faults that a scenario asks a workload to commit, so that the harness can be seen to catch them.
 * Ticks count from 1 over the whole run; zero means never. */
typedef struct ta_fault_plan {
    uint64_t alloc_at_tick;       /* one malloc and free inside the combat tick */
    uint64_t leak_bytes_per_tick; /* allocated in every tick, never freed */
    uint64_t end_at_tick;         /* the process exits with code 0 at this tick */
    uint64_t crash_at_tick;       /* a write through a null pointer */
    uint64_t hang_at_tick;        /* never returns */
    uint64_t miscount_at_tick;    /* from here one spawned enemy is left out of `spawned` */
    uint64_t slow_at_tick;        /* sleeps 60 ms in this tick */
    bool empty_world;             /* spawns nothing at all */
    bool ignore_seed;             /* runs with a seed of its own */
} ta_fault_plan;

typedef struct ta_workload_setup {
    uint64_t seed;
    uint32_t tick_hz;  /* ticks per simulated second, 1 to 1000 */
    uint32_t capacity; /* the largest population of any phase */
    uint32_t switches; /* optimizations that are on, a bit each; see sim/switches.h */
    bool render;       /* whether frames are drawn */
    ta_fault_plan faults;
    uint32_t parameter_count;
    ta_parameter parameters[TA_PARAMETERS_MAX];
} ta_workload_setup;

typedef struct ta_workload {
    uint32_t abi; /* TA_WORKLOAD_ABI */
    const char *name;
    /* Returns the workload's state, or NULL after writing a reason of less than `error_size` bytes
     * (with its zero) to `error`. May allocate. */
    void *(*create)(const ta_workload_setup *setup, char *error, size_t error_size);
    /* Prepares the phase that the next ticks belong to. May allocate. */
    void (*begin_phase)(void *state, const ta_phase_plan *phase);
    /* One tick. What it allocates is what we are here for. */
    void (*tick)(void *state);
    /* Fills what is known; `observation` comes zeroed. Must not change the state. */
    void (*observe)(void *state, ta_observation *observation);
    void (*destroy)(void *state);
    /* A picture of the last tick, or NULL when the workload has none. Called between ticks, outside
     * of the counts of any tick. Returns false after writing a reason to `error`. */
    bool (*snapshot)(void *state, const char *png_path, char *error, size_t error_size);
} ta_workload;

/* Exported by the workload's library. The pointer stays valid while the library is loaded. */
__attribute__((visibility("default"))) const ta_workload *ta_workload_entry(void);

#ifdef __cplusplus
}
#endif

#endif
