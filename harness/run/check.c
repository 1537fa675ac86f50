/* The auditor on trial: what it counts of a program that does everything a known number of times.
 */
#include "check.h"

#include "companions.h"
#include "exec.h"
#include "probe.h"
#include "program.h"

#include <string.h>

const char *ta_assumption_state_name(uint32_t state) {
    static const char *const names[] = {"unused", "pending", "holds", "failed", "forced"};
    return state < sizeof names / sizeof *names ? names[state] : "unknown";
}

static void compare(ta_check *check, const char *what, uint64_t expected, uint64_t counted) {
    check->counts[check->count_count++] = (ta_check_count){what, expected, counted};
}

static uint64_t allocs_of_path(const ta_result *result, const char *name) {
    uint64_t allocs = 0;
    for (uint32_t i = 0; i < result->hot_path_count; i++)
        allocs += strcmp(result->hot_paths[i].name, name) == 0 ? result->hot_paths[i].allocs : 0;
    return allocs;
}

static bool calls_from(const ta_result *result, const ta_site *site, const char *function) {
    for (unsigned i = 0; i < site->frame_count; i++) {
        if (strcmp(ta_site_frame(result, site, i)->function, function) == 0)
            return true;
    }
    return false;
}

/* Of the allocations in a hot path, those whose stack goes on to `function`. */
static uint64_t allocs_from(const ta_result *result, const char *path, const char *function) {
    uint64_t allocs = 0;
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        if (strcmp(site->hot_path, path) == 0 && calls_from(result, site, function))
            allocs += site->allocs;
    }
    return allocs;
}

static void compare_counts(const ta_exec_outcome *outcome, ta_check *check) {
    const ta_result *result = outcome->result;
    uint64_t in_ticks = 0;
    for (uint64_t i = 0; i < result->tick_count; i++)
        in_ticks += result->ticks[i].allocs;
    compare(check, "ticks", TA_PROBE_TICKS, result->tick_count);
    compare(check, "allocations in ticks", (uint64_t)TA_PROBE_TICKS * TA_PROBE_TICK_ALLOCS,
            in_ticks);
    compare(check, "a watched function left by longjmp", (uint64_t)TA_PROBE_TICKS * TA_PROBE_JUMPS,
            allocs_of_path(result, TA_PROBE_WATCHED));
    compare(check, "a hot path of another thread", 1, allocs_of_path(result, TA_PROBE_THREAD));
    compare(check, "a hot path of a signal handler", TA_PROBE_SIGNALS,
            allocs_of_path(result, TA_PROBE_HANDLER));
    if (outcome->assumptions[TA_ASSUMPTION_signal_frame] == TA_ASSUMPTION_HOLDS)
        compare(check, "of these, stacks out of the handler", TA_PROBE_SIGNALS,
                allocs_from(result, TA_PROBE_HANDLER, TA_PROBE_RAISER));
}

static ta_status audit(ta_check *check, char *probe, const char *hot_symbol,
                       ta_exec_outcome *outcome) {
    char *arguments[] = {probe, NULL};
    ta_exec_options options = ta_exec_options_default();
    options.allocator = check->allocator;
    options.hot_symbol_count = 1;
    options.hot_symbols[0] = hot_symbol;
    ta_status status = ta_exec(&options, arguments, outcome);
    if (ta_ok(status) && outcome->program_code != 0)
        status = ta_status_make(TA_INTERNAL, "%s ended with exit code %d under audit", probe,
                                outcome->program_code);
    return status;
}

/* An imported function is watched apart: where that is refused, all else can be counted still. */
static void check_imports(ta_check *check, char *probe) {
    ta_exec_outcome outcome;
    ta_status status = audit(check, probe, TA_PROBE_IMPORT, &outcome);
    check->assumptions[TA_ASSUMPTION_import_slots] =
        outcome.assumptions[TA_ASSUMPTION_import_slots];
    if (ta_ok(status))
        compare(check, "an imported function that is watched", TA_PROBE_IMPORT_CALLS,
                allocs_of_path(outcome.result, TA_PROBE_IMPORT));
    else if (status.code != TA_BAD_INPUT)
        check->status = status;
    ta_result_free(outcome.result);
}

void ta_check_allocator(ta_run_allocator allocator, ta_check *check) {
    char probe[TA_PROGRAM_PATH_MAX];
    ta_exec_outcome outcome = {0};
    *check = (ta_check){.allocator = allocator};
    check->status = ta_companion("tickaudit-probe", probe, sizeof probe);
    if (ta_ok(check->status))
        check->status = audit(check, probe, TA_PROBE_WATCHED, &outcome);
    memcpy(check->allocator_name, outcome.allocator, sizeof check->allocator_name);
    memcpy(check->assumptions, outcome.assumptions, sizeof check->assumptions);
    check->defects = outcome.defects;
    if (ta_ok(check->status)) {
        compare_counts(&outcome, check);
        check_imports(check, probe);
    }
    ta_result_free(outcome.result);
}

bool ta_check_passed(const ta_check *check) {
    for (unsigned i = 0; i < check->count_count; i++) {
        if (check->counts[i].counted != check->counts[i].expected)
            return false;
    }
    return ta_ok(check->status);
}
