/* rerun.h: both sides of a comparison made again, in interleaved rounds, and their times judged.
 *
 *     ta_cli_rerun_options options = {.results = "results", .rounds = 10};
 *     status = ta_cli_rerun(&options, &sides, &outcome);
 *     ... ta_compare(), whose arms now know which counts are nondeterministic ...
 *     ta_cli_rerun_add_gates(&outcome, &comparison);
 *
 * Each round runs each side once, in an order drawn from the seed, on one and the same CPU when
 * both are single-threaded and that is permitted; rounds take the permitted CPUs in turn.
 * Allocates; one at a time. */
#ifndef TA_CLI_RERUN_H
#define TA_CLI_RERUN_H

#include "compare.h"
#include "rerun_test.h"
#include "sides.h"

typedef struct ta_cli_rerun_options {
    const char *results; /* the folder, where builds are kept */
    uint32_t rounds;
    bool progress; /* draw a bar on stderr */
} ta_cli_rerun_options;

typedef struct ta_cli_rerun_outcome {
    bool judged;
    char why_not[700]; /* why the times could not be judged, and what settles it */
    uint32_t rounds;
    bool pinned;
    ta_timed_row rows[TA_TIMED_ROWS];
} ta_cli_rerun_outcome;

/* That a side cannot be made again is no error: `why_not` says so. The arms of `sides` learn which
 * exact metrics differed between their rounds. Errors: TA_INTERNAL, and TA_WORKLOAD_DIED when it
 * was interrupted. */
ta_status ta_cli_rerun(const ta_cli_rerun_options *options, ta_cli_sides *sides,
                       ta_cli_rerun_outcome *outcome);

/* Adds the timed gates: judged, or inconclusive with the reason. */
void ta_cli_rerun_add_gates(const ta_cli_rerun_outcome *outcome, ta_comparison *comparison);

#endif
