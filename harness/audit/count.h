/* count.h: the counting itself, inline in every function of the family.
 *
 * Memory that was got is counted when it is there; memory that is given back is counted before,
 * since afterwards the address may already belong to someone else. */
#ifndef TA_AUDIT_COUNT_H
#define TA_AUDIT_COUNT_H

#include "audit.h"

/* Set once at the start: ask the allocator for usable bytes at each call. */
extern bool ta_count_live;

static inline void ta_count_taken(ta_slot *slot, void *block, size_t bytes, void *const *frame) {
    if (TA_LIKELY(ta_count_live))
        ta_add(&slot->counters.usable_taken, ta_real.usable_size(block));
    if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
        ta_scope_note_alloc(slot, bytes, frame);
}

static inline void ta_count_failed(ta_slot *slot) {
    ta_add(&slot->counters.failed_calls, 1);
}

/* `kind` is the counter's first word: allocated, zeroed, resized or aligned. */
#define TA_COUNT_ALLOC(slot, kind, block, bytes, frame)                                            \
    do {                                                                                           \
        if (TA_LIKELY((block) != NULL)) {                                                          \
            ta_add(&(slot)->counters.kind##_calls, 1);                                             \
            ta_add(&(slot)->counters.kind##_bytes, (bytes));                                       \
            ta_count_taken((slot), (block), (bytes), (frame));                                     \
        } else {                                                                                   \
            ta_count_failed(slot);                                                                 \
        }                                                                                          \
    } while (0)

static inline void ta_count_given(ta_slot *slot, void *block) {
    if (TA_LIKELY(ta_count_live))
        ta_add(&slot->counters.usable_given, ta_real.usable_size(block));
    if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
        ta_scope_note_free(slot);
}

static inline void ta_count_free(ta_slot *slot, void *block) {
    ta_add(&slot->counters.freed_calls, 1);
    ta_count_given(slot, block);
}

#define TA_FRAME() ((void *const *)__builtin_frame_address(0))

#endif
