/* A program with an allocator of its own, which no interposed one can stand before. */
#include <stddef.h>
#include <string.h>

static _Alignas(16) char pool[1 << 20];
static size_t used;

#pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
#pragma GCC visibility pop

void *malloc(size_t size) {
    void *block = pool + used;
    used += (size + 15) / 16 * 16;
    return used <= sizeof pool ? block : NULL;
}

void *calloc(size_t count, size_t size) {
    return malloc(count * size); /* never used before, so zero */
}

void *realloc(void *block, size_t size) {
    void *moved = malloc(size);
    return block && moved ? memmove(moved, block, size) : moved;
}

void free(void *block) {
    (void)block;
}

int main(void) {
    for (int i = 0; i < 10; i++)
        free(malloc(10));
    return used == 160 ? 0 : 1;
}
