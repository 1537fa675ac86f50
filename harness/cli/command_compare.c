#define _GNU_SOURCE
#include "cli.h"

#include "compare_text.h"
#include "csv_log.h"
#include "rerun.h"
#include "results_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct arguments {
    ta_cli_common common;
    ta_compare_options options;
    const char *results, *label, *scenario;
    bool exact, rerun, no_rerun;
    uint64_t rounds;
    bool json;
    const char *json_file; /* NULL: to stdout */
    const char *runs[2];
    unsigned run_count;
} arguments;

enum {
    KEY_RESULTS = 0x100,
    KEY_PHASE,
    KEY_SCENARIO,
    KEY_EXACT,
    KEY_RERUN,
    KEY_NO_RERUN,
    KEY_ROUNDS,
    KEY_ACROSS,
    KEY_JSON
};

static const struct argp_option options[] = {
    {"phase", KEY_PHASE, "PHASE_N", 0,
     "Take the newest whole pre and post rows of this label from the log", 0},
    {"scenario", KEY_SCENARIO, "NAME", 0, "Of this scenario only; goes with --phase", 0},
    {"rerun", KEY_RERUN, NULL, 0,
     "Judge times as well: run both sides again, in interleaved rounds (the default with --phase)",
     0},
    {"rounds", KEY_ROUNDS, "N", 0, "How many rounds (default: 10)", 0},
    {"no-rerun", KEY_NO_RERUN, NULL, 0, "Run nothing, and leave times unjudged", 0},
    {"exact", KEY_EXACT, NULL, 0, "The same: counts alone are judged", 0},
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

/* The gates of the protocol are asked for by --phase. */
static bool wants_times(const arguments *a) {
    return a->rerun || (a->label && !a->no_rerun && !a->exact);
}

static void check(const arguments *a, struct argp_state *state) {
    if (a->label && a->run_count > 0)
        argp_error(state, "name two runs or a --phase, not both");
    if (!a->label && a->run_count != 2)
        argp_error(state, "name a --phase, or two runs: PRE and POST");
    if (a->scenario && !a->label)
        argp_error(state, "--scenario goes with --phase");
    if (a->rerun && (a->no_rerun || a->exact))
        argp_error(state, "--rerun does not go with --%s", a->exact ? "exact" : "no-rerun");
    if (a->rounds && !wants_times(a))
        argp_error(state, "--rounds goes with --rerun and --phase");
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
        a->exact = true;
        return 0;
    case KEY_RERUN:
        a->rerun = true;
        return 0;
    case KEY_NO_RERUN:
        a->no_rerun = true;
        return 0;
    case KEY_ROUNDS:
        if (!ta_cli_number(argument, TA_TIMED_ROUNDS_MAX, &a->rounds) || a->rounds < 2)
            argp_error(state, "--rounds takes a number from 2 to %d, not \"%s\"",
                       TA_TIMED_ROUNDS_MAX, argument);
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

static ta_status from_log(const arguments *a, ta_cli_sides *sides) {
    ta_csv_log log;
    ta_status status = ta_csv_log_read(a->results, &log);
    if (!ta_ok(status))
        return status;
    const ta_log_row *pre, *post;
    status = ta_compare_select(log.rows, log.count, a->label, a->scenario, &pre, &post);
    if (ta_ok(status)) {
        sides->arms[0] = pre->arm;
        sides->arms[1] = post->arm;
        for (int i = 0; i < 2; i++)
            ta_arm_complete(a->results, &sides->arms[i], &sides->results[i]);
    }
    ta_csv_log_free(&log);
    return status;
}

static ta_status load(const arguments *a, ta_cli_sides *sides) {
    if (a->label)
        return from_log(a, sides);
    ta_status status = ta_status_ok();
    for (int i = 0; i < 2 && ta_ok(status); i++)
        status = ta_arm_load(a->results, a->runs[i], &sides->arms[i], &sides->results[i]);
    return status;
}

typedef struct shown {
    const ta_comparison *comparison;
    const ta_site_changes *changes;
} shown;

static bool write_json(FILE *out, const void *context) {
    const shown *s = context;
    return ta_ok(ta_compare_json(out, s->comparison, s->changes));
}

static ta_status show(const arguments *a, const shown *s) {
    ta_status status = ta_status_ok();
    if (a->json_file)
        status = ta_file_replace(a->json_file, write_json, s);
    if (a->json && !a->json_file)
        status = ta_compare_json(stdout, s->comparison, s->changes);
    else
        ta_compare_print(stdout, s->comparison, s->changes,
                         (ta_compare_style){.colour = ta_cli_colors(&a->common, stdout),
                                            .width = ta_cli_width(stdout),
                                            .quiet = a->common.quiet});
    ta_status flushed = ta_cli_flush(stdout);
    return ta_ok(status) ? flushed : status;
}

static bool have_times(const ta_cli_sides *sides) {
    const ta_arm *arms = sides->arms;
    return arms[0].known[TA_METRIC_p95_ms] && arms[1].known[TA_METRIC_p95_ms] &&
           !arms[0].ticks_are_timed && !arms[1].ticks_are_timed;
}

static ta_status rerun(const arguments *a, uint32_t rounds, ta_cli_sides *sides,
                       ta_cli_rerun_outcome *outcome) {
    ta_cli_rerun_options how = {
        .results = a->results,
        .rounds = rounds,
        .progress = isatty(STDERR_FILENO) && !a->common.quiet,
    };
    return ta_cli_rerun(&how, sides, outcome);
}

static bool was_once(const ta_cli_sides *sides) {
    return sides->arms[0].rounds <= 1 || sides->arms[1].rounds <= 1;
}

/* A scenario that takes a moment is run again unasked; a program of somebody is not. */
static bool may_confirm(const arguments *a, const ta_cli_sides *sides) {
    static const double LONGEST_S = 10;
    for (int i = 0; i < 2; i++) {
        const ta_result *r = sides->results[i];
        if (!r || r->record.argument_count == 0 || strcmp(r->record.arguments[0], "run") != 0 ||
            r->wall_seconds > LONGEST_S)
            return false;
    }
    return !a->no_rerun && !a->exact && was_once(sides);
}

static bool is_doubtful(const ta_comparison *c) {
    return c->verdict == TA_VERDICT_FAIL || c->chance;
}

static ta_status judge_counts(const arguments *a, const ta_cli_sides *sides, ta_comparison *c) {
    ta_status status = ta_compare(&sides->arms[0], &sides->arms[1], a->options, c);
    if (ta_ok(status) && sides->results[0] && sides->results[1])
        status = ta_compare_results(sides->results[0], sides->results[1], c);
    return status;
}

static ta_status judge(const arguments *a, ta_cli_sides *sides, ta_comparison *c,
                       ta_site_changes *changes) {
    ta_cli_rerun_outcome outcome = {0};
    bool timed = wants_times(a) && have_times(sides);
    uint32_t rounds = a->rounds ? (uint32_t)a->rounds : TA_TIMED_ROUNDS_DEFAULT;
    /* Asked first, so that nothing is run for runs that cannot be compared. */
    ta_status status = judge_counts(a, sides, c);
    bool again = timed;
    if (ta_ok(status) && timed) {
        status = rerun(a, rounds, sides, &outcome);
    } else if (ta_ok(status) && (a->rerun || (is_doubtful(c) && may_confirm(a, sides)))) {
        /* Counts that differ between two runs may differ between two runs of one build. What comes
         * of it stands in the arms. */
        again = true;
        status = rerun(a, a->rerun ? rounds : 2, sides, &outcome);
    }
    if (ta_ok(status) && again)
        status = judge_counts(a, sides, c);
    if (ta_ok(status) && sides->results[0] && sides->results[1])
        status = ta_compare_sites(sides->results[0], sides->results[1], changes);
    if (ta_ok(status) && !again && c->verdict == TA_VERDICT_FAIL && was_once(sides))
        ta_compare_note(c, "a side was run once: --rerun tells whether its counts are the same in "
                           "each run");
    if (ta_ok(status) && timed)
        ta_cli_rerun_add_gates(&outcome, c);
    else if (ta_ok(status) && wants_times(a))
        ta_compare_note(c, "times are not judged: the runs have no ticks that come alike");
    return status;
}

static int compare(const arguments *a, ta_cli_sides *sides, ta_comparison *comparison) {
    ta_site_changes changes = {0};
    ta_status status = load(a, sides);
    if (ta_ok(status))
        status = judge(a, sides, comparison, &changes);
    if (ta_ok(status))
        status = show(a, &(shown){comparison, &changes});
    ta_site_changes_free(&changes);
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
    ta_cli_sides *sides = calloc(1, sizeof *sides);
    int code = comparison && sides ? compare(&a, sides, comparison)
                                   : ta_cli_report(ta_status_make(TA_INTERNAL, "no memory"));
    for (int i = 0; sides && i < 2; i++)
        ta_result_free(sides->results[i]);
    free(sides);
    free(comparison);
    return code;
}
