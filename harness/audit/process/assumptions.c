/* The states of assumptions and the allocator's defects, kept here and copied to the ledger. */
#include "assumptions.h"

#include "audit.h"

#include <string.h>

uint32_t ta_assumption_states[TA_ASSUMPTION_COUNT];

static uint32_t defects;

static const char *const names[TA_ASSUMPTION_COUNT] = {
#define NAME(name, assumed, fallback) #name,
    TA_ASSUMPTION_LIST(NAME)
#undef NAME
};

static uint32_t state_of(ta_assumption assumption) {
    return __atomic_load_n(&ta_assumption_states[assumption], __ATOMIC_RELAXED);
}

static bool is_final(uint32_t state) {
    return state == TA_ASSUMPTION_FORCED || state == TA_ASSUMPTION_FAILED;
}

/* Unless it failed, here or in another thread, or its fallback is forced. */
static void set_state(ta_assumption assumption, uint32_t state) {
    uint32_t before = state_of(assumption);
    while (!is_final(before) &&
           !__atomic_compare_exchange_n(&ta_assumption_states[assumption], &before, state, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
    if (ta_ledger_mine)
        __atomic_store_n(&ta_ledger_mine->assumptions[assumption], state_of(assumption),
                         __ATOMIC_RELAXED);
}

static size_t word_length(const char *word) {
    size_t length = 0;
    while (word[length] && word[length] != ',')
        length++;
    return length;
}

static bool is_word(const char *word, size_t length, const char *name) {
    return strlen(name) == length && strncmp(word, name, length) == 0;
}

static void force(const char *word, size_t length) {
    for (unsigned i = 0; i < TA_ASSUMPTION_COUNT; i++) {
        if (is_word(word, length, names[i]) || is_word(word, length, "all"))
            set_state((ta_assumption)i, TA_ASSUMPTION_FORCED);
    }
}

void ta_assumptions_begin(const char *forced) {
    while (forced && *forced) {
        size_t length = word_length(forced);
        force(forced, length);
        forced += length;
        forced += *forced == ',';
    }
}

bool ta_assumption_may_hold(ta_assumption assumption) {
    return !is_final(state_of(assumption));
}

void ta_assumption_settle(ta_assumption assumption, bool holds) {
    set_state(assumption, holds ? TA_ASSUMPTION_HOLDS : TA_ASSUMPTION_FAILED);
}

void ta_assumption_await(ta_assumption assumption) {
    set_state(assumption, TA_ASSUMPTION_PENDING);
}

void ta_assumptions_publish(ta_ledger *ledger) {
    for (unsigned i = 0; i < TA_ASSUMPTION_COUNT; i++)
        ledger->assumptions[i] = ta_assumption_states[i];
    ledger->defects = defects;
}

void ta_defect_note(ta_defect defect) {
    uint32_t bit = UINT32_C(1) << defect;
    if (__atomic_fetch_or(&defects, bit, __ATOMIC_RELAXED) & bit)
        return;
    if (ta_ledger_mine)
        __atomic_fetch_or(&ta_ledger_mine->defects, bit, __ATOMIC_RELAXED);
}
