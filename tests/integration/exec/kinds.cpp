/* Each function that gives memory, called once in a hot path by a function named after it, whose
 * caller is main: nothing may be missing between, frame pointers or not. */
#include "tickaudit/tickaudit.h"

#include <cstdlib>
#include <malloc.h>
#include <new>

static void *volatile kept;

#define BY(name, call)                                                                             \
    extern "C" __attribute__((noinline)) void by_##name() {                                        \
        void *block = call;                                                                        \
        kept = block;                                                                              \
    }

static void *by_pointer() {
    void *block = nullptr;
    return posix_memalign(&block, 64, 40) == 0 ? block : nullptr;
}

BY(malloc, malloc(10))
BY(calloc, calloc(3, 7))
BY(realloc_of_nothing, realloc(nullptr, 20))
BY(realloc, realloc(kept, 5000))
BY(reallocarray, reallocarray(kept, 70, 100))
BY(aligned_alloc, aligned_alloc(64, 128))
BY(memalign, memalign(32, 100))
BY(posix_memalign, by_pointer())
BY(valloc, valloc(10))
BY(pvalloc, pvalloc(10))
BY(new, ::operator new(10))
BY(new_array, ::operator new[](20))
BY(new_nothrow, ::operator new(30, std::nothrow))
BY(new_aligned, ::operator new(40, std::align_val_t(64)))
BY(new_aligned_nothrow, ::operator new(50, std::align_val_t(64), std::nothrow))

int main() {
    void (*const all[])() = {by_malloc,
                             by_calloc,
                             by_realloc_of_nothing,
                             by_realloc,
                             by_reallocarray,
                             by_aligned_alloc,
                             by_memalign,
                             by_posix_memalign,
                             by_valloc,
                             by_pvalloc,
                             by_new,
                             by_new_array,
                             by_new_nothrow,
                             by_new_aligned,
                             by_new_aligned_nothrow};
    for (void (*const volatile *by)() = all; by < all + sizeof all / sizeof *all; by++) {
        TA_HOT_PATH("all kinds") {
            (*by)();
        }
    }
    return 0;
}
