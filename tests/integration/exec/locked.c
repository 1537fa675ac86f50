/* A program that locks its memory by mlockall() in each way, as audio and control programs do: what
 * came of each call, and how much is locked then. `locked limited` does so as a user who may lock 8
 * MiB, and then less. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell_locked(void) {
    char line[128];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmLck:", 6) == 0)
            printf("%s", line);
    }
    if (file)
        fclose(file);
}

static void lock(const char *what, int flags) {
    errno = 0;
    int failed = mlockall(flags), error = errno;
    printf("%s: %d, errno %d, ", what, failed, error);
    tell_locked();
}

static void map_more(void) {
    enum { BYTES = 1 << 20 };
    void *mapped = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("mapped %d: ", mapped != MAP_FAILED);
    tell_locked();
}

static void lock_in_each_way(void) {
    lock("nothing", 0);
    lock("unknown", MCL_CURRENT | 64);
    lock("on fault alone", MCL_ONFAULT);
    lock("current", MCL_CURRENT);
    map_more();
    lock("future", MCL_FUTURE);
    map_more();
    lock("current again", MCL_CURRENT);
    map_more();
    munlockall();
    lock("current, on fault", MCL_CURRENT | MCL_ONFAULT);
    lock("all, on fault", MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    lock("all", MCL_CURRENT | MCL_FUTURE);
    free(malloc(100000));
    map_more();
}

static void lock_in_child(void) {
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        free(malloc(100));
        tell_locked();
        lock("a child", MCL_CURRENT | MCL_FUTURE);
        (void)fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void limit(rlim_t bytes) {
    const struct rlimit wanted = {bytes, bytes};
    if (setrlimit(RLIMIT_MEMLOCK, &wanted) != 0)
        exit(8);
}

int main(int argc, char **argv) {
    static char buffer[4096];
    enum { MIB = 1 << 20, NOBODY = 65534 };
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (argc > 1 && strcmp(argv[1], "limited") == 0) {
        limit(8 * MIB);
        if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
            return 9;
    }
    lock_in_each_way();
    lock_in_child();
    if (argc > 1) {
        munlockall();
        limit(MIB);
        lock("beyond the limit", MCL_CURRENT);
        lock("beyond the limit, later", MCL_FUTURE);
        munlockall();
        limit(0);
        lock("without any", MCL_CURRENT);
    }
    return 0;
}
