/* Coroutines that are switched within functions that are watched: `coroutines` prints how many
 * blocks the functions work() and inner() made. The main one and others make more, meanwhile. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

enum { COROUTINES = 3, ROUNDS = 100, STACK_BYTES = 64 << 10 };

void work(int number);
void inner(int number);

static ucontext_t main_context, contexts[COROUTINES];
static char stacks[COROUTINES][STACK_BYTES];
static int blocks_of_work;

static void blocks(int count) {
    for (int i = 0; i < count; i++) {
        void *volatile block = malloc(24);
        free(block);
    }
}

static void work_blocks(int count) {
    blocks(count);
    blocks_of_work += count;
}

static void yield(int number) {
    swapcontext(&contexts[number], &main_context);
}

__attribute__((noinline)) void inner(int number) {
    work_blocks(2);
    yield(number);
    work_blocks(1);
}

/* By a jump over inner() too, which was left by a switch and come back to. */
__attribute__((noinline)) void work(int number) {
    work_blocks(1);
    yield(number);
    work_blocks(1);
    inner(number);
    work_blocks(1);
}

static void run(int number) {
    for (int i = 0; i < ROUNDS; i++) {
        work(number);
        blocks(5); /* outside of it, while others are within */
        yield(number);
    }
    for (;;) { /* is left within */
        work(number);
    }
}

int main(void) {
    for (int i = 0; i < COROUTINES; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = stacks[i];
        contexts[i].uc_stack.ss_size = STACK_BYTES;
        makecontext(&contexts[i], (void (*)(void))run, 1, i);
    }
    for (int i = 0; i < 3 * ROUNDS * COROUTINES + COROUTINES * 2; i++) {
        swapcontext(&main_context, &contexts[(i * 7 + i / 5) % COROUTINES]);
        blocks(3);
    }
    work_blocks(0);
    printf("%d\n", blocks_of_work);
    return 0;
}
