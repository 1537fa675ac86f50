/* own_errno.h: the program's errno around calls of an allocator, and an errno of the allocator's
 * own, which makes that unnecessary.
 *
 *     ta_errno_find();
 *     if (ta_own_errno_give((const void *)(uintptr_t)mi_malloc)) ...its calls leave errno alone...
 *
 * Set up once, at the start, before there are threads. Allocates nothing. */
#ifndef TA_AUDIT_OWN_ERRNO_H
#define TA_AUDIT_OWN_ERRNO_H

#include "assumptions.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* How far a thread's errno is from the thread pointer: the same in all threads, since libc's block
 * of thread-local storage is static. Asking libc each time is a call, and each pair would make two.
 * 0 while that is not known. */
extern ptrdiff_t ta_errno_distance;

/* Finds the distance, and checks it (assumption errno_offset). */
void ta_errno_find(void);

/* Makes the library that `address` lies in keep an errno apart from the program's: true when from
 * now on neither its system calls nor it itself can change the program's. False leaves all as it
 * was, or nearly: what errno it sees then is right too, and must be kept around each call.
 * (Assumption allocator_errno, which whoever calls this may still find wrong.) */
bool ta_own_errno_give(const void *address);

#pragma GCC visibility pop

static inline int ta_errno_get(void) {
#if defined(__x86_64__)
    if (__builtin_expect(ta_errno_distance != 0, 1)) {
        int value;
        __asm__ volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"(ta_errno_distance) : "memory");
        return value;
    }
#endif
    return errno;
}

static inline void ta_errno_set(int value) {
#if defined(__x86_64__)
    if (__builtin_expect(ta_errno_distance != 0, 1)) {
        __asm__ volatile("movl %0, %%fs:(%1)" : : "r"(value), "r"(ta_errno_distance) : "memory");
        return;
    }
#endif
    errno = value;
}

#endif
