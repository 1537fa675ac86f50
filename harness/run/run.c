#define _GNU_SOURCE
#include "run.h"

#include "bypass.h"
#include "child.h"
#include "clock.h"
#include "companions.h"
#include "evidence.h"
#include "host.h"
#include "identity.h"
#include "ledger.h"
#include "measure.h"
#include "plan_make.h"
#include "sim/switches.h"
#include "sites.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROGRESS_MS = 50 };

ta_run_options ta_run_options_default(void) {
    return (ta_run_options){
        .allocator = TA_ALLOCATOR_MIMALLOC, .label = "", .pre_post = "", .notes = ""};
}

/* How the process ended, as far as we had a part in it. */
typedef enum ending { ENDED_ITSELF, TIMED_OUT, INTERRUPTED } ending;

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static double timeout_of(const ta_scenario *scenario, const ta_run_options *options) {
    if (options->timeout_seconds > 0)
        return options->timeout_seconds;
    return scenario->timeout_seconds > 0 ? scenario->timeout_seconds
                                         : (double)TA_RUN_TIMEOUT_DEFAULT_S;
}

static ending watch(ta_child *child, const ta_scenario *scenario, const ta_run_options *options,
                    const ta_ledger *ledger) {
    double deadline = ta_clock_seconds() + timeout_of(scenario, options);
    for (;;) {
        double left_ms = (deadline - ta_clock_seconds()) * 1000;
        int wait_ms = left_ms < (double)PROGRESS_MS ? (int)left_ms + 1 : PROGRESS_MS;
        if (ta_child_wait(child, wait_ms > 0 ? wait_ms : 0))
            return interrupted ? INTERRUPTED : ENDED_ITSELF;
        if (options->progress)
            options->progress(ledger, scenario, options->progress_context);
        if (interrupted || ta_clock_seconds() >= deadline) {
            ta_child_kill(child);
            return interrupted ? INTERRUPTED : TIMED_OUT;
        }
    }
}

/* Ctrl-C ends the audited process, not us: what it had counted is still to be reported. Taken
 * before the process starts, or an early signal would end us and leave no result. */
typedef struct signals_before {
    struct sigaction interrupt, terminate;
} signals_before;

static signals_before take_signals(void) {
    struct sigaction mine = {.sa_handler = on_interrupt};
    signals_before before;
    sigemptyset(&mine.sa_mask);
    interrupted = 0;
    sigaction(SIGINT, &mine, &before.interrupt);
    sigaction(SIGTERM, &mine, &before.terminate);
    return before;
}

static void give_signals_back(const signals_before *before) {
    sigaction(SIGINT, &before->interrupt, NULL);
    sigaction(SIGTERM, &before->terminate, NULL);
}

bool ta_run_was_interrupted(void) {
    return interrupted != 0;
}

static void describe_place(const ta_ledger *ledger, char *text, size_t size) {
    const ta_phase *phases = ta_ledger_phases(ledger);
    uint64_t tick = ledger->tick_thread ? ledger->ticks_begun : ledger->ticks_done;
    const char *relation = ledger->tick_thread ? "in" : "after";
    if (ledger->phase_count == 0)
        snprintf(text, size, "%s", tick ? "in the warm-up" : "before the first tick");
    else
        snprintf(text, size, "%s tick %" PRIu64 " (phase %s)", relation,
                 tick - ledger->warmup_ticks, phases[ledger->phase_count - 1].name);
}

static void note_end(int status, ta_program_end *end) {
    bool killed = WIFSIGNALED(status);
    end->how = killed ? TA_PROGRAM_KILLED : TA_PROGRAM_EXITED;
    end->number = killed ? WTERMSIG(status) : WEXITSTATUS(status);
}

/* Why a run is partial, in words; "" when it is whole. */
static void explain_end(ending how, int status, double timeout, const ta_ledger *ledger,
                        ta_result *result) {
    char place[160];
    char *why = result->partial_why;
    size_t size = sizeof result->partial_why;
    describe_place(ledger, place, sizeof place);
    note_end(status, &result->program_end);
    if (how == INTERRUPTED)
        snprintf(why, size, "interrupted %s", place);
    else if (how == TIMED_OUT)
        snprintf(why, size, "hung: killed at its timeout of %g s, %s", timeout, place);
    else if (WIFSIGNALED(status))
        snprintf(why, size, "killed by signal %d (%s) %s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)), place);
    else if (WEXITSTATUS(status) != 0)
        snprintf(why, size, "ended with exit code %d %s", WEXITSTATUS(status), place);
    else if (!result->whole.complete)
        snprintf(why, size, "ended early, with exit code 0, %s", place);
    result->partial = why[0] != 0;
}

/* What makes the run no run at all: nothing was counted, or the workload never came to be. */
static ta_status check_start(const ta_child *child, ending how, const ta_ledger *ledger,
                             const ta_scenario *scenario) {
    int code = how == ENDED_ITSELF && WIFEXITED(child->status) ? WEXITSTATUS(child->status) : 0;
    if (ta_ledger_is_unfit(ledger))
        return ta_ledger_tell_unfit(ledger);
    if (code == TA_HOST_NO_WORKLOAD || code == TA_HOST_REFUSED)
        return ta_status_make(TA_BAD_INPUT,
                              "%s: the workload \"%s\" did not start; its reason stands above",
                              scenario->path, scenario->workload);
    if (code == TA_HOST_NO_PLAN || code == TA_HOST_NO_PICTURE)
        return ta_status_make(TA_INTERNAL, "%s: the host program gave up; its reason stands above",
                              scenario->path);
    if (ledger->alive == TA_ALIVE_FOREIGN)
        return ta_status_make(TA_INTERNAL,
                              "the auditor was loaded, but another malloc stands before it in the "
                              "audited process (valgrind, a sanitizer, a preloaded allocator?): "
                              "nothing was counted, so there is no result");
    if (ledger->alive != TA_ALIVE_HOOKED && how == ENDED_ITSELF && WIFSIGNALED(child->status))
        return ta_status_make(TA_INTERNAL,
                              "the audited process was killed by signal %d (%s) before the auditor "
                              "had attached; `tickaudit check` tells whether the allocator is to "
                              "blame, and --allocator system does without it",
                              WTERMSIG(child->status), strsignal(WTERMSIG(child->status)));
    if (ledger->alive != TA_ALIVE_HOOKED && how == ENDED_ITSELF)
        return ta_status_make(TA_INTERNAL,
                              "the auditor never came alive in the audited process: nothing was "
                              "counted, so there is no result");
    return ta_status_ok();
}

void ta_run_switches(const ta_scenario *scenario, char *text, size_t size) {
    static const char *const names[] = {
#define NAME(name, phase, number) #name,
        SIM_SWITCH_LIST(NAME)
#undef NAME
    };
    text[0] = 0;
    bool is_arena = strcmp(scenario->workload, "arena") == 0;
    for (unsigned i = 0; is_arena && i < SIM_SWITCH_COUNT; i++) {
        size_t used = strlen(text);
        if (scenario->switches >> i & 1)
            snprintf(text + used, size - used, "%s%s", used ? " " : "", names[i]);
    }
}

static void identify(const ta_scenario *scenario, const ta_run_options *options,
                     ta_result *result) {
    if (!options->quick)
        ta_identity_fill(result);
    snprintf(result->stacks_of, sizeof result->stacks_of, "hot");
    snprintf(result->label, sizeof result->label, "%s", options->label);
    snprintf(result->pre_post, sizeof result->pre_post, "%s", options->pre_post);
    snprintf(result->notes, sizeof result->notes, "%s", options->notes);
    memcpy(result->scenario, scenario->name, sizeof result->scenario);
    snprintf(result->scenario_path, sizeof result->scenario_path, "%s", scenario->path);
    snprintf(result->workload, sizeof result->workload, "%s", scenario->workload);
    memcpy(result->level, scenario->level, sizeof result->level);
    result->scenario_named = true;
    snprintf(result->ticks_of, sizeof result->ticks_of, "scenario");
    result->rounds = 1;
    result->scenario_hash = scenario->hash;
    result->seed = scenario->seed;
    result->tick_hz = scenario->tick_hz;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        uint32_t planned = scenario->phases[i].plan.population_last;
        if (planned > result->population_planned)
            result->population_planned = planned;
    }
    result->strict = options->strict;
    ta_run_switches(scenario, result->switches_on, sizeof result->switches_on);
    if (strcmp(scenario->workload, "arena") != 0)
        result->level[0] = 0; /* level and switches are the arena's */
}

/* The ticks of a scenario are the host's own: each that is planned comes, or the run is partial. */
static ta_status add_evidence(ta_result *result) {
    ta_status status = ta_evidence_of_result(result);
    if (!ta_ok(status) || !result->whole.complete)
        return status;
    return ta_evidence_add(result, TA_FACT_ticks_fired,
                           (ta_finding){.state = TA_EVIDENCE_COMPLETE});
}

static ta_status collect(const ta_scenario *scenario, const ta_run_options *options, ending how,
                         const ta_child *child, const ta_ledger *ledger, ta_result *result) {
    ta_status status = ta_measure(scenario, ledger, result);
    ta_bypass_find(ledger, result);
    if (result->record.inputs_hash)
        ta_identity_modules(ledger, result);
    if (ta_ok(status) && (!options->quick || options->with_sites))
        status = ta_sites_resolve(ledger, result);
    explain_end(how, child->status, timeout_of(scenario, options), ledger, result);
    return ta_ok(status) ? add_evidence(result) : status;
}

static ta_status audit(const ta_scenario *scenario, const ta_run_options *options,
                       const ta_plan_file *plan, const ta_ledger_file *ledger, ta_result *result) {
    char host[TA_PLAN_PATH_MAX], preload[TA_PLAN_PATH_MAX];
    ta_status status = ta_companion("tickaudit-host", host, sizeof host);
    if (ta_ok(status))
        status = ta_auditor_preload(options->allocator, preload, sizeof preload);
    if (!ta_ok(status))
        return status;
    char plan_path[sizeof plan->path];
    memcpy(plan_path, plan->path, sizeof plan_path);
    char *arguments[] = {host, plan_path, NULL};
    ta_child child;
    double begin = ta_clock_seconds();
    ending how = ENDED_ITSELF;
    signals_before before = take_signals();
    status = ta_child_start(host, arguments, preload, ledger->path, &child);
    if (ta_ok(status))
        how = watch(&child, scenario, options, ledger->ledger);
    give_signals_back(&before);
    if (!ta_ok(status))
        return status;
    result->wall_seconds = ta_clock_seconds() - begin;
    status = check_start(&child, how, ledger->ledger, scenario);
    return ta_ok(status) ? collect(scenario, options, how, &child, ledger->ledger, result) : status;
}

ta_status ta_run(const ta_scenario *scenario, const ta_run_options *options, ta_result **made) {
    *made = NULL;
    ta_result *result = ta_result_new();
    if (!result)
        return ta_status_make(TA_INTERNAL, "no memory for a result");
    identify(scenario, options, result);
    char workload[sizeof scenario->workload];
    if (!options->quick && ta_ok(ta_plan_workload(scenario, options, workload, sizeof workload))) {
        ta_identity_record(workload, result);
        ta_identity_inputs(NULL, result);
    }
    ta_plan_file plan = {.descriptor = -1};
    ta_ledger_file ledger = {.descriptor = -1};
    ta_status status = ta_plan_make(scenario, options, result->run_id, &plan);
    if (ta_ok(status))
        status = ta_ledger_create(TA_LEDGER_TRACK_LIVE | TA_LEDGER_SITES | TA_LEDGER_PLANNED |
                                      (options->trap ? TA_LEDGER_TRAP : 0),
                                  ta_scenario_ticks(scenario) + scenario->warmup_ticks, &ledger);
    if (ta_ok(status))
        ledger.ledger->warmup_ticks = scenario->warmup_ticks;
    if (ta_ok(status))
        status = audit(scenario, options, &plan, &ledger, result);
    ta_ledger_close(&ledger);
    if (plan.descriptor >= 0)
        close(plan.descriptor);
    if (ta_ok(status))
        *made = result;
    else
        ta_result_free(result);
    return status;
}
