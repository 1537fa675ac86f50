/* A program with an allocator of its own linked into it: its calls never leave it. */
#include <stddef.h>
#include <stdio.h>

static char arena[1 << 20];
static size_t used;

void *malloc(size_t size);
void free(void *block);

void *malloc(size_t size) {
    void *block = arena + used;
    used += (size + 15) / 16 * 16;
    return used <= sizeof arena ? block : NULL;
}

void free(void *block) {
    (void)block;
}

int main(void) {
    void *volatile block = malloc(100);
    free(block);
    return puts("ran") < 0;
}
