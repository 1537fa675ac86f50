/* A function in two, as GCC makes of one with an early return (-fpartial-inlining): callers have a
 * copy of the check and call the rest, look.part.0, past the function's entry. */
#include <stdlib.h>

void *volatile looked_at;

void rest_of_look(int times) __asm__("look.part.0");
__attribute__((noinline)) void rest_of_look(int times) {
    for (int i = 0; i < times; i++) {
        looked_at = malloc(10);
        free(looked_at);
    }
}

void look(int times);
__attribute__((noinline)) void look(int times) {
    if (times > 0) {
        rest_of_look(times);
        __asm__ volatile("" ::: "memory"); /* no tail call */
    }
}

void swap_buffers(void);
__attribute__((noinline)) void swap_buffers(void) {
    __asm__ volatile("nop; nop; nop; nop; nop; nop");
}

int main(void) {
    for (int i = 0; i < 10; i++) {
        swap_buffers();
        look(1);
        if (i > 4)
            rest_of_look(2); /* as a caller with a copy of the check */
    }
    swap_buffers();
    return 0;
}
