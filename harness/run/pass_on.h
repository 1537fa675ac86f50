/* pass_on.h: the signals that end a program, while we wait for one: each reaches it once.
 *
 *     ta_pass_on_begin();            before it is started
 *     ta_pass_on_to(child.pid);
 *     ... wait ...
 *     ta_pass_on_end();
 *
 * A signal to the process group (the terminal's, kill -GROUP) reaches the program without us; one
 * to us alone does not, nor does the group's when the program is in a session of its own. One at a
 * time in a process. Allocates nothing; not for use with threads. */
#ifndef TA_RUN_PASS_ON_H
#define TA_RUN_PASS_ON_H

#include <sys/types.h>

/* SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1 and others that a program may handle no longer end us.
 * What we were started to ignore stays ignored. */
void ta_pass_on_begin(void);

/* From now on they are passed on to this process, and so is one that came since the begin. */
void ta_pass_on_to(pid_t program);

/* In a process that was forked to become the program: whoever ends it when `parent`, which is ours,
 * is killed knows of it from here on. Does not return when that is gone already. Async-signal-safe.
 */
void ta_pass_on_as_program(pid_t parent);

/* Gives the signals their actions back. */
void ta_pass_on_end(void);

#endif
