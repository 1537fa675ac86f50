/* mimalloc_usable.h: the usable size of mimalloc's blocks, known instead of asked for where that is
 * found to be right. For real_mimalloc.c. */
#ifndef TA_AUDIT_MIMALLOC_USABLE_H
#define TA_AUDIT_MIMALLOC_USABLE_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Once, at the start: checks the assumptions mimalloc_class and mimalloc_page, or begins to. */
void ta_mimalloc_check_usable(void);

/* real_mimalloc.c: a block of libc's malloc, since mimalloc had none; NULL when there is no memory.
 * Sets errno as libc's malloc does. */
void *ta_mimalloc_spare(size_t size);

#pragma GCC visibility pop

#endif
