/* The malloc family, as the program sees it. Each function asks the allocator underneath and counts
 * what came of it; none calls another, so that nothing is counted twice. */
#include "count.h"

#include <errno.h>

TA_EXPORT void *malloc(size_t size);
TA_EXPORT void *calloc(size_t count, size_t size);
TA_EXPORT void *realloc(void *block, size_t size);
TA_EXPORT void *reallocarray(void *block, size_t count, size_t size);
TA_EXPORT void free(void *block);
TA_EXPORT void cfree(void *block);
TA_EXPORT void free_sized(void *block, size_t size);
TA_EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size);
TA_EXPORT int posix_memalign(void **block, size_t alignment, size_t size);
TA_EXPORT void *aligned_alloc(size_t alignment, size_t size);
TA_EXPORT void *memalign(size_t alignment, size_t size);
TA_EXPORT void *valloc(size_t size);
TA_EXPORT void *pvalloc(size_t size);
TA_EXPORT size_t malloc_usable_size(void *block);

void *malloc(size_t size) {
    void *block = ta_malloc_beneath(size);
    ta_slot *slot = ta_thread_here.plain;
    if (TA_UNLIKELY(!block) || !ta_slot_is_quick(slot))
        return ta_note_allocated(block, size);
    ta_add(&slot->counters.allocated_calls, 1);
    ta_add(&slot->counters.allocated_bytes, size);
    return block;
}

void *calloc(size_t count, size_t size) {
    void *block = ta_real.calloc(count, size);
    ta_slot *slot = ta_thread_here.plain;
    if (TA_UNLIKELY(!block) || !ta_slot_is_quick(slot))
        return ta_note_zeroed(block, count * size);
    ta_add(&slot->counters.zeroed_calls, 1);
    ta_add(&slot->counters.zeroed_bytes, count * size);
    return block;
}

static inline void count_and_free(void *block) {
    ta_slot *slot = ta_thread_here.plain;
    if (TA_UNLIKELY(!block) || !ta_slot_is_quick(slot)) {
        ta_note_and_free(block);
        return;
    }
    ta_add(&slot->counters.freed_calls, 1);
    ta_real.free(block);
}

void free(void *block) {
    count_and_free(block);
}

void cfree(void *block) {
    count_and_free(block);
}

void free_sized(void *block, size_t size) {
    (void)size;
    count_and_free(block);
}

void free_aligned_sized(void *block, size_t alignment, size_t size) {
    (void)alignment;
    (void)size;
    count_and_free(block);
}

/* A resize of a block is both an allocation and a free. Of size zero it is a free, if that is what
 * the allocator makes of it; and a resize that fails leaves the block, and the counts, alone. */
TA_INLINE void *resize(void *block, size_t size, void *const *frame) {
    ta_slot *slot = ta_slot_here();
    if (!block) {
        void *made = ta_real.realloc(NULL, size);
        TA_COUNT_ALLOC(slot, allocated, made, size, frame);
        return made;
    }
    uint64_t usable = ta_home.present == TA_HOME_LIVE ? ta_real.usable_size(block) : 0;
    void *moved = ta_real.realloc(block, size);
    if (!moved && size != 0) {
        ta_count_failed(slot);
        return NULL;
    }
    ta_add(&slot->counters.usable_given, usable);
    if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
        ta_scope_note_free(slot);
    if (moved) {
        ta_add(&slot->counters.resized_calls, 1);
        ta_add(&slot->counters.resized_bytes, size);
        ta_count_taken(slot, TA_CALL_resized, moved, size, frame);
    } else {
        ta_add(&slot->counters.freed_calls, 1);
    }
    return moved;
}

void *realloc(void *block, size_t size) {
    return resize(block, size, TA_FRAME());
}

void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        ta_count_failed(ta_slot_here());
        errno = ENOMEM;
        return NULL;
    }
    return resize(block, bytes, TA_FRAME());
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    ta_slot *slot = ta_slot_here();
    int error = ta_real.posix_memalign(block, alignment, size);
    void *made = error ? NULL : *block;
    TA_COUNT_ALLOC(slot, aligned, made, size, TA_FRAME());
    return error;
}

void *aligned_alloc(size_t alignment, size_t size) {
    ta_slot *slot = ta_slot_here();
    void *block = ta_real.aligned_alloc(alignment, size);
    TA_COUNT_ALLOC(slot, aligned, block, size, TA_FRAME());
    return block;
}

void *memalign(size_t alignment, size_t size) {
    ta_slot *slot = ta_slot_here();
    void *block = ta_real.memalign(alignment, size);
    TA_COUNT_ALLOC(slot, aligned, block, size, TA_FRAME());
    return block;
}

void *valloc(size_t size) {
    ta_slot *slot = ta_slot_here();
    void *block = ta_real.valloc(size);
    TA_COUNT_ALLOC(slot, aligned, block, size, TA_FRAME());
    return block;
}

void *pvalloc(size_t size) {
    ta_slot *slot = ta_slot_here();
    void *block = ta_real.pvalloc(size);
    TA_COUNT_ALLOC(slot, aligned, block, size, TA_FRAME());
    return block;
}

size_t malloc_usable_size(void *block) {
    return block && ta_real.usable_size ? ta_real.usable_size(block) : 0;
}

void *ta_family_resize(void *block, size_t size, void *const *frame) {
    return resize(block, size, frame);
}
