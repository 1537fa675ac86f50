/* count.h: the counting itself, inline in every function of the family.
 *
 * The functions that matter (malloc, free, new, delete) add to the thread's slot when nothing else
 * is to be done (ta_slot_is_quick), and leave all else to a ta_note_ function by a tail call: so
 * they need no frame of their own, and that function's frame is what theirs would be, with the
 * program's return address in it.
 *
 * Memory that was got is counted when it is there; memory that is given back is counted before,
 * since afterwards the address may already belong to someone else. */
#ifndef TA_AUDIT_COUNT_H
#define TA_AUDIT_COUNT_H

#include "audit.h"

/* What a counter's first word means in a message. */
#define TA_CALL_allocated "malloc or new"
#define TA_CALL_zeroed    "calloc"
#define TA_CALL_resized   "realloc"
#define TA_CALL_aligned   "an aligned allocation"

static inline __attribute__((always_inline)) void
ta_count_taken(ta_slot *slot, const char *call, void *block, size_t bytes, void *const *frame) {
    if (ta_home.present == TA_HOME_LIVE)
        ta_add(&slot->counters.usable_taken, ta_real.usable_size(block));
    if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
        ta_scope_note_alloc(slot, call, bytes, frame);
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
            ta_count_taken((slot), TA_CALL_##kind, (block), (bytes), (frame));                     \
        } else {                                                                                   \
            ta_count_failed(slot);                                                                 \
        }                                                                                          \
    } while (0)

static inline void ta_count_given(ta_slot *slot, void *block) {
    if (ta_home.present == TA_HOME_LIVE)
        ta_add(&slot->counters.usable_given, ta_real.usable_size(block));
    if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
        ta_scope_note_free(slot);
}

static inline void ta_count_free(ta_slot *slot, void *block) {
    ta_add(&slot->counters.freed_calls, 1);
    ta_count_given(slot, block);
}

/* A call without anything in between, where there is nothing to mend. */
static inline void *ta_malloc_beneath(size_t size) {
    return TA_LIKELY(size >= 16) ? ta_real.malloc_from_16(size) : ta_real.malloc(size);
}

/* The frame of the function that the program called. Whoever takes it as an argument has to be
 * inlined (TA_INLINE): a call that is the last of its function becomes a jump, and the frame is
 * gone. */
#define TA_FRAME() ((void *const *)__builtin_frame_address(0))
#define TA_INLINE  static inline __attribute__((always_inline))

#pragma GCC visibility push(hidden)

/* ---- family.c ---- */

/* realloc, for whom `frame` is the frame of. */
void *ta_family_resize(void *block, size_t size, void *const *frame);

/* ---- notes.c: each counts and returns `block` ---- */

void *ta_note_allocated_in_general(void *block, size_t bytes);
void *ta_note_zeroed(void *block, size_t bytes);

/* Counts and then frees. */
void ta_note_and_free_in_general(void *block);

/* ---- real_system.c or real_mimalloc.c, which know how to tell a block's size ---- */

void *ta_note_allocated(void *block, size_t bytes);
void ta_note_and_free(void *block);

#pragma GCC visibility pop

/* Of a thread's `plain` slot: whether counting is adding, and finding out about usable bytes. */
static inline bool ta_slot_is_live(const ta_slot *slot) {
    return TA_LIKELY(slot != NULL) && TA_LIKELY(ta_home.present == TA_HOME_LIVE);
}

/* A block that is new from malloc, with live bytes tracked. `know_usable` is inlined; what it does
 * not know is asked for in general, so that nothing is called here and no frame is needed. */
static inline __attribute__((always_inline)) void *
ta_note_allocated_by(void *block, size_t bytes,
                     bool (*know_usable)(const void *block, size_t bytes, uint64_t *usable)) {
    ta_slot *slot = ta_thread_here.plain;
    uint64_t usable;
    if (TA_UNLIKELY(!block) || !ta_slot_is_live(slot) ||
        TA_UNLIKELY(!know_usable(block, bytes, &usable)))
        return ta_note_allocated_in_general(block, bytes);
    ta_add(&slot->counters.allocated_calls, 1);
    ta_add(&slot->counters.allocated_bytes, bytes);
    ta_add(&slot->counters.usable_taken, usable);
    return block;
}

/* A block that is given back, likewise. */
static inline __attribute__((always_inline)) void
ta_note_and_free_by(void *block, bool (*know_usable)(const void *block, uint64_t *usable)) {
    ta_slot *slot = ta_thread_here.plain;
    uint64_t usable;
    if (TA_UNLIKELY(!block) || !ta_slot_is_live(slot) ||
        TA_UNLIKELY(!know_usable(block, &usable))) {
        ta_note_and_free_in_general(block);
        return;
    }
    ta_add(&slot->counters.freed_calls, 1);
    ta_add(&slot->counters.usable_given, usable);
    ta_real.free(block);
}

#endif
