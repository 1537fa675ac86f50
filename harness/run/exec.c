#define _GNU_SOURCE
#include "exec.h"

#include "bypass.h"
#include "child.h"
#include "clock.h"
#include "companions.h"
#include "evidence.h"
#include "exec_evidence.h"
#include "exec_watch.h"
#include "followed.h"
#include "function.h"
#include "function_arguments.h"
#include "function_evidence.h"
#include "function_list.h"
#include "identity.h"
#include "ledger.h"
#include "measure_program.h"
#include "own_limits.h"
#include "own_malloc.h"
#include "pass_on.h"
#include "program.h"
#include "sites.h"
#include "stacked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

ta_exec_options ta_exec_options_default(void) {
    return (ta_exec_options){.allocator = TA_ALLOCATOR_SYSTEM,
                             .label = "",
                             .notes = "",
                             .scenario = "",
                             .fail_in_hot = ""};
}

static bool has_own_ticks(const ta_exec_options *options) {
    return options->ticks == TA_TICKS_MARKED || options->ticks == TA_TICKS_SYMBOL;
}

static void name_ticks(const ta_exec_options *options, char *text, size_t size) {
    static const char *const names[] = {[TA_TICKS_MARKED] = "marks", [TA_TICKS_WHOLE] = "whole"};
    if (options->ticks == TA_TICKS_SYMBOL)
        snprintf(text, size, "symbol:%s", options->tick_symbol);
    else if (options->ticks == TA_TICKS_TIMED)
        snprintf(text, size, "time:%gms", options->tick_seconds * 1000);
    else
        snprintf(text, size, "%s", names[options->ticks]);
}

/* What an option makes of the counts. */
static void identify_options(const ta_exec_options *options, ta_result *result) {
    char text[128];
    snprintf(text, sizeof text, "%d %llu %llu %llu %s", options->follow,
             (unsigned long long)options->warmup_ticks, (unsigned long long)options->fail_nth,
             (unsigned long long)options->fail_every, options->fail_in_hot);
    ta_identity_add(result, text);
    ta_identity_add(result, result->ticks_of);
    for (uint32_t i = 0; i < options->hot_symbol_count; i++)
        ta_identity_add(result, options->hot_symbols[i]);
    for (uint32_t i = 0; i < options->hot_stack_count; i++)
        ta_identity_add(result, options->hot_stacks[i]);
}

static void identify(const ta_exec_options *options, const ta_program *program,
                     char *const *arguments, ta_result *result) {
    ta_identity_fill(result);
    if (options->stacks == TA_STACKS_SAMPLE)
        snprintf(result->stacks_of, sizeof result->stacks_of, "sample:%llu",
                 (unsigned long long)options->sample_bytes);
    else
        snprintf(result->stacks_of, sizeof result->stacks_of, "%s",
                 options->stacks == TA_STACKS_ALL ? "all" : "hot");
    result->strict = options->strict;
    snprintf(result->label, sizeof result->label, "%s", options->label);
    snprintf(result->notes, sizeof result->notes, "%s", options->notes);
    const char *base = strrchr(program->path, '/');
    result->scenario_named = *options->scenario != 0;
    snprintf(result->scenario, sizeof result->scenario, "%.63s",
             result->scenario_named ? options->scenario
             : base                 ? base + 1
                                    : program->path);
    result->rounds = 1;
    name_ticks(options, result->ticks_of, sizeof result->ticks_of);
    ta_identity_record(program->path, result);
    ta_identity_inputs(arguments + 1, result);
    identify_options(options, result);
    snprintf(result->workload, sizeof result->workload, "%.1023s", program->path);
}

/* `ledger` is NULL if no process attached under --follow. */
static ta_status check_hooks(const ta_ledger *ledger, const ta_program *program, int code) {
    if (ledger && (ledger->alive == TA_ALIVE_HOOKED ||
                   (ledger->alive == TA_ALIVE_FOREIGN && program->has_own_malloc)))
        return ta_status_ok();
    if (ledger && ta_ledger_is_unfit(ledger))
        return ta_ledger_tell_unfit(ledger);
    if (code >= 128)
        return ta_status_make(TA_INTERNAL,
                              "%s was killed by signal %d (%s) before the auditor had attached: "
                              "does it run without us, and with --allocator system?",
                              program->path, code - 128, strsignal(code - 128));
    return ta_status_make(
        TA_INTERNAL, "%s ran, but nothing was counted: %s", program->path,
        ledger && ledger->alive == TA_ALIVE_FOREIGN
            ? "another malloc stands before the auditor's (one of its libraries, valgrind, a "
              "sanitizer, a preloaded allocator?)"
            : "the auditor was never loaded (did it start itself anew with another environment? or "
              "does the loader's message above name a library that is missing or broken: then "
              "--allocator system does without mimalloc)");
}

static bool is_fallback(uint32_t state) {
    return state == TA_ASSUMPTION_FAILED || state == TA_ASSUMPTION_FORCED;
}

static ta_status check_symbols(const ta_ledger *ledger, const ta_program *program, int code) {
    if (code == TA_LEDGER_EXIT_NO_SYMBOL && ledger->watched_count > 0 &&
        is_fallback(ledger->assumptions[TA_ASSUMPTION_import_slots]))
        return ta_status_make(
            TA_BAD_INPUT,
            "symbol:%s: calls of imported functions in %s do not go through import slots that "
            "can be redirected (GLIBC_TUNABLES with glibc.cpu.plt_rewrite?), so the program was "
            "not run; mark its ticks and hot paths in the source, or see `tickaudit check`",
            ledger->watched[0].symbol, program->path);
    for (uint32_t i = 0; i < ledger->watched_count && code == TA_LEDGER_EXIT_NO_SYMBOL; i++) {
        const ta_watched *w = &ledger->watched[i];
        char near[TA_FUNCTION_LIST_MAX];
        if (!w->missing)
            continue;
        if (w->own.address)
            return ta_status_make(TA_BAD_INPUT,
                                  "--%s symbol:%s: the code of %s could not be changed in memory, "
                                  "so the program was not run",
                                  w->is_hot ? "hot" : "tick", w->symbol, program->path);
        ta_function_nearest(program->path, w->symbol, near, sizeof near);
        return ta_status_make(
            TA_BAD_INPUT,
            "--%s symbol:%s: it is neither a function of %s (by its symbols, which may be "
            "stripped) nor imported by it or a library that it is linked with, so the program was "
            "not run%s%s%s; `nm -C` lists the one, `nm -DC --undefined-only` the other",
            w->is_hot ? "hot" : "tick", w->symbol, program->path, *near ? "; names like it: " : "",
            near, w->is_hot ? "; stack:NAME finds copies that were inlined as well" : "");
    }
    return ta_status_ok();
}

/* Reading debug information takes longer than most programs. */
static bool wants_sites(const ta_exec_options *options, const ta_child *child) {
    return !options->silent || WIFSIGNALED(child->status);
}

/* Marks that are not the source of ticks are no ticks, and lose none. */
static ta_status measure_own(const ta_exec_options *options, const ta_ledger *ledger,
                             ta_result *result) {
    uint64_t lost_samples = result->lost.ticks;
    ta_status status = ta_measure_program(ledger, ta_exec_without_ticks(options), result);
    if (!has_own_ticks(options)) {
        result->lost.ticks = lost_samples;
        result->lost.unended = 0;
    }
    return status;
}

static ta_status measure(const ta_exec_options *options, const ta_exec_seen *seen,
                         ta_result *result) {
    ta_status status = measure_own(options, seen->ledger, result);
    if (!options->silent)
        ta_bypass_find(seen->ledger, result);
    bool with_sites = wants_sites(options, seen->child);
    if (ta_ok(status) && with_sites && !seen->followed)
        status = ta_sites_resolve(seen->ledger, result);
    if (ta_ok(status) && seen->followed)
        status = ta_followed_join(seen->followed, seen->ledger, result);
    if (ta_ok(status) && result->totals.allocs == 0 && result->bypassed[0] && !seen->has_own_malloc)
        status = ta_status_make(TA_INTERNAL, "%s ran, but nothing was counted: %s",
                                result->workload, result->bypassed);
    return status;
}

static void allow_mapped(const ta_exec_options *options, ta_result *result) {
    for (uint32_t i = 0; i < result->mapped_count; i++) {
        ta_mapped_figures *mapped = &result->mapped[i];
        for (uint32_t n = 0; n < options->allow_mapped_count; n++) {
            const char *name = options->allow_mapped[n];
            mapped->allowed |= strcmp(name, "any") == 0 || strcmp(name, mapped->module) == 0;
        }
    }
}

static ta_status collect(const ta_exec_options *options, const ta_exec_seen *seen,
                         ta_result *result) {
    if (seen->stacked)
        ta_stacked_settle(seen->stacked, seen->ledger);
    ta_status status = measure(options, seen, result);
    ta_identity_modules(seen->ledger, result);
    ta_exec_note_end(options, seen->child, result);
    allow_mapped(options, result);
    if (ta_ok(status))
        status = ta_evidence_of_result(result);
    if (ta_ok(status))
        status = ta_exec_evidence(options, seen, result);
    if (ta_ok(status) && !options->silent)
        status = ta_function_evidence(options, seen, result);
    return status;
}

/* What its ledger says of how it went, beyond figures. */
static void describe(const ta_ledger *ledger, ta_exec_outcome *outcome) {
    outcome->faults_injected = ledger->fail.injected;
    memcpy(outcome->assumptions, ledger->assumptions, sizeof outcome->assumptions);
    outcome->defects = ledger->defects;
    snprintf(outcome->allocator, sizeof outcome->allocator, "%.*s",
             (int)sizeof outcome->allocator - 1, ledger->allocator);
}

static ta_status start(const ta_exec_options *options, const ta_program *program,
                       char *const *arguments, const ta_ledger_file *file, ta_child *child) {
    char preload[TA_PROGRAM_PATH_MAX];
    ta_status status = ta_auditor_preload(options->allocator, preload, sizeof preload);
    if (!ta_ok(status))
        return status;
    return (options->silent ? ta_child_start_silent : ta_child_start_in_our_place)(
        program->path, arguments, preload, file->path, child);
}

/* What the program left behind, measured and judged. */
static ta_status conclude(const ta_exec_options *options, const ta_program *program,
                          const ta_child *child, ta_exec_ledgers *ledgers,
                          ta_exec_outcome *outcome) {
    ta_ledger *ledger = ta_ledger_of(&ledgers->file, child->pid);
    ta_followed_sum sum = {0};
    if (ledger && has_own_ticks(options))
        ta_tick_drain_take(&ledgers->drain, ledger, true, outcome->result);
    if (ledger)
        describe(ledger, outcome);
    if (ledgers->followed) {
        sum = ta_followed_sum_up(ledgers->followed);
        outcome->faults_injected = sum.faults_injected;
    }
    ta_status status =
        ledger ? check_symbols(ledger, program, outcome->program_code) : ta_status_ok();
    if (!ta_ok(status))
        outcome->program_code = 0; /* that code was the auditor's */
    if (ta_ok(status))
        status = check_hooks(ledger, program, outcome->program_code);
    const ta_exec_seen seen = {.child = child,
                               .followed = ledgers->followed,
                               .processes = &sum,
                               .ledger = ledger,
                               .program_path = program->path,
                               .has_own_malloc = program->has_own_malloc,
                               .own_malloc = ledger && ledger->own_malloc ? program->image : NULL,
                               .stacked = ledgers->stacked};
    return ta_ok(status) ? collect(options, &seen, outcome->result) : status;
}

static ta_status audit(const ta_exec_options *options, const ta_program *program,
                       char *const *arguments, ta_exec_ledgers *ledgers, ta_exec_outcome *outcome) {
    ta_child child;
    double begin = ta_clock_seconds();
    ta_pass_on_begin();
    ta_status status = start(options, program, arguments, &ledgers->file, &child);
    if (ta_ok(status)) {
        ta_pass_on_to(child.pid);
        outcome->timed_out = ta_exec_watch(options, ledgers, &child, outcome->result);
    }
    ta_pass_on_end();
    if (!ta_ok(status))
        return status;
    outcome->result->wall_seconds = ta_clock_seconds() - begin;
    outcome->program_code =
        WIFSIGNALED(child.status) ? 128 + WTERMSIG(child.status) : WEXITSTATUS(child.status);
    return conclude(options, program, &child, ledgers, outcome);
}

static uint32_t ledger_flags(const ta_exec_options *options) {
    uint32_t flags = TA_LEDGER_TRACK_LIVE | TA_LEDGER_SITES;
    flags |= options->trap ? TA_LEDGER_TRAP : 0;
    flags |= options->stacks == TA_STACKS_ALL ? TA_LEDGER_STACKS_ALL : 0;
    flags |= options->stacks == TA_STACKS_SAMPLE ? TA_LEDGER_STACKS_SAMPLE : 0;
    flags |= options->hot_stack_count ? TA_LEDGER_ASKS : 0;
    return flags;
}

/* They return twice, or to another frame than they were called from. */
static bool leaves_its_frame(const char *symbol) {
    static const char *const names[] = {"setjmp",      "_setjmp",    "sigsetjmp",  "__sigsetjmp",
                                        "longjmp",     "_longjmp",   "siglongjmp", "vfork",
                                        "swapcontext", "setcontext", "getcontext"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(symbol, names[i]) == 0)
            return true;
    }
    return false;
}

/* Marks the entries for a function, which may be a tick and a hot path at once: those of the
 * program's own functions of that name, or one that is to be imported. */
static ta_status watch_function(ta_ledger *ledger, const ta_program *program, const char *symbol,
                                bool is_tick, bool is_hot) {
    uint32_t begin = 0, count = 0;
    if (leaves_its_frame(symbol))
        return ta_status_make(TA_BAD_INPUT,
                              "symbol:%s: it does not return as functions do, and cannot be "
                              "watched; name the function that calls it",
                              symbol);
    while (begin < ledger->watched_count && strcmp(ledger->watched[begin].symbol, symbol) != 0)
        begin++;
    if (begin == ledger->watched_count) {
        ta_status status = ta_function_find(program->path, symbol, &ledger->watched[begin],
                                            TA_LEDGER_WATCHED_MAX - begin, &count);
        if (!ta_ok(status))
            return status;
        if (count == 0 && begin == TA_LEDGER_WATCHED_MAX)
            return ta_status_make(TA_BAD_INPUT, "symbol:%s: there are too many functions to watch",
                                  symbol);
        if (count == 0)
            count = ta_function_imports(program->path, symbol, &ledger->watched[begin],
                                        TA_LEDGER_WATCHED_MAX - begin);
        ledger->watched_count += count;
    }
    for (uint32_t i = begin; i < ledger->watched_count; i++) {
        if (strcmp(ledger->watched[i].symbol, symbol) != 0)
            continue;
        ledger->watched[i].is_tick |= is_tick;
        ledger->watched[i].is_hot |= is_hot;
    }
    return ta_status_ok();
}

/* The auditor copies up to 512 bytes for the call of a hot path, and of a struct it knows them by
 * the caller's frame alone, which ends with a return address and may be padded to 16. */
static ta_status check_arguments(const ta_ledger *ledger) {
    enum { BYTES_MAX = 496 };
    for (uint32_t i = 0; i < ledger->watched_count; i++) {
        const ta_watched *w = &ledger->watched[i];
        if (w->is_hot && w->arguments_bytes > BYTES_MAX)
            return ta_status_make(
                TA_BAD_INPUT,
                "symbol:%s: it takes %u bytes of arguments on the stack, and %d at "
                "most are copied; as a hot path it can be named by --hot "
                "stack:NAME, which changes no code",
                w->symbol, w->arguments_bytes, BYTES_MAX);
    }
    return ta_status_ok();
}

/* A program with a malloc of its own: that is watched, or it is run only when that was allowed. */
static ta_status watch_own_malloc(const ta_exec_options *options, ta_program *program,
                                  ta_ledger *ledger) {
    ta_status status = ta_own_malloc_find(program->image, ledger);
    if (ta_ok(status) && options->allocator != TA_ALLOCATOR_SYSTEM)
        return ta_status_make(TA_BAD_INPUT,
                              "%s cannot be audited over another allocator: it has a malloc of its "
                              "own; leave out --allocator",
                              program->path);
    if (ta_ok(status)) /* it is as good as any other */
        program->has_own_malloc = false;
    else if (!options->allow_unaudited)
        return ta_status_make(TA_BAD_INPUT,
                              "%s cannot be audited: it has a malloc of its own, which cannot be "
                              "watched (%.200s); link that one dynamically, or run it uncounted "
                              "and without a verdict by --allow-unaudited",
                              program->path, status.text);
    return ta_status_ok();
}

/* What the auditor is to do, beyond counting. */
static ta_status instruct(const ta_exec_options *options, ta_program *program, ta_ledger *ledger) {
    ta_status status = ta_status_ok();
    if (program->has_own_malloc)
        status = watch_own_malloc(options, program, ledger);
    ledger->warmup_ticks = options->warmup_ticks;
    ledger->sample_bytes = options->sample_bytes;
    ledger->reader_tick = has_own_ticks(options) ? 0 : 1;
    if (ta_ok(status) && options->ticks == TA_TICKS_SYMBOL)
        status = watch_function(ledger, program, options->tick_symbol, true, false);
    for (uint32_t i = 0; ta_ok(status) && i < options->hot_symbol_count; i++)
        status = watch_function(ledger, program, options->hot_symbols[i], false, true);
    if (ta_ok(status) && ledger->watched_count > 0)
        ta_function_arguments(program->path, ledger->watched, ledger->watched_count);
    if (ta_ok(status))
        status = check_arguments(ledger);
    ledger->fail.nth = options->fail_nth;
    ledger->fail.every = options->fail_every;
    snprintf(ledger->fail.hot_path, TA_HOT_NAME_MAX, "%s", options->fail_in_hot);
    return status;
}

/* Followed processes are looked at before their ledgers are released. */
static ta_status begin_stacked(const ta_exec_options *options, ta_exec_ledgers *ledgers) {
    const ta_ledger_file *file = &ledgers->file;
    if (!options->hot_stack_count)
        return ta_status_ok();
    ledgers->stacked =
        ta_stacked_new(options->hot_stacks, options->hot_stack_count, TA_CODE_EVERYWHERE);
    if (!ledgers->stacked)
        return ta_status_make(TA_INTERNAL, "no memory for --hot stack:");
    ta_stacked_instruct(ledgers->stacked, file->set ? &file->set->plan : file->ledger);
    if (ledgers->followed)
        ta_followed_settle_by(ledgers->followed, ledgers->stacked);
    return ta_status_ok();
}

/* Of what a process of the program maps. */
static uint64_t ledger_bytes(const ta_exec_options *options, uint64_t ticks_max) {
    ta_ledger plan = {0};
    uint32_t flags = ledger_flags(options);
    if (!options->follow) {
        ta_ledger_plan(&plan, flags, ticks_max);
        return plan.total_bytes;
    }
    ta_ledger_plan(&plan, flags | TA_LEDGER_OF_SET, TA_LEDGER_SET_TICKS_MAX);
    return ta_ledger_set_ledgers_at() + plan.total_bytes;
}

/* Whoever names functions or asks for stacks wants symbols. */
static ta_status check_limits(const ta_exec_options *options, uint64_t ticks_max) {
    bool by_name = options->stacks != TA_STACKS_HOT || options->hot_stack_count ||
                   options->hot_symbol_count || options->ticks == TA_TICKS_SYMBOL ||
                   options->with_names;
    ta_status status = by_name ? ta_own_limits_check_symbols() : ta_status_ok();
    return ta_ok(status) ? ta_own_limits_check(ledger_bytes(options, ticks_max)) : status;
}

static ta_status make_ledgers(const ta_exec_options *options, ta_exec_ledgers *ledgers) {
    *ledgers = (ta_exec_ledgers){.file = {.descriptor = -1}};
    uint64_t ticks_max = has_own_ticks(options) ? TA_EXEC_TICKS_MAX : 0;
    ta_status room = check_limits(options, ticks_max);
    if (!ta_ok(room))
        return room;
    if (!options->follow)
        return ta_ledger_create(ledger_flags(options), ticks_max, &ledgers->file);
    ta_status status = ta_ledger_create_set(ledger_flags(options), &ledgers->file);
    if (!ta_ok(status))
        return status;
    ledgers->followed =
        ta_followed_new(&ledgers->file, ta_exec_without_ticks(options), !options->silent);
    return ledgers->followed ? status : ta_status_make(TA_INTERNAL, "no memory to follow children");
}

ta_status ta_exec(const ta_exec_options *options, char *const *arguments,
                  ta_exec_outcome *outcome) {
    *outcome = (ta_exec_outcome){0};
    ta_program program;
    ta_status status = ta_program_find(arguments[0], &program);
    outcome->program_code = program.shell_code;
    if (!ta_ok(status))
        return status;
    outcome->result = ta_result_new();
    if (!outcome->result)
        return ta_status_make(TA_INTERNAL, "no memory for a result");
    identify(options, &program, arguments, outcome->result);
    ta_exec_ledgers ledgers;
    status = make_ledgers(options, &ledgers);
    ta_ledger_file *file = &ledgers.file;
    if (ta_ok(status))
        status = instruct(options, &program, file->set ? &file->set->plan : file->ledger);
    if (ta_ok(status))
        status = begin_stacked(options, &ledgers);
    if (ta_ok(status))
        status = audit(options, &program, arguments, &ledgers, outcome);
    ta_followed_free(ledgers.followed);
    ta_stacked_free(ledgers.stacked);
    ta_ledger_close(file);
    if (!ta_ok(status)) {
        ta_result_free(outcome->result);
        outcome->result = NULL;
    }
    return status;
}
