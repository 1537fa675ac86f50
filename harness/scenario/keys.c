#include "keys.h"

#include <string.h>

#define KEY(id, name, type, required, least, most)                                                 \
    {name, TA_KEY_##type, required, (double)(least), (double)(most)},
const ta_key ta_root_keys[TA_ROOT_KEY_COUNT] = {TA_ROOT_KEY_LIST(KEY)};
const ta_key ta_phase_keys[TA_PHASE_KEY_COUNT] = {TA_PHASE_KEY_LIST(KEY)};
const ta_key ta_quota_keys[TA_QUOTA_KEY_COUNT] = {TA_QUOTA_KEY_LIST(KEY)};
const ta_key ta_fault_keys[TA_FAULT_KEY_COUNT] = {TA_FAULT_KEY_LIST(KEY)};

#define SWITCH_KEY(name, phase, number) {#name, TA_KEY_TRUTH, false, 0, 0},
const ta_key ta_switch_keys[SIM_SWITCH_COUNT] = {SIM_SWITCH_LIST(SWITCH_KEY)};

enum {
    GRADUAL = 1U << TA_LOAD_gradual,
    BURST = 1U << TA_LOAD_burst,
    COMBAT = 1U << TA_LOAD_combat,
    MIXED = 1U << TA_LOAD_mixed_tier,
    CUSTOM = 1U << TA_LOAD_custom,
    EVERY = (1U << TA_LOAD_COUNT) - 1
};

const ta_phase_key_loads ta_phase_loads[TA_PHASE_KEY_COUNT] = {
    [TA_PHASE_name] = {EVERY, EVERY},
    [TA_PHASE_load] = {EVERY, EVERY},
    [TA_PHASE_seconds] = {EVERY, EVERY},
    [TA_PHASE_from] = {GRADUAL | CUSTOM, GRADUAL},
    [TA_PHASE_to] = {GRADUAL | CUSTOM, GRADUAL},
    [TA_PHASE_spawn] = {BURST | COMBAT | MIXED, BURST | COMBAT | MIXED},
    [TA_PHASE_refill_below] = {COMBAT | CUSTOM, 0},
    [TA_PHASE_quota] = {MIXED | CUSTOM, MIXED},
    [TA_PHASE_budgets] = {EVERY, 0},
};

#define LOAD_NAME(name, meaning) #name,
const char *const ta_load_names[TA_LOAD_COUNT] = {TA_LOAD_LIST(LOAD_NAME)};

const ta_level ta_levels[TA_LEVEL_COUNT] = {
    {"none", 0},    {"phase_4", 4}, {"phase_5", 5}, {"phase_6", 6},
    {"phase_7", 7}, {"phase_8", 8}, {"phase_9", 9}, {"all", UINT32_MAX},
};

bool ta_level_switches(const char *name, uint32_t *switches) {
    static const unsigned phase_of[SIM_SWITCH_COUNT] = {
#define SWITCH_PHASE(name, phase, number) phase,
        SIM_SWITCH_LIST(SWITCH_PHASE)};
    for (int i = 0; i < TA_LEVEL_COUNT; i++) {
        if (strcmp(ta_levels[i].name, name) != 0)
            continue;
        *switches = SIM_SWITCHES_NONE;
        for (unsigned bit = 0; bit < SIM_SWITCH_COUNT; bit++)
            if (phase_of[bit] <= ta_levels[i].phase)
                *switches |= UINT32_C(1) << bit;
        return true;
    }
    return false;
}

const ta_key *ta_key_find(const ta_key *keys, unsigned count, const char *name) {
    for (unsigned i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

enum { KEYS_MAX = 64 };
_Static_assert((int)TA_ROOT_KEY_COUNT + (int)SIM_SWITCH_COUNT <= KEYS_MAX,
               "the largest two tables");

const char *ta_key_nearest(const ta_key *keys, unsigned count, const ta_key *more,
                           unsigned more_count, const char *given) {
    const char *names[KEYS_MAX];
    unsigned used = 0;
    for (unsigned i = 0; i < count && used < KEYS_MAX; i++)
        names[used++] = keys[i].name;
    for (unsigned i = 0; more && i < more_count && used < KEYS_MAX; i++)
        names[used++] = more[i].name;
    return ta_nearest_name(given, names, used);
}
