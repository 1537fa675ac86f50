#include "convert.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "budget.h"

/* Shares are written by people: three times 33.333 counts as 100. */
static const double quota_tolerance = 0.01;

static bool read_load(ta_reader *reader, const ta_object *object, uint32_t *load) {
    const ta_key *key = &ta_phase_keys[TA_PHASE_load];
    char name[TA_NAME_MAX] = "";
    if (!ta_read_text(reader, object, key, name, sizeof name))
        return false;
    for (*load = 0; *load < TA_LOAD_COUNT; ++*load)
        if (strcmp(ta_load_names[*load], name) == 0)
            return true;
    const char *nearest = ta_nearest_name(name, ta_load_names, TA_LOAD_COUNT);
    if (nearest)
        return ta_reader_fail_key(reader, object, key, "unknown load \"%s\"; did you mean \"%s\"?",
                                  name, nearest);
    return ta_reader_fail_key(reader, object, key,
                              "unknown load \"%s\"; expected gradual, burst, combat, mixed_tier or "
                              "custom",
                              name);
}

/* "gradual, custom" for the loads of a mask. */
static void name_loads(unsigned mask, char *list, size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (unsigned load = 0; load < TA_LOAD_COUNT; load++)
        if ((mask >> load & 1U) && used < size)
            used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
                                     ta_load_names[load]);
}

/* Every key of the phase goes with its load, and the load has every key that it needs. */
static bool check_load_keys(ta_reader *reader, const ta_object *object, uint32_t load) {
    for (unsigned i = 0; i < TA_PHASE_KEY_COUNT; i++) {
        const cJSON *node = ta_object_get(object, &ta_phase_keys[i]);
        const char *name = ta_phase_keys[i].name;
        if (!node && (ta_phase_loads[i].required >> load & 1U))
            return ta_reader_fail(reader, object->node, TA_AT_VALUE, object->path,
                                  "the load \"%s\" needs the key \"%s\"", ta_load_names[load],
                                  name);
        if (node && !(ta_phase_loads[i].allowed >> load & 1U)) {
            char loads[128];
            name_loads(ta_phase_loads[i].allowed, loads, sizeof loads);
            return ta_reader_fail(reader, node, TA_AT_KEY, object->path,
                                  "the key \"%s\" does not go with the load \"%s\", only with %s",
                                  name, ta_load_names[load], loads);
        }
    }
    return true;
}

static bool check_name(ta_reader *reader, const ta_object *object, const ta_scenario *scenario,
                       uint32_t index) {
    const ta_key *key = &ta_phase_keys[TA_PHASE_name];
    const char *name = scenario->phases[index].plan.name;
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        return ta_reader_fail_key(reader, object, key,
                                  "expected lower-case letters, digits and _ only, found \"%s\"",
                                  name);
    if (strcmp(name, "whole") == 0)
        return ta_reader_fail_key(reader, object, key,
                                  "\"whole\" is how results call the whole run");
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(scenario->phases[i].plan.name, name) == 0)
            return ta_reader_fail_key(reader, object, key, "phases[%u] is named \"%s\" too", i,
                                      name);
    return true;
}

static bool read_quota(ta_reader *reader, const ta_object *object, ta_phase_plan *plan) {
    ta_object quota;
    double sum = 0;
    if (!ta_read_object(reader, object, &ta_phase_keys[TA_PHASE_quota], &quota))
        return false;
    if (!quota.node)
        return true;
    if (!ta_read_keys(reader, &quota, ta_quota_keys, TA_QUOTA_KEY_COUNT, "a quota"))
        return false;
    for (unsigned i = 0; i < TA_QUOTA_KEY_COUNT; i++) {
        if (!ta_read_number(reader, &quota, &ta_quota_keys[i], &plan->quota[i]))
            return false;
        sum += plan->quota[i];
    }
    if (!(fabs(sum - 100) <= quota_tolerance))
        return ta_reader_fail(reader, quota.node, TA_AT_VALUE, quota.path,
                              "expected shares that add up to 100 %%, found %.6g", sum);
    for (unsigned i = 0; i < TA_QUOTA_KEY_COUNT; i++)
        plan->quota[i] /= sum;
    return true;
}

_Static_assert((int)TA_QUOTA_KEY_COUNT == (int)TA_TIER_COUNT, "a share for each tier");

static bool read_population(ta_reader *reader, const ta_object *object, ta_phase_plan *plan) {
    const ta_key *from = &ta_phase_keys[TA_PHASE_from];
    const ta_key *refill = &ta_phase_keys[TA_PHASE_refill_below];
    if (!ta_read_whole32(reader, object, from, &plan->population_first) ||
        !ta_read_whole32(reader, object, &ta_phase_keys[TA_PHASE_to], &plan->population_last) ||
        !ta_read_whole32(reader, object, &ta_phase_keys[TA_PHASE_spawn], &plan->population_last))
        return false;
    if (plan->load == TA_LOAD_combat) /* the original's: 400 of 500 */
        plan->refill_below = plan->population_last / 5 * 4 + plan->population_last % 5 * 4 / 5;
    if (!ta_read_whole32(reader, object, refill, &plan->refill_below))
        return false;
    if (plan->population_first > plan->population_last)
        return ta_reader_fail_key(reader, object, from,
                                  "expected at most the %u of \"to\", found %u",
                                  plan->population_last, plan->population_first);
    if (plan->refill_below > plan->population_last)
        return ta_reader_fail_key(reader, object, refill,
                                  "expected at most the population of %u, found %u",
                                  plan->population_last, plan->refill_below);
    return true;
}

static bool has_peak_budget(const ta_scenario_phase *phase) {
    for (uint32_t i = 0; i < phase->budget_count; i++) {
        const ta_budget *budget = &phase->budgets[i];
        bool from_below = budget->op == TA_BUDGET_GE || budget->op == TA_BUDGET_GT ||
                          (budget->op == TA_BUDGET_EQ && budget->limit > 0);
        if (budget->metric == TA_METRIC_enemy_peak && from_below)
            return true;
    }
    return false;
}

/* An empty world is fast, and once passed for a good run: each phase must reach its population. */
static void imply_budgets(ta_scenario_phase *phase) {
    if (phase->plan.load != TA_LOAD_custom && !has_peak_budget(phase))
        phase->budgets[phase->budget_count++] =
            ta_budget_implied(TA_METRIC_enemy_peak, ">=", phase->plan.population_last);
}

static bool convert_phase(ta_reader *reader, const ta_object *object, ta_scenario *scenario,
                          uint32_t index) {
    ta_scenario_phase *phase = &scenario->phases[index];
    ta_phase_plan *plan = &phase->plan;
    if (!cJSON_IsObject(object->node))
        return ta_reader_fail(reader, object->node, TA_AT_VALUE, object->path,
                              "expected an object, found %s", ta_json_kind(object->node));
    bool read = ta_read_keys(reader, object, ta_phase_keys, TA_PHASE_KEY_COUNT, "a phase") &&
                ta_read_text(reader, object, &ta_phase_keys[TA_PHASE_name], plan->name,
                             sizeof plan->name) &&
                check_name(reader, object, scenario, index) &&
                read_load(reader, object, &plan->load) &&
                check_load_keys(reader, object, plan->load) &&
                ta_read_number(reader, object, &ta_phase_keys[TA_PHASE_seconds], &phase->seconds) &&
                read_population(reader, object, plan) && read_quota(reader, object, plan) &&
                ta_convert_budgets(reader, object, &ta_phase_keys[TA_PHASE_budgets], phase->budgets,
                                   &phase->budget_count);
    if (!read)
        return false;
    imply_budgets(phase);
    double ticks = round(phase->seconds * scenario->tick_hz);
    plan->ticks = ticks < 1 ? 1 : (uint64_t)ticks;
    return true;
}

bool ta_convert_phases(ta_reader *reader, const ta_object *root, ta_scenario *scenario) {
    ta_object phases, phase;
    if (!ta_read_array(reader, root, &ta_root_keys[TA_ROOT_phases], &phases))
        return false;
    for (phase.node = phases.node->child; phase.node; phase.node = phase.node->next) {
        snprintf(phase.path, sizeof phase.path, "phases[%u]", scenario->phase_count);
        if (!convert_phase(reader, &phase, scenario, scenario->phase_count))
            return false;
        scenario->phase_count++;
    }
    return true;
}
