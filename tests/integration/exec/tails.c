/* Functions that end by a call, which a compiler makes a jump: `tails WHAT` makes 10 allocations in
 * each, and 10 in what it jumps to. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

void *volatile tail_block;

void to_worker(int n);
void to_worker_impl(int n);
char *to_import(const char *text);
void by_pointer(void (*work)(int n), int n);
void by_table(void (**work)(int n), int n);
void of_switch(int n);
void worker(int n);

static void take(size_t size) {
    tail_block = malloc(size);
    free(tail_block);
}

__attribute__((noinline)) void worker(int n) {
    take((size_t)n + 1);
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void to_worker_impl(int n) {
    take(3);
    worker(n);
}

/* Another name, of which debug information knows nothing. */
void to_worker(int n) __attribute__((alias("to_worker_impl")));

__attribute__((noinline)) char *to_import(const char *text) {
    take(3);
    return strdup(text);
}

__attribute__((noinline)) void by_pointer(void (*work)(int n), int n) {
    take(3);
    work(n);
}

__attribute__((noinline)) void by_table(void (**work)(int n), int n) {
    take(3);
    work[1](n);
}

/* A copy of it ends the function around it. */
void around(void (*work)(int n), int n);

static inline __attribute__((always_inline)) void within(void (*work)(int n), int n) {
    take(3);
    work(n);
}

__attribute__((noinline)) void around(void (*work)(int n), int n) {
    within(work, n);
}

/* Jumps through a table, and out of nothing. */
__attribute__((noinline)) void of_switch(int n) {
    switch (n) {
    case 0:
        take(1);
        break;
    case 1:
        take(20);
        break;
    case 2:
        take(300);
        break;
    case 3:
        take(4000);
        break;
    case 4:
        take(50000);
        break;
    case 5:
        take(6);
        break;
    default:
        take(7);
        break;
    }
    tail_block = NULL;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    void (*work[])(int n) = {worker, worker};
    for (int i = 0; i < 10; i++) {
        if (strcmp(what, "worker") == 0)
            to_worker(i);
        if (strcmp(what, "import") == 0)
            free(to_import("x"));
        if (strcmp(what, "pointer") == 0)
            by_pointer(work[i % 2], i);
        if (strcmp(what, "around") == 0)
            around(work[i % 2], i);
        if (strcmp(what, "table") == 0)
            by_table(work, i);
        if (strcmp(what, "switch") == 0)
            of_switch(i);
    }
    return 0;
}
