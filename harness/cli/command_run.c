#define _GNU_SOURCE
#include "run_arguments.h"

#include "csv_log.h"
#include "judge.h"
#include "kept_builds.h"
#include "rerun_test.h"
#include "result_json.h"
#include "results_folder.h"
#include "rounds.h"
#include "run.h"
#include "scenario.h"
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef ta_run_arguments arguments;

enum {
    KEY_RESULTS = 0x100,
    KEY_LABEL,
    KEY_PRE,
    KEY_POST,
    KEY_NOTES,
    KEY_ALLOCATOR,
    KEY_TIMEOUT,
    KEY_SUPPRESSIONS,
    KEY_SNAPSHOT,
    KEY_REALTIME,
    KEY_ROUNDS,
    KEY_TRAP,
    KEY_STRICT,
    KEY_JSON,
    KEY_FOLDED,
    KEY_SPEEDSCOPE,
    KEY_FORCE
};

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Change a value of the scenario: a JSON path (seed, phases[0].seconds, optimizations) or a "
     "switch by its own name (enemy_pool=off)",
     0},
    {"allocator", KEY_ALLOCATOR, "NAME", 0, "What lies underneath: mimalloc (default) or system",
     0},
    {"timeout", KEY_TIMEOUT, "TIME", 0,
     "End a workload that runs for longer (30s, 2min; default: the scenario's, or 300s)", 0},
    {"suppressions", KEY_SUPPRESSIONS, "FILE", 0,
     "Leave the known violations that FILE names, each with its reason, out of what the budgets "
     "are held against; hits, and those unused or expired, are reported",
     0},
    {"rounds", KEY_ROUNDS, "N", 0,
     "Run each scenario N times: times are the least per tick, counts must agree", 0},
    {"trap", KEY_TRAP, NULL, 0,
     "End the workload at its first allocation in a hot path, by SIGABRT and with a message", 0},
    {"strict", KEY_STRICT, NULL, 0,
     "Take evidence that is unknown for incomplete: what it could change is inconclusive", 0},
    {"realtime", KEY_REALTIME, NULL, 0, "Pace the ticks to the scenario's rate", 0},
    {"snapshot-every", KEY_SNAPSHOT, "TIME", 0,
     "Save a picture of the world each TIME of simulated time (5s, 500ms)", 0},
    {NULL, 0, NULL, 0, "The log row:", 1},
    {"label", KEY_LABEL, "PHASE_N", 0, "The optimization phase that this run belongs to", 1},
    {"pre", KEY_PRE, NULL, 0, "It is the run before the change", 1},
    {"post", KEY_POST, NULL, 0, "It is the run after the change", 1},
    {"notes", KEY_NOTES, "TEXT", 0, "Kept in the row and the result", 1},
    {"force", KEY_FORCE, "REASON", 0,
     "Go on to this phase although the gates of the one before fail; the reason is kept in the "
     "notes",
     1},
    {NULL, 0, NULL, 0, "Output:", 2},
    {"results", KEY_RESULTS, "FOLDER", 0, "Where results are kept (default: results)", 2},
    {"json", KEY_JSON, "FILE", OPTION_ARG_OPTIONAL,
     "Print the result as JSON in place of the summary, or write it to FILE as well", 2},
    {"folded", KEY_FOLDED, "FILE", 0,
     "Write the sites to FILE as collapsed stacks, for flame graphs", 2},
    {"speedscope", KEY_SPEEDSCOPE, "FILE", 0, "Write the sites to FILE as a profile for speedscope",
     2},
    {0}};

static void set_duration(double *seconds, const char *text, const char *option,
                         struct argp_state *state) {
    if (!ta_cli_duration(text, seconds))
        argp_error(state, "--%s takes a time such as 500ms, 5s or 2min, not \"%s\"", option, text);
}

static void set_side(arguments *a, const char *side, struct argp_state *state) {
    if (a->options.pre_post[0] && strcmp(a->options.pre_post, side) != 0)
        argp_error(state, "a run is --pre or --post, not both");
    a->options.pre_post = side;
}

static void set_label(arguments *a, const char *label, struct argp_state *state) {
    if (label[0] == 0 || strlen(label) >= TA_NAME_MAX)
        argp_error(state, "--label takes a name of 1 to %d bytes", TA_NAME_MAX - 1);
    a->options.label = label;
}

static void check(const arguments *a, struct argp_state *state) {
    if (a->options.pre_post[0] && !a->options.label[0])
        argp_error(state, "--%s needs the phase that it belongs to: --label PHASE_N",
                   a->options.pre_post);
    const char *form = ta_cli_forms_one_file(&a->forms);
    if (form && a->file_count > 1)
        argp_error(state, "--%s=FILE goes with one scenario; there are %d", form, a->file_count);
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case 's':
        a->overrides[a->override_count++] = argument;
        return 0;
    case KEY_RESULTS:
        a->results = argument;
        return 0;
    case KEY_LABEL:
        set_label(a, argument, state);
        return 0;
    case KEY_PRE:
        set_side(a, "pre", state);
        return 0;
    case KEY_POST:
        set_side(a, "post", state);
        return 0;
    case KEY_NOTES:
        a->options.notes = argument;
        return 0;
    case KEY_FORCE:
        if (argument[0] == 0)
            argp_error(state, "--force needs a reason");
        a->force = argument;
        return 0;
    case KEY_ALLOCATOR:
        ta_cli_allocator(state, argument, &a->options.allocator);
        return 0;
    case KEY_TIMEOUT:
        set_duration(&a->options.timeout_seconds, argument, "timeout", state);
        return 0;
    case KEY_SNAPSHOT:
        set_duration(&a->options.snapshot_every_seconds, argument, "snapshot-every", state);
        return 0;
    case KEY_SUPPRESSIONS:
        a->suppressions_path = argument;
        return 0;
    case KEY_ROUNDS:
        if (!ta_cli_number(argument, TA_TIMED_ROUNDS_MAX, &a->rounds))
            argp_error(state, "--rounds takes a number from 1 to %d, not \"%s\"",
                       TA_TIMED_ROUNDS_MAX, argument);
        return 0;
    case KEY_TRAP:
        a->options.trap = true;
        return 0;
    case KEY_STRICT:
        a->options.strict = true;
        return 0;
    case KEY_REALTIME:
        a->options.realtime = true;
        return 0;
    case KEY_JSON:
        a->json = true;
        a->forms.file[TA_FORM_json] = argument;
        return 0;
    case KEY_FOLDED:
        a->forms.file[TA_FORM_folded] = argument;
        return 0;
    case KEY_SPEEDSCOPE:
        a->forms.file[TA_FORM_speedscope] = argument;
        return 0;
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->file_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name at least one scenario file, such as scenarios/stress_500.json");
        return 0;
    case ARGP_KEY_END:
        check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What the user sees: the summary, or the JSON in its place, and the files that were asked for. */
static ta_status show(const arguments *a, const ta_result *result, const char *details) {
    ta_status status = ta_cli_forms_save(&a->forms, result), printed = ta_status_ok();
    if (a->json && !a->forms.file[TA_FORM_json])
        printed = ta_result_print_json(stdout, result);
    else
        ta_summary_print(stdout, result,
                         (ta_summary_style){.colour = ta_cli_colors(&a->common, stdout),
                                            .width = ta_cli_width(stdout),
                                            .quiet = a->common.quiet,
                                            .details = details});
    if (ta_ok(printed))
        printed = ta_cli_flush(stdout);
    return ta_ok(status) ? printed : status;
}

/* The files come first: whoever reads the row or the summary finds what they name. */
static ta_status keep(const arguments *a, const ta_result *result, char path[TA_RESULTS_PATH_MAX]) {
    ta_status status = ta_result_save_json(a->results, result, path);
    if (ta_ok(status))
        status = ta_summary_save(a->results, result);
    if (ta_ok(status))
        status = ta_csv_log_append(a->results, result, stderr);
    /* So that the times of this run can be judged when the file has changed. */
    if (ta_ok(status) && a->options.label[0])
        status = ta_kept_build_save(a->results, &result->record);
    if (ta_ok(status) && a->common.verbose)
        fprintf(stderr, "tickaudit: wrote %s\n", path);
    return status;
}

static void tell_pictures(const arguments *a, const ta_result *result) {
    if (a->options.snapshot_every_seconds > 0 && !a->common.quiet)
        fprintf(stderr, "tickaudit: pictures are in %s/%s_frames\n", a->options.snapshot_folder,
                result->run_id);
}

/* The further rounds of a scenario, into the result of the first. One that did not end as meant is
 * the result: what it counted is no whole run. */
static ta_status judge(const arguments *a, const ta_scenario *scenario, ta_result *result) {
    ta_budget_list list = {0};
    ta_status status = ta_budget_list_of_scenario(scenario, &list);
    if (ta_ok(status))
        status = ta_judge(&list, a->suppressions_path ? &a->suppressions : NULL, result);
    ta_budget_list_free(&list);
    return status;
}

static ta_status repeat(const arguments *a, const ta_scenario *scenario, ta_result **result) {
    ta_run_options quick = a->options;
    quick.quick = true;
    quick.snapshot_every_seconds = 0;
    ta_status status = ta_status_ok();
    for (uint64_t round = 1; round < a->rounds && ta_ok(status) && !(*result)->partial; round++) {
        ta_result *next;
        status = ta_run(scenario, &quick, &next);
        if (!ta_ok(status))
            break;
        status = judge(a, scenario, next);
        if (next->partial) {
            (*result)->partial = true;
            (*result)->program_end = next->program_end;
            snprintf((*result)->partial_why, sizeof next->partial_why, "in round %llu: %.400s",
                     (unsigned long long)round + 1, next->partial_why);
            ta_judge_conclude(*result);
        } else if (ta_ok(status)) {
            status = ta_rounds_join(*result, next);
        }
        ta_result_free(next);
    }
    if (ta_ok(status))
        status = ta_rounds_finish(*result);
    if (ta_ok(status))
        ta_judge_rounds(*result);
    return status;
}

static ta_status run_rounds(const arguments *a, const ta_scenario *scenario, ta_result **result) {
    ta_status status = ta_run(scenario, &a->options, result);
    if (ta_ok(status))
        status = judge(a, scenario, *result);
    if (ta_ok(status))
        status = repeat(a, scenario, result);
    if (!ta_ok(status)) {
        ta_result_free(*result);
        *result = NULL;
    }
    return status;
}

static int audit(arguments *a, const ta_scenario *scenario) {
    ta_result *result;
    if (a->common.verbose)
        fprintf(stderr, "tickaudit: %s: %" PRIu64 " ticks over %s\n", scenario->name,
                ta_scenario_ticks(scenario),
                a->options.allocator == TA_ALLOCATOR_MIMALLOC ? "mimalloc" : "the system's malloc");
    ta_status status = run_rounds(a, scenario, &result);
    ta_cli_progress_clear();
    if (!ta_ok(status))
        return ta_cli_report(status);
    int code = (int)result->exit_code;
    if (!ta_record_set_arguments(&result->record, a->given, a->given_count))
        fprintf(stderr, "tickaudit: no memory to note the command line\n");
    char path[TA_RESULTS_PATH_MAX] = "";
    status = keep(a, result, path);
    ta_status shown = show(a, result, path[0] ? path : NULL);
    tell_pictures(a, result);
    if (a->options.trap)
        ta_cli_tell_trap(result);
    ta_result_free(result);
    if (!ta_ok(status))
        return ta_cli_report(status);
    return ta_ok(shown) ? code : ta_cli_report(shown);
}

/* All files are read before anything runs: a slip in the last must not cost the runs before it. */
static ta_status load_all(arguments *a, ta_scenario *scenarios) {
    if (a->suppressions_path) {
        ta_status status = ta_suppressions_load(a->suppressions_path, &a->suppressions);
        if (!ta_ok(status))
            return status;
        a->options.with_sites = true;
    }
    for (int i = 0; i < a->file_count; i++) {
        ta_status status =
            ta_scenario_load(a->files[i], a->overrides, a->override_count, &scenarios[i]);
        if (ta_ok(status) && a->options.label[0] && !a->force)
            status = ta_cli_may_advance(a->results, a->options.label, scenarios[i].name);
        if (!ta_ok(status))
            return status;
    }
    return ta_status_ok();
}

static char *notes_with_reason(const arguments *a) {
    char *notes = NULL;
    if (asprintf(&notes, "%s%sforced: %s", a->options.notes, a->options.notes[0] ? "; " : "",
                 a->force) < 0)
        return NULL;
    return notes;
}

/* The code to exit with after several runs: the gravest, in this order. */
static int gravest(int a, int b) {
    static const int order[] = {TA_OK,        TA_INCONCLUSIVE,  TA_FAILED,
                                TA_BAD_INPUT, TA_WORKLOAD_DIED, TA_INTERNAL};
    for (int i = (int)(sizeof order / sizeof order[0]) - 1; i >= 0; i--) {
        if (a == order[i] || b == order[i])
            return order[i];
    }
    return a;
}

static int run_all(arguments *a) {
    ta_scenario *scenarios = calloc((size_t)a->file_count, sizeof *scenarios);
    if (!scenarios)
        return ta_cli_report(ta_status_make(TA_INTERNAL, "no memory for the scenarios"));
    ta_status status = load_all(a, scenarios);
    char *notes = a->force ? notes_with_reason(a) : NULL;
    if (notes)
        a->options.notes = notes;
    snprintf(a->runs, sizeof a->runs, "%s/runs", a->results);
    a->options.snapshot_folder = a->runs;
    if (ta_ok(status) && a->options.snapshot_every_seconds > 0)
        status = ta_folder_make(a->runs);
    if (isatty(STDERR_FILENO) && !a->common.quiet)
        a->options.progress = ta_cli_progress_show;
    int code = ta_cli_report(status);
    for (int i = 0; ta_ok(status) && i < a->file_count && !ta_run_was_interrupted(); i++)
        code = gravest(code, audit(a, &scenarios[i]));
    ta_suppressions_free(&a->suppressions);
    free(notes);
    free(scenarios);
    return code;
}

static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
const struct argp ta_run_arguments_argp = {
    options,
    parse,
    "SCENARIO...",
    "Audits scenarios: runs each in a process of its own under the auditor, prints the "
    "summary, "
    "writes the result and appends a row to the log.\v"
    "Example: tickaudit run --label PHASE_4 --post scenarios/stress_500.json\n\n"
    "Exits 0 when all budgets hold, 1 when one failed, 3 when one could not be tried, 4 when "
    "the "
    "workload crashed, hung or ended early.",
    children,
    NULL,
    NULL};

int ta_command_run(int argc, char **argv) {
    arguments a = {.options = ta_run_options_default(),
                   .results = "results",
                   .rounds = 1,
                   .overrides = calloc((size_t)argc, sizeof *a.overrides)};
    if (!a.overrides)
        return ta_cli_report(ta_status_make(TA_INTERNAL, "no memory"));
    a.given = ta_cli_copy_arguments("run", argc, argv);
    a.given_count = a.given ? (uint32_t)argc : 0;
    ta_cli_parse(&ta_run_arguments_argp, "run", 0, argc, argv, &a);
    int code = run_all(&a);
    free(a.given);
    free(a.overrides);
    return code;
}
