/* A library whose own calls do not go through an import slot (-Bsymbolic). */
#include "stacked.h"

extern "C" {
tally below;
void *volatile stacked_block;
void (*registered_plugin)(int tick);

__attribute__((noinline)) void take(size_t bytes) {
    stacked_block = malloc(bytes);
    free(stacked_block);
}

__attribute__((noinline)) void lib_step(size_t bytes) {
    take(bytes);
    below.allocs++;
    below.bytes += bytes;
}

void lib_entry(int calls) {
    for (int i = 0; i < calls; i++)
        lib_step(20);
}

__attribute__((noinline)) void swap_buffers() {
    asm volatile("nop; nop; nop; nop; nop; nop; nop; nop");
}
}

static __attribute__((noinline)) void same_name(size_t bytes) {
    take(bytes);
    below.allocs++;
    below.bytes += bytes;
}

extern "C" void lib_same() {
    same_name(31);
}

namespace lib {
__attribute__((noinline)) void resize(int) {
    take(17);
    asm volatile("");
}
__attribute__((noinline)) void resize(double) {
    take(18);
    asm volatile("");
}
} // namespace lib
