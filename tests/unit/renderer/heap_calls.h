/* heap_calls.h: counts what the renderer asks of the heap, and can refuse it.
 *
 *     heap_calls before = heap_calls_now();
 *     ...
 *     cr_assert_eq(heap_calls_now().allocs, before.allocs);
 *
 * The linker's --wrap sends malloc, calloc, realloc and free of this program's own objects here;
 * those inside shared libraries are not seen. For one thread. */
#ifndef TESTS_RENDERER_HEAP_CALLS_H
#define TESTS_RENDERER_HEAP_CALLS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct heap_calls {
    unsigned long allocs; /* malloc, calloc and realloc that gave memory */
    unsigned long frees;  /* of anything but NULL */
} heap_calls;

heap_calls heap_calls_now(void);

/* While set, malloc, calloc and realloc give NULL. */
void heap_refuse(bool refuse);

#endif
