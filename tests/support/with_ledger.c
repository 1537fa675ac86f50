/* Runs a program with one of the auditor's libraries preloaded by hand, and says what it counted.
 *
 *     with_ledger LIBRARY MODE FILE PROGRAM ARGUMENTS...
 *
 * MODE: counting; live, for usable bytes too; stacks, for those of all allocations; ticks, for a
 * record of each tick. Writes "allocs frees bytes" to FILE ("-": nowhere), in valgrind's sense of
 * the words. Ends with the program's exit code, or with 99 when nothing was counted. */
#define _GNU_SOURCE
#include "ledger.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOTHING_COUNTED = 99, CANNOT_START = 127 };

static const struct mode {
    const char *name;
    uint32_t flags;
    uint64_t ticks;
} modes[] = {{"counting", 0, 0},
             {"live", TA_LEDGER_TRACK_LIVE, 0},
             {"stacks", TA_LEDGER_SITES | TA_LEDGER_STACKS_ALL, 0},
             {"ticks", 0, 1 << 17}};

static const struct mode *mode_of(const char *name) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    return NULL;
}

static int run(char **arguments) {
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[0], arguments);
        _exit(CANNOT_START);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void tell(const char *path, const ta_ledger *ledger) {
    ta_counters sum;
    ta_ledger_sum(ledger, &sum);
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "w");
    if (!file)
        return;
    fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", ta_counters_allocs(&sum),
            ta_counters_frees(&sum), ta_counters_bytes(&sum));
    fclose(file);
}

int main(int argc, char **argv) {
    ta_ledger_file file;
    const struct mode *mode = argc < 5 ? NULL : mode_of(argv[2]);
    if (!mode) {
        fprintf(stderr, "usage: with_ledger LIBRARY counting|live|stacks|ticks FILE PROGRAM "
                        "ARGUMENTS...\n");
        return 2;
    }
    if (!ta_ok(ta_ledger_create(mode->flags, mode->ticks, &file)))
        return NOTHING_COUNTED;
    setenv(TA_LEDGER_VARIABLE, file.path, 1);
    /* By a descriptor: the variable takes no path with a space. */
    char library[64];
    snprintf(library, sizeof library, "/proc/%ld/fd/%d", (long)getpid(),
             open(argv[1], O_RDONLY | O_CLOEXEC));
    setenv("LD_PRELOAD", library, 1);
    int code = run(argv + 4);
    tell(argv[3], file.ledger);
    bool counted = file.ledger->alive == TA_ALIVE_HOOKED;
    ta_ledger_close(&file);
    return counted ? code : NOTHING_COUNTED;
}
