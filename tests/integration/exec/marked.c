/* A program that marks its ticks: `marked TICKS HOT_MALLOCS [EXIT_CODE [SIGNAL]]`. Copies its
 * standard input to its standard output first, so that a test can see that both are left alone. */
#include "tickaudit/tickaudit.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void work(unsigned mallocs) {
    TA_HOT_PATH("work") {
        for (unsigned i = 0; i < mallocs; i++) {
            void *block = malloc(24);
            ta_sink(block);
            free(block);
        }
    }
}

static unsigned argument(int argc, char **argv, int at) {
    return argc > at ? (unsigned)strtoul(argv[at], NULL, 10) : 0;
}

int main(int argc, char **argv) {
    char bytes[256];
    for (ssize_t got; (got = read(STDIN_FILENO, bytes, sizeof bytes)) > 0;) {
        if (write(STDOUT_FILENO, bytes, (size_t)got) != got)
            return 99;
    }
    unsigned ticks = argument(argc, argv, 1), mallocs = argument(argc, argv, 2);
    for (unsigned i = 0; i < ticks; i++) {
        TA_TICK() {
            work(mallocs);
        }
    }
    int number = (int)argument(argc, argv, 4);
    if (number)
        raise(number);
    return (int)argument(argc, argv, 3);
}
