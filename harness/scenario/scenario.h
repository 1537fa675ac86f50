/* scenario.h: a scenario file as a checked struct.
 *
 *     ta_scenario scenario;
 *     ta_status status =
 *         ta_scenario_load("scenarios/stress_500.json", overrides, count, &scenario);
 *
 * Everything in a loaded scenario is within its limits; nobody checks again. Loading allocates and
 * frees; the struct itself owns no memory and may be copied (it takes 700 KB: mind small stacks).
 * Safe from any thread. The format is told in docs/scenario_format.md. */
#ifndef TA_SCENARIO_SCENARIO_H
#define TA_SCENARIO_SCENARIO_H

#include "metrics.h"
#include "status.h"
#include "tickaudit/workload.h"

enum {
    TA_SCENARIO_PHASES_MAX = 32,
    TA_SCENARIO_BUDGETS_MAX = 32, /* of a phase, and of the whole, implied ones included */
    TA_SCENARIO_BUDGETS_WRITTEN_MAX = 30,
    TA_SCENARIO_FILE_BYTES_MAX = 1 << 20,
    TA_SCENARIO_DEPTH_MAX = 16,
    TA_SCENARIO_POPULATION_MAX = 1000000,
    TA_SCENARIO_SECONDS_MAX = 3600,  /* of one phase, simulated */
    TA_SCENARIO_TICKS_MAX = 2000000, /* of the whole */
    TA_SCENARIO_TEXT_MAX = 512,
    TA_SCENARIO_PATH_MAX = 1024,
    TA_SCENARIO_SEED_BITS = 53,    /* JSON numbers beyond 2^53 are not exact */
    TA_SCENARIO_VALUES_MAX = 4096, /* texts, numbers, objects ... in one file */
    TA_SCENARIO_TICK_HZ_MAX = 1000,
    TA_SCENARIO_WARMUP_MAX = 100000,       /* ticks; they count towards the ticks of the whole */
    TA_SCENARIO_TIMEOUT_MAX = 86400,       /* seconds of wall time */
    TA_SCENARIO_LEAK_BYTES_MAX = 16 << 20, /* in one tick */
    TA_SCENARIO_LEAK_TOTAL_MAX = 1 << 30,  /* bytes in all ticks: must not sink the machine */
    TA_SCENARIO_OVERRIDE_MAX = 2048,       /* bytes of one KEY=VALUE */
    TA_SCENARIO_OVERRIDES_MAX = 256,
    TA_SCENARIO_LIST_MAX = 4096 /* files of one folder */
};

typedef enum ta_budget_operator {
    TA_BUDGET_LT, /* <  */
    TA_BUDGET_LE, /* <= */
    TA_BUDGET_EQ, /* == */
    TA_BUDGET_GE, /* >= */
    TA_BUDGET_GT  /* >  */
} ta_budget_operator;

/* A promise about a metric: "hot_allocs = 0", "hot_allocs[combat_tick] = 0", "mem_growth_mb < 50",
 * "live_growth = 1MiB". The part in brackets names a hot path and goes with hot_* only. A single
 * "=" is read as "this, and no worse": <= where lower is better, >= where higher is, == where
 * neither. */
typedef struct ta_budget {
    ta_metric metric;
    char hot_path[TA_HOT_NAME_MAX];  /* "" when the budget is over all hot paths */
    ta_budget_operator op;           /* as read, never "=" */
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
    uint64_t hash;                       /* FNV-1a 64 of what decides the work; see below */
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

/* What the hash covers: workload (as written), seed, tick_hz, capacity, warm-up, render, faults,
 * parameters and the phases' plans. Not the switches and the level, so that `none` and `all` of one
 * scenario compare; not names of files and words of descriptions; not budgets and timeouts, so that
 * a promise can be tightened without losing the baseline that it is held against. */

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

/* One file of a folder of scenarios. */
typedef struct ta_scenario_entry {
    char path[TA_SCENARIO_PATH_MAX]; /* folder/file.json */
    ta_status status; /* why the file is not a scenario; when not ok only path is filled besides */
    char name[TA_NAME_MAX];
    char description[TA_SCENARIO_TEXT_MAX];
    uint32_t phase_count;
    uint64_t ticks;
    double seconds; /* simulated, of all phases together */
} ta_scenario_entry;

/* The scenarios of a folder, sorted by file name: every *.json but *.schema.json and hidden files,
 * folders in it not entered. A bad file is an entry with its error and does not end the list. The
 * caller frees *entries with free(). Errors, with *entries NULL and *count 0: TA_BAD_INPUT when the
 * folder cannot be read or holds more than TA_SCENARIO_LIST_MAX; TA_INTERNAL without memory. */
ta_status ta_scenario_list(const char *folder, ta_scenario_entry **entries, unsigned *count);

#endif
