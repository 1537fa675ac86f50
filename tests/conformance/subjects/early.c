/* Allocates before the constructors of the program, and in one of them,
 * whose stack must be aligned as the ABI has it. */
#include "subject.h"

static void *before_all;

static void very_early(void) {
    before_all = take_aligned(10);
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = very_early;

__attribute__((constructor)) static void early(void) {
    _Alignas(32) volatile char on_stack[32] = {0};
    REQUIRE((uintptr_t)on_stack % 32 == 0 && (uintptr_t)__builtin_frame_address(0) % 16 == 0);
    free(take_aligned(20));
}

__attribute__((destructor)) static void late(void) {
    free(take_aligned(40));
}

int main(void) {
    REQUIRE(before_all);
    free(before_all);
    return 0;
}
