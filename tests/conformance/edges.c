/* The edges of the contract: sizes of zero, nothing freed, memory zeroed, contents kept, and errno
 * left alone by all that succeeds. */
#include "conformance.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

enum { MARK = 4711 };

static void zero_sizes(void) {
    void *a = malloc(0), *b = malloc(0), *c = calloc(0, 5), *d = realloc(NULL, 0);
    CHECK(a && b && c && d && a != b && c != d, "%p %p %p %p", a, b, c, d);
    CHECK(realloc(a, 0) == NULL, "frees");
    CHECK(reallocarray(b, 0, 4) == NULL, "frees");
    free(c);
    free(d);
    free(NULL);
    CHECK(malloc_usable_size(NULL) == 0, "of nothing");
}

static void zeroed(void) {
    for (size_t size = 1; size < 300000; size += 1 + size / 3) {
        for (int round = 0; round < 3; round++) {
            unsigned char *block = calloc(size, 1);
            for (size_t i = 0; i < size; i++)
                CHECK(block[i] == 0, "byte %zu of %zu", i, size);
            memset(block, 0xff, malloc_usable_size(block));
            free(block);
        }
    }
}

static void kept(void) {
    unsigned char *block = NULL;
    size_t before = 0;
    for (size_t size = 1; size < 3000000; size += 1 + size / 2) {
        block = realloc(block, size);
        CHECK(block, "size %zu", size);
        for (size_t i = 0; i < before; i++)
            CHECK(block[i] == (unsigned char)(i * 7), "byte %zu of %zu", i, before);
        for (size_t i = before; i < size; i++)
            block[i] = (unsigned char)(i * 7);
        before = size;
    }
    block = realloc(block, 10);
    for (size_t i = 0; i < 10; i++)
        CHECK(block[i] == (unsigned char)(i * 7), "byte %zu", i);
    free(block);
}

static void errno_alone(void) {
    for (size_t size = 1; size < 200000000; size *= 3) {
        void *other = NULL;
        errno = MARK;
        void *block = malloc(size);
        block = realloc(block, size + 1);
        void *zero = calloc(2, size);
        CHECK(posix_memalign(&other, 256, size) == 0, "size %zu", size);
        free(block);
        free(zero);
        free(other);
        CHECK(errno == MARK, "size %zu: errno %d", size, errno);
    }
}

int main(void) {
    errno = MARK;
    zero_sizes();
    CHECK(errno == MARK, "errno %d", errno);
    zeroed();
    kept();
    errno_alone();
    return 0;
}
