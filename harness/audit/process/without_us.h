/* without_us.h: a program that cannot be audited runs as it does without the auditor. */
#ifndef TA_AUDIT_WITHOUT_US_H
#define TA_AUDIT_WITHOUT_US_H

#pragma GCC visibility push(hidden)

/* Begins the process anew, with the environment that it would have had. At the start, before any
 * code of the program has run. Returns when that cannot be done. */
void ta_without_us(char *const *arguments, char *const *environment);

#pragma GCC visibility pop

#endif
