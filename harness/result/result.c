#define _GNU_SOURCE /* strsignal */
#include "result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[] = {
    [TA_VERDICT_PASS] = "pass",         [TA_VERDICT_FAIL] = "fail",
    [TA_VERDICT_IMPROVED] = "improved", [TA_VERDICT_INCONCLUSIVE] = "inconclusive",
    [TA_VERDICT_PARTIAL] = "partial",   [TA_VERDICT_NONE] = "none",
};
enum { VERDICT_COUNT = sizeof verdict_names / sizeof *verdict_names };

const char *ta_verdict_name(ta_verdict verdict) {
    return (unsigned)verdict < VERDICT_COUNT ? verdict_names[verdict] : "unknown";
}

bool ta_verdict_find(const char *name, ta_verdict *verdict) {
    for (unsigned i = 0; i < VERDICT_COUNT; i++) {
        if (strcmp(name, verdict_names[i]) == 0) {
            *verdict = (ta_verdict)i;
            return true;
        }
    }
    return false;
}

ta_status_code ta_verdict_exit_code(ta_verdict verdict) {
    switch (verdict) {
    case TA_VERDICT_PASS:
    case TA_VERDICT_IMPROVED:
    case TA_VERDICT_NONE:
        return TA_OK;
    case TA_VERDICT_FAIL:
        return TA_FAILED;
    case TA_VERDICT_INCONCLUSIVE:
        return TA_INCONCLUSIVE;
    case TA_VERDICT_PARTIAL:
        return TA_WORKLOAD_DIED;
    }
    return TA_INTERNAL;
}

ta_result *ta_result_new(void) {
    return calloc(1, sizeof(ta_result));
}

bool ta_record_set_arguments(ta_record *record, char *const *arguments, uint32_t count) {
    char **copies = calloc(count ? count : 1, sizeof *copies);
    for (uint32_t i = 0; copies && i < count; i++) {
        copies[i] = strdup(arguments[i]);
        if (copies[i])
            continue;
        while (i > 0)
            free(copies[--i]);
        free(copies);
        return false;
    }
    if (copies) {
        ta_record_clear(record);
        record->arguments = copies;
        record->argument_count = count;
    }
    return copies != NULL;
}

void ta_record_clear(ta_record *record) {
    for (uint32_t i = 0; i < record->argument_count; i++)
        free(record->arguments[i]);
    free(record->arguments);
    record->arguments = NULL;
    record->argument_count = 0;
}

void ta_result_free(ta_result *result) {
    if (!result)
        return;
    free(result->judgements);
    free(result->evidence);
    free(result->hot_paths);
    free(result->allowed);
    free(result->sites);
    free(result->stacks);
    free(result->frames);
    free(result->suppressions);
    free(result->ticks);
    free(result->processes);
    ta_record_clear(&result->record);
    free(result);
}

double ta_result_value(const ta_result *result, ta_metric metric) {
    return result->whole.known[metric] ? result->whole.value[metric] : (double)NAN;
}

static const char *const state_names[] = {[TA_SUPPRESSION_USED] = "used",
                                          [TA_SUPPRESSION_UNUSED] = "unused",
                                          [TA_SUPPRESSION_EXPIRED] = "expired"};

const char *ta_suppression_state_name(ta_suppression_state state) {
    return state_names[state];
}

bool ta_suppression_state_find(const char *name, ta_suppression_state *state) {
    for (unsigned i = 0; i < sizeof state_names / sizeof *state_names; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *state = (ta_suppression_state)i;
            return true;
        }
    }
    return false;
}

bool ta_site_has_path(const ta_site *site, uint32_t hot_path) {
    return hot_path < TA_RESULT_HOT_PATHS_MAX && site->within[hot_path / 64] >> hot_path % 64 & 1;
}

void ta_site_add_path(ta_site *site, uint32_t hot_path) {
    if (hot_path < TA_RESULT_HOT_PATHS_MAX)
        site->within[hot_path / 64] |= UINT64_C(1) << hot_path % 64;
}

const ta_frame *ta_site_frame(const ta_result *result, const ta_site *site, unsigned depth) {
    return &result->frames[result->stacks[site->stack_at + depth]];
}

static const char *const end_names[] = {
    [TA_PROCESS_EXITED] = "exited",
    [TA_PROCESS_CUT_SHORT] = "cut short",
    [TA_PROCESS_RUNNING] = "running",
};

const char *ta_process_end_name(ta_process_end end) {
    return end_names[end];
}

bool ta_process_end_find(const char *name, ta_process_end *end) {
    for (unsigned i = 0; i < sizeof end_names / sizeof end_names[0]; i++) {
        if (strcmp(end_names[i], name) == 0) {
            *end = (ta_process_end)i;
            return true;
        }
    }
    return false;
}

static const char *const evidence_names[] = {
    [TA_EVIDENCE_COMPLETE] = "complete",
    [TA_EVIDENCE_INCOMPLETE] = "incomplete",
    [TA_EVIDENCE_UNKNOWN] = "unknown",
};

const char *ta_evidence_state_name(ta_evidence_state state) {
    return evidence_names[state];
}

bool ta_evidence_state_find(const char *name, ta_evidence_state *state) {
    for (unsigned i = 0; i < sizeof evidence_names / sizeof *evidence_names; i++) {
        if (strcmp(name, evidence_names[i]) == 0) {
            *state = (ta_evidence_state)i;
            return true;
        }
    }
    return false;
}

static const char *const program_end_names[] = {
    [TA_PROGRAM_END_UNKNOWN] = "unknown",
    [TA_PROGRAM_EXITED] = "exited",
    [TA_PROGRAM_KILLED] = "killed",
};

const char *ta_program_end_name(ta_program_end_how how) {
    return program_end_names[how];
}

bool ta_program_end_find(const char *name, ta_program_end_how *how) {
    for (unsigned i = 0; i < sizeof program_end_names / sizeof *program_end_names; i++) {
        if (strcmp(name, program_end_names[i]) == 0) {
            *how = (ta_program_end_how)i;
            return true;
        }
    }
    return false;
}

void ta_program_end_text(const ta_program_end *end, char *text, size_t size) {
    const char *expected = end->expected ? ", as expected" : "";
    if (end->how == TA_PROGRAM_EXITED)
        (void)snprintf(text, size, "exit code %d%s", end->number, expected);
    else if (end->how == TA_PROGRAM_KILLED)
        (void)snprintf(text, size, "killed by signal %d (%s)%s", end->number,
                       strsignal(end->number), expected);
    else
        (void)snprintf(text, size, "unknown");
}

bool ta_hot_path_has_entries(const ta_hot_path_figures *path) {
    return !path->by_stack || path->entries > 0;
}
