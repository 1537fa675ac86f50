/* exec_watch.h: what exec does while the program runs: samples, followed processes that have ended,
 * its timeout. For exec.c only.
 *
 *     bool timed_out = ta_exec_watch(&options, &ledgers, &child, result);
 *
 * Allocates; one thread at a time. */
#ifndef TA_RUN_EXEC_WATCH_H
#define TA_RUN_EXEC_WATCH_H

#include "child.h"
#include "exec.h"
#include "followed.h"
#include "ledger.h"
#include "stacked.h"
#include "tick_drain.h"

typedef struct ta_exec_ledgers {
    ta_ledger_file file;
    ta_followed *followed; /* NULL unless children are followed */
    ta_tick_drain drain;   /* of the program's own ticks */
    ta_stacked *stacked;   /* what is told of hot paths by stack; NULL for none */
} ta_exec_ledgers;

/* Until the program has ended. What a signal means is the program's to decide.
 * Ticks of time are added to the result. True when it had to be killed at its timeout. */
bool ta_exec_watch(const ta_exec_options *options, ta_exec_ledgers *ledgers, ta_child *child,
                   ta_result *result);

#endif
