/* What fails returns NULL and ENOMEM (posix_memalign: by its value, with the pointer left alone),
 * and a resize that fails leaves the block as it was. */
#include "conformance.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

static void must_fail(void *block, const char *what) {
    CHECK(!block, "%s gave %p", what, block);
    CHECK(errno == ENOMEM, "%s: errno %d", what, errno);
    errno = 0;
}

static void one_size(size_t size) {
    char *block = malloc(100);
    memset(block, 3, 100);
    errno = 0;
    must_fail(malloc(size), "malloc");
    must_fail(calloc(1, size), "calloc");
    must_fail(realloc(NULL, size), "realloc of nothing");
    must_fail(realloc(block, size), "realloc");
    must_fail(reallocarray(block, 1, size), "reallocarray");
    must_fail(aligned_alloc(64, size), "aligned_alloc");
    must_fail(memalign(4096, size), "memalign");
    must_fail(valloc(size), "valloc");
    must_fail(pvalloc(size), "pvalloc");
    void *mark = block, *result = mark;
    errno = 0;
    CHECK(posix_memalign(&result, 64, size) == ENOMEM, "size %zu", size);
    CHECK(errno == ENOMEM, "posix_memalign leaves errno as glibc does: %d", errno);
    CHECK(result == mark, "%p", result);
    for (int i = 0; i < 100; i++)
        CHECK(block[i] == 3, "byte %d", i);
    free(block);
}

static void overflows(void) {
    volatile size_t half = SIZE_MAX / 2 + 1;
    void *block = malloc(10);
    errno = 0;
    must_fail(calloc(half, 2), "calloc whose product overflows to 0");
    must_fail(calloc(half, 3), "calloc whose product overflows");
    must_fail(reallocarray(block, half, 2), "reallocarray to 0");
    must_fail(reallocarray(NULL, half, 3), "reallocarray");
    free(block);
    for (size_t alignment = 0; alignment < 40; alignment++) {
        bool fits = alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0;
        if (!fits)
            CHECK(posix_memalign(&block, alignment, 8) == EINVAL, "alignment %zu", alignment);
    }
}

int main(void) {
    const size_t sizes[] = {
        SIZE_MAX,   SIZE_MAX - 1, SIZE_MAX - 4096, (size_t)1 << 63, ((size_t)1 << 63) + 4096,
        PTRDIFF_MAX};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        one_size(sizes[i]);
    overflows();
    return 0;
}
