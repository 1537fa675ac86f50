/* own_heap.h: a malloc of the program's own that ends the program with 99 when it is given a block
 * of another heap. Included once, by the program's main file. */
#ifndef TA_TESTS_OWN_HEAP_H
#define TA_TESTS_OWN_HEAP_H

#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { OWN_HEAP_BYTES = 8 << 20, OWN_HEAP_MARK = 0x5eed };

typedef struct own_head {
    size_t size, mark;
} own_head;

#ifdef __cplusplus
extern "C" {
#define OWN_NOEXCEPT noexcept
#else
#define OWN_NOEXCEPT
#endif
#define OWN_APART __attribute__((noinline)) /* copies of it would not be counted */

void *malloc(size_t size) OWN_NOEXCEPT;
void *calloc(size_t count, size_t size) OWN_NOEXCEPT;
void *realloc(void *block, size_t size) OWN_NOEXCEPT;
void free(void *block) OWN_NOEXCEPT;

static char own_heap[OWN_HEAP_BYTES] __attribute__((aligned(16)));
static size_t own_used;

OWN_APART void *malloc(size_t size) OWN_NOEXCEPT {
    size_t at =
        __atomic_fetch_add(&own_used, sizeof(own_head) + (size + 15) / 16 * 16, __ATOMIC_RELAXED);
    own_head *head = (own_head *)(void *)(own_heap + at);
    if (at + sizeof *head + size > OWN_HEAP_BYTES)
        return NULL;
    head->size = size;
    head->mark = OWN_HEAP_MARK;
    return head + 1;
}

static size_t own_size(void *block) {
    own_head *head = (own_head *)block - 1;
    char *at = (char *)block;
    if (at < own_heap || at >= own_heap + OWN_HEAP_BYTES || head->mark != OWN_HEAP_MARK)
        _exit(99);
    return head->size;
}

OWN_APART void free(void *block) OWN_NOEXCEPT {
    if (block)
        own_size(block);
}

OWN_APART void *calloc(size_t count, size_t size) OWN_NOEXCEPT {
    return malloc(count * size); /* the heap is zero, and never used again */
}

OWN_APART void *realloc(void *block, size_t size) OWN_NOEXCEPT {
    void *moved = malloc(size);
    size_t kept = block ? own_size(block) : 0;
    if (block && moved)
        memcpy(moved, block, kept < size ? kept : size);
    return moved;
}

#ifdef __cplusplus
}
#endif

#endif
