#define _GNU_SOURCE
#include "cli.h"

#include "exec.h"
#include "name_text.h"
#include "sites.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    ta_cli_common common;
    ta_exec_options options;
    uint64_t from, to, step;
    char **program;
} arguments;

/* What became of the runs, one failed allocation each. */
typedef struct tally {
    uint64_t survived, failed_cleanly, crashed, hung;
    char last_place[512]; /* of the crash that was told last: its neighbours are often the same */
    uint64_t like_last;
} tally;

enum { KEY_FROM = 0x100, KEY_TO, KEY_STEP, KEY_TIMEOUT, TIMEOUT_DEFAULT_S = 10 };

static const struct argp_option options[] = {
    {"from", KEY_FROM, "N", 0, "Begin with the Nth allocation (default: 1)", 0},
    {"to", KEY_TO, "N", 0, "End with the Nth (default: the program's last)", 0},
    {"step", KEY_STEP, "N", 0, "Take every Nth only (default: 1)", 0},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "A run that takes longer hangs (default: 10s)", 0},
    {0}};

static void set_number(uint64_t *number, const char *text, const char *option,
                       struct argp_state *state) {
    if (!ta_cli_number(text, TA_EXEC_NUMBER_MAX, number))
        argp_error(state, "--%s takes a whole number from 1, not \"%s\"", option, text);
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case KEY_FROM:
        set_number(&a->from, argument, "from", state);
        return 0;
    case KEY_TO:
        set_number(&a->to, argument, "to", state);
        return 0;
    case KEY_STEP:
        set_number(&a->step, argument, "step", state);
        return 0;
    case KEY_TIMEOUT:
        if (!ta_cli_duration(argument, &a->options.timeout_seconds))
            argp_error(state, "--timeout takes a time such as 500ms or 5s, not \"%s\"", argument);
        return 0;
    case ARGP_KEY_ARGS:
        a->program = state->argv + state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a program: tickaudit torture -- PROGRAM ARGS");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The stack of the allocation that was made to fail, in a few words: the functions from the inside.
 */
static void describe_place(const ta_result *result, char *text, size_t size) {
    enum { FRAMES_TOLD = 5, NAME_COLUMNS = 60 };
    snprintf(text, size, "(its stack is not known)");
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        if (strcmp(site->hot_path, TA_SITE_OF_FAULT) != 0)
            continue;
        size_t used = 0;
        for (unsigned f = 0; f < site->frame_count && f < FRAMES_TOLD && used < size; f++) {
            const ta_frame *frame = ta_site_frame(result, site, f);
            used += (size_t)snprintf(
                text + used, size - used, "%s%s", f ? " < " : "",
                frame->function[0] ? ta_name_fit(frame->function, NAME_COLUMNS).text : frame->file);
            if (frame->line && used < size)
                used += (size_t)snprintf(text + used, size - used, " (%s:%u)", frame->file,
                                         frame->line);
        }
        return;
    }
}

static void tell_like_last(tally *t) {
    if (t->like_last)
        printf("  and %" PRIu64 " more there\n", t->like_last);
    t->like_last = 0;
}

static void tell(const ta_exec_outcome *outcome, uint64_t nth, tally *t) {
    char place[sizeof t->last_place];
    describe_place(outcome->result, place, sizeof place);
    if (strcmp(place, t->last_place) == 0) {
        t->like_last++;
        return;
    }
    tell_like_last(t);
    memcpy(t->last_place, place, sizeof place);
    int number = outcome->program_code - 128;
    if (outcome->timed_out)
        printf("allocation %" PRIu64 ": hangs\n", nth);
    else
        printf("allocation %" PRIu64 ": killed by signal %d (%s)\n", nth, number,
               strsignal(number));
    printf("  when this failed: %s\n", place);
    fflush(stdout);
}

/* A program that is killed did not cope; one that says so by its exit code, or goes on, did. */
static void take_in(const ta_exec_outcome *outcome, uint64_t nth, tally *t) {
    bool crashed = !outcome->timed_out && outcome->result->partial;
    t->hung += outcome->timed_out;
    t->crashed += crashed;
    t->survived += !outcome->timed_out && outcome->program_code == 0;
    t->failed_cleanly += !outcome->timed_out && !crashed && outcome->program_code != 0;
    if (crashed || outcome->timed_out)
        tell(outcome, nth, t);
}

static ta_status torture(arguments *a, tally *t) {
    for (uint64_t nth = a->from; nth <= a->to; nth += a->step) {
        ta_exec_outcome outcome;
        a->options.fail_nth = nth;
        ta_status status = ta_exec(&a->options, a->program, &outcome);
        if (!ta_ok(status))
            return status;
        bool injected = outcome.faults_injected > 0;
        bool interrupted = outcome.program_code == 128 + SIGINT;
        if (injected && !interrupted)
            take_in(&outcome, nth, t);
        ta_result_free(outcome.result);
        if (!injected || interrupted)
            return ta_status_ok(); /* it makes no Nth allocation any more; or enough is enough */
    }
    return ta_status_ok();
}

static int sum_up(tally *t) {
    tell_like_last(t);
    uint64_t runs = t->survived + t->failed_cleanly + t->crashed + t->hung;
    printf("%" PRIu64 " allocations made to fail, one a run: %" PRIu64 " survived, %" PRIu64
           " ended with an error, %" PRIu64 " crashed, %" PRIu64 " hung\n",
           runs, t->survived, t->failed_cleanly, t->crashed, t->hung);
    ta_status flushed = ta_cli_flush(stdout);
    if (!ta_ok(flushed))
        return ta_cli_report(flushed);
    return t->crashed || t->hung ? TA_FAILED : TA_OK;
}

int ta_command_torture(int argc, char **argv) {
    static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "-- PROGRAM [ARGUMENT...]",
        "Runs a program again and again, and makes its first, second, third ... allocation fail, "
        "one "
        "a run, until it makes no more. Tells each crash and hang, with the stack of the "
        "allocation "
        "that failed. The program's input is empty and its output is thrown away.\v"
        "Example: tickaudit torture -- ./parser broken.txt\n\n"
        "Exits 0 when the program copes with each failure (by going on, or by an exit code), 1 "
        "when it "
        "crashes or hangs at one.",
        children,
        NULL,
        NULL};
    arguments *a = calloc(1, sizeof *a); /* large: not for the stack */
    if (!a)
        return ta_cli_report(ta_status_make(TA_INTERNAL, "no memory"));
    a->options = ta_exec_options_default();
    a->options.silent = true;
    a->options.ticks = TA_TICKS_WHOLE;
    a->options.timeout_seconds = TIMEOUT_DEFAULT_S;
    a->from = a->step = 1;
    a->to = TA_EXEC_NUMBER_MAX;
    ta_cli_parse(&argp, "torture", ARGP_IN_ORDER, argc, argv, a);
    tally t = {0};
    ta_status status = torture(a, &t);
    free(a);
    int code = sum_up(&t);
    return ta_ok(status) ? code : ta_cli_report(status);
}
