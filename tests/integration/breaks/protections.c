/* A program that tells how its code is protected: `protections` calls watched_work() ten times,
 * each of which makes a block, and prints for itself and for libc how many bytes are mapped
 * executable and how, then how many mappings are both writable and executable. Starts a child
 * first, so that libc's execve() has been run. */
#ifdef OWN_MALLOC
#include "own_heap.h"
#endif

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAPS_MAX = 1 << 18 };

static char maps[MAPS_MAX];

__attribute__((noinline)) void *watched_work(size_t bytes);

void *watched_work(size_t bytes) {
    char *volatile block = malloc(bytes);
    if (block)
        block[0] = 1;
    return block;
}

static int read_maps(void) {
    int file = open("/proc/self/maps", O_RDONLY);
    size_t used = 0;
    ssize_t more;
    while (file >= 0 && (more = read(file, maps + used, MAPS_MAX - 1 - used)) > 0)
        used += (size_t)more;
    close(file);
    return used > 0;
}

/* Lines of one file and one protection are together: the kernel may or may not have merged them. */
static void tell_code(const char *name) {
    static const char *const protections[] = {"r-xp", "rwxp", "--xp", "-wxp"};
    for (size_t i = 0; i < sizeof protections / sizeof *protections; i++) {
        unsigned long begin, end, sum = 0;
        char how[8];
        for (const char *line = maps; line && *line; line = strchr(line, '\n')) {
            line += *line == '\n';
            const char *stop = strchr(line, '\n'), *found = strstr(line, name);
            if (sscanf(line, "%lx-%lx %7s", &begin, &end, how) == 3 && found && found < stop &&
                strcmp(how, protections[i]) == 0)
                sum += end - begin;
        }
        if (sum)
            printf("%s %s %lu\n", name, protections[i], sum);
    }
}

static int count_open(void) {
    int count = 0;
    char how[8];
    for (const char *line = maps; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        count += sscanf(line, "%*s %7s", how) == 1 && how[1] == 'w' && how[2] == 'x';
    }
    return count;
}

int main(void) {
    if (system("exit 7") / 256 != 7)
        return 3;
    for (int i = 0; i < 10; i++)
        free(watched_work(24));
    if (!read_maps())
        return 4;
    tell_code("/breaks_protections");
    tell_code("/libc.so.6");
    return printf("%d writable and executable\n", count_open()) < 0;
}
