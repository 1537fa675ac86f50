/* budget.h: budgets that nobody wrote. What a user writes goes through ta_budget_parse().
 *
 *     budgets[count++] = ta_budget_implied(TA_METRIC_enemy_peak, ">=", 500);
 *
 * Nothing here allocates; safe from any thread. */
#ifndef TA_SCENARIO_BUDGET_H
#define TA_SCENARIO_BUDGET_H

#include "scenario.h"

/* The largest limit, in the metric's unit: counts are exact up to here. */
#define TA_BUDGET_LIMIT_MAX 9007199254740992.0

/* A budget with its text made from its parts, `sign` being its operator as it would be written. */
ta_budget ta_budget_implied(ta_metric metric, const char *sign, uint64_t limit);

#endif
