/* pass_signals.h: signals that ask us to end, passed on to the program that we run.
 *
 *     ta_signals_before before = ta_signals_take();          before the program is started
 *     ta_signals_pass_to(pid);                               once it is
 *     ta_signals_give_back(&before);
 *
 * Does not allocate. One program at a time in a process. */
#ifndef TA_RUN_PASS_SIGNALS_H
#define TA_RUN_PASS_SIGNALS_H

#include <signal.h>
#include <sys/types.h>

enum { TA_PASSED_SIGNAL_COUNT = 4 };

/* The actions that stood before. */
typedef struct ta_signals_before {
    struct sigaction actions[TA_PASSED_SIGNAL_COUNT];
} ta_signals_before;

/* SIGTERM and SIGHUP are passed on from here on, those that come before the program too; SIGINT and
 * SIGQUIT reach it from the terminal. What we were started to ignore stays ignored. */
ta_signals_before ta_signals_take(void);

/* Names the program that signals are passed on to. */
void ta_signals_pass_to(pid_t program);

void ta_signals_give_back(const ta_signals_before *before);

#endif
