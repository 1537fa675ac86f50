/* mimalloc_usable.h: the usable size of mimalloc's blocks, known instead of asked for where that is
 * found to be right. For real_mimalloc.c. */
#ifndef TA_AUDIT_MIMALLOC_USABLE_H
#define TA_AUDIT_MIMALLOC_USABLE_H

#pragma GCC visibility push(hidden)

/* Once, at the start: checks the assumptions mimalloc_class and mimalloc_page, or begins to. */
void ta_mimalloc_check_usable(void);

#pragma GCC visibility pop

#endif
