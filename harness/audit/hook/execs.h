/* execs.h: records of the programs that processes are about to become by exec (ta_ledger_set.execs,
 * or ta_ledger.becoming). Async-signal-safe; nothing allocates. */
#ifndef TA_AUDIT_EXECS_H
#define TA_AUDIT_EXECS_H

#include "audit.h"

#pragma GCC visibility push(hidden)

/* Once, at the start, before there are threads: from here on each exec of this process and its
 * forks is recorded. */
void ta_execs_install(void);

/* The auditor has come to work in this program: it gives the record back, if there is one. Only in
 * a set. */
void ta_execs_arrive(void);

/* The same without a set, where a process comes back to its ledger. */
void ta_execs_arrive_alone(ta_ledger *ledger);

/* This process becomes the program without us. */
void ta_execs_leave(const char *program);

/* The process has begun another, which is not counted without a set. */
void ta_execs_note_child(void);

#pragma GCC visibility pop

#endif
