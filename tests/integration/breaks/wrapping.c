/* A program whose malloc goes on to the next definition, as wrappers do: it prints "fine". WHOLE
 * wraps free, calloc and realloc as well, with the size before each block. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

void *malloc(size_t size);
#ifdef WHOLE
void *realloc(void *block, size_t size);
void *calloc(size_t count, size_t size);
#endif
void free(void *block);

#define APART __attribute__((noinline)) /* copies of it would not be counted */

enum { HEAD = 16 };

static long calls;

static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

#define CALL(type, name, ...)                                                                      \
    (__extension__({                                                                               \
        void *found_ = next(#name);                                                                \
        __typeof(type) function_;                                                                  \
        memcpy(&function_, &found_, sizeof found_);                                                \
        function_(__VA_ARGS__);                                                                    \
    }))

#ifdef WHOLE
APART void *malloc(size_t size) {
    calls++;
    char *block = CALL(void *(*)(size_t), malloc, size + HEAD);
    if (!block)
        return NULL;
    memcpy(block, &size, sizeof size);
    return block + HEAD;
}

APART void free(void *block) {
    if (block)
        CALL(void (*)(void *), free, (char *)block - HEAD);
}

APART void *calloc(size_t count, size_t size) {
    void *block = malloc(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

APART void *realloc(void *block, size_t size) {
    size_t kept = 0;
    void *moved = malloc(size);
    if (block)
        memcpy(&kept, (char *)block - HEAD, sizeof kept);
    if (block && moved)
        memcpy(moved, block, kept < size ? kept : size);
    free(block);
    return moved;
}
#else
APART void *malloc(size_t size) {
    calls++;
    return CALL(void *(*)(size_t), malloc, size);
}
#endif

int main(void) {
    for (int i = 0; i < 100; i++)
        free(malloc(10));
    return calls < 100 || write(STDOUT_FILENO, "fine\n", 5) != 5;
}
