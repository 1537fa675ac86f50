/* A mimalloc with a defect, in the place of the real one: what DEFECT names, since it is called
 * before there is an environment to read. Memory comes from one mapping and is never given back. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int mi_version(void);
EXPORT void mi_process_init(void);
EXPORT bool mi_option_is_enabled(int option);
EXPORT bool mi_is_in_heap_region(const void *block);
EXPORT size_t mi_usable_size(const void *block);
EXPORT void *mi_malloc(size_t size);
EXPORT void *mi_zalloc(size_t size);
EXPORT void *mi_realloc(void *block, size_t size);
EXPORT void *mi_malloc_aligned(size_t size, size_t alignment);
EXPORT void mi_free(void *block);

enum { POOL_BYTES = 1 << 28, HEAD_BYTES = 16 };

static char *pool;
static size_t used;

static bool is_broken(const char *by) {
    return strcmp(DEFECT, by) == 0;
}

int mi_version(void) {
    return 30999; /* 3.9.99 */
}

void mi_process_init(void) {
    void *mapped = mmap(NULL, POOL_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    pool = mapped == MAP_FAILED ? NULL : mapped;
}

bool mi_option_is_enabled(int option) {
    return option < 0;
}

bool mi_is_in_heap_region(const void *block) {
    return (uintptr_t)block - (uintptr_t)pool < POOL_BYTES;
}

/* The size lies before the block. */
static size_t *size_of(const void *block) {
    return (size_t *)((uintptr_t)block - HEAD_BYTES);
}

size_t mi_usable_size(const void *block) {
    return block ? *size_of(block) : 0;
}

void *mi_malloc_aligned(size_t size, size_t alignment) {
    if (size > POOL_BYTES)
        return NULL;
    if (is_broken("crash") && size == 5000)
        __builtin_trap();
    uintptr_t at = (uintptr_t)pool + used + HEAD_BYTES;
    at = (at + alignment - 1) / alignment * alignment;
    if (at + size > (uintptr_t)pool + POOL_BYTES)
        return NULL;
    *size_of((void *)at) = is_broken("short") && size > 24 ? size - 8 : size;
    if (!is_broken("overlap") || size != 1000)
        used = at + (size + 15) / 16 * 16 - (uintptr_t)pool;
    return (void *)at;
}

void *mi_malloc(size_t size) {
    return mi_malloc_aligned(size, 16);
}

/* The memory is new, but for a defect. */
void *mi_zalloc(size_t size) {
    char *block = mi_malloc(size);
    if (block && is_broken("dirty"))
        block[size - 1] = 1;
    return block;
}

void *mi_realloc(void *block, size_t size) {
    void *moved = mi_malloc(size);
    if (moved && block && !is_broken("forgets"))
        memcpy(moved, block, size < mi_usable_size(block) ? size : mi_usable_size(block));
    return moved;
}

void mi_free(void *block) {
    (void)block;
}
