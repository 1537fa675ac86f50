/* assumptions.h: what the auditor relies on that libc, the kernel and the allocator do not promise
 * (TA_ASSUMPTION_LIST in layout.h): whether it was checked, and what came of it.
 *
 *     if (ta_assumption_may_hold(TA_ASSUMPTION_chunk_header))
 *         ta_assumption_settle(TA_ASSUMPTION_chunk_header, size_as_read == size_as_asked);
 *     ... if (ta_assumption_holds(TA_ASSUMPTION_chunk_header)) read it; else ask ...
 *
 * An assumption that was not settled does not hold: what runs before the checks takes the
 * fallbacks. Any thread; allocates nothing. */
#ifndef TA_AUDIT_ASSUMPTIONS_H
#define TA_AUDIT_ASSUMPTIONS_H

#include "layout.h"

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* A ta_assumption_state each. */
extern uint32_t ta_assumption_states[TA_ASSUMPTION_COUNT];

/* Once, before any check. `forced` is the value of TA_FALLBACK_VARIABLE, or NULL; names that are
 * none of ours are ignored. */
void ta_assumptions_begin(const char *forced);

/* Whether to check it: its fallback was not asked for, and no check has failed. */
bool ta_assumption_may_hold(ta_assumption assumption);

/* The outcome of a check. One that fails overrules all others, later ones too. */
void ta_assumption_settle(ta_assumption assumption, bool holds);

/* It is going to be checked when it is first used. */
void ta_assumption_await(ta_assumption assumption);

/* Copies states and defects to a ledger, which is told of later ones as well. */
void ta_assumptions_publish(ta_ledger *ledger);

/* The allocator was found to have a defect. */
void ta_defect_note(ta_defect defect);

#pragma GCC visibility pop

static inline bool ta_assumption_holds(ta_assumption assumption) {
    return __builtin_expect(__atomic_load_n(&ta_assumption_states[assumption], __ATOMIC_RELAXED) ==
                                TA_ASSUMPTION_HOLDS,
                            1);
}

static inline bool ta_assumption_is_pending(ta_assumption assumption) {
    return __atomic_load_n(&ta_assumption_states[assumption], __ATOMIC_RELAXED) ==
           TA_ASSUMPTION_PENDING;
}

#endif
