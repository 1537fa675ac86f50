/* 8.1 gc_tuning, on, the allocator: what was freed will be wanted again in the next tick. */
#include "allocator.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

enum { KEPT_BYTES = 64 << 20, MORE_BYTES = 1 << 20 };

void arena_tune_allocator(void) {
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, MORE_BYTES);
}
#else
void arena_tune_allocator(void) {
}
#endif
