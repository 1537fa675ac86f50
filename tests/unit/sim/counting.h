/* counting.h: counts the allocator calls of all that is linked into the test.
 *
 *     counting before = counting_now();
 *     ... work ...
 *     cr_assert_eq(counting_now().allocs - before.allocs, 0);
 *
 * By the linker's --wrap: calls made by shared libraries (Criterion, libc) are not seen. */
#ifndef COUNTING_H
#define COUNTING_H

#include <stdint.h>

typedef struct counting {
    uint64_t allocs, frees, bytes; /* bytes as requested */
    int64_t live_bytes, live_blocks;
} counting;

counting counting_now(void);

#endif
