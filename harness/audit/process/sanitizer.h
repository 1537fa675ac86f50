/* sanitizer.h: programs that have a sanitizer's runtime of their own. */
#ifndef TA_AUDIT_SANITIZER_H
#define TA_AUDIT_SANITIZER_H

#pragma GCC visibility push(hidden)

/* First of all, before anything may call the runtime. */
void ta_sanitizer_let_start(void);

/* The path of our library, which the loader may no longer know. */
const char *ta_sanitizer_own_path(void);

#pragma GCC visibility pop

#endif
