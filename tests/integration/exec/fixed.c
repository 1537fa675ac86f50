/* A program at a fixed address that takes the address of malloc, as many interpreters do: for all
 * look-ups by name, malloc is then a place in the program that only leads on to the library. */
#include <stdlib.h>

static void *(*volatile make)(size_t) = malloc;
static void (*volatile give_back)(void *) = free;

int main(void) {
    for (int i = 0; i < 1000; i++)
        give_back(make(10));
    return 0;
}
