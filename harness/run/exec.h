/* exec.h: any program, audited from outside: started in our place with the auditor loaded before
 * it, watched to its end, measured.
 *
 *     ta_exec_options options = ta_exec_options_default();
 *     ta_exec_outcome outcome;
 *     ta_status status = ta_exec(&options, argv + at, &outcome);
 *     ... ta_result_free(outcome.result);
 *
 * The program keeps our standard streams, environment (but for two variables), terminal and place
 * in the process group. Allocates; one at a time in a process. */
#ifndef TA_RUN_EXEC_H
#define TA_RUN_EXEC_H

#include "layout.h"
#include "result.h"
#include "run.h"

/* What a tick is, when the program is not asked to be changed. */
typedef enum ta_tick_source {
    TA_TICKS_MARKED, /* what it marks with tickaudit.h */
    TA_TICKS_SYMBOL, /* from each call of a function to the next */
    TA_TICKS_TIMED,  /* a sample of its counts every so often, taken by us, not in the program */
    TA_TICKS_WHOLE   /* its whole run is one */
} ta_tick_source;

/* The largest number of an option: more allocations than a program makes in a year. */
#define TA_EXEC_NUMBER_MAX INT64_C(1000000000000000)

enum {
    TA_EXEC_TICKS_MAX = 1000000,
    TA_EXEC_BUDGETS_MAX = TA_SCENARIO_BUDGETS_MAX,
    TA_EXEC_HOT_SYMBOLS_MAX = 15,
    TA_EXEC_HOT_STACKS_MAX = TA_LEDGER_STACKED_MAX,
    TA_EXEC_ALLOW_MAPPED_MAX = 16
};

/* Of which allocations the call stack is kept. Those in hot paths always. */
typedef enum ta_stacks { TA_STACKS_HOT, TA_STACKS_SAMPLE, TA_STACKS_ALL } ta_stacks;

/* How a program is meant to end. */
typedef struct ta_expected_end {
    bool given; /* else with exit code 0 */
    bool any;
    ta_program_end_how how;
    int number;
} ta_expected_end;

typedef struct ta_exec_options {
    ta_run_allocator allocator; /* the program's own unless changed: an audit changes nothing */
    ta_tick_source ticks;
    bool ticks_named;        /* by --tick: when they do not come, growth over them is not known */
    const char *tick_symbol; /* for TA_TICKS_SYMBOL */
    uint32_t hot_symbol_count;
    const char *hot_symbols[TA_EXEC_HOT_SYMBOLS_MAX]; /* functions that are hot paths */
    uint32_t hot_stack_count;
    const char *hot_stacks[TA_EXEC_HOT_STACKS_MAX]; /* functions that are hot paths by stack */
    double tick_seconds;                            /* for TA_TICKS_TIMED, at least 0.001 */
    uint64_t warmup_ticks;
    ta_stacks stacks;
    uint64_t sample_bytes;         /* for TA_STACKS_SAMPLE: allocated per sample, in the mean */
    uint64_t fail_nth, fail_every; /* the nth allocation fails, or every nth; 0: none */
    const char *fail_in_hot;       /* only those in this hot path; all of them without a number */
    bool follow;                   /* what it starts is audited too, and joined */
    bool silent;                   /* the program's output is thrown away, and its sites are
                                    * resolved only when it was killed */
    bool strict;                   /* unknown evidence is as good as incomplete */
    uint32_t allow_mapped_count;
    const char *allow_mapped[TA_EXEC_ALLOW_MAPPED_MAX]; /* modules whose mappings are no heap, by
                                                         * file name, or "any" */
    ta_expected_end expected_end;
    double timeout_seconds; /* of wall time, after which it is killed; 0: none */
    bool allow_unaudited;   /* a program with a malloc of its own is run all the same,
                             * and each budget is inconclusive */
    bool trap;              /* the first violation ends the program, with a message */
    bool with_names;        /* sites have to have names: they are suppressed by them */
    uint32_t budget_count;
    ta_budget budgets[TA_EXEC_BUDGETS_MAX];
    const char *label, *notes; /* kept in the result; "" for none */
    const char *scenario;      /* what runs of it are compared by; "": the program's file */
} ta_exec_options;

ta_exec_options ta_exec_options_default(void);

typedef struct ta_exec_outcome {
    ta_result *result;                         /* NULL when there is none */
    uint64_t faults_injected;                  /* allocations that were made to fail */
    uint32_t assumptions[TA_ASSUMPTION_COUNT]; /* a ta_assumption_state each, of the program's
                                                * process, also when there is no result */
    uint32_t defects;                          /* a bit per ta_defect of its allocator */
    char allocator[TA_LEDGER_ALLOCATOR_MAX];   /* "" when the auditor never attached */
    bool timed_out;
    int program_code; /* as a shell says it: exit code, 128+n for signal n, 126, 127 */
} ta_exec_outcome;

/* Runs, measures and judges. A program that was killed, or did not end as it is meant to while
 * there are budgets, makes the result partial; without budgets the verdict is none. Errors, without
 * a result: TA_BAD_INPUT for a program that cannot be audited or found (program_code is then 126 or
 * 127 where a shell would say so); TA_INTERNAL when it cannot be started or when the hooks were not
 * in force: it ran, and nothing was counted. */
ta_status ta_exec(const ta_exec_options *options, char *const *arguments, ta_exec_outcome *outcome);

#endif
