/* The general way to count, for what the quick way and that with live bytes tracked leave: scopes
 * that are open, a thread or a child not known yet, a call that failed.
 * In a file of its own, so that no compiler looks into these functions and finds a reason to call
 * them otherwise than by a jump (see count.h). */
#include "count.h"

/* Hides that a function returns its own argument: its caller would then have no use for the result,
 * and no jump. */
static inline void *as_result(void *block) {
    __asm__("" : "+r"(block));
    return block;
}

void *ta_note_allocated_in_general(void *block, size_t bytes) {
    ta_slot *slot = ta_slot_here();
    TA_COUNT_ALLOC(slot, allocated, block, bytes, TA_FRAME());
    return as_result(block);
}

void *ta_note_zeroed(void *block, size_t bytes) {
    ta_slot *slot = ta_slot_here();
    TA_COUNT_ALLOC(slot, zeroed, block, bytes, TA_FRAME());
    return block;
}

void ta_note_and_free_in_general(void *block) {
    ta_slot *slot = ta_slot_here();
    if (TA_LIKELY(block != NULL))
        ta_count_free(slot, block);
    else
        ta_add(&slot->counters.freed_null, 1);
    ta_real.free(block);
}
