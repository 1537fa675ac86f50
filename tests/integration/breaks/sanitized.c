/* A program that is built with a sanitizer: `sanitized overflow` writes beyond a block. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    (void)argv;
    for (int i = 0; i < 100; i++) {
        char *volatile block = malloc(10);
        block[argc > 1 ? 10 : 9] = 1;
        free(block);
    }
    puts("fine");
    return 0;
}
