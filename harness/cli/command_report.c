#define _GNU_SOURCE
#include "cli.h"

#include "judge.h"
#include "result_json.h"
#include "summary.h"

#include <stdlib.h>
#include <string.h>

enum { BUDGETS_MAX = 64 };

typedef struct arguments {
    ta_cli_common common;
    const char *results;
    ta_cli_forms forms;
    bool judge;
    uint32_t budget_count;
    ta_budget budgets[BUDGETS_MAX]; /* to be judged by, in place of those that the run was */
    int printed; /* the form that goes to stdout; -1 for the page, or nothing when a file is named
                  */
    char **runs;
    int run_count;
} arguments;

enum { KEY_RESULTS = 0x100, KEY_JUDGE, KEY_BUDGET, KEY_FORMS };

static const struct argp_option options[] = {
    {"results", KEY_RESULTS, "FOLDER", 0, "Where run ids are looked for (default: results)", 0},
    {"judge", KEY_JUDGE, NULL, 0,
     "Judge the run again by the budgets that it was judged by; the exit code is the verdict's", 0},
    {"budget", KEY_BUDGET, "BUDGET", 0,
     "Judge it by this budget over the whole run in place of its own, such as 'hot_allocs = 0'; "
     "may be repeated",
     0},
    {NULL, 0, NULL, 0, "In place of the page, to stdout or to FILE:", 1},
    {"json", KEY_FORMS + TA_FORM_json, "FILE", OPTION_ARG_OPTIONAL, "The result as JSON", 1},
    {"folded", KEY_FORMS + TA_FORM_folded, "FILE", OPTION_ARG_OPTIONAL,
     "The sites as collapsed stacks, for flame graphs: a line a stack with its allocations", 1},
    {"speedscope", KEY_FORMS + TA_FORM_speedscope, "FILE", OPTION_ARG_OPTIONAL,
     "The sites as a profile for speedscope: by allocations and by bytes", 1},
    {0}};

static void add_form(arguments *a, ta_cli_form form, const char *file, struct argp_state *state) {
    if (file) {
        a->forms.file[form] = file;
        return;
    }
    if (a->printed >= 0 && a->printed != (int)form)
        argp_error(state, "one form goes to stdout: --%s or --%s; name a file for the other",
                   ta_cli_form_name((ta_cli_form)a->printed), ta_cli_form_name(form));
    a->printed = (int)form;
}

/* Two results in one file are none that a reader of it would take; stacks are lines, and add up. */
static void check(const arguments *a, struct argp_state *state) {
    const char *file = ta_cli_forms_one_file(&a->forms);
    if (a->run_count > 1 && file)
        argp_error(state, "--%s=FILE goes with one run; there are %d", file, a->run_count);
    if (a->run_count > 1 && a->printed >= 0 && a->printed != TA_FORM_folded)
        argp_error(state, "--%s goes with one run; there are %d",
                   ta_cli_form_name((ta_cli_form)a->printed), a->run_count);
}

static void add_budget(arguments *a, const char *text, struct argp_state *state) {
    if (a->budget_count == BUDGETS_MAX)
        argp_error(state, "--budget can be given %d times at most", BUDGETS_MAX);
    ta_status status = ta_budget_parse(text, &a->budgets[a->budget_count]);
    if (!ta_ok(status))
        argp_error(state, "--budget: %s", status.text);
    a->budget_count++;
    a->judge = true;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    if (key >= KEY_FORMS && key < KEY_FORMS + TA_FORM_COUNT) {
        add_form(a, (ta_cli_form)(key - KEY_FORMS), argument, state);
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case KEY_RESULTS:
        a->results = argument;
        return 0;
    case KEY_JUDGE:
        a->judge = true;
        return 0;
    case KEY_BUDGET:
        add_budget(a, argument, state);
        return 0;
    case ARGP_KEY_ARGS:
        a->runs = state->argv + state->next;
        a->run_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name at least one run: a result file or a run id");
        return 0;
    case ARGP_KEY_END:
        check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static ta_status load(const arguments *a, const char *name, char path[TA_RESULTS_PATH_MAX],
                      ta_result **result) {
    if (ta_result_find(a->results, name, path))
        return ta_result_read_json(path, result);
    return ta_status_make(TA_BAD_INPUT,
                          "there is no run \"%.200s\": no such result file, and none of that id in "
                          "%.200s/runs",
                          name, a->results);
}

static ta_status show(const arguments *a, const ta_result *result, const char *path) {
    ta_status status = ta_cli_forms_save(&a->forms, result);
    if (a->printed >= 0 && ta_ok(status))
        status = ta_cli_form_print((ta_cli_form)a->printed, result);
    else if (a->printed < 0 && !ta_cli_forms_one_file(&a->forms))
        ta_summary_print(stdout, result,
                         (ta_summary_style){.colour = ta_cli_colors(&a->common, stdout),
                                            .width = ta_cli_width(stdout),
                                            .quiet = a->common.quiet,
                                            .details = path});
    ta_status flushed = ta_cli_flush(stdout);
    return ta_ok(status) ? flushed : status;
}

static ta_status judge_again(const arguments *a, ta_result *result) {
    ta_budget_list list = {0};
    ta_status status = a->budget_count ? ta_status_ok() : ta_budget_list_of_result(result, &list);
    for (uint32_t i = 0; ta_ok(status) && i < a->budget_count; i++)
        status = ta_budget_list_add(&list, &a->budgets[i], 0);
    if (ta_ok(status))
        status = ta_judge_again(&list, result);
    ta_budget_list_free(&list);
    return status;
}

/* The exit code. */
static int report(const arguments *a, const char *name) {
    char path[TA_RESULTS_PATH_MAX];
    ta_result *result = NULL;
    ta_status status = load(a, name, path, &result);
    if (!ta_ok(status) || !result)
        return ta_cli_report(status);
    if (a->common.verbose)
        fprintf(stderr, "tickaudit: read %s\n", path);
    if (a->judge)
        status = judge_again(a, result);
    if (ta_ok(status))
        status = show(a, result, path);
    int code = ta_ok(status) && a->judge ? (int)result->exit_code : ta_cli_report(status);
    ta_result_free(result);
    return code;
}

int ta_command_report(int argc, char **argv) {
    static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "RUN...",
        "Prints the page of runs that were kept once more, or another form of them. A RUN is a "
        "result file or a run id.\v"
        "Examples: tickaudit report results/runs/20261122T170714Z-dfdef9b6.json\n"
        "          tickaudit report --folded out.json | flamegraph.pl > out.svg\n"
        "          tickaudit report --budget 'allocs_per_tick < 10' out.json\n\n"
        "Exits 0 whatever the verdict of the run was, with --judge or --budget as the verdict "
        "says; 2 when a run is not found or cannot be "
        "read; the others are printed all the same.",
        children,
        NULL,
        NULL};
    static arguments a = {.results = "results", .printed = -1};
    ta_cli_parse(&argp, "report", 0, argc, argv, &a);
    int code = TA_OK;
    for (int i = 0; i < a.run_count; i++) {
        int one = report(&a, a.runs[i]);
        code = one > code ? one : code;
    }
    return code;
}
