/* deepbind.h: modules that are loaded with RTLD_DEEPBIND, for loader.c. */
#ifndef TA_AUDIT_DEEPBIND_H
#define TA_AUDIT_DEEPBIND_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

typedef void *(*ta_open_function)(const char *file, int mode);

/* Loads the module by `next`, which is libc's dlopen, and makes its calls of the malloc family lead
 * to us. What of it calls libc's all the same is noted in the ledger (TA_HOOKED_BYPASSED). */
void *ta_deepbind_open(ta_open_function next, const char *file, int mode);

/* Whether it is the name of one of malloc and its kin. */
bool ta_is_of_family(const char *name);

/* Such a module is about to be loaded, and nothing can be done about it. */
void ta_deepbind_pass(const char *file);

#pragma GCC visibility pop

#endif
