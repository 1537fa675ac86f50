/* scenario.h: a scenario file as a checked struct.
 *
 *     ta_scenario scenario;
 *     ta_status status = ta_scenario_load("scenarios/stress_500.json", overrides, count,
 * &scenario);
 *
 * Everything in a loaded scenario is within its limits; nobody checks again. Loading allocates and
 * frees; the struct itself owns no memory and may be copied. Safe from any thread. */
#ifndef TA_SCENARIO_SCENARIO_H
#define TA_SCENARIO_SCENARIO_H

#include "metrics.h"
#include "status.h"
#include "tickaudit/workload.h"

enum {
    TA_SCENARIO_PHASES_MAX = 32,
    TA_SCENARIO_BUDGETS_MAX = 32, /* of a phase, and of the whole */
    TA_SCENARIO_FILE_BYTES_MAX = 1 << 20,
    TA_SCENARIO_DEPTH_MAX = 16,
    TA_SCENARIO_POPULATION_MAX = 1000000,
    TA_SCENARIO_SECONDS_MAX = 3600,  /* of one phase, simulated */
    TA_SCENARIO_TICKS_MAX = 2000000, /* of the whole */
    TA_SCENARIO_TEXT_MAX = 512,
    TA_SCENARIO_PATH_MAX = 1024,
    TA_SCENARIO_SEED_BITS = 53 /* JSON numbers beyond 2^53 are not exact */
};

typedef enum ta_budget_operator {
    TA_BUDGET_LT, /* <  */
    TA_BUDGET_LE, /* <= */
    TA_BUDGET_EQ, /* =  */
    TA_BUDGET_GE, /* >= */
    TA_BUDGET_GT  /* >  */
} ta_budget_operator;

/* A promise about a metric: "hot_allocs = 0", "hot_allocs[combat_tick] = 0", "mem_growth_mb < 50",
 * "live_bytes_growth <= 1MiB". The part in brackets names a hot path and goes with hot_* only. */
typedef struct ta_budget {
    ta_metric metric;
    char hot_path[TA_NAME_MAX]; /* "" when the budget is over all hot paths */
    ta_budget_operator op;
    double limit;                    /* in the metric's unit */
    char text[TA_SCENARIO_TEXT_MAX]; /* as written */
} ta_budget;

typedef struct ta_scenario_phase {
    ta_phase_plan plan;
    double seconds;
    uint32_t budget_count;
    ta_budget budgets[TA_SCENARIO_BUDGETS_MAX];
} ta_scenario_phase;

typedef struct ta_scenario {
    char path[TA_SCENARIO_PATH_MAX];
    char name[TA_NAME_MAX]; /* the file's name without .json, unless the file says otherwise */
    char description[TA_SCENARIO_TEXT_MAX];
    char workload[TA_SCENARIO_PATH_MAX]; /* "arena", or the path of a plugin, made absolute */
    uint64_t hash;                       /* FNV-1a 64 of the effective values but the switches */
    uint64_t seed;
    uint32_t tick_hz;
    uint32_t capacity;
    uint64_t warmup_ticks;
    double timeout_seconds; /* of wall time, for the whole run; 0 means the default of `run` */
    bool render;
    char level[TA_NAME_MAX]; /* "none", "phase_4" ... "phase_9", "all" as written */
    uint32_t switches;       /* the level with the single switches applied */
    ta_fault_plan faults;
    uint32_t parameter_count;
    ta_parameter parameters[TA_PARAMETERS_MAX];
    uint32_t phase_count;
    ta_scenario_phase phases[TA_SCENARIO_PHASES_MAX];
    uint32_t budget_count;
    ta_budget budgets[TA_SCENARIO_BUDGETS_MAX]; /* of the whole run */
} ta_scenario;

/* Reads and checks a scenario file. `overrides` are "KEY=VALUE" texts as given to --set, applied
 * after the file and checked like it: KEY is a JSON path ("seed", "phases[0].seconds",
 * "optimizations") or a switch by its own name ("enemy_pool=off").
 * Errors: TA_BAD_INPUT with file:line:column, JSON path and what was expected. The scenario is only
 * written on success. */
ta_status ta_scenario_load(const char *path, const char *const *overrides, unsigned override_count,
                           ta_scenario *scenario);

/* The same for a text in memory; `path` is only for messages and the default name. Never reads past
 * text + size. */
ta_status ta_scenario_parse(const char *text, size_t size, const char *path,
                            const char *const *overrides, unsigned override_count,
                            ta_scenario *scenario);

/* One budget in the grammar above; a column within `text` is part of the error. */
ta_status ta_budget_parse(const char *text, ta_budget *budget);

/* Ticks of all phases together, without the warm-up. */
uint64_t ta_scenario_ticks(const ta_scenario *scenario);

#endif
