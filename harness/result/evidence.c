#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const ta_fact_info ta_fact_table[TA_FACT_COUNT] = {
#define FACT_ROW(name, says, higher, lower, unknown)                                               \
    [TA_FACT_##name] = {#name, (says), (higher), (lower), (unknown)},
    TA_FACT_LIST(FACT_ROW)
#undef FACT_ROW
};

static const unsigned groups[TA_METRIC_COUNT] = {
    [TA_METRIC_avg_fps] = TA_FIGURES_TICK_MEANS,
    [TA_METRIC_p95_ms] = TA_FIGURES_TICK_RANKS,
    [TA_METRIC_mem_growth_mb] = TA_FIGURES_PEAK,
    [TA_METRIC_enemy_final] = TA_FIGURES_WORLD_END,
    [TA_METRIC_enemy_peak] = TA_FIGURES_WORLD,
    [TA_METRIC_frames_below_30] = TA_FIGURES_TICK_TIMES,
    [TA_METRIC_spikes_over_50ms] = TA_FIGURES_TICK_TIMES,
    [TA_METRIC_hot_allocs] = TA_FIGURES_HOT,
    [TA_METRIC_hot_bytes] = TA_FIGURES_HOT,
    [TA_METRIC_hot_frees] = TA_FIGURES_HOT,
    [TA_METRIC_allocs_per_tick_max] = TA_FIGURES_TICK_ALLOCS,
    [TA_METRIC_live_bytes_growth] = TA_FIGURES_GROWTH,
    [TA_METRIC_live_blocks_growth] = TA_FIGURES_GROWTH,
    [TA_METRIC_rss_growth_mb] = TA_FIGURES_RSS,
    [TA_METRIC_fps_stability_pct] = TA_FIGURES_TICK_MEANS,
    [TA_METRIC_frame_ms_mean] = TA_FIGURES_TICK_MEANS,
    [TA_METRIC_frame_ms_max] = TA_FIGURES_TICK_TIMES,
    [TA_METRIC_allocs] = TA_FIGURES_COUNTS,
    [TA_METRIC_frees] = TA_FIGURES_COUNTS,
    [TA_METRIC_bytes] = TA_FIGURES_COUNTS,
    [TA_METRIC_mapped_calls] = TA_FIGURES_MAPPED,
    [TA_METRIC_ticks] = TA_FIGURES_TICKS,
    [TA_METRIC_enemies_spawned] = TA_FIGURES_WORLD,
    [TA_METRIC_enemies_died] = TA_FIGURES_WORLD,
    [TA_METRIC_population_mismatch] = TA_FIGURES_WORLD,
    [TA_METRIC_draw_calls] = TA_FIGURES_WORLD,
    [TA_METRIC_steps_dropped] = TA_FIGURES_WORLD,
};

unsigned ta_figures_group(ta_metric metric) {
    return groups[metric];
}

bool ta_fact_find(const char *name, ta_fact *fact) {
    for (unsigned i = 0; i < TA_FACT_COUNT; i++) {
        if (strcmp(name, ta_fact_table[i].name) == 0) {
            *fact = (ta_fact)i;
            return true;
        }
    }
    return false;
}

static const char *text_of(const char *text) {
    return text ? text : "";
}

ta_status ta_evidence_add(ta_result *result, ta_fact fact, ta_finding finding) {
    ta_evidence *entries =
        realloc(result->evidence, (result->evidence_count + 1) * sizeof *entries);
    if (!entries)
        return ta_status_make(TA_INTERNAL, "no memory for the evidence");
    result->evidence = entries;
    ta_evidence *entry = &entries[result->evidence_count++];
    memset(entry, 0, sizeof *entry);
    entry->state = finding.state;
    snprintf(entry->what, sizeof entry->what, "%s", ta_fact_table[fact].name);
    snprintf(entry->subject, sizeof entry->subject, "%s", text_of(finding.subject));
    snprintf(entry->detail, sizeof entry->detail, "%s",
             finding.detail ? finding.detail : ta_fact_table[fact].says);
    snprintf(entry->remedy, sizeof entry->remedy, "%s", text_of(finding.remedy));
    return ta_status_ok();
}

bool ta_evidence_is_open(const ta_result *result, const ta_evidence *entry) {
    return entry->state == TA_EVIDENCE_INCOMPLETE ||
           (entry->state == TA_EVIDENCE_UNKNOWN && result->strict);
}

/* NULL when the entry leaves nothing open that this budget is about. A fact that this version does
 * not know bears on nothing. */
static const ta_fact_info *open_fact(const ta_result *result, const ta_evidence *entry,
                                     const ta_budget *budget) {
    ta_fact fact;
    bool is_meant =
        !*entry->subject || !*budget->hot_path || strcmp(entry->subject, budget->hot_path) == 0;
    if (!is_meant || !ta_evidence_is_open(result, entry) || !ta_fact_find(entry->what, &fact))
        return NULL;
    return &ta_fact_table[fact];
}

bool ta_budget_holds(const ta_budget *budget, double value) {
    switch (budget->op) {
    case TA_BUDGET_LT:
        return value < budget->limit;
    case TA_BUDGET_LE:
        return value <= budget->limit;
    case TA_BUDGET_EQ:
        return !(value < budget->limit) && !(value > budget->limit);
    case TA_BUDGET_GE:
        return value >= budget->limit;
    case TA_BUDGET_GT:
        return value > budget->limit;
    }
    return false;
}

/* Whether a true value on the side that is left open could turn the outcome. */
static bool could_turn(const ta_budget *budget, double value, bool higher, bool lower) {
    bool holds = ta_budget_holds(budget, value);
    switch (budget->op) {
    case TA_BUDGET_LT:
    case TA_BUDGET_LE:
        return holds ? higher : lower;
    case TA_BUDGET_GE:
    case TA_BUDGET_GT:
        return holds ? lower : higher;
    case TA_BUDGET_EQ:
        return holds ? higher || lower : value < budget->limit ? higher : lower;
    }
    return true;
}

const ta_evidence *ta_evidence_against(const ta_result *result, const ta_budget *budget,
                                       double value) {
    unsigned group = ta_figures_group(budget->metric);
    for (uint32_t i = 0; i < result->evidence_count; i++) {
        const ta_fact_info *fact = open_fact(result, &result->evidence[i], budget);
        if (fact && could_turn(budget, value, fact->higher & group, fact->lower & group))
            return &result->evidence[i];
    }
    return NULL;
}

const ta_evidence *ta_evidence_why_unknown(const ta_result *result, const ta_budget *budget) {
    unsigned group = ta_figures_group(budget->metric);
    for (uint32_t i = 0; i < result->evidence_count; i++) {
        const ta_fact_info *fact = open_fact(result, &result->evidence[i], budget);
        if (fact && fact->unknown & group)
            return &result->evidence[i];
    }
    return NULL;
}
