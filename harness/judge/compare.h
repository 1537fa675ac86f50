/* compare.h: the protocol of a before and an after run: may this optimization land?
 *
 *     ta_status status = ta_compare_select(rows, count, "PHASE_5", NULL, &pre, &post);
 *     if (ta_ok(status))
 *         status = ta_compare(&pre->arm, &post->arm, (ta_compare_options){0}, &comparison);
 *     exit code: ta_verdict_exit_code(comparison.verdict)
 *
 * Runs that are not alike are refused, all differences named at once. Nothing here allocates; any
 * thread. */
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
    /* Judges every exact metric and none that is timed: for machines whose times say nothing. */
    bool exact;
} ta_compare_options;

#define TA_GATE_RULE_LIST(X)                                                                       \
    X(NOT_RISE, "must not rise")                                                                   \
    X(NOT_FALL, "must not fall")                                                                   \
    X(NOT_FALL_5, "must not fall by more than 5 %")                                                \
    X(NOT_CHANGE, "must not change")

typedef enum ta_gate_rule {
#define TA_GATE_RULE_ENUM(name, text) TA_GATE_##name,
    TA_GATE_RULE_LIST(TA_GATE_RULE_ENUM)
#undef TA_GATE_RULE_ENUM
} ta_gate_rule;

/* One gate. Its values are those of the arms. A value that is not known is no pass: the gate is
 * inconclusive. */
typedef struct ta_gate {
    bool is_state_hash; /* then `metric` says nothing */
    ta_metric metric;
    ta_gate_rule rule;
    ta_verdict verdict; /* pass, improved, fail or inconclusive */
} ta_gate;

enum { TA_GATES_MAX = TA_METRIC_COUNT + 1, TA_COMPARE_NOTES_MAX = 10 };

typedef struct ta_comparison {
    ta_arm pre, post;
    unsigned gate_count;
    ta_gate gates[TA_GATES_MAX];
    unsigned note_count;
    char notes[TA_COMPARE_NOTES_MAX][256];
    /* fail when a gate fails; else inconclusive when one is; else improved when an exact metric is
     * better and none is worse; else pass */
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

/* Judges `post` against `pre`. Errors: TA_BAD_INPUT when an arm is partial, or when they are unlike
 * in a field that `options.across` does not name; the text names every difference. A content hash
 * that one side does not know (a CSV row has none) is no difference; any other unknown is. */
ta_status ta_compare(const ta_arm *pre, const ta_arm *post, ta_compare_options options,
                     ta_comparison *comparison);

/* The newest whole rows with this label, one marked pre and one post: the last in the file, partial
 * runs left out. `scenario` narrows the choice; NULL for any. Errors: TA_BAD_INPUT that says what
 * the log does hold. The pointers point into `rows`. */
ta_status ta_compare_select(const ta_log_row *rows, size_t count, const char *label,
                            const char *scenario, const ta_log_row **pre, const ta_log_row **post);

/* The newest whole row of this run, or NULL. */
const ta_log_row *ta_log_find_run(const ta_log_row *rows, size_t count, const char *run_id);

#endif
