/* trial.h: whether what we believe of an allocator's memory may be relied upon. It is asked about
 * the first blocks as well; when all agree the belief stands, and one that does not ends it for
 * good. From any thread. */
#ifndef TA_AUDIT_TRIAL_H
#define TA_AUDIT_TRIAL_H

#include "audit.h"

enum { TA_TRIAL_NONE = 0, TA_TRIAL_ON = 1, TA_TRIAL_WON = 2, TA_TRIAL_LOST = 3 };

typedef struct ta_trial {
    int state, left;
} ta_trial;

static inline bool ta_trial_is_won(const ta_trial *trial) {
    return TA_LIKELY(__atomic_load_n(&trial->state, __ATOMIC_RELAXED) == TA_TRIAL_WON);
}

static inline bool ta_trial_is_on(const ta_trial *trial) {
    return __atomic_load_n(&trial->state, __ATOMIC_RELAXED) == TA_TRIAL_ON;
}

static inline void ta_trial_begin(ta_trial *trial, int blocks) {
    trial->left = blocks;
    trial->state = TA_TRIAL_ON;
}

static inline void ta_trial_lose(ta_trial *trial) {
    __atomic_store_n(&trial->state, TA_TRIAL_LOST, __ATOMIC_RELAXED);
}

/* Of one block. A trial that another thread has lost meanwhile stays lost. */
static inline void ta_trial_hear(ta_trial *trial, bool agrees) {
    int on = TA_TRIAL_ON;
    if (!agrees)
        ta_trial_lose(trial);
    else if (__atomic_sub_fetch(&trial->left, 1, __ATOMIC_RELAXED) == 0)
        __atomic_compare_exchange_n(&trial->state, &on, TA_TRIAL_WON, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
}

#endif
