/* own_errno.h: an errno of the allocator's own.
 *
 *     if (ta_own_errno_give((const void *)(uintptr_t)mi_malloc)) ...its calls leave errno alone...
 *
 * Once, at the start, before there are threads. Allocates nothing. */
#ifndef TA_AUDIT_OWN_ERRNO_H
#define TA_AUDIT_OWN_ERRNO_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* Makes the library that `address` lies in keep an errno apart from the program's: true when from
 * now on neither its system calls nor it itself can change the program's. False leaves all as it
 * was, or nearly: what errno it sees then is right too, and must be kept around each call. */
bool ta_own_errno_give(const void *address);

#pragma GCC visibility pop

#endif
