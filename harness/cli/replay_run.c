#define _GNU_SOURCE
#include "replay.h"
#include "run_arguments.h"

#include <stdlib.h>
#include <string.h>

typedef struct again {
    ta_run_options options;
    ta_scenario scenario;
    char workload_file[sizeof((ta_record *)0)->workload_file];
} again;

static ta_status read_again(const ta_result *result, ta_run_arguments *a) {
    const ta_record *record = &result->record;
    enum { FLAGS = ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP };
    int count = (int)record->argument_count;
    char **given = ta_cli_copy_arguments("run", count, record->arguments);
    a->overrides = calloc((size_t)count, sizeof *a->overrides);
    bool good = given && a->overrides &&
                argp_parse(&ta_run_arguments_argp, count, given, FLAGS, NULL, a) == 0;
    free(given); /* the texts are the record's */
    return good
               ? ta_status_ok()
               : ta_status_make(TA_BAD_INPUT, "its command line cannot be read: make the run anew");
}

/* What a scenario of today is held against: the switches are not part of its hash. */
static ta_status check_again(const ta_result *result, const ta_scenario *scenario) {
    char switches[TA_RESULT_TEXT_MAX];
    ta_run_switches(scenario, switches, sizeof switches);
    if (scenario->hash == result->scenario_hash && strcmp(switches, result->switches_on) == 0)
        return ta_status_ok();
    return ta_status_make(
        TA_BAD_INPUT, "%.300s is another scenario than it was: restore it, or make both runs anew",
        result->scenario_path);
}

static ta_status open_again(const ta_result *result, const char *file, void **state) {
    ta_run_arguments a = {.options = ta_run_options_default(), .results = "results", .rounds = 1};
    again *g = calloc(1, sizeof *g);
    if (!g)
        return ta_status_make(TA_INTERNAL, "no memory");
    ta_status status = read_again(result, &a);
    if (ta_ok(status))
        status =
            ta_scenario_load(result->scenario_path, a.overrides, a.override_count, &g->scenario);
    if (ta_ok(status))
        status = check_again(result, &g->scenario);
    free(a.overrides);
    if (!ta_ok(status)) {
        free(g);
        return status;
    }
    g->options = a.options;
    g->options.quick = true;
    g->options.trap = false;
    g->options.snapshot_every_seconds = 0;
    g->options.label = g->options.pre_post = g->options.notes = "";
    if (file) {
        snprintf(g->workload_file, sizeof g->workload_file, "%s", file);
        g->options.workload_file = g->workload_file;
    }
    *state = g;
    return status;
}

static ta_status run_again(void *state, ta_result **result) {
    again *g = state;
    ta_status status = ta_run(&g->scenario, &g->options, result);
    if (ta_ok(status) && ta_run_was_interrupted()) {
        ta_result_free(*result);
        *result = NULL;
        status = ta_status_make(TA_WORKLOAD_DIED, "interrupted");
    }
    return status;
}

const ta_replay_kind ta_replay_of_run = {open_again, run_again, free};
