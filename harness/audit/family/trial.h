/* trial.h: an assumption about blocks of memory that is tried on the first of them: what was read
 * is compared with what the allocator says. When all agree it holds; one that does not ends it for
 * good. From any thread. */
#ifndef TA_AUDIT_TRIAL_H
#define TA_AUDIT_TRIAL_H

#include "assumptions.h"

typedef struct ta_trial {
    ta_assumption assumption;
    int left; /* blocks to try */
} ta_trial;

static inline bool ta_trial_is_on(const ta_trial *trial) {
    return ta_assumption_is_pending(trial->assumption);
}

static inline void ta_trial_begin(ta_trial *trial, int blocks) {
    trial->left = blocks;
    ta_assumption_await(trial->assumption);
}

/* Of one block. */
static inline void ta_trial_hear(ta_trial *trial, bool agrees) {
    if (!agrees)
        ta_assumption_settle(trial->assumption, false);
    else if (__atomic_sub_fetch(&trial->left, 1, __ATOMIC_RELAXED) == 0)
        ta_assumption_settle(trial->assumption, true);
}

#endif
