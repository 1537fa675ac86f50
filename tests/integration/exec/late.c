/* Calls of late_step that allocate 10 blocks, and one that allocates none: `late table` by a table
 * that was copied into the program, `late plugin FILE [FOLDER]` by a plugin that was loaded from a
 * folder and registered itself, `late coroutine` within a coroutine whose outermost frame
 * makecontext() made, after 10 allocations there that are not in it. */
#define _GNU_SOURCE
#include "late.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

void (*late_registered)(int n);

static ucontext_t outside, inside;
static char stack[1 << 16];
static void *volatile block;

static void coroutine(void) {
    for (int i = 0; i < 10; i++) {
        late_step(i % 2 ? 2 : 0);
        block = malloc(5);
        free(block);
        swapcontext(&inside, &outside);
        __asm__ volatile("" ::: "memory"); /* no tail call */
    }
}

static void resume_each(void) {
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    for (int i = 0; i < 10; i++)
        swapcontext(&outside, &inside);
}

static int by_plugin(const char *file, const char *folder) {
    if (folder && chdir(folder) != 0)
        return 9;
    if (!dlopen(file, RTLD_NOW) || !late_registered || (folder && chdir("/") != 0))
        return 9;
    for (int i = 0; i < 10; i++)
        late_registered(1);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    late_step(0);
    if (strcmp(what, "table") == 0) {
        for (int i = 0; i < 10; i++)
            the_table.step(1);
        return 0;
    }
    if (strcmp(what, "plugin") == 0 && argc > 2)
        return by_plugin(argv[2], argc > 3 ? argv[3] : NULL);
    if (strcmp(what, "coroutine") == 0)
        resume_each();
    return 0;
}
