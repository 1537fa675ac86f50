#define _GNU_SOURCE /* strnlen */
#include "scenario_promises.h"

#include <math.h>
#include <string.h>

#include "sim/switches.h"

static bool ends_within(const char *text, size_t size) {
    return strnlen(text, size) < size;
}

static bool budgets_hold(const ta_budget *budgets, uint32_t count) {
    if (count > TA_SCENARIO_BUDGETS_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const ta_budget *b = &budgets[i];
        ta_budget again;
        if ((unsigned)b->metric >= TA_METRIC_COUNT || (unsigned)b->op > TA_BUDGET_GT ||
            !(b->limit >= 0 && isfinite(b->limit)) || !ends_within(b->text, sizeof b->text) ||
            !ends_within(b->hot_path, sizeof b->hot_path))
            return false;
        /* The text says what the struct does: a report may print either. */
        if (!ta_ok(ta_budget_parse(b->text, &again)) || again.metric != b->metric ||
            again.op != b->op || again.limit < b->limit || again.limit > b->limit)
            return false;
    }
    return true;
}

static bool quota_holds(const ta_phase_plan *plan) {
    double sum = 0;
    for (int tier = 0; tier < TA_TIER_COUNT; tier++) {
        if (!(plan->quota[tier] >= 0 && plan->quota[tier] <= 1))
            return false;
        sum += plan->quota[tier];
    }
    if (plan->load == TA_LOAD_mixed_tier || sum > 0)
        return fabs(sum - 1) < 1e-9;
    return true;
}

static bool promises_population(const ta_scenario_phase *phase) {
    for (uint32_t i = 0; i < phase->budget_count; i++) {
        const ta_budget *budget = &phase->budgets[i];
        bool from_below = budget->op == TA_BUDGET_GE || budget->op == TA_BUDGET_GT ||
                          (budget->op == TA_BUDGET_EQ && budget->limit > 0);
        if (budget->metric == TA_METRIC_enemy_peak && from_below)
            return true;
    }
    return phase->plan.load == TA_LOAD_custom;
}

static const char *broken_in_phase(const ta_scenario *s, const ta_scenario_phase *phase) {
    const ta_phase_plan *plan = &phase->plan;
    if (!ends_within(plan->name, sizeof plan->name) || plan->name[0] == '\0')
        return "a phase has a name";
    if (plan->load >= TA_LOAD_COUNT)
        return "a phase has a load";
    if (plan->ticks < 1 || !(phase->seconds > 0 && phase->seconds <= TA_SCENARIO_SECONDS_MAX))
        return "a phase lasts";
    if (plan->population_last > s->capacity || plan->population_first > plan->population_last ||
        plan->refill_below > plan->population_last)
        return "populations fit";
    if (plan->population_last == 0 && plan->load != TA_LOAD_custom)
        return "a phase has a population";
    if (!quota_holds(plan))
        return "shares add up to one";
    if (!budgets_hold(phase->budgets, phase->budget_count))
        return "a phase's budgets are whole";
    return promises_population(phase) ? NULL : "a phase promises its population";
}

static bool texts_end(const ta_scenario *s) {
    return ends_within(s->path, sizeof s->path) && ends_within(s->name, sizeof s->name) &&
           ends_within(s->description, sizeof s->description) &&
           ends_within(s->workload, sizeof s->workload) && ends_within(s->level, sizeof s->level) &&
           s->name[0] != '\0' && !strchr(s->name, '/');
}

static const char *broken_in_head(const ta_scenario *s) {
    uint64_t ticks = ta_scenario_ticks(s) + s->warmup_ticks;
    if (!texts_end(s))
        return "texts end within their fields";
    if (s->seed >> TA_SCENARIO_SEED_BITS)
        return "the seed is exact";
    if (s->tick_hz < 1 || s->tick_hz > TA_SCENARIO_TICK_HZ_MAX)
        return "tick_hz is within its limits";
    if (s->capacity < 1 || s->capacity > TA_SCENARIO_POPULATION_MAX)
        return "the capacity is within its limits";
    if (ticks < 1 || ticks > TA_SCENARIO_TICKS_MAX)
        return "the ticks are within their limits";
    if (!(s->timeout_seconds >= 0 && s->timeout_seconds <= TA_SCENARIO_TIMEOUT_MAX))
        return "the timeout is within its limits";
    if (s->switches & ~(uint32_t)SIM_SWITCHES_ALL)
        return "switches are known ones";
    if (s->faults.leak_bytes_per_tick * ticks > TA_SCENARIO_LEAK_TOTAL_MAX ||
        s->faults.hang_at_tick > ticks || s->faults.alloc_at_tick > ticks)
        return "faults are within their limits";
    if (s->parameter_count > TA_PARAMETERS_MAX)
        return "parameters fit";
    return budgets_hold(s->budgets, s->budget_count) ? NULL : "budgets are whole";
}

const char *scenario_broken_promise(const ta_scenario *scenario) {
    const char *broken = broken_in_head(scenario);
    if (broken)
        return broken;
    if (scenario->phase_count < 1 || scenario->phase_count > TA_SCENARIO_PHASES_MAX)
        return "there are phases, and not too many";
    for (uint32_t i = 0; i < scenario->phase_count && !broken; i++)
        broken = broken_in_phase(scenario, &scenario->phases[i]);
    return broken;
}
