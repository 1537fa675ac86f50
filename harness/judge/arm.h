/* arm.h: one side of a comparison, whether it came from a row of the CSV log or a result file.
 *
 *     ta_arm arm = ta_arm_from_result(result, "results/runs/20260131-a.json");
 *
 * An arm is a value: it owns no memory and may be copied. Nothing here allocates; any thread. */
#ifndef TA_JUDGE_ARM_H
#define TA_JUDGE_ARM_H

#include <stddef.h>

#include "metrics.h"
#include "result.h"

enum { TA_ARM_SOURCE_MAX = 256, TA_ARM_MACHINE_MAX = 296 };

/* What is known of a metric beside its value. */
typedef struct ta_arm_metric {
    bool differs; /* between rounds of one run, though it is exact */
    double least, greatest;
    uint64_t first_tick; /* that differs; 0: none */
    /* Incomplete evidence: the true value may be higher or lower than what was seen. */
    bool higher, lower;
    uint8_t fact; /* the ta_fact that is not complete, the first of them */
} ta_arm_metric;

/* A text that is not known is ""; a number that is not known has its flag false. */
typedef struct ta_arm {
    char source[TA_ARM_SOURCE_MAX]; /* where it was read: "perf_phase_log.csv:12" */
    char timestamp[32];
    char label[TA_NAME_MAX];
    char pre_post[8];
    char notes[TA_RESULT_TEXT_MAX];
    char scenario[TA_NAME_MAX];
    char run_id[TA_RUN_ID_MAX];
    char allocator[TA_NAME_MAX];
    char revision[TA_NAME_MAX];
    char machine[TA_ARM_MACHINE_MAX]; /* "processor; N cores; build type" */
    uint64_t seed, scenario_hash, state_hash;
    uint64_t suppressed; /* allocations that hot_allocs leaves out; 0 in a row of the log, too */
    bool seed_known, scenario_hash_known, state_hash_known;
    ta_verdict verdict;
    bool verdict_known;
    double value[TA_METRIC_COUNT]; /* of the whole run */
    bool known[TA_METRIC_COUNT];
    /* From here on only a result file knows. */
    bool whole;           /* made from a result, not from a row of the log alone */
    bool scenario_named;  /* false: `scenario` is but the name of a program's file */
    bool ticks_are_timed; /* each tick is a sample, taken so often: what is said per tick is no
                             count */
    bool hot_entered;     /* some hot path was entered */
    bool repeats;         /* what was counted was so again when it was run again */
    uint64_t made_of;     /* a hash of all that is known of what was run: the program, what it was
                             given,     the options that change counts; 0 when unknown */
    uint32_t rounds, threads;
    ta_program_end end;
    ta_arm_metric judged[TA_METRIC_COUNT];
    bool hashes_differ; /* the state hash did not agree between rounds */
    uint64_t hash_tick;
} ta_arm;

/* The whole run's figures of `result`. A partial result has the verdict partial; a hash of 0 is one
 * that nobody told, and is not known. */
ta_arm ta_arm_from_result(const ta_result *result, const char *source);

/* Whether both sides are known to be the same program, given the same. */
bool ta_arms_are_one_build(const ta_arm *pre, const ta_arm *post);

/* Whether it is known that the run did not finish its phases. */
bool ta_arm_is_partial(const ta_arm *arm);

/* One line of the CSV log, apart from its header. */
typedef enum ta_log_row_state {
    TA_LOG_ROW_WHOLE,
    TA_LOG_ROW_TORN,     /* the last line, cut short */
    TA_LOG_ROW_MALFORMED /* not a row of this log */
} ta_log_row_state;

typedef struct ta_log_row {
    ta_log_row_state state;
    size_t line;   /* from 1; the header is line 1 */
    char why[128]; /* what is wrong with it; "" when whole */
    ta_arm arm;    /* all unknown when not whole */
} ta_log_row;

/* Decimals with which a metric is written to text so that nothing is lost that was measured: bytes
 * in MiB and nanoseconds in ms come back to the same value. 0 for counts. */
int ta_metric_decimals(ta_metric metric);

#endif
