/* keys.h: every key that a scenario may hold, with its type and limits; the one list that the
 * reader, the tests of the schema and the documentation are held against.
 *
 *     const ta_key *key = &ta_root_keys[TA_ROOT_seed];
 *
 * Constants only. */
#ifndef TA_SCENARIO_KEYS_H
#define TA_SCENARIO_KEYS_H

#include "scenario.h"
#include "sim/switches.h"

typedef enum ta_key_type {
    TA_KEY_TEXT,   /* least and most are bytes */
    TA_KEY_WHOLE,  /* a number without a fraction, from least to most */
    TA_KEY_NUMBER, /* from least to most */
    TA_KEY_TRUTH,
    TA_KEY_OBJECT,
    TA_KEY_ARRAY /* least and most are items */
} ta_key_type;

typedef struct ta_key {
    const char *name;
    ta_key_type type;
    bool required;
    double least, most;
} ta_key;

/* identifier, name, type, required, least, most */
#define TA_ROOT_KEY_LIST(X)                                                                        \
    X(schema, "$schema", TEXT, false, 1, TA_SCENARIO_PATH_MAX - 1)                                 \
    X(name, "name", TEXT, false, 1, TA_NAME_MAX - 1)                                               \
    X(description, "description", TEXT, false, 0, TA_SCENARIO_TEXT_MAX - 1)                        \
    X(workload, "workload", TEXT, false, 1, TA_SCENARIO_PATH_MAX - 1)                              \
    X(seed, "seed", WHOLE, true, 0, 9007199254740991.0)                                            \
    X(tick_hz, "tick_hz", WHOLE, false, 1, TA_SCENARIO_TICK_HZ_MAX)                                \
    X(pool, "pool", WHOLE, false, 1, TA_SCENARIO_POPULATION_MAX)                                   \
    X(warmup_ticks, "warmup_ticks", WHOLE, false, 0, TA_SCENARIO_WARMUP_MAX)                       \
    X(timeout_seconds, "timeout_seconds", NUMBER, false, 0.1, TA_SCENARIO_TIMEOUT_MAX)             \
    X(render, "render", TRUTH, false, 0, 0)                                                        \
    X(optimizations, "optimizations", TEXT, false, 1, TA_NAME_MAX - 1)                             \
    X(switches, "switches", OBJECT, false, 0, 0)                                                   \
    X(parameters, "parameters", OBJECT, false, 0, TA_PARAMETERS_MAX)                               \
    X(faults, "faults", OBJECT, false, 0, 0)                                                       \
    X(budgets, "budgets", ARRAY, false, 0, TA_SCENARIO_BUDGETS_WRITTEN_MAX)                        \
    X(phases, "phases", ARRAY, true, 1, TA_SCENARIO_PHASES_MAX)

#define TA_PHASE_KEY_LIST(X)                                                                       \
    X(name, "name", TEXT, true, 1, TA_NAME_MAX - 1)                                                \
    X(load, "load", TEXT, true, 1, TA_NAME_MAX - 1)                                                \
    X(seconds, "seconds", NUMBER, true, 0.001, TA_SCENARIO_SECONDS_MAX)                            \
    X(from, "from", WHOLE, false, 0, TA_SCENARIO_POPULATION_MAX)                                   \
    X(to, "to", WHOLE, false, 1, TA_SCENARIO_POPULATION_MAX)                                       \
    X(spawn, "spawn", WHOLE, false, 1, TA_SCENARIO_POPULATION_MAX)                                 \
    X(refill_below, "refill_below", WHOLE, false, 0, TA_SCENARIO_POPULATION_MAX)                   \
    X(quota, "quota", OBJECT, false, 0, 0)                                                         \
    X(budgets, "budgets", ARRAY, false, 0, TA_SCENARIO_BUDGETS_WRITTEN_MAX)

#define TA_QUOTA_KEY_LIST(X)                                                                       \
    X(swarm, "swarm", NUMBER, false, 0, 100)                                                       \
    X(regular, "regular", NUMBER, false, 0, 100)                                                   \
    X(elite, "elite", NUMBER, false, 0, 100)                                                       \
    X(boss, "boss", NUMBER, false, 0, 100)

/* The identifiers are the fields of ta_fault_plan. */
#define TA_FAULT_KEY_LIST(X)                                                                       \
    X(alloc_at_tick, "alloc_at_tick", WHOLE, false, 0, TA_SCENARIO_TICKS_MAX)                      \
    X(leak_bytes_per_tick, "leak_bytes_per_tick", WHOLE, false, 0, TA_SCENARIO_LEAK_BYTES_MAX)     \
    X(end_at_tick, "end_at_tick", WHOLE, false, 0, TA_SCENARIO_TICKS_MAX)                          \
    X(crash_at_tick, "crash_at_tick", WHOLE, false, 0, TA_SCENARIO_TICKS_MAX)                      \
    X(hang_at_tick, "hang_at_tick", WHOLE, false, 0, TA_SCENARIO_TICKS_MAX)                        \
    X(miscount_at_tick, "miscount_at_tick", WHOLE, false, 0, TA_SCENARIO_TICKS_MAX)                \
    X(slow_at_tick, "slow_at_tick", WHOLE, false, 0, TA_SCENARIO_TICKS_MAX)                        \
    X(empty_world, "empty_world", TRUTH, false, 0, 0)                                              \
    X(ignore_seed, "ignore_seed", TRUTH, false, 0, 0)

#define TA_ROOT_ENUM(id, name, type, required, least, most)  TA_ROOT_##id,
#define TA_PHASE_ENUM(id, name, type, required, least, most) TA_PHASE_##id,
#define TA_QUOTA_ENUM(id, name, type, required, least, most) TA_QUOTA_##id,
#define TA_FAULT_ENUM(id, name, type, required, least, most) TA_FAULT_##id,
enum { TA_ROOT_KEY_LIST(TA_ROOT_ENUM) TA_ROOT_KEY_COUNT };
enum { TA_PHASE_KEY_LIST(TA_PHASE_ENUM) TA_PHASE_KEY_COUNT };
enum { TA_QUOTA_KEY_LIST(TA_QUOTA_ENUM) TA_QUOTA_KEY_COUNT };
enum { TA_FAULT_KEY_LIST(TA_FAULT_ENUM) TA_FAULT_KEY_COUNT };

extern const ta_key ta_root_keys[TA_ROOT_KEY_COUNT];
extern const ta_key ta_phase_keys[TA_PHASE_KEY_COUNT];
extern const ta_key ta_quota_keys[TA_QUOTA_KEY_COUNT];
extern const ta_key ta_fault_keys[TA_FAULT_KEY_COUNT];
extern const ta_key ta_switch_keys[SIM_SWITCH_COUNT];

/* Which loads a phase's key goes with, and which cannot do without it: a bit 1 << load each. */
typedef struct ta_phase_key_loads {
    unsigned allowed, required;
} ta_phase_key_loads;

extern const ta_phase_key_loads ta_phase_loads[TA_PHASE_KEY_COUNT];

extern const char *const ta_load_names[TA_LOAD_COUNT];

/* "none", "phase_4" ... "phase_9", "all", and the switches that each turns on. */
typedef struct ta_level {
    const char *name;
    unsigned phase; /* the switches of this optimization phase and those before it */
} ta_level;

enum { TA_LEVEL_COUNT = 8 };
extern const ta_level ta_levels[TA_LEVEL_COUNT];

/* The switches of a level, by its name; false when there is no such level. */
bool ta_level_switches(const char *name, uint32_t *switches);

/* Looks a key up by its exact name; NULL when there is none. */
const ta_key *ta_key_find(const ta_key *keys, unsigned count, const char *name);

/* The key nearest to a mistyped name in one table or, when that has none, in a second one (which
 * may be NULL); NULL when none is near. */
const char *ta_key_nearest(const ta_key *keys, unsigned count, const ta_key *more,
                           unsigned more_count, const char *given);

#endif
