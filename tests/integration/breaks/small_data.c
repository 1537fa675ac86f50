/* Limits its data to 16 MiB and makes small blocks, of all members of the family: `small_data`. It
 * ends with 0 when 20,000 of them were to be had, and their contents stayed. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { BLOCKS = 20000, BYTES = 100 };

static char *blocks[BLOCKS];

static char *block_of(int kind) {
    switch (kind % 4) {
    case 0:
        return malloc(BYTES);
    case 1:
        return calloc(1, BYTES);
    case 2:
        return realloc(malloc(20), BYTES);
    default:
        return memalign(64, BYTES);
    }
}

int main(void) {
    struct rlimit limit = {16 << 20, RLIM_INFINITY};
    if (setrlimit(RLIMIT_DATA, &limit) != 0)
        return 9;
    errno = 0;
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = block_of(i);
        if (!blocks[i] || errno != 0)
            return 1;
        memset(blocks[i], i % 100, BYTES);
    }
    for (int i = 0; i < BLOCKS; i++) {
        if (blocks[i][0] != i % 100 || blocks[i][BYTES - 1] != i % 100)
            return 2;
        free(blocks[i]);
    }
    return 0;
}
