/* A program at a fixed address that takes the address of malloc, as many interpreters do: for all
 * look-ups by name, malloc is then a place in the program that only leads on to the library. */
#include <stdlib.h>

int main(void) {
    void *(*volatile make)(size_t) = malloc; /* a constant in the code, so it has to lie here */
    void (*volatile give_back)(void *) = free;
    for (int i = 0; i < 1000; i++)
        give_back(make(10));
    return 0;
}
