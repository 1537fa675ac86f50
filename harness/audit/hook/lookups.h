/* lookups.h: dlsym as libc has it, for the auditor's own questions. */
#ifndef TA_AUDIT_LOOKUPS_H
#define TA_AUDIT_LOOKUPS_H

#pragma GCC visibility push(hidden)

typedef void *(*ta_lookup_function)(void *module, const char *name);

/* What `module` itself has of that name, not what the program is answered. */
void *ta_lookup(void *module, const char *name);

#pragma GCC visibility pop

#endif
