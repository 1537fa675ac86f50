/* own_limits.h: limits that the command was started under. They are meant for the program: the
 * command lifts its own as far as it may, and the program gets them as they were.
 *
 *     int main(...) { ta_own_limits_lift(); return ta_own_limits_call(work); }
 *     status = ta_own_limits_check(bytes_of_the_ledger);
 *     ta_own_limits_restore();                     in a child, before it becomes the program
 *
 * Allocates nothing. One thread. */
#ifndef TA_COMMON_OWN_LIMITS_H
#define TA_COMMON_OWN_LIMITS_H

#include "status.h"

#include <stdint.h>

/* Limits of the stack, of data and of the address space: to none, which root may, or to the hard
 * ones. Once, at the start. */
void ta_own_limits_lift(void);

/* Calls `work`, on a stack of its own when the limit of that could not be lifted to what we need.
 */
int ta_own_limits_call(int (*work)(void));

/* Whether there is room for us, and in the program for a ledger of so many bytes: TA_INTERNAL with
 * the limit, and what it has to be. What the program needs itself is not known. */
ta_status ta_own_limits_check(uint64_t ledger_bytes);

/* Whether there is room to read symbols; the same. Without, sites have modules and offsets. */
ta_status ta_own_limits_check_symbols(void);

/* What the limits were. Async-signal-safe. */
void ta_own_limits_restore(void);

#endif
