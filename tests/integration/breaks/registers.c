/* Calls whose registers and stack a compiler did not set up as the ABI says, since it knew the
 * function's code: it prints "fine" when nothing of them was changed.
 *
 *     registers        a malloc in one file with its callers (gcc -O2: -fipa-ra,
 * -fipa-stack-alignment); `leaf` for
 *                      --tick symbol:leaf; left by a longjmp; 512-bit vectors through `wide` where
 * the machine has them */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "tickaudit/tickaudit.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

void *malloc(size_t size);
void free(void *block);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);

static _Alignas(16) char heap[1 << 20];
static size_t used;
static jmp_buf out_of_memory;
static int armed;
static void *volatile sink;

__attribute__((noinline)) void *malloc(size_t size) {
    if (armed && size > sizeof heap)
        longjmp(out_of_memory, 1);
    void *block = heap + used;
    used += (size + 15) / 16 * 16;
    return used <= sizeof heap ? block : NULL;
}

__attribute__((noinline)) void free(void *block) {
    __asm__ volatile("" ::"r"(block));
}

__attribute__((noinline)) void *calloc(size_t count, size_t size) {
    return malloc(count * size);
}

__attribute__((noinline)) void *realloc(void *block, size_t size) {
    void *moved = malloc(size);
    return block && moved ? memcpy(moved, block, size) : moved;
}

__attribute__((noinline)) static unsigned long integers(unsigned long a, unsigned long b) {
    sink = malloc(16);
    return a * 1000 + b;
}

__attribute__((noinline)) static long sum(const long *numbers, long count) {
    long total = 0;
    for (long i = 0; i < count; i++) {
        long *volatile block = malloc(16);
        *block = numbers[i];
        total += *block;
    }
    return total;
}

static long table[64];

__attribute__((noinline)) static long leaf(long x) {
    for (int i = 0; i < 64; i++)
        table[i] += x * i;
    return table[x & 63];
}

__attribute__((noinline)) static long frame(long x) {
    return leaf(x) + 1;
}

struct thing {
    char bytes[600];
};

__attribute__((noinline)) int large(struct thing thing, int at) {
    sink = malloc(8);
    return thing.bytes[at];
}

#if defined(__x86_64__)
__attribute__((noinline, target("avx512f"))) __m512d wide(__m512d a, __m512d b) {
    sink = malloc(8);
    return _mm512_fmadd_pd(a, b, a);
}

__attribute__((noinline, target("avx512f"))) static double widest(void) {
    double lanes[8];
    __m512d x = _mm512_set_pd(8, 7, 6, 5, 4, 3, 2, 1);
    for (int i = 0; i < 3; i++)
        x = wide(x, _mm512_set1_pd(2));
    _mm512_storeu_pd(lanes, x);
    return lanes[7];
}
#endif

int main(int count, char **arguments) {
    static long numbers[100];
    long ticks = 0;
    (void)arguments;
    for (long i = 0; i < 100; i++)
        numbers[i] = i;
    if (integers((unsigned long)count, 2) != (unsigned long)count * 1000 + 2)
        return 3;
    if (sum(numbers, 100) != 4950)
        return 4;
    for (long i = 0; i < 100; i++)
        ticks += frame(i);
    if (ticks != 4545445)
        return 5;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && widest() != 8 * 27.0)
        return 6;
#endif
    if (large((struct thing){.bytes = {0, 7}}, 1) != 7)
        return 7;
    armed = 1;
    if (_setjmp(out_of_memory) == 0)
        sink = malloc(2 * sizeof heap);
    TA_HOT_PATH("after a jump") {
        for (int i = 0; i < 10; i++)
            sink = malloc(64);
    }
    return write(STDOUT_FILENO, "fine\n", 5) != 5;
}
