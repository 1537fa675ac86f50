#include "arm.h"

#include "evidence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int ta_metric_decimals(ta_metric metric) {
    const char *unit = ta_metric_table[metric].unit;
    if (strcmp(unit, "MiB") == 0)
        return 7; /* one byte is 9.5e-7 MiB */
    if (strcmp(unit, "ms") == 0)
        return 6; /* one nanosecond */
    if (strcmp(unit, "%") == 0)
        return 4;
    return strcmp(unit, "1/s") == 0 ? 3 : 0;
}

/* Cuts quietly: the fields of an arm are as long as those of a result, but for the source. */
#define COPY(to, from) ((void)snprintf((to), sizeof(to), "%s", (from)))

static void note_evidence(const ta_result *result, ta_metric metric, ta_arm_metric *judged) {
    unsigned group = ta_figures_group(metric);
    for (uint32_t i = 0; i < result->evidence_count; i++) {
        const ta_evidence *entry = &result->evidence[i];
        ta_fact fact;
        if (!ta_evidence_is_open(result, entry) || !ta_fact_find(entry->what, &fact))
            continue;
        bool higher = ta_fact_table[fact].higher & group, lower = ta_fact_table[fact].lower & group;
        if ((higher || lower) && !judged->higher && !judged->lower)
            judged->fact = (uint8_t)fact;
        judged->higher |= higher;
        judged->lower |= lower;
    }
}

static void note_rounds(const ta_result *result, ta_metric metric, ta_arm_metric *judged) {
    const ta_round_range *range = &result->round_ranges[metric];
    judged->differs = range->known && ta_metric_table[metric].kind == TA_METRIC_EXACT &&
                      range->greatest > range->least;
    judged->least = range->least;
    judged->greatest = range->greatest;
    judged->first_tick = range->first_tick;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash ^= value + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6) + (hash >> 2);
    return hash;
}

static uint64_t hash_made_of(const ta_result *result) {
    const ta_record *record = &result->record;
    if (!record->workload_hash || !record->inputs_hash)
        return 0;
    uint64_t hash = mix(record->workload_hash, record->inputs_hash);
    hash = mix(hash, result->scenario_hash);
    hash = mix(hash, result->seed);
    for (const char *at = result->switches_on; *at; at++)
        hash = mix(hash, (uint8_t)*at);
    for (const char *at = result->allocator; *at; at++)
        hash = mix(hash, (uint8_t)*at);
    return hash ? hash : 1;
}

/* What only a result knows. */
static void note_whole(const ta_result *result, ta_arm *arm) {
    arm->whole = true;
    arm->scenario_named = result->scenario_named || *result->scenario_path;
    arm->ticks_are_timed = strncmp(result->ticks_of, "time:", 5) == 0;
    arm->rounds = result->rounds ? result->rounds : 1;
    arm->repeats = arm->rounds > 1;
    arm->made_of = hash_made_of(result);
    arm->threads = result->threads_seen;
    arm->end = result->program_end;
    arm->hashes_differ = result->round_hashes_differ;
    arm->hash_tick = result->round_hash_tick;
    for (uint32_t i = 0; i < result->hot_path_count; i++)
        arm->hot_entered |= result->hot_paths[i].entries > 0;
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        note_evidence(result, (ta_metric)m, &arm->judged[m]);
        note_rounds(result, (ta_metric)m, &arm->judged[m]);
    }
}

ta_arm ta_arm_from_result(const ta_result *result, const char *source) {
    ta_arm arm = {.seed = result->seed, .seed_known = true, .verdict_known = true};
    COPY(arm.source, source);
    COPY(arm.timestamp, result->timestamp);
    COPY(arm.label, result->label);
    COPY(arm.pre_post, result->pre_post);
    COPY(arm.notes, result->notes);
    COPY(arm.scenario, result->scenario);
    COPY(arm.run_id, result->run_id);
    COPY(arm.allocator, result->allocator);
    COPY(arm.revision, result->revision);
    const char *between = *result->machine && *result->build_type ? "; " : "";
    (void)snprintf(arm.machine, sizeof arm.machine, "%s%s%s", result->machine, between,
                   result->build_type);
    arm.suppressed = result->suppressed.allocs;
    arm.scenario_hash = result->scenario_hash;
    arm.scenario_hash_known = result->scenario_hash != 0;
    arm.state_hash = result->state_hash;
    arm.state_hash_known = result->state_hash != 0;
    arm.verdict = result->partial ? TA_VERDICT_PARTIAL : result->verdict;
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        arm.known[m] = result->whole.known[m] && isfinite(result->whole.value[m]);
        arm.value[m] = arm.known[m] ? result->whole.value[m] : 0;
    }
    note_whole(result, &arm);
    return arm;
}

bool ta_arms_are_one_build(const ta_arm *pre, const ta_arm *post) {
    return pre->made_of && pre->made_of == post->made_of;
}

bool ta_arm_is_partial(const ta_arm *arm) {
    return arm->verdict_known && arm->verdict == TA_VERDICT_PARTIAL;
}
