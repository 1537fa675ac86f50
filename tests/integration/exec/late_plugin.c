/* A plugin that registers itself as it is loaded, so that nobody asks for a function of its. */
#include "late.h"

void (*late_registered)(int n) __attribute__((weak));

static void step(int n) {
    late_step(n);
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

__attribute__((constructor)) static void begin(void) {
    late_registered = step;
}
