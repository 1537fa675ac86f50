/* Recursion of a function that is watched: `deep` prints how many bytes of stack a level takes: of
 * a plain function, and of one with ten arguments. 20,000 levels on the main stack, 100 on the
 * stack of a thread, which is 64 KiB. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

long descend(long depth, uintptr_t *deepest);
long descend_ten(long depth, long b, long c, long d, long e, long f, long g, long h, long i,
                 uintptr_t *deepest);

static uintptr_t here(void) {
    return (uintptr_t)__builtin_frame_address(0);
}

__attribute__((noinline)) long descend(long depth, uintptr_t *deepest) {
    *deepest = here();
    if (depth == 0) {
        void *volatile block = malloc(24);
        free(block);
        return 0;
    }
    return descend(depth - 1, deepest) + 1;
}

__attribute__((noinline)) long descend_ten(long depth, long b, long c, long d, long e, long f,
                                           long g, long h, long i, uintptr_t *deepest) {
    *deepest = here();
    if (b + c + d + e + f + g + h + i != 44)
        abort();
    if (depth == 0) {
        void *volatile block = malloc(24);
        free(block);
        return 0;
    }
    return descend_ten(depth - 1, b, c, d, e, f, g, h, i, deepest) + 1;
}

static void *in_thread(void *failed) {
    uintptr_t deepest;
    *(int *)failed =
        descend(100, &deepest) != 100 || descend_ten(50, 2, 3, 4, 5, 6, 7, 8, 9, &deepest) != 50;
    return failed;
}

int main(void) {
    enum { LEVELS = 20000, THREAD_BYTES = 64 << 10 };
    uintptr_t start = here(), deepest;
    if (descend(LEVELS, &deepest) != LEVELS)
        return 1;
    printf("%ld", (long)(start - deepest) / LEVELS);
    if (descend_ten(LEVELS, 2, 3, 4, 5, 6, 7, 8, 9, &deepest) != LEVELS)
        return 2;
    printf(" %ld\n", (long)(start - deepest) / LEVELS);
    pthread_t thread;
    pthread_attr_t narrow;
    int failed = 1;
    if (pthread_attr_init(&narrow) != 0 || pthread_attr_setstacksize(&narrow, THREAD_BYTES) != 0 ||
        pthread_create(&thread, &narrow, in_thread, &failed) != 0)
        return 8;
    pthread_join(thread, NULL);
    return failed ? 3 : 0;
}
