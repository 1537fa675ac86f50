/* run.h: one scenario, audited: starts the host program under the auditor, watches it, collects
 * what it counted, and judges it.
 *
 *     ta_run_options options = ta_run_options_default();
 *     options.label = "PHASE_4";
 *     ta_result *result;
 *     ta_status status = ta_run(&scenario, &options, &result);
 *
 * Writes no file but pictures; reports do that. Allocates; one run at a time in a process, since
 * it takes SIGINT and SIGTERM while it waits. */
#ifndef TA_RUN_RUN_H
#define TA_RUN_RUN_H

#include "layout.h"
#include "result.h"
#include "scenario.h"
#include "suppressions.h"

typedef enum ta_run_allocator { TA_ALLOCATOR_MIMALLOC, TA_ALLOCATOR_SYSTEM } ta_run_allocator;

/* Called about 20 times a second while the process runs, to show how far it is. */
typedef void (*ta_run_progress)(const ta_ledger *ledger, const ta_scenario *scenario,
                                void *context);

typedef struct ta_run_options {
    ta_run_allocator allocator;
    double timeout_seconds; /* of wall time; 0: the scenario's, or TA_RUN_TIMEOUT_DEFAULT_S */
    bool strict;            /* unknown evidence is as good as incomplete */
    bool trap;              /* the first violation ends the workload, with a message */
    bool realtime;          /* ticks paced to the scenario's rate */
    double snapshot_every_seconds;        /* simulated, between pictures; 0: none */
    const char *snapshot_folder;          /* exists; used when snapshot_every_seconds is not 0 */
    const char *label, *pre_post, *notes; /* kept in the result; "" for none */
    const char *workload_file; /* another build of the workload's library; NULL: the scenario's */
    bool quick;                /* for repetitions: call stacks are not resolved, the machine and the
                                  revision are not looked up */
    bool with_sites;           /* call stacks are, all the same */
    ta_run_progress progress;  /* may be NULL */
    void *progress_context;
} ta_run_options;

enum { TA_RUN_TIMEOUT_DEFAULT_S = 300 };

ta_run_options ta_run_options_default(void);

/* Runs the scenario and fills a new result, whole or partial, which the caller frees with
 * ta_result_free(). A workload that crashed, hung or ended early is no error here: the result says
 * so. Errors, with *result NULL: TA_BAD_INPUT when the workload cannot be loaded or refuses;
 * TA_INTERNAL when the process cannot be started, or when the auditor's hooks were not in force, so
 * that nothing was counted. */
ta_status ta_run(const ta_scenario *scenario, const ta_run_options *options, ta_result **result);

/* The names of the switches that are on, separated by one blank; "" for another workload than the
 * arena. */
void ta_run_switches(const ta_scenario *scenario, char *text, size_t size);

/* Whether SIGINT or SIGTERM came during the last ta_run(): then whoever has more to run stops. */
bool ta_run_was_interrupted(void);

#endif
