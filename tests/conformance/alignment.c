/* Every block is aligned to 16; what was asked to be aligned is aligned to that, for every size
 * that might fall into another class; it is as long as asked, and its bytes are nobody else's. */
#include "conformance.h"

#include <malloc.h>
#include <string.h>
#include <unistd.h>

enum { SMALL_MAX = 2200, HELD = 4 };

static void *held[HELD];
static unsigned turn;

/* A few blocks stay alive, so that an allocator cannot answer always with the same place. */
static void check(void *block, size_t alignment, size_t size) {
    CHECK(block, "alignment %zu size %zu", alignment, size);
    CHECK((uintptr_t)block % alignment == 0, "%p: alignment %zu size %zu", block, alignment, size);
    CHECK(malloc_usable_size(block) >= size, "alignment %zu size %zu", alignment, size);
    memset(block, 0x5a, size);
    free(held[turn % HELD]);
    held[turn++ % HELD] = block;
}

static void *by_posix(size_t alignment, size_t size) {
    void *block = NULL;
    CHECK(posix_memalign(&block, alignment, size) == 0, "alignment %zu size %zu", alignment, size);
    return block;
}

static void all_ways(size_t alignment, size_t size) {
    check(by_posix(alignment, size), alignment, size);
    check(aligned_alloc(alignment, size), alignment, size);
    check(memalign(alignment, size), alignment, size);
}

int main(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t size = 0; size < SMALL_MAX; size++) {
        check(malloc(size), 16, size);
        check(calloc(1, size), 16, size);
        check(realloc(malloc(size / 2), size + 1), 16, size + 1);
        for (size_t alignment = 8; alignment <= 4096; alignment *= 2)
            all_ways(alignment, size);
    }
    for (size_t size = 1024; size <= 1 << 22; size += size / 5) {
        for (size_t alignment = 16; alignment <= 1 << 21; alignment *= 4)
            all_ways(alignment, size);
        check(valloc(size), page, size);
        check(pvalloc(size), page, (size + page - 1) / page * page);
    }
    volatile size_t odd = 48, none = 0; /* clang 14 dies of such alignments when it sees them */
    check(memalign(odd, 100), 64, 100); /* glibc rounds up to a power of two */
    check(memalign(none, 10), 16, 10);
    return 0;
}
