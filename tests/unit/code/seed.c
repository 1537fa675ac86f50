/* A program to be read, and never run: functions of each kind that the readers of files know. Lines
 * that tests name are told by TA_LINE_ below. */
#include <stddef.h>

typedef int whole;
typedef const whole number;

int seed_outer(int x);
int seed_many(int a, long b, char *c, int d, int e, int f, int g, number h, double i);
int seed_tail(int x);
int seed_odd(int x);
int seed_both(int x, number factor);
int seed_outer_too(int x);
int seed_a_weak(int x);
void *malloc(size_t size);
void free(void *block);

static char heap[4096];
static size_t heap_used;

void *malloc(size_t size) {
    void *block = heap + heap_used;
    heap_used += (size + 15) / 16 * 16;
    return heap_used <= sizeof heap ? block : NULL;
}

__attribute__((aligned(64))) void free(void *block) {
    if (block == heap)
        heap_used = 0;
}

__attribute__((noinline)) int seed_odd(int x) {
    char *volatile block = malloc((size_t)x);
    return block ? block[0] + x : 1;
}

static inline __attribute__((always_inline)) int seed_inlined(int x) {
    return seed_odd(x) + 3; /* TA_LINE_INLINED */
}

__attribute__((noinline)) int seed_outer(int x) {
    int sum = 0;
    for (int i = 0; i < x; i++)
        sum += seed_inlined(i); /* TA_LINE_OUTER */
    return sum;
}

/* Other names of one function, of which the one that others link with is told. */
int seed_outer_too(int x) __attribute__((alias("seed_outer")));
int seed_a_weak(int x) __attribute__((weak, alias("seed_outer")));
static int seed_a_local(int x) __attribute__((used, alias("seed_outer")));

__attribute__((noinline)) int seed_many(int a, long b, char *c, int d, int e, int f, int g,
                                        number h, double i) {
    return a + (int)b + *c + d + e + f + g + h + (int)i + seed_odd(a);
}

/* Inlined where it is called, and there for other files. */
int seed_both(int x, number factor) {
    return x * factor + 1;
}

__attribute__((noinline)) int seed_tail(int x) {
    return seed_odd(x + 1);
}

int main(int argc, char **argv) {
    return seed_tail(argc) + seed_outer(argc) + seed_both(argc, 5) +
           seed_many(1, 2, argv[0], 4, 5, 6, 7, 8, 9.0);
}
