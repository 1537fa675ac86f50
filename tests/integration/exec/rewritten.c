/* Calls of an imported function, of a library that is linked with -z mark-plt: glibc may be asked
 * to replace the branches through its import slots by direct ones. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) void duplicate(unsigned times);

void duplicate(unsigned times) {
    for (unsigned i = 0; i < times; i++)
        free(strdup("a few bytes"));
}
