/* The usable size of mimalloc's blocks, known instead of asked for: a call of mi_usable_size()
 * costs more than the counting. What is known is an assumption each, and checked. */
#include "mimalloc_usable.h"

#include "count.h"
#include "own_errno.h"
#include "trial.h"

#include <mimalloc.h>

/* ---- a block that is given back ----
 *
 * Read where mimalloc 2.0.9 itself does to find the page of a block and the size of its blocks
 * (mimalloc-types.h and -internal.h: mi_segment_t, mi_slice_t, mi_page_t). Of any other version
 * each is asked for; so are blocks of a page where some were aligned within theirs, and huge ones.
 * The first blocks are asked for as well, and one that disagrees ends it for good. */
enum {
    VERSION_KNOWN = 209,
    SEGMENT_BYTES = 32 << 20,
    SLICE_SHIFT = 16,
    SLICES_AT = 0x108, /* in the segment; a page's record is that of its first slice */
    SLICE_BYTES = 0x50,
    SLICE_OFFSET_AT = 4, /* in a slice: uint32_t, how many bytes before it the page's record is */
    FLAGS_AT = 0x0e,     /* in the page: uint8_t */
    HAS_ALIGNED = 2,
    BLOCK_BYTES_AT = 0x1c, /* uint32_t */
    HUGE_BYTES = 1 << 30,
    TRIALS = 64
};

static ta_trial pages = {.assumption = TA_ASSUMPTION_mimalloc_page};

static inline bool know_usable(const void *block, uint64_t *usable) {
    uintptr_t at = (uintptr_t)block, segment = (at - 1) & ~(uintptr_t)(SEGMENT_BYTES - 1);
    uintptr_t slice = segment + SLICES_AT + ((at - segment) >> SLICE_SHIFT) * SLICE_BYTES;
    uintptr_t page = slice - *(const uint32_t *)(slice + SLICE_OFFSET_AT);
    *usable = *(const uint32_t *)(page + BLOCK_BYTES_AT);
    return TA_LIKELY(!(*(const uint8_t *)(page + FLAGS_AT) & HAS_ALIGNED)) &&
           TA_LIKELY(*usable < HUGE_BYTES);
}

static inline bool know_usable_if_believed(const void *block, uint64_t *usable) {
    return ta_assumption_holds(TA_ASSUMPTION_mimalloc_page) && know_usable(block, usable);
}

/* Stands in for mi_usable_size where pages are on trial. */
static size_t usable_size_on_trial(const void *block) {
    size_t asked = mi_usable_size(block);
    uint64_t read;
    if (ta_trial_is_on(&pages) && know_usable(block, &read))
        ta_trial_hear(&pages, read == asked);
    return asked;
}

/* ---- a new block ----
 *
 * Up to CLASS_BYTES_MAX (MI_SMALL_SIZE_MAX) mimalloc finds one by its size class alone, and each
 * block of a class has the same usable size. It is asked for once, and known by (bytes + 7) / 8
 * from then on; two threads that see a class for the first time write the same. Builds that pad
 * their blocks (debug, secure) have a usable size for each request. */
enum { CLASS_BYTES_MAX = 1024 };

static uint16_t usable_of_class[CLASS_BYTES_MAX / 8 + 1];

static __attribute__((noinline)) void *first_of_class(void *block, size_t bytes) {
    usable_of_class[(bytes + 7) / 8] = (uint16_t)mi_usable_size(block);
    return ta_note_allocated_in_general(block, bytes);
}

static inline bool know_usable_of_new(const void *block, size_t bytes, uint64_t *usable) {
    (void)block;
    *usable = bytes <= CLASS_BYTES_MAX ? usable_of_class[(bytes + 7) / 8] : 0;
    return *usable != 0;
}

/* Where mimalloc has an errno of its own, nobody else sets ENOMEM. */
static void *spare(size_t bytes) {
    int before = ta_errno_get();
    void *block = ta_fault_was_made() ? NULL : ta_mimalloc_spare(bytes);
    ta_errno_set(block ? before : ENOMEM);
    return block;
}

static __attribute__((noinline)) void *note_unusual(void *block, size_t bytes) {
    if (!block)
        return ta_note_allocated_in_general(spare(bytes), bytes);
    return bytes <= CLASS_BYTES_MAX && ta_assumption_holds(TA_ASSUMPTION_mimalloc_class)
               ? first_of_class(block, bytes)
               : ta_note_allocated_in_general(block, bytes);
}

void *ta_note_allocated(void *block, size_t bytes) {
    uint64_t usable;
    if (TA_UNLIKELY(!block || !know_usable_of_new(block, bytes, &usable)))
        return note_unusual(block, bytes);
    return ta_note_allocated_by(block, bytes, know_usable_of_new);
}

void ta_note_and_free(void *block) {
    ta_note_and_free_by(block, know_usable_if_believed);
}

/* Whether the smallest and the largest request of a class have blocks of one usable size. */
static bool is_one_class(size_t least, size_t most) {
    void *a = mi_malloc(least), *b = mi_malloc(most);
    bool same = a && b && mi_usable_size(a) == mi_usable_size(b) && mi_usable_size(b) >= most;
    mi_free(a);
    mi_free(b);
    return same;
}

void ta_mimalloc_check_usable(void) {
    if (ta_assumption_may_hold(TA_ASSUMPTION_mimalloc_class))
        ta_assumption_settle(TA_ASSUMPTION_mimalloc_class,
                             is_one_class(17, 24) && is_one_class(57, 64) &&
                                 is_one_class(CLASS_BYTES_MAX - 7, CLASS_BYTES_MAX));
    if (mi_version() != VERSION_KNOWN)
        return;
    ta_trial_begin(&pages, TRIALS);
    ta_real.usable_size = usable_size_on_trial;
}
