#define _GNU_SOURCE
#include "cli.h"

#include "compare.h"
#include "compare_text.h"
#include "csv_log.h"
#include "results_folder.h"

#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    ta_cli_common common;
    ta_compare_options options;
    const char *results, *label, *scenario;
    bool json;
    const char *json_file; /* NULL: to stdout */
    const char *runs[2];
    unsigned run_count;
} arguments;

enum { KEY_RESULTS = 0x100, KEY_PHASE, KEY_SCENARIO, KEY_EXACT, KEY_ACROSS, KEY_JSON };

static const struct argp_option options[] = {
    {"phase", KEY_PHASE, "PHASE_N", 0,
     "Take the newest whole pre and post rows of this label from the log", 0},
    {"scenario", KEY_SCENARIO, "NAME", 0, "Of this scenario only; goes with --phase", 0},
    {"exact", KEY_EXACT, NULL, 0, "Judge every exact metric, and none that is timed", 0},
    {"across", KEY_ACROSS, "FIELD", 0,
     "Compare although FIELD differs: scenario, scenario_hash, seed, allocator or machine", 0},
    {"results", KEY_RESULTS, "FOLDER", 0, "Where results are kept (default: results)", 1},
    {"json", KEY_JSON, "FILE", OPTION_ARG_OPTIONAL,
     "Print the comparison as JSON in place of the page, or write it to FILE as well", 1},
    {0}};

static const char *const field_names[] = {
#define NAME(name, meaning) #name,
    TA_COMPARE_FIELD_LIST(NAME)
#undef NAME
};

static void add_across(arguments *a, const char *name, struct argp_state *state) {
    ta_compare_field field;
    if (!ta_compare_field_find(name, &field)) {
        const char *near = ta_nearest_name(name, field_names, TA_COMPARE_FIELD_COUNT);
        argp_error(state, "--across knows no field \"%s\"%s%s", name, near ? "; did you mean " : "",
                   near ? near : "");
        return;
    }
    a->options.across |= 1u << field;
}

static void check(const arguments *a, struct argp_state *state) {
    if (a->label && a->run_count > 0)
        argp_error(state, "name two runs or a --phase, not both");
    if (!a->label && a->run_count != 2)
        argp_error(state, "name a --phase, or two runs: PRE and POST");
    if (a->scenario && !a->label)
        argp_error(state, "--scenario goes with --phase");
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case KEY_PHASE:
        a->label = argument;
        return 0;
    case KEY_SCENARIO:
        a->scenario = argument;
        return 0;
    case KEY_EXACT:
        a->options.exact = true;
        return 0;
    case KEY_ACROSS:
        add_across(a, argument, state);
        return 0;
    case KEY_RESULTS:
        a->results = argument;
        return 0;
    case KEY_JSON:
        a->json = true;
        a->json_file = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (a->run_count == 2)
            argp_error(state, "two runs at a time: PRE and POST");
        else
            a->runs[a->run_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static ta_status from_log(const arguments *a, ta_arm *pre, ta_arm *post) {
    ta_csv_log log;
    ta_status status = ta_csv_log_read(a->results, &log);
    if (!ta_ok(status))
        return status;
    const ta_log_row *pre_row, *post_row;
    status = ta_compare_select(log.rows, log.count, a->label, a->scenario, &pre_row, &post_row);
    if (ta_ok(status)) {
        *pre = pre_row->arm;
        *post = post_row->arm;
        ta_arm_complete(a->results, pre);
        ta_arm_complete(a->results, post);
    }
    ta_csv_log_free(&log);
    return status;
}

static ta_status load(const arguments *a, ta_arm *pre, ta_arm *post) {
    if (a->label)
        return from_log(a, pre, post);
    ta_status status = ta_arm_load(a->results, a->runs[0], pre);
    return ta_ok(status) ? ta_arm_load(a->results, a->runs[1], post) : status;
}

static bool write_json(FILE *out, const void *comparison) {
    return ta_ok(ta_compare_json(out, comparison));
}

static ta_status show(const arguments *a, const ta_comparison *comparison) {
    ta_status status = ta_status_ok();
    if (a->json_file)
        status = ta_file_replace(a->json_file, write_json, comparison);
    if (a->json && !a->json_file)
        status = ta_compare_json(stdout, comparison);
    else
        ta_compare_print(stdout, comparison,
                         (ta_compare_style){.colour = ta_cli_colors(&a->common, stdout),
                                            .width = ta_cli_width(stdout),
                                            .quiet = a->common.quiet});
    ta_status flushed = ta_cli_flush(stdout);
    return ta_ok(status) ? flushed : status;
}

static int compare(const arguments *a, ta_arm *pre, ta_arm *post, ta_comparison *comparison) {
    ta_status status = load(a, pre, post);
    if (ta_ok(status))
        status = ta_compare(pre, post, a->options, comparison);
    if (!ta_ok(status))
        return ta_cli_report(status);
    status = show(a, comparison);
    return ta_ok(status) ? (int)ta_verdict_exit_code(comparison->verdict) : ta_cli_report(status);
}

int ta_command_compare(int argc, char **argv) {
    static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "--phase PHASE_N\nPRE POST",
        "Holds a run against an earlier one: every metric before and after, the gates, the "
        "verdict. "
        "PRE and POST are result files or run ids.\v"
        "Example: tickaudit compare --phase PHASE_4\n\n"
        "Exits 0 when all gates hold, 1 when one fails, 2 when there is nothing to compare or the "
        "runs are not alike, 3 when a gate could not be judged.",
        children,
        NULL,
        NULL};
    arguments a = {.results = "results"};
    ta_cli_parse(&argp, "compare", 0, argc, argv, &a);
    ta_comparison *comparison = calloc(1, sizeof *comparison);
    ta_arm *arms = calloc(2, sizeof *arms);
    int code = comparison && arms ? compare(&a, &arms[0], &arms[1], comparison)
                                  : ta_cli_report(ta_status_make(TA_INTERNAL, "no memory"));
    free(arms);
    free(comparison);
    return code;
}
