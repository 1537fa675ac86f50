/* A module that allocates: for heaps.c, in a namespace of its own. */
#include <stdlib.h>

void allocate(int count);

void allocate(int count) {
    for (int i = 0; i < count; i++) {
        void *volatile block = malloc(16);
        free(block);
    }
}
