/* replay.h: a kept run, made again from its record.
 *
 *     ta_replay *replay;
 *     status = ta_replay_open(result, "results", &replay);   why it cannot be made again, and what
 * to do status = ta_replay_run(replay, &again);                as often as wanted;
 * ta_result_free(again) ta_replay_close(replay);
 *
 * The command line is read again in the folder in which it was given. The library of the workload,
 * or the program, has to have the content that it had; when it has changed, the build that was kept
 * for a labelled run is taken. Runs are quick: no call stack is resolved, nothing is written, a
 * program's output is thrown away and its input is empty. Allocates; changes the working folder
 * while it works. */
#ifndef TA_CLI_REPLAY_H
#define TA_CLI_REPLAY_H

#include "result.h"

typedef struct ta_replay ta_replay;

/* Errors: TA_BAD_INPUT with the reason and the way to settle it. */
ta_status ta_replay_open(const ta_result *result, const char *results, ta_replay **replay);

/* Runs it once. Errors: TA_WORKLOAD_DIED when it did not end as the kept run did, or what ta_run()
 * and ta_exec() say. */
ta_status ta_replay_run(ta_replay *replay, ta_result **result);

void ta_replay_close(ta_replay *replay);

/* How a command makes one of its runs again. `open` reads a command line of its own; `file` is the
 * build to use in place of the workload's, or NULL. */
typedef struct ta_replay_kind {
    ta_status (*open)(const ta_result *result, const char *file, void **state);
    ta_status (*run)(void *state, ta_result **result);
    void (*close)(void *state);
} ta_replay_kind;

extern const ta_replay_kind ta_replay_of_run, ta_replay_of_exec;

#endif
