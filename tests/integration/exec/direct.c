/* A program that calls an allocator by its own name, past malloc: `direct [also]`; with `also` it
 * calls malloc once, too. */
#include <mimalloc.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    (void)argv;
    for (int i = 0; i < 10; i++)
        mi_free(mi_malloc(10));
    if (argc > 1) {
        void *volatile block = malloc(5);
        free(block);
    }
    return 0;
}
