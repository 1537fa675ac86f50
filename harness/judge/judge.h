/* judge.h: holds what a result says against budgets. Whatever is judged is in the result, so that a
 * kept one can be judged again.
 *
 *     ta_budget_list list = {0};
 *     status = ta_budget_list_of_scenario(&scenario, &list);
 *     if (ta_ok(status))
 *         status = ta_judge(&list, suppressions, result);
 *     ta_budget_list_free(&list);
 *
 * Any thread; allocates. */
#ifndef TA_JUDGE_JUDGE_H
#define TA_JUDGE_JUDGE_H

#include "result.h"
#include "scenario.h"

typedef struct ta_budget_list {
    uint32_t count, room;
    struct {
        ta_budget budget;
        uint32_t phase; /* its index plus one; 0: the whole run */
    } * items;
} ta_budget_list;

/* Each adds to a list; TA_INTERNAL without memory. Those of a result are the ones that it was
 * judged by: TA_BAD_INPUT when one of them cannot be read, or is of a phase that it does not have.
 */
ta_status ta_budget_list_add(ta_budget_list *list, const ta_budget *budget, uint32_t phase);
ta_status ta_budget_list_of_scenario(const ta_scenario *scenario, ta_budget_list *list);
ta_status ta_budget_list_of_result(const ta_result *result, ta_budget_list *list);
void ta_budget_list_free(ta_budget_list *list);

/* Takes what `suppressions` (NULL for none) let pass out of the figures, and judges. */
ta_status ta_judge(const ta_budget_list *list, const ta_suppressions *suppressions,
                   ta_result *result);

/* Judges a kept result again. Of one round that is ta_judge_budgets(). Of several rounds the result
 * keeps how its own budgets came out in each; another one over the whole run is held against the
 * least and the greatest, and one over a phase or a hot path is inconclusive. With a budget, a
 * program that did not end with success makes the result partial, unless that end was named as
 * expected. */
ta_status ta_judge_again(const ta_budget_list *list, ta_result *result);

/* Fills judgements, verdict and exit code, in place of those that are there. A budget that could
 * not be tried (nothing was sampled, or its hot path was never entered) is inconclusive, never
 * passed, and so is one whose outcome an open entry of the evidence could turn (evidence.h). A
 * partial run keeps the partial verdict, whatever its budgets say; without any budget the verdict
 * is none. TA_INTERNAL when there is no memory. */
ta_status ta_judge_budgets(const ta_budget_list *list, ta_result *result);

/* Judges budgets over times again, once several rounds are joined: against the figure of all
 * rounds, never against that of one. */
void ta_judge_rounds(ta_result *result);

/* The verdict and the exit code from the judgements that are there. */
void ta_judge_conclude(ta_result *result);

#endif
