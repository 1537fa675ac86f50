/* Which budgets a result is held against, wherever they were written. */
#include "judge.h"

#include "evidence.h"
#include "message.h"
#include "suppress.h"

#include <stdlib.h>
#include <string.h>

ta_status ta_budget_list_add(ta_budget_list *list, const ta_budget *budget, uint32_t phase) {
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 16;
        void *items = realloc(list->items, room * sizeof *list->items);
        if (!items)
            return ta_status_make(TA_INTERNAL, "no memory for %u budgets", room);
        list->items = items;
        list->room = room;
    }
    list->items[list->count].budget = *budget;
    list->items[list->count++].phase = phase;
    return ta_status_ok();
}

ta_status ta_budget_list_of_scenario(const ta_scenario *scenario, ta_budget_list *list) {
    ta_status status = ta_status_ok();
    for (uint32_t b = 0; ta_ok(status) && b < scenario->budget_count; b++)
        status = ta_budget_list_add(list, &scenario->budgets[b], 0);
    for (uint32_t p = 0; p < scenario->phase_count; p++) {
        for (uint32_t b = 0; ta_ok(status) && b < scenario->phases[p].budget_count; b++)
            status = ta_budget_list_add(list, &scenario->phases[p].budgets[b], p + 1);
    }
    return status;
}

/* Its index plus one; 0 for the whole, and for none. */
static uint32_t phase_of(const ta_result *result, const char *name) {
    for (uint32_t p = 0; p < result->phase_count; p++) {
        if (strcmp(result->phases[p].name, name) == 0)
            return p + 1;
    }
    return 0;
}

ta_status ta_budget_list_of_result(const ta_result *result, ta_budget_list *list) {
    ta_status status = ta_status_ok();
    for (uint32_t i = 0; ta_ok(status) && i < result->judgement_count; i++) {
        const ta_judgement *j = &result->judgements[i];
        uint32_t phase = phase_of(result, j->phase);
        ta_budget budget;
        if (phase == 0 && strcmp(j->phase, result->whole.name) != 0)
            return ta_status_make(TA_BAD_INPUT, "budget %s: there is no phase %s in this result",
                                  j->budget, j->phase);
        status = ta_budget_parse(j->budget, &budget);
        if (ta_ok(status))
            status = ta_budget_list_add(list, &budget, phase);
    }
    return status;
}

void ta_budget_list_free(ta_budget_list *list) {
    free(list->items);
    *list = (ta_budget_list){0};
}

ta_status ta_judge(const ta_budget_list *list, const ta_suppressions *suppressions,
                   ta_result *result) {
    ta_status status = suppressions ? ta_suppress(suppressions, result) : ta_status_ok();
    return ta_ok(status) ? ta_judge_budgets(list, result) : status;
}

/* ---- a kept result ---- */

static const ta_judgement *kept_like(const ta_judgement *kept, uint32_t count,
                                     const ta_judgement *j) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(kept[i].budget, j->budget) == 0 && strcmp(kept[i].phase, j->phase) == 0)
            return &kept[i];
    }
    return NULL;
}

/* What was judged by the figures of one round. */
static void doubt_rounds(const ta_budget *budget, uint32_t phase, const ta_result *result,
                         ta_judgement *j) {
    const ta_round_range *range = &result->round_ranges[j->metric];
    bool is_told = phase == 0 && !budget->hot_path[0] && range->known;
    ta_message why = {j->why, sizeof j->why, 0};
    if (is_told &&
        ta_budget_holds(budget, range->least) == ta_budget_holds(budget, range->greatest))
        return;
    j->verdict = TA_VERDICT_INCONCLUSIVE;
    if (is_told)
        ta_message_add(&why, "it is nondeterministic: %.15g to %.15g in %u rounds", range->least,
                       range->greatest, result->rounds);
    else
        ta_message_add(&why,
                       "this result of %u rounds does not tell it of each: run it again with "
                       "this budget",
                       result->rounds);
}

/* Without a budget an end other than success was the program's own affair. */
static void note_end(ta_result *result) {
    const ta_program_end *end = &result->program_end;
    if (result->partial || end->expected || end->how == TA_PROGRAM_END_UNKNOWN ||
        (end->how == TA_PROGRAM_EXITED && end->number == 0))
        return;
    result->partial = true;
    ta_program_end_text(end, result->partial_why, sizeof result->partial_why);
}

ta_status ta_judge_again(const ta_budget_list *list, ta_result *result) {
    if (list->count)
        note_end(result);
    ta_judgement *kept = result->judgements;
    uint32_t count = result->judgement_count;
    result->judgements = NULL;
    result->judgement_count = 0;
    ta_status status = ta_judge_budgets(list, result);
    for (uint32_t i = 0; i < result->judgement_count && result->rounds > 1; i++) {
        ta_judgement *j = &result->judgements[i];
        const ta_judgement *like = kept_like(kept, count, j);
        if (like)
            *j = *like;
        else if (ta_metric_table[j->metric].kind == TA_METRIC_EXACT)
            doubt_rounds(&list->items[i].budget, list->items[i].phase, result, j);
    }
    free(kept);
    if (ta_ok(status))
        ta_judge_conclude(result);
    return status;
}
