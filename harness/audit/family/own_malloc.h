/* own_malloc.h: a program that defines malloc itself, whose family is watched as functions of the
 * program: their code is made to lead to ours (patch.c), and ours call what was there before. */
#ifndef TA_AUDIT_OWN_MALLOC_H
#define TA_AUDIT_OWN_MALLOC_H

#include "audit.h"

#pragma GCC visibility push(hidden)

/* Once, at the start, after ta_foreign_adopt(): true when the ledger has the code of such a family
 * and this program is the one it was read from. From then on nothing of it is foreign. */
bool ta_own_malloc_watch(const ta_ledger *ledger);

/* Whether that was done. */
extern bool ta_own_malloc_is_watched;

/* Whether this thread is in a function of it: what is mapped then backs its blocks. */
bool ta_own_malloc_is_running(void);

#pragma GCC visibility pop

#endif
