#define _GNU_SOURCE
#include "exec_arguments.h"

#include "csv_log.h"
#include "exec.h"
#include "expected_end.h"
#include "function_list.h"
#include "judge.h"
#include "kept_builds.h"
#include "own_limits.h"
#include "result_json.h"
#include "results_folder.h"
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef ta_exec_arguments arguments;

enum {
    KEY_RESULTS = 0x100,
    KEY_TICK,
    KEY_WARMUP,
    KEY_FOLLOW,
    KEY_HOT,
    KEY_STACKS,
    KEY_TRAP,
    KEY_FAIL_NTH,
    KEY_FAIL_EVERY,
    KEY_FAIL_IN_HOT,
    KEY_BUDGET,
    KEY_EXPECT_EXIT,
    KEY_ALLOW_MAPPED,
    KEY_STRICT,
    KEY_ALLOW_UNAUDITED,
    KEY_SUPPRESSIONS,
    KEY_ALLOCATOR,
    KEY_LABEL,
    KEY_SCENARIO,
    KEY_NOTES,
    KEY_JSON,
    KEY_FOLDED,
    KEY_SPEEDSCOPE
};

static const struct argp_option options[] = {
    {"tick", KEY_TICK, "SOURCE", 0,
     "What a tick is: marks (what the program marks; the default), symbol:NAME (from each call of "
     "a function to the next), time:10ms or whole",
     0},
    {"warmup", KEY_WARMUP, "N", 0, "Count the first N marked ticks apart", 0},
    {"hot", KEY_HOT, "WHICH", 0,
     "Make a function a hot path of its name: by symbol:NAME each call of one that is the "
     "program's "
     "own or imported; by stack:NAME each allocation whose call stack holds it, inlined copies "
     "and calls within libraries included (may be repeated)",
     0},
    {"stacks", KEY_STACKS, "WHICH", 0,
     "Which allocations are kept with their call stack: hot (those in hot paths; the default), "
     "all, or sample:512KiB (one each so many bytes, and all in hot paths)",
     0},
    {"follow", KEY_FOLLOW, NULL, 0,
     "Audit what the program starts as well: each process is listed, and all are joined", 0},
    {"trap", KEY_TRAP, NULL, 0,
     "End the program at its first allocation in a hot path, by SIGABRT and with a message", 0},
    {"fail-nth", KEY_FAIL_NTH, "N", 0, "Make the program's Nth allocation fail", 0},
    {"fail-every", KEY_FAIL_EVERY, "N", 0, "Make every Nth allocation fail", 0},
    {"fail-in-hot", KEY_FAIL_IN_HOT, "NAME", 0,
     "Number, or without a number fail, only the allocations in this hot path", 0},
    {"budget", KEY_BUDGET, "BUDGET", 0,
     "A promise to hold, as in a scenario: \"hot_allocs = 0\", \"allocs_per_tick <= 12\"", 0},
    {"expect-exit", KEY_EXPECT_EXIT, "END", 0,
     "How the program is meant to end: an exit code, a signal (SIGTERM) or any (default: 0); with "
     "a "
     "budget, another end is exit code 4",
     0},
    {"allow-mapped", KEY_ALLOW_MAPPED, "MODULE", 0,
     "What this module (a file's name such as libfoo.so.1, or any) maps by itself is no heap (may "
     "be repeated)",
     0},
    {"strict", KEY_STRICT, NULL, 0,
     "Take evidence that is unknown for incomplete: what it could change is inconclusive", 0},
    {"allow-unaudited", KEY_ALLOW_UNAUDITED, NULL, 0,
     "Run a program that has a malloc of its own, uncounted: each budget is inconclusive", 0},
    {"suppressions", KEY_SUPPRESSIONS, "FILE", 0,
     "Leave the known violations that FILE names, each with its reason, out of what the budgets "
     "are held against; hits, and those unused or expired, are reported",
     0},
    {"allocator", KEY_ALLOCATOR, "NAME", 0,
     "What lies underneath: system (the program's own, default) or mimalloc", 0},
    {NULL, 0, NULL, 0, "Output:", 1},
    {"results", KEY_RESULTS, "FOLDER", 0,
     "Keep the result there, and a row in its log (default: nothing is kept)", 1},
    {"label", KEY_LABEL, "LABEL", 0,
     "Kept in the row and the result; a copy of the program is kept in FOLDER/builds (FOLDER: that "
     "of --results, or results), so that `compare --rerun` can run it when its file has changed",
     1},
    {"scenario", KEY_SCENARIO, "NAME", 0,
     "What the run is to be compared by, in place of the program's file, which is not", 1},
    {"notes", KEY_NOTES, "TEXT", 0, "Kept in the row and the result", 1},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON to FILE", 1},
    {"folded", KEY_FOLDED, "FILE", 0,
     "Write the sites to FILE as collapsed stacks, for flame graphs", 1},
    {"speedscope", KEY_SPEEDSCOPE, "FILE", 0, "Write the sites to FILE as a profile for speedscope",
     1},
    {0}};

static const char symbol_prefix[] = "symbol:", stack_prefix[] = "stack:";

/* "symbol:NAME": the name. */
static const char *symbol_of(const char *text, const char *option, struct argp_state *state) {
    size_t prefix = strlen(symbol_prefix);
    bool good = strncmp(text, symbol_prefix, prefix) == 0 && text[prefix] &&
                strlen(text + prefix) < TA_LEDGER_SYMBOL_MAX;
    if (!good)
        argp_error(state, "--%s takes symbol: and the name of a function, not \"%s\"", option,
                   text);
    return text + prefix;
}

static void add_stack(arguments *a, const char *name, struct argp_state *state) {
    if (a->options.hot_stack_count == TA_EXEC_HOT_STACKS_MAX)
        argp_error(state, "no more than %d functions can be hot paths by stack",
                   TA_EXEC_HOT_STACKS_MAX);
    if (!*name || strlen(name) >= TA_LEDGER_SYMBOL_MAX)
        argp_error(state, "--hot stack: takes the name of a function, not \"%s\"", name);
    a->options.hot_stacks[a->options.hot_stack_count++] = name;
}

static void add_hot(arguments *a, const char *text, struct argp_state *state) {
    if (strncmp(text, stack_prefix, strlen(stack_prefix)) == 0) {
        add_stack(a, text + strlen(stack_prefix), state);
        return;
    }
    if (strncmp(text, symbol_prefix, strlen(symbol_prefix)) != 0)
        argp_error(state, "--hot takes symbol: or stack: and the name of a function, not \"%s\"",
                   text);
    if (a->options.hot_symbol_count == TA_EXEC_HOT_SYMBOLS_MAX)
        argp_error(state, "no more than %d functions can be hot paths", TA_EXEC_HOT_SYMBOLS_MAX);
    a->options.hot_symbols[a->options.hot_symbol_count++] = symbol_of(text, "hot", state);
}

/* A plain number could be meant as either unit. */
static void set_tick_time(arguments *a, const char *time, struct argp_state *state) {
    enum { LONGEST_S = 3600 };
    double *seconds = &a->options.tick_seconds;
    if (*time && strspn(time, "0123456789.") == strlen(time))
        argp_error(state, "--tick time:%s has no unit: write time:%sms or time:%ss", time, time,
                   time);
    if (!ta_cli_duration(time, seconds) || *seconds < 0.001 || *seconds > (double)LONGEST_S)
        argp_error(state, "--tick time: takes 1ms to 60min, not \"%s\"", time);
}

static void set_tick(arguments *a, const char *source, struct argp_state *state) {
    static const char time_prefix[] = "time:";
    a->options.ticks_named = true;
    if (strcmp(source, "marks") == 0) {
        a->options.ticks = TA_TICKS_MARKED;
    } else if (strcmp(source, "whole") == 0) {
        a->options.ticks = TA_TICKS_WHOLE;
    } else if (strncmp(source, symbol_prefix, strlen(symbol_prefix)) == 0) {
        a->options.ticks = TA_TICKS_SYMBOL;
        a->options.tick_symbol = symbol_of(source, "tick", state);
    } else if (strncmp(source, time_prefix, strlen(time_prefix)) == 0) {
        a->options.ticks = TA_TICKS_TIMED;
        set_tick_time(a, source + strlen(time_prefix), state);
    } else {
        argp_error(state, "--tick takes marks, symbol:NAME, time:10ms or whole, not \"%s\"",
                   source);
    }
}

static void set_stacks(arguments *a, const char *which, struct argp_state *state) {
    static const char sample_prefix[] = "sample:";
    if (strcmp(which, "hot") == 0) {
        a->options.stacks = TA_STACKS_HOT;
    } else if (strcmp(which, "all") == 0) {
        a->options.stacks = TA_STACKS_ALL;
    } else if (strncmp(which, sample_prefix, strlen(sample_prefix)) == 0) {
        const char *bytes = which + strlen(sample_prefix);
        a->options.stacks = TA_STACKS_SAMPLE;
        if (!ta_cli_bytes(bytes, &a->options.sample_bytes))
            argp_error(state, "--stacks sample: takes 1KiB to 1GiB, not \"%s\"", bytes);
    } else {
        argp_error(state, "--stacks takes hot, all or sample:512KiB, not \"%s\"", which);
    }
}

/* Standard output is the program's. */
static void set_file(arguments *a, ta_cli_form form, const char *path, struct argp_state *state) {
    if (!*path || strcmp(path, "-") == 0)
        argp_error(state, "--%s takes a file's name: standard output is the program's",
                   ta_cli_form_name(form));
    a->forms.file[form] = path;
}

static void set_number(uint64_t *number, const char *text, const char *option,
                       struct argp_state *state) {
    if (!ta_cli_number(text, TA_EXEC_NUMBER_MAX, number))
        argp_error(state, "--%s takes a whole number from 1 to %lld, not \"%s\"", option,
                   (long long)TA_EXEC_NUMBER_MAX, text);
}

static void add_budget(arguments *a, const char *text, struct argp_state *state) {
    if (a->options.budget_count == TA_EXEC_BUDGETS_MAX)
        argp_error(state, "no more than %d budgets", TA_EXEC_BUDGETS_MAX);
    ta_status status = ta_budget_parse(text, &a->options.budgets[a->options.budget_count]);
    if (!ta_ok(status))
        argp_error(state, "--budget: %s", status.text);
    a->options.budget_count++;
}

static void set_expected_end(arguments *a, const char *text, struct argp_state *state) {
    if (!ta_cli_expected_end(text, &a->options.expected_end))
        argp_error(state,
                   "--expect-exit takes an exit code from 0 to 255, a signal such as SIGTERM, or "
                   "any, not \"%s\"",
                   text);
}

static void set_scenario(arguments *a, const char *name, struct argp_state *state) {
    if (!*name || strlen(name) >= TA_NAME_MAX)
        argp_error(state, "--scenario takes a name of 1 to %d bytes", TA_NAME_MAX - 1);
    a->options.scenario = name;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case KEY_TICK:
        set_tick(a, argument, state);
        return 0;
    case KEY_FOLLOW:
        a->options.follow = true;
        return 0;
    case KEY_HOT:
        add_hot(a, argument, state);
        return 0;
    case KEY_STACKS:
        set_stacks(a, argument, state);
        return 0;
    case KEY_WARMUP:
        set_number(&a->options.warmup_ticks, argument, "warmup", state);
        return 0;
    case KEY_TRAP:
        a->options.trap = true;
        return 0;
    case KEY_FAIL_NTH:
        set_number(&a->options.fail_nth, argument, "fail-nth", state);
        return 0;
    case KEY_FAIL_EVERY:
        set_number(&a->options.fail_every, argument, "fail-every", state);
        return 0;
    case KEY_FAIL_IN_HOT:
        a->options.fail_in_hot = argument;
        return 0;
    case KEY_BUDGET:
        add_budget(a, argument, state);
        return 0;
    case KEY_EXPECT_EXIT:
        set_expected_end(a, argument, state);
        return 0;
    case KEY_ALLOW_MAPPED:
        if (a->options.allow_mapped_count == TA_EXEC_ALLOW_MAPPED_MAX)
            argp_error(state, "--allow-mapped takes no more than %d modules",
                       TA_EXEC_ALLOW_MAPPED_MAX);
        a->options.allow_mapped[a->options.allow_mapped_count++] = argument;
        return 0;
    case KEY_STRICT:
        a->options.strict = true;
        return 0;
    case KEY_ALLOW_UNAUDITED:
        a->options.allow_unaudited = true;
        return 0;
    case KEY_SUPPRESSIONS:
        a->suppressions_path = argument;
        a->options.with_names = true;
        return 0;
    case KEY_ALLOCATOR:
        ta_cli_allocator(state, argument, &a->options.allocator);
        return 0;
    case KEY_RESULTS:
        a->results = argument;
        return 0;
    case KEY_LABEL:
        a->options.label = argument;
        return 0;
    case KEY_SCENARIO:
        set_scenario(a, argument, state);
        return 0;
    case KEY_NOTES:
        a->options.notes = argument;
        return 0;
    case KEY_JSON:
        set_file(a, TA_FORM_json, argument, state);
        return 0;
    case KEY_FOLDED:
        set_file(a, TA_FORM_folded, argument, state);
        return 0;
    case KEY_SPEEDSCOPE:
        set_file(a, TA_FORM_speedscope, argument, state);
        return 0;
    case ARGP_KEY_ARGS:
        a->program = state->argv + state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a program: tickaudit exec -- PROGRAM ARGS");
        return 0;
    case ARGP_KEY_END:
        if (a->options.warmup_ticks && a->options.ticks != TA_TICKS_MARKED &&
            a->options.ticks != TA_TICKS_SYMBOL)
            argp_error(state, "--warmup goes with --tick marks and --tick symbol:NAME");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static ta_status keep(const arguments *a, const ta_result *result, char path[TA_RESULTS_PATH_MAX]) {
    ta_status status = ta_cli_forms_save(&a->forms, result);
    if (ta_ok(status) && a->results)
        status = ta_result_save_json(a->results, result, path);
    if (ta_ok(status) && a->results)
        status = ta_summary_save(a->results, result);
    if (ta_ok(status) && a->results)
        status = ta_csv_log_append(a->results, result, stderr);
    /* So that the times of this run can be judged when the file has changed. */
    if (ta_ok(status) && a->options.label[0])
        status = ta_kept_build_save(a->results ? a->results : "results", &result->record);
    return status;
}

/* On stderr: stdout is the program's. */
static void show(const arguments *a, const ta_result *result, const char *path) {
    ta_summary_print(stderr, result,
                     (ta_summary_style){.colour = ta_cli_colors(&a->common, stderr),
                                        .width = ta_cli_width(stderr),
                                        .quiet = a->common.quiet,
                                        .no_details = !path[0],
                                        .details = path[0] ? path : NULL});
}

/* A name without parameters may mean several functions: all of them are taken. */
static void tell_overloads(const char *how, const char *name, const ta_result *result) {
    char list[TA_FUNCTION_LIST_MAX];
    uint32_t count = ta_function_meant(result->workload, name, list, sizeof list);
    if (count > 1)
        fprintf(stderr, "tickaudit: %s:%s means %" PRIu32 " functions, all of them taken: %s\n",
                how, name, count, list);
}

static void tell_names(const arguments *a, const ta_result *result) {
    const ta_exec_options *o = &a->options;
    if (o->ticks == TA_TICKS_SYMBOL)
        tell_overloads("symbol", o->tick_symbol, result);
    for (uint32_t i = 0; i < o->hot_symbol_count; i++)
        tell_overloads("symbol", o->hot_symbols[i], result);
    for (uint32_t i = 0; i < o->hot_stack_count; i++)
        tell_overloads("stack", o->hot_stacks[i], result);
}

static ta_status judge(const arguments *a, ta_result *result) {
    ta_budget_list list = {0};
    ta_status status = ta_status_ok();
    for (uint32_t i = 0; ta_ok(status) && i < a->options.budget_count; i++)
        status = ta_budget_list_add(&list, &a->options.budgets[i], 0);
    if (ta_ok(status))
        status = ta_judge(&list, a->suppressions_path ? &a->suppressions : NULL, result);
    ta_budget_list_free(&list);
    return status;
}

static void tell_nameless_sites(const ta_result *result) {
    ta_status room = ta_own_limits_check_symbols();
    if (result->site_count > 0 && !ta_ok(room))
        fprintf(stderr, "tickaudit: sites have modules and offsets, no names: %s\n", room.text);
}

static int audit(const arguments *a) {
    ta_exec_outcome outcome;
    ta_status status = ta_exec(&a->options, a->program, &outcome);
    if (ta_ok(status))
        status = judge(a, outcome.result);
    if (!ta_ok(status)) {
        int code = ta_cli_report(status);
        return status.code == TA_BAD_INPUT && outcome.program_code ? outcome.program_code : code;
    }
    char path[TA_RESULTS_PATH_MAX] = "";
    if (!ta_record_set_arguments(&outcome.result->record, a->given, a->given_count))
        fprintf(stderr, "tickaudit: no memory to note the command line\n");
    status = keep(a, outcome.result, path);
    show(a, outcome.result, path);
    tell_nameless_sites(outcome.result);
    if (!a->common.quiet)
        tell_names(a, outcome.result);
    if (a->options.trap)
        ta_cli_tell_trap(outcome.result);
    int code = a->options.budget_count ? (int)outcome.result->exit_code : outcome.program_code;
    if (outcome.faults_injected)
        fprintf(stderr, "tickaudit: made %" PRIu64 " allocation%s fail\n", outcome.faults_injected,
                outcome.faults_injected == 1 ? "" : "s");
    ta_result_free(outcome.result);
    return ta_ok(status) ? code : ta_cli_report(status);
}

static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
const struct argp ta_exec_arguments_argp = {
    options,
    parse,
    "-- PROGRAM [ARGUMENT...]",
    "Audits any dynamically linked 64-bit program from outside, over its own allocator. The "
    "program keeps its input, output, terminal and signals; the summary goes to stderr.\v"
    "Examples: tickaudit exec --budget 'hot_allocs = 0' -- ./game --headless\n"
    "tickaudit exec --tick symbol:SDL_RenderPresent --stacks all -- ./game\n\n"
    "Exits with the program's own code when no budget was named. With budgets: 0 when all "
    "hold, "
    "1 when one failed, 3 when the evidence leaves one open, 4 when the program did not end as "
    "it is meant to (--expect-exit); 2 when it cannot be audited, 5 when nothing was counted.",
    children,
    NULL,
    NULL};

int ta_command_exec(int argc, char **argv) {
    arguments *a = calloc(1, sizeof *a); /* large: not for the stack */
    if (!a)
        return ta_cli_report(ta_status_make(TA_INTERNAL, "no memory"));
    a->options = ta_exec_options_default();
    a->given = ta_cli_copy_arguments("exec", argc, argv);
    a->given_count = a->given ? (uint32_t)argc : 0;
    ta_cli_parse(&ta_exec_arguments_argp, "exec", ARGP_IN_ORDER, argc, argv, a);
    ta_status status = ta_status_ok();
    if (a->suppressions_path)
        status = ta_suppressions_load(a->suppressions_path, &a->suppressions);
    int code = ta_ok(status) ? audit(a) : ta_cli_report(status);
    ta_suppressions_free(&a->suppressions);
    free(a->given);
    free(a);
    return code;
}
