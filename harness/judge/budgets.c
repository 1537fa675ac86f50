#include "judge.h"

#include "evidence.h"
#include "message.h"
#include "tell_tick.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_hot(ta_metric metric) {
    return metric == TA_METRIC_hot_allocs || metric == TA_METRIC_hot_bytes ||
           metric == TA_METRIC_hot_frees;
}

/* What a budget with a hot path in brackets is about. Suppressed allocations are left out. */
typedef struct path_count {
    bool is_tried; /* it was entered, or allocations are told by their stack */
    bool by_stack_only;
    uint64_t allocs, bytes, frees;
} path_count;

/* Over a phase, by its index plus one, or over the whole. */
static path_count count_path(const ta_result *result, const char *name, uint32_t phase) {
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        const ta_hot_path_figures *p = &result->hot_paths[i];
        if (strcmp(p->name, name) != 0)
            continue;
        path_count count = {p->entries > 0 || p->by_stack, !ta_hot_path_has_entries(p), p->allocs,
                            p->bytes, p->frees};
        if (phase) {
            count.allocs = p->by_phase[phase - 1].allocs;
            count.bytes = p->by_phase[phase - 1].bytes;
            count.frees = p->by_phase[phase - 1].frees;
        }
        return count;
    }
    return (path_count){0};
}

static double of_path(const path_count *count, ta_metric metric) {
    if (metric == TA_METRIC_hot_allocs)
        return (double)count->allocs;
    return (double)(metric == TA_METRIC_hot_bytes ? count->bytes : count->frees);
}

/* Frees are not told by their stack. */
static bool is_any_tried(const ta_result *result, ta_metric metric) {
    bool any = false;
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        const ta_hot_path_figures *p = &result->hot_paths[i];
        if (metric == TA_METRIC_hot_frees && p->by_stack)
            return false;
        any |= p->entries > 0 || p->by_stack;
    }
    return any;
}

/* Whether a site broke the promise that the budget is about; others may be there, if all are kept.
 */
static bool is_offender(const ta_budget *budget, const ta_result *result, const ta_site *site) {
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        bool is_meant =
            !budget->hot_path[0] || strcmp(result->hot_paths[i].name, budget->hot_path) == 0;
        if (is_meant && ta_site_has_path(site, i))
            return !site->suppressed_by;
    }
    return false;
}

/* The hot paths that offended and the worst site, in words: the answer to "where?". */
static void tell_where(const ta_budget *budget, const ta_result *result, ta_message *why) {
    const char *separator = ": ";
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        const ta_hot_path_figures *path = &result->hot_paths[i];
        if (path->allocs == 0 || (budget->hot_path[0] && strcmp(path->name, budget->hot_path) != 0))
            continue;
        ta_message_add(why, "%s%s %" PRIu64, separator, path->name, path->allocs);
        if (path->first_tick)
            ta_message_add(why, " from tick %" PRIu64, path->first_tick);
        separator = ", ";
    }
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        if (site->frame_count == 0 || !is_offender(budget, result, site))
            continue;
        ta_message_add(why, "; worst at ");
        ta_tell_site(result, site, ", called by ", why);
        return;
    }
}

static void explain_fail(const ta_budget *budget, uint32_t phase, const ta_result *result,
                         ta_judgement *j) {
    ta_message why = {j->why, sizeof j->why, 0};
    const ta_metric_info *info = &ta_metric_table[budget->metric];
    int decimals = floor(j->value) == j->value ? 0 : 3;
    ta_message_add(&why, "seen %.*f%s%s", decimals, j->value, info->unit[0] ? " " : "", info->unit);
    if (is_hot(budget->metric))
        tell_where(budget, result, &why);
    if (budget->metric == TA_METRIC_allocs_per_tick_max)
        ta_tell_tick(result, phase, (uint64_t)j->value, &why);
    if (budget->metric == TA_METRIC_enemy_peak && j->value < 1)
        ta_message_add(&why, ": the world was empty, so nothing was tested");
    if (budget->metric == TA_METRIC_population_mismatch)
        ta_message_add(&why, ": in as many ticks the enemies seen, by tier, were not those spawned "
                             "less those gone");
}

static bool has_stack_path(const ta_result *result) {
    bool any = false;
    for (uint32_t i = 0; i < result->hot_path_count; i++)
        any |= result->hot_paths[i].by_stack;
    return any;
}

static void explain_unknown(const ta_budget *budget, const ta_result *result, ta_judgement *j) {
    ta_message why = {j->why, sizeof j->why, 0};
    const ta_evidence *entry = ta_evidence_why_unknown(result, budget);
    if (entry)
        ta_message_add(&why, "%s: %s", entry->detail, entry->remedy);
    else if (budget->metric == TA_METRIC_hot_frees && has_stack_path(result))
        ta_message_add(&why, "frees are not told by their call stack: hold them by symbol:NAME or "
                             "by a mark");
    else if (budget->hot_path[0])
        ta_message_add(&why, "the hot path \"%s\" was never entered", budget->hot_path);
    else if (is_hot(budget->metric))
        ta_message_add(&why, "no hot path was ever entered");
    else
        ta_message_add(&why, "nothing was sampled");
}

static void explain_open(const ta_budget *budget, const ta_evidence *entry, ta_judgement *j) {
    ta_message why = {j->why, sizeof j->why, 0};
    ta_message_add(&why, "by what was seen it %s, but %s: %s",
                   ta_budget_holds(budget, j->value) ? "holds" : "does not hold", entry->detail,
                   entry->remedy);
}

static void look_up(const ta_budget *budget, uint32_t phase, const ta_figures *figures,
                    const ta_result *result, ta_judgement *j) {
    if (budget->hot_path[0]) {
        path_count count = count_path(result, budget->hot_path, phase);
        j->known =
            count.is_tried && !(budget->metric == TA_METRIC_hot_frees && count.by_stack_only);
        j->value = of_path(&count, budget->metric);
        return;
    }
    j->known = figures->known[budget->metric];
    j->value = figures->value[budget->metric];
    if (is_hot(budget->metric) && !is_any_tried(result, budget->metric))
        j->known = false;
}

/* `phase` is the index of the phase plus one, 0 for the whole. */
static void judge(const ta_budget *budget, uint32_t phase, ta_result *result) {
    const ta_figures *figures = phase ? &result->phases[phase - 1] : &result->whole;
    ta_judgement *j = &result->judgements[result->judgement_count++];
    memcpy(j->budget, budget->text, sizeof j->budget);
    memcpy(j->phase, figures->name, sizeof j->phase);
    j->metric = budget->metric;
    look_up(budget, phase, figures, result, j);
    const ta_evidence *open = j->known ? ta_evidence_against(result, budget, j->value) : NULL;
    if (!j->known) {
        j->verdict = TA_VERDICT_INCONCLUSIVE;
        explain_unknown(budget, result, j);
    } else if (open) {
        j->verdict = TA_VERDICT_INCONCLUSIVE;
        explain_open(budget, open, j);
    } else if (ta_budget_holds(budget, j->value)) {
        j->verdict = TA_VERDICT_PASS;
    } else {
        j->verdict = TA_VERDICT_FAIL;
        explain_fail(budget, phase, result, j);
    }
}

static ta_verdict worst_of(const ta_result *result) {
    ta_verdict worst = result->judgement_count ? TA_VERDICT_PASS : TA_VERDICT_NONE;
    for (uint32_t i = 0; i < result->judgement_count; i++) {
        ta_verdict verdict = result->judgements[i].verdict;
        if (verdict == TA_VERDICT_FAIL)
            return TA_VERDICT_FAIL;
        if (verdict == TA_VERDICT_INCONCLUSIVE)
            worst = verdict;
    }
    return worst;
}

void ta_judge_conclude(ta_result *result) {
    result->verdict = result->partial ? TA_VERDICT_PARTIAL : worst_of(result);
    result->exit_code = ta_verdict_exit_code(result->verdict);
}

ta_status ta_judge_budgets(const ta_budget_list *list, ta_result *result) {
    free(result->judgements);
    result->judgement_count = 0;
    result->judgements = calloc(list->count ? list->count : 1, sizeof *result->judgements);
    if (!result->judgements)
        return ta_status_make(TA_INTERNAL, "no memory for %u judgements", list->count);
    for (uint32_t i = 0; i < list->count; i++)
        judge(&list->items[i].budget, list->items[i].phase, result);
    ta_judge_conclude(result);
    return ta_status_ok();
}

/* ---- after several rounds ---- */

static const ta_figures *figures_named(const ta_result *r, const char *name) {
    for (uint32_t i = 0; i < r->phase_count; i++) {
        if (strcmp(r->phases[i].name, name) == 0)
            return &r->phases[i];
    }
    return &r->whole;
}

static void judge_time(const ta_result *r, ta_judgement *j) {
    const ta_figures *figures = figures_named(r, j->phase);
    ta_budget budget;
    bool was_judged = j->verdict == TA_VERDICT_PASS || j->verdict == TA_VERDICT_FAIL;
    if (ta_metric_table[j->metric].kind != TA_METRIC_TIMED || !was_judged ||
        !figures->known[j->metric] || !ta_ok(ta_budget_parse(j->budget, &budget)))
        return;
    j->value = figures->value[j->metric];
    j->why[0] = 0;
    j->verdict = ta_budget_holds(&budget, j->value) ? TA_VERDICT_PASS : TA_VERDICT_FAIL;
    ta_message why = {j->why, sizeof j->why, 0};
    if (j->verdict == TA_VERDICT_FAIL)
        ta_message_add(&why, "seen %.15g %s over %u rounds", j->value,
                       ta_metric_table[j->metric].unit, r->rounds);
}

void ta_judge_rounds(ta_result *result) {
    for (uint32_t i = 0; i < result->judgement_count && result->rounds > 1; i++)
        judge_time(result, &result->judgements[i]);
    ta_judge_conclude(result);
}
