/* `starts WAY PROGRAM`: starts a program in one of the ways that libc has, and waits for it; or
 * `starts bare PROGRAM` becomes one of an empty environment, `starts daemon PROGRAM` one whose
 * child goes on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t child) {
    int status;
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

static int by_spawn(char *program) {
    char *arguments[] = {program, NULL};
    pid_t child;
    return posix_spawn(&child, program, NULL, NULL, arguments, environ) == 0 ? wait_for(child) : -1;
}

static int by_popen(char *program) {
    FILE *output = popen(program, "r");
    return output ? pclose(output) : -1;
}

static int by_vfork(char *program) {
    char *arguments[] = {program, NULL};
    pid_t child = vfork();
    if (child == 0) {
        execv(program, arguments);
        _exit(9);
    }
    return wait_for(child);
}

static int by_fexecve(char *program) {
    char *arguments[] = {program, NULL};
    int file = open(program, O_RDONLY | O_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        fexecve(file, arguments, environ);
        _exit(9);
    }
    close(file);
    return wait_for(child);
}

static int by_execveat(char *program) {
    char *arguments[] = {program, NULL};
    int file = open(program, O_RDONLY | O_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        execveat(file, "", arguments, environ, AT_EMPTY_PATH);
        _exit(9);
    }
    close(file);
    return wait_for(child);
}

static int by_becoming(char *program) {
    char *arguments[] = {program, NULL}, *nothing[] = {NULL};
    return execve(program, arguments, nothing);
}

static int by_going_on(char *program) {
    (void)program;
    pid_t child = fork();
    if (child == 0)
        free(malloc(100));
    return child < 0 ? -1 : 0;
}

/* What is refused leaves the error of the kernel. */
static int by_nothing(char *program) {
    char *arguments[] = {program, NULL};
    char *volatile nowhere = (char *)8;
    errno = 0;
    if (execve(nowhere, arguments, environ) != -1 || errno != EFAULT)
        return -1;
    errno = 0;
    if (execve("/none", arguments, environ) != -1 || errno != ENOENT)
        return -1;
    return execveat(-1, "none", arguments, environ, 0) == -1 && errno == EBADF ? 0 : -1;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*start)(char *program);
    } ways[] = {{"spawn", by_spawn},     {"popen", by_popen},       {"vfork", by_vfork},
                {"fexecve", by_fexecve}, {"execveat", by_execveat}, {"nothing", by_nothing},
                {"bare", by_becoming},   {"daemon", by_going_on}};
    if (argc == 1)
        free(malloc(100));
    for (unsigned i = 0; argc == 3 && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(argv[1], ways[i].name) == 0)
            return ways[i].start(argv[2]) == 0 ? 0 : 9;
    }
    return argc == 1 ? 0 : 2;
}
