/* compare.h: the protocol of a before and an after run: may this optimization land?
 *
 *     status = ta_compare(&pre, &post, (ta_compare_options){0}, &comparison);
 *     if (ta_ok(status))
 *         status = ta_compare_results(pre_result, post_result, &comparison);     what only files
 * know ta_compare_add_timed(...); ta_compare_conclude(&comparison); exit code:
 * ta_verdict_exit_code(comparison.verdict)
 *
 * Counts of two kept runs are judged, as integers. Their times are not: two runs that were taken
 * apart in time differ by more than the gates allow without any cause. Times are judged by
 * rerun_test.h, from interleaved rounds.
 *
 * Runs that are not alike are refused, all differences named at once. Any thread; only
 * ta_compare_results() allocates. */
#ifndef TA_JUDGE_COMPARE_H
#define TA_JUDGE_COMPARE_H

#include "arm.h"

/* What two runs must have in common: name, what it is called in a message. */
#define TA_COMPARE_FIELD_LIST(X)                                                                   \
    X(scenario, "scenario")                                                                        \
    X(scenario_hash, "scenario's content")                                                         \
    X(seed, "seed")                                                                                \
    X(allocator, "allocator")                                                                      \
    X(machine, "machine or build type")

typedef enum ta_compare_field {
#define TA_COMPARE_FIELD_ENUM(name, meaning) TA_COMPARE_FIELD_##name,
    TA_COMPARE_FIELD_LIST(TA_COMPARE_FIELD_ENUM)
#undef TA_COMPARE_FIELD_ENUM
        TA_COMPARE_FIELD_COUNT
} ta_compare_field;

typedef struct ta_compare_options {
    /* A bit (1u << TA_COMPARE_FIELD_...) for each field that may differ: `--across allocator`. */
    unsigned across;
} ta_compare_options;

#define TA_GATE_RULE_LIST(X)                                                                       \
    X(NOT_RISE, "must not rise")                                                                   \
    X(NOT_FALL, "must not fall")                                                                   \
    X(NOT_RISE_5, "must not rise by more than 5 %")                                                \
    X(NOT_FALL_5, "must not fall by more than 5 %")                                                \
    X(NOT_CHANGE, "must not change")

typedef enum ta_gate_rule {
#define TA_GATE_RULE_ENUM(name, text) TA_GATE_##name,
    TA_GATE_RULE_LIST(TA_GATE_RULE_ENUM)
#undef TA_GATE_RULE_ENUM
} ta_gate_rule;

typedef enum ta_gate_kind { TA_GATE_METRIC, TA_GATE_STATE_HASH, TA_GATE_PROGRAM_END } ta_gate_kind;

/* One gate. */
typedef struct ta_gate {
    ta_gate_kind kind;
    ta_metric metric; /* of TA_GATE_METRIC */
    ta_gate_rule rule;
    char phase[TA_NAME_MAX]; /* "": the whole run */
    double pre, post;        /* of TA_GATE_METRIC: the values that were judged */
    bool pre_known, post_known;
    ta_verdict verdict; /* pass, improved, fail or inconclusive */
    char why[512];      /* why it is inconclusive and what to do; of a timed gate what was found */
} ta_gate;

enum {
    TA_COMPARE_NOTES_MAX = 16,
    TA_GATES_MAX = TA_METRIC_COUNT + 4 + TA_RESULT_PHASES_MAX,
    TA_COMPARE_DIFFERENCES_MAX = 4
};

/* The first tick at which two runs differ. */
typedef struct ta_tick_difference {
    bool compared; /* both runs have ticks that can be held against each other */
    bool found;
    char phase[TA_NAME_MAX];      /* "" when the runs have no phases */
    uint64_t tick_of_phase;       /* from 1 */
    uint64_t pre_tick, post_tick; /* of the run, from 1 */
    char what[256];               /* "allocs 0 -> 1, bytes 0 -> 64" */
} ta_tick_difference;

typedef struct ta_comparison {
    ta_arm pre, post;
    unsigned gate_count;
    ta_gate gates[TA_GATES_MAX];
    unsigned note_count;
    char notes[TA_COMPARE_NOTES_MAX][256];
    ta_tick_difference first_difference;
    bool times_judged; /* there are timed gates */
    bool chance; /* a gate is open since each side ran once: running both again may settle it */
    /* fail when a gate fails; else inconclusive when one is, or there is none; else improved when
     * an exact metric is better; else pass */
    ta_verdict verdict;
} ta_comparison;

/* "must not rise" and so on. */
const char *ta_gate_rule_text(ta_gate_rule rule);

/* "mem_growth_mb", or "state_hash". */
const char *ta_gate_name(const ta_gate *gate);

/* Finds a field of `--across` by its name. False when there is none. */
bool ta_compare_field_find(const char *name, ta_compare_field *field);

/* Below zero when post is worse than pre, above when better, zero when the same (differences that
 * come from writing a value as text are none), or when the metric has no better side, or is not
 * known on both sides. */
int ta_compare_metric(const ta_arm *pre, const ta_arm *post, ta_metric metric);

/* Judges the exact metrics of `post` against those of `pre`: each that both runs have and that has
 * a better side. One that a whole result lacks while the other has it is inconclusive, and so is
 * one that differed between rounds, or that incomplete evidence could turn. Errors: TA_BAD_INPUT
 * when an arm is partial, or when they are unlike in a field that `options.across` does not name;
 * the text names every difference. A content hash that one side does not know (a CSV row has none)
 * is no difference; any other unknown is. */
ta_status ta_compare(const ta_arm *pre, const ta_arm *post, ta_compare_options options,
                     ta_comparison *comparison);

/* Adds what takes both results: hot paths per phase (matched by name), hot paths that one run alone
 * entered, and the first tick that differs. TA_INTERNAL without memory. */
ta_status ta_compare_results(const ta_result *pre, const ta_result *post,
                             ta_comparison *comparison);

/* Adds a gate, and gives it to be filled; NULL when there is no room. */
ta_gate *ta_compare_add_gate(ta_comparison *comparison, const ta_gate *gate);

/* Adds a note; those for which there is no room are dropped. */
void ta_compare_note(ta_comparison *comparison, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The verdict from the gates. ta_compare() and ta_compare_results() have called it. */
void ta_compare_conclude(ta_comparison *comparison);

/* The newest whole rows with this label, one marked pre and one post: the last in the file, partial
 * runs left out. `scenario` narrows the choice; NULL for any. Errors: TA_BAD_INPUT that says what
 * the log does hold. The pointers point into `rows`. */
ta_status ta_compare_select(const ta_log_row *rows, size_t count, const char *label,
                            const char *scenario, const ta_log_row **pre, const ta_log_row **post);

/* The newest whole row of this run, or NULL. */
const ta_log_row *ta_log_find_run(const ta_log_row *rows, size_t count, const char *run_id);

#endif
