/* A program that calls jemalloc by its own names, and frees what it got there by free. */
#include <stddef.h>
#include <stdlib.h>

void *mallocx(size_t size, int flags);

int main(void) {
    void *block = mallocx(600, 0);
    block = realloc(block, 5000);
    free(block);
    return 0;
}
