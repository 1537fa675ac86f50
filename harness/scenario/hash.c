#include "convert.h"

#include <string.h>

/* FNV-1a with 64 bits (Fowler, Noll, Vo: offset basis 14695981039346656037, prime 1099511628211).
 */
static const uint64_t fnv_basis = UINT64_C(14695981039346656037);
static const uint64_t fnv_prime = UINT64_C(1099511628211);

static void add_byte(uint64_t *hash, uint8_t byte) {
    *hash = (*hash ^ byte) * fnv_prime;
}

static void add_text(uint64_t *hash, const char *text) {
    do
        add_byte(hash, (uint8_t)*text); /* the zero too, so that "ab" "c" is not "a" "bc" */
    while (*text++);
}

/* The value's bytes from the lowest, whatever the machine's order. */
static void add_whole(uint64_t *hash, const char *name, uint64_t value) {
    add_text(hash, name);
    for (int shift = 0; shift < 64; shift += 8)
        add_byte(hash, (uint8_t)(value >> shift));
}

static void add_number(uint64_t *hash, const char *name, double value) {
    uint64_t bits;
    if (value == 0)
        value = 0; /* -0 is 0 */
    memcpy(&bits, &value, sizeof bits);
    add_whole(hash, name, bits);
}

static void add_phase(uint64_t *hash, const ta_phase_plan *plan) {
    add_text(hash, plan->name);
    add_text(hash, ta_load_names[plan->load]);
    add_whole(hash, "ticks", plan->ticks);
    add_whole(hash, "from", plan->population_first);
    add_whole(hash, "to", plan->population_last);
    add_whole(hash, "refill_below", plan->refill_below);
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        add_number(hash, "quota", plan->quota[tier]);
}

static void add_parameter(uint64_t *hash, const ta_parameter *parameter) {
    add_number(hash, parameter->name, parameter->number);
    add_whole(hash, "is_text", parameter->is_text);
    add_text(hash, parameter->text);
}

uint64_t ta_scenario_hash(const ta_scenario *scenario, const char *workload) {
    uint64_t hash = fnv_basis;
    add_text(&hash, "tickaudit-scenario/1");
    add_text(&hash, workload);
    add_whole(&hash, "seed", scenario->seed);
    add_whole(&hash, "tick_hz", scenario->tick_hz);
    add_whole(&hash, "capacity", scenario->capacity);
    add_whole(&hash, "warmup_ticks", scenario->warmup_ticks);
    add_whole(&hash, "render", scenario->render);
#define ADD_FAULT(id, name, type, required, least, most)                                           \
    add_whole(&hash, name, scenario->faults.id);
    TA_FAULT_KEY_LIST(ADD_FAULT)
    add_whole(&hash, "parameters", scenario->parameter_count);
    for (uint32_t i = 0; i < scenario->parameter_count; i++)
        add_parameter(&hash, &scenario->parameters[i]);
    add_whole(&hash, "phases", scenario->phase_count);
    for (uint32_t i = 0; i < scenario->phase_count; i++)
        add_phase(&hash, &scenario->phases[i].plan);
    return hash;
}
