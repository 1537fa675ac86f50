/* argv -> command -> exit code. */
#include "cli.h"

#include "own_limits.h"
#include "tickaudit/version.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

typedef struct command {
    const char *name, *does;
    int (*main)(int argc, char **argv);
} command;

static const command commands[] = {
#define ROW(name, does) {#name, does, ta_command_##name},
    TA_COMMAND_LIST(ROW)
#undef ROW
};

static const char *const command_names[] = {
#define NAME(name, does) #name,
    TA_COMMAND_LIST(NAME)
#undef NAME
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *out) {
    fputs("Usage: tickaudit COMMAND [OPTION...] [ARGUMENT...]\n"
          "Counts what every tick of a program allocates, and holds its hot paths to zero.\n\n",
          out);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].does);
    fputs("\nExamples:\n"
          "  tickaudit run scenarios/stress_500.json\n"
          "  tickaudit run --label PHASE_4 --pre scenarios/stress_500.json\n"
          "  tickaudit compare --phase PHASE_4\n\n"
          "`tickaudit COMMAND --help` has the options and an example for each command.\n"
          "Exit codes: 0 all budgets and comparisons hold, 1 one failed, 2 bad usage or\n"
          "bad file, 3 inconclusive, 4 the workload crashed, hung or ended early,\n"
          "5 tickaudit itself failed.\n",
          out);
}

static const command *find_command(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int unknown(const char *name) {
    const char *near = ta_nearest_name(name, command_names, COMMAND_COUNT);
    return ta_cli_report(
        ta_status_make(TA_BAD_INPUT, "unknown command \"%s\"%s%s%s; `tickaudit --help` lists them",
                       name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : ""));
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* `tickaudit help run` is `tickaudit run --help`. */
static int help(int argc, char **argv) {
    if (argc < 3) {
        print_usage(stdout);
        return ta_cli_report(ta_cli_flush(stdout));
    }
    const command *about = find_command(argv[2]);
    if (!about)
        return unknown(argv[2]);
    char option[] = "--help";
    char *arguments[] = {argv[2], option, NULL};
    return about->main(2, arguments);
}

/* What main() was called with: the work may be done on another stack. */
static struct {
    int count;
    char **texts;
} arguments;

static int work(void) {
    int argc = arguments.count;
    char **argv = arguments.texts;
    setlocale(LC_ALL, "C");   /* numbers are read and written with a point, everywhere */
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, told by the exit code */
    signal(SIGXFSZ, SIG_IGN); /* so is a file beyond the limit (ulimit -f) */
    if (argc < 2) {
        print_usage(stderr);
        return TA_BAD_INPUT;
    }
    if (is_one_of(argv[1], "--help", "-h", "help"))
        return help(argc, argv);
    if (is_one_of(argv[1], "--version", "-V", "version"))
        return ta_command_version(argc - 1, argv + 1);
    const command *chosen = find_command(argv[1]);
    return chosen ? chosen->main(argc - 1, argv + 1) : unknown(argv[1]);
}

int main(int argc, char **argv) {
    arguments.count = argc;
    arguments.texts = argv;
    ta_own_limits_lift();
    return ta_own_limits_call(work);
}
