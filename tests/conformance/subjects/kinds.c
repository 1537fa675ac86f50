/* Calls each function of the family a number of times that tells it from the others. */
#include "subject.h"

#include <malloc.h>

static void take(void *block) {
    REQUIRE(block);
    ta_sink(block);
    free(block);
}

static void resize(void) {
    void *block = realloc(NULL, 40); /* an allocation */
    for (int i = 0; i < 3; i++) {
        block = realloc(block, 100 + 100 * (size_t)i); /* resizes of 100, 200, 300 */
        ta_sink(block);
    }
    block = reallocarray(block, 5, 80); /* a resize of 400 */
    ta_sink(block);
    void *nothing = realloc(block, 0); /* a free */
    REQUIRE(!nothing);
}

/* A resize that fails leaves the block, and is neither an allocation nor a free. */
static void fail_to_resize(void *block) {
    void *volatile none = realloc(block, SIZE_MAX - 1);
    REQUIRE(!none);
}

int main(void) {
    for (int i = 0; i < 7; i++)
        take(malloc(10));
    for (int i = 0; i < 5; i++)
        take(calloc(3, 11));
    resize();
    take(take_aligned(1000));
    take(aligned_alloc(64, 128));
    take(memalign(32, 99));
    take(valloc(5));
    take(pvalloc(1));
    for (int i = 0; i < 4; i++)
        free(NULL);
    fail_to_resize(malloc(24)); /* four blocks that are kept */
    malloc(24);
    calloc(1, 24);
    take_aligned(24);
    void *volatile none = malloc((size_t)PTRDIFF_MAX + 1); /* failures: seven more */
    none = calloc(SIZE_MAX / 2, 3);
    none = realloc(NULL, SIZE_MAX - 1);
    none = reallocarray(NULL, SIZE_MAX / 2, 3);
    none = aligned_alloc(64, SIZE_MAX - 100);
    void *block;
    REQUIRE(posix_memalign(&block, 3, 8) != 0 && posix_memalign(&block, 64, SIZE_MAX - 8) != 0);
    REQUIRE(!none);
    return 0;
}
