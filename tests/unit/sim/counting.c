#include "counting.h"

#include <malloc.h>
#include <stddef.h>

static counting counts;

counting counting_now(void) {
    return counts;
}

static void *count_in(void *block, size_t size) {
    if (block) {
        counts.allocs++;
        counts.bytes += size;
        counts.live_blocks++;
        counts.live_bytes += (int64_t)malloc_usable_size(block);
    }
    return block;
}

static void count_out(void *block) {
    if (block) {
        counts.frees++;
        counts.live_blocks--;
        counts.live_bytes -= (int64_t)malloc_usable_size(block);
    }
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
    return count_in(__real_malloc(size), size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return count_in(__real_calloc(count, size), count * size);
}

void *__wrap_realloc(void *block, size_t size) {
    count_out(block);
    return count_in(__real_realloc(block, size), size);
}

void __wrap_free(void *block) {
    count_out(block);
    __real_free(block);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return count_in(__real_aligned_alloc(alignment, size), size);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size) {
    int error = __real_posix_memalign(block, alignment, size);
    if (error == 0)
        count_in(*block, size);
    return error;
}
