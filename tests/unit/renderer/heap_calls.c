/* heap_calls.c: the wrapped heap. */
#include "heap_calls.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static heap_calls calls;
static bool refusing;

heap_calls heap_calls_now(void) {
    return calls;
}

void heap_refuse(bool refuse) {
    refusing = refuse;
}

void *__wrap_malloc(size_t size) {
    if (refusing)
        return NULL;
    calls.allocs++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    if (refusing)
        return NULL;
    calls.allocs++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    if (refusing)
        return NULL;
    calls.allocs++;
    return __real_realloc(block, size);
}

void __wrap_free(void *block) {
    if (block)
        calls.frees++;
    __real_free(block);
}
