/* A program that marks nothing: ten frames, each of which allocates three blocks and ends with a
 * call of a function of libc's, with arguments of both kinds. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char shown[64];

static void show(int frame, double seconds) {
    snprintf(shown, sizeof shown, "%d %.2f", frame, seconds);
}

int main(void) {
    for (int frame = 0; frame < 10; frame++) {
        for (int i = 0; i < 3; i++) {
            void *volatile block = malloc(32);
            free(block);
        }
        show(frame, frame / 4.0);
    }
    return strcmp(shown, "9 2.25") != 0;
}
