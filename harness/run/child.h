/* child.h: the audited process: started with the auditor in it, watched until it ends.
 *
 *     ta_child child;
 *     ta_status status = ta_child_start(program, arguments, preload, ledger_path, &child);
 *     while (!ta_child_wait(&child, 50)) { ... }
 *
 * Allocates while it starts. One child at a time. */
#ifndef TA_RUN_CHILD_H
#define TA_RUN_CHILD_H

#include "status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct ta_child {
    pid_t pid;
    int pidfd; /* readable when it has ended; -1 where the kernel has none */
    bool ended;
    int status;         /* as of waitpid, once ended */
    char last_name[32]; /* the kernel's name of it at its end: of the program that it was then,
                           unless it gave itself another; "" when it cannot be told */
    bool had_children;  /* it has waited for other processes */
} ta_child;

/* Starts `program` with `preload` (a library's path) before whatever LD_PRELOAD names already, and
 * the ledger's path in its environment. Its standard input is empty and its standard output goes to
 * our standard error, so that ours stays free for results. TA_INTERNAL when it cannot be started.
 */
ta_status ta_child_start(const char *program, char *const *arguments, const char *preload,
                         const char *ledger_path, ta_child *child);

/* The same for a program that is to notice nothing of us: it keeps our standard input and output,
 * and finds the signal mask and actions that we were started with (ours are SIGPIPE and, while we
 * wait, SIGINT and SIGQUIT). */
ta_status ta_child_start_in_our_place(const char *program, char *const *arguments,
                                      const char *preload, const char *ledger_path,
                                      ta_child *child);

/* The same, its output thrown away: for a program that is run again and again. */
ta_status ta_child_start_silent(const char *program, char *const *arguments, const char *preload,
                                const char *ledger_path, ta_child *child);

/* Waits up to `milliseconds`; true when the child has ended. Returns early at a signal. */
bool ta_child_wait(ta_child *child, int milliseconds);

/* The same; returns also when the futex, which other processes map as well, is no longer `seen` and
 * they wake it. */
bool ta_child_wait_or_bell(ta_child *child, int milliseconds, const uint32_t *bell, uint32_t seen);

/* Ends it with SIGKILL and waits for that. */
void ta_child_kill(ta_child *child);

#endif
