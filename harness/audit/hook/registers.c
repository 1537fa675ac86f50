#include "registers.h"

#include <stdint.h>

/* 0: xmm; 1: ymm; 2: zmm and the mask registers. Read by the assembly. */
__attribute__((visibility("hidden"), used)) uint32_t ta_registers_wide;

#if defined(__x86_64__)

/* Both also ask whether the system keeps them. */
void ta_registers_prepare(void) {
    __builtin_cpu_init();
    ta_registers_wide = __builtin_cpu_supports("avx") ? 1 : 0;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        ta_registers_wide = 2;
}

#else

void ta_registers_prepare(void) {
}

#endif
