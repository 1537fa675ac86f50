/* budgets.h: holds the figures of a run against the budgets of its scenario.
 *
 *     ta_status status = ta_judge_budgets(&scenario, ledger, result);
 *
 * Needs figures, sites and evidence in the result. Allocates the judgements. */
#ifndef TA_JUDGE_BUDGETS_H
#define TA_JUDGE_BUDGETS_H

#include "layout.h"
#include "result.h"
#include "scenario.h"

/* Fills judgements, verdict and exit code. A budget that could not be tried (nothing was sampled,
 * or its hot path was never entered) is inconclusive, never passed, and so is one whose outcome an
 * open entry of the evidence could turn (evidence.h). A partial run keeps the partial verdict,
 * whatever its budgets say; without any budget the verdict is none. TA_INTERNAL when there is no
 * memory. */
ta_status ta_judge_budgets(const ta_scenario *scenario, const ta_ledger *ledger, ta_result *result);

/* The verdict and the exit code from the judgements that are there. */
void ta_judge_conclude(ta_result *result);

#endif
