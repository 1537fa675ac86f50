/* The library of late.c: a function that is watched, and a table with a pointer to it, which the
 * linker copies into the program. */
#include "late.h"

#include <stdlib.h>

void *volatile late_block;

void late_step(int n) {
    for (int i = 0; i < n; i++) {
        late_block = malloc(24);
        free(late_block);
    }
}

const late_table the_table = {late_step};
