#define _GNU_SOURCE
#include "exec_arguments.h"
#include "replay.h"

#include <stdlib.h>
#include <string.h>

typedef struct again {
    ta_exec_arguments read;
    char **program; /* the arguments, with the path of a kept build when there is one */
    char file[sizeof((ta_record *)0)->workload_file];
} again;

static void close_again(void *state) {
    again *g = state;
    free(g->program);
    free(g->read.given);
    free(g);
}

static ta_status read_again(const ta_result *result, const char *file, again *g) {
    const ta_record *record = &result->record;
    enum { FLAGS = ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_IN_ORDER };
    int count = (int)record->argument_count;
    g->read.options = ta_exec_options_default();
    g->read.given = ta_cli_copy_arguments("exec", count, record->arguments);
    if (!g->read.given ||
        argp_parse(&ta_exec_arguments_argp, count, g->read.given, FLAGS, NULL, &g->read) != 0 ||
        !g->read.program)
        return ta_status_make(TA_BAD_INPUT, "its command line cannot be read: make the run anew");
    int left = count - (int)(g->read.program - g->read.given);
    g->program = ta_cli_copy_arguments(g->read.program[0], left, g->read.program);
    if (!g->program)
        return ta_status_make(TA_INTERNAL, "no memory");
    snprintf(g->file, sizeof g->file, "%s", file ? file : "");
    if (file)
        g->program[0] = g->file;
    return ta_status_ok();
}

static ta_status open_again(const ta_result *result, const char *file, void **state) {
    const double longer = 20, at_least_s = 10; /* than the kept run: it may wait for an input */
    again *g = calloc(1, sizeof *g);
    if (!g)
        return ta_status_make(TA_INTERNAL, "no memory");
    ta_status status = read_again(result, file, g);
    if (!ta_ok(status)) {
        close_again(g);
        return status;
    }
    ta_exec_options *o = &g->read.options;
    o->silent = true;
    o->trap = false;
    o->budget_count = 0;
    o->stacks = TA_STACKS_HOT;
    o->timeout_seconds = result->wall_seconds * longer + at_least_s;
    o->label = o->notes = "";
    *state = g;
    return status;
}

static ta_status run_again(void *state, ta_result **result) {
    again *g = state;
    ta_exec_outcome outcome;
    ta_status status = ta_exec(&g->read.options, g->program, &outcome);
    *result = outcome.result;
    if (ta_ok(status) && outcome.timed_out) {
        ta_result_free(*result);
        *result = NULL;
        status =
            ta_status_make(TA_WORKLOAD_DIED,
                           "run again it took more than %.0f s, and was ended (does it wait for an "
                           "input?)",
                           g->read.options.timeout_seconds);
    }
    return status;
}

const ta_replay_kind ta_replay_of_exec = {open_again, run_again, close_again};
