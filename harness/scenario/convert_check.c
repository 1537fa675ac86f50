#include "convert.h"

#include <stdio.h>

/* The phase as an object again, to fail at one of its keys. */
static ta_object phase_object(const ta_object *root, uint32_t index) {
    const cJSON *phases = ta_object_get(root, &ta_root_keys[TA_ROOT_phases]);
    ta_object object = {.node = cJSON_GetArrayItem(phases, (int)index)};
    snprintf(object.path, sizeof object.path, "phases[%u]", index);
    return object;
}

static bool check_phases(ta_reader *reader, const ta_object *root, const ta_scenario *scenario) {
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        const ta_phase_plan *plan = &scenario->phases[i].plan;
        ta_object object = phase_object(root, i);
        bool by_spawn = ta_object_get(&object, &ta_phase_keys[TA_PHASE_spawn]) != NULL;
        if (plan->population_last > scenario->capacity)
            return ta_reader_fail_key(reader, &object,
                                      &ta_phase_keys[by_spawn ? TA_PHASE_spawn : TA_PHASE_to],
                                      "a population of %u does not fit into the pool of %u",
                                      plan->population_last, scenario->capacity);
        if (plan->load == TA_LOAD_custom && ta_scenario_is_arena(scenario))
            return ta_reader_fail_key(reader, &object, &ta_phase_keys[TA_PHASE_load],
                                      "the arena has no custom load; a plugin may");
    }
    return true;
}

static bool check_ticks(ta_reader *reader, const ta_object *root, uint64_t ticks) {
    if (ticks <= TA_SCENARIO_TICKS_MAX)
        return true;
    return ta_reader_fail_key(reader, root, &ta_root_keys[TA_ROOT_phases],
                              "the warm-up and all phases are %llu ticks; at most %d are run",
                              (unsigned long long)ticks, TA_SCENARIO_TICKS_MAX);
}

/* A fault that never comes would make a scenario that must fail pass. */
static bool check_faults(ta_reader *reader, const ta_object *root, const ta_fault_plan *faults,
                         uint64_t ticks) {
    const struct {
        uint64_t tick;
        unsigned key;
    } planned[] = {
        {faults->alloc_at_tick, TA_FAULT_alloc_at_tick},
        {faults->end_at_tick, TA_FAULT_end_at_tick},
        {faults->crash_at_tick, TA_FAULT_crash_at_tick},
        {faults->hang_at_tick, TA_FAULT_hang_at_tick},
        {faults->miscount_at_tick, TA_FAULT_miscount_at_tick},
        {faults->slow_at_tick, TA_FAULT_slow_at_tick},
    };
    ta_object object = {.node = ta_object_get(root, &ta_root_keys[TA_ROOT_faults]),
                        .path = "faults"};
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++)
        if (planned[i].tick > ticks)
            return ta_reader_fail_key(reader, &object, &ta_fault_keys[planned[i].key],
                                      "tick %llu never comes: the run has %llu, warm-up included",
                                      (unsigned long long)planned[i].tick,
                                      (unsigned long long)ticks);
    uint64_t leaked = faults->leak_bytes_per_tick * ticks;
    if (leaked > TA_SCENARIO_LEAK_TOTAL_MAX)
        return ta_reader_fail_key(reader, &object, &ta_fault_keys[TA_FAULT_leak_bytes_per_tick],
                                  "%llu bytes in all %llu ticks; at most %d are leaked",
                                  (unsigned long long)leaked, (unsigned long long)ticks,
                                  TA_SCENARIO_LEAK_TOTAL_MAX);
    return true;
}

bool ta_convert_check(ta_reader *reader, const ta_object *root, const ta_scenario *scenario) {
    uint64_t ticks = scenario->warmup_ticks + ta_scenario_ticks(scenario);
    return check_phases(reader, root, scenario) && check_ticks(reader, root, ticks) &&
           check_faults(reader, root, &scenario->faults, ticks);
}
