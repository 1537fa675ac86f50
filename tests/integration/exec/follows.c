/* A program that starts others in every way: `follows PARENT`. A forked child allocates 20 blocks
 * in a hot path; a started one (`follows leaf`) 30, by fork and exec, by posix_spawn and by vfork;
 * one goes on running after its parent's end; one is killed. The program itself allocates 10. With
 * `follows many N` it forks N children of one block each; with `follows frees` it allocates 1,000
 * blocks, and a forked child frees 900 of its copies of them. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void allocate(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        void *block = malloc(16);
        ta_sink(block);
        free(block);
    }
}

static void wait_for(pid_t child) {
    if (child < 0 || waitpid(child, NULL, 0) != child)
        exit(9);
}

static void hot_child(void) {
    pid_t child = fork();
    if (child == 0) {
        TA_HOT_PATH("of a child") {
            allocate(20);
        }
        _exit(0);
    }
    wait_for(child);
}

static void leaves(char *self) {
    char leaf[] = "leaf", *arguments[] = {self, leaf, NULL};
    pid_t child = fork();
    if (child == 0) {
        execv(self, arguments);
        _exit(9);
    }
    wait_for(child);
    if (posix_spawn(&child, self, NULL, NULL, arguments, environ) != 0)
        exit(9);
    wait_for(child);
    child = vfork();
    if (child == 0) {
        execv(self, arguments);
        _exit(9);
    }
    wait_for(child);
}

/* Tells through a pipe when it has allocated, and then outlives us. */
static void lasting_child(void) {
    int ends[2];
    char byte;
    if (pipe(ends) != 0)
        exit(9);
    if (fork() == 0) {
        close(STDOUT_FILENO); /* or whoever reads our output would wait for its end */
        close(STDERR_FILENO);
        allocate(7);
        (void)!write(ends[1], "", 1);
        sleep(2);
        _exit(0);
    }
    if (read(ends[0], &byte, 1) != 1)
        exit(9);
}

static void killed_child(void) {
    pid_t child = fork();
    if (child == 0) {
        allocate(3);
        kill(getpid(), SIGKILL);
    }
    wait_for(child);
}

static void many(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            allocate(1);
            _exit(0);
        }
        wait_for(child);
    }
}

static void frees(void) {
    enum { COUNT = 1000, FREED = 900 };
    void *blocks[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        ta_sink(blocks[i] = malloc(4096));
    pid_t child = fork();
    for (unsigned i = 0; child == 0 && i < FREED; i++)
        free(blocks[i]);
    if (child == 0)
        _exit(0);
    wait_for(child);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "leaf") == 0) {
        allocate(30);
    } else if (argc > 2 && strcmp(argv[1], "many") == 0) {
        many((unsigned)strtoul(argv[2], NULL, 10));
    } else if (argc > 1 && strcmp(argv[1], "frees") == 0) {
        frees();
    } else {
        allocate(10);
        hot_child();
        leaves(argv[0]);
        killed_child();
        lasting_child();
    }
    return 0;
}
