/* A program that limits its own address space to 60 MB more than it has: it can then allocate 40,
 * not 80; and it is told the limit that it set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static unsigned long own_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu", &pages) != 1) /* NOLINT: a number of the kernel's */
        exit(9);
    fclose(file);
    return pages * 4096;
}

int main(int argc, char **argv) {
    enum { MB = 1 << 20 };
    /* Audited, what the auditor has mapped is not the program's: it is told by the argument. */
    unsigned long base = argc > 1 ? strtoul(argv[1], NULL, 10) : own_bytes();
    struct rlimit wanted = {base + 60 * MB, RLIM_INFINITY}, seen = {0, 0};
    if (setrlimit(RLIMIT_AS, &wanted) != 0 || getrlimit(RLIMIT_AS, &seen) != 0)
        return 8;
    void *volatile small = malloc(40 * MB);
    void *volatile large = malloc(200 * MB);
    printf("%d %d %d\n", seen.rlim_cur == wanted.rlim_cur, small != NULL, large != NULL);
    if (argc <= 1)
        printf("%lu\n", base);
    free(large);
    free(small);
    return 0;
}
