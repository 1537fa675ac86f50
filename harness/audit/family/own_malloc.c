/* The entries that the program's own allocator leads to. Of the family in the narrow sense each has
 * two ways: a call of the program goes to our function of that name, and one that the allocator
 * makes within another (its calloc may call its malloc) straight on, uncounted. Its operators and
 * what else there is are called as they are, and counted afterwards unless that was done within. */
#include "own_malloc.h"

#include "count.h"
#include "objects.h"
#include "watch.h"

#include <string.h>

bool ta_own_malloc_is_watched;

#if defined(__x86_64__)

static ta_allocator own; /* the functions as they were */
static void *others[TA_OWN_COUNT];

static __thread volatile bool is_inside __attribute__((tls_model("initial-exec")));
/* In one of the others, which an exception may leave: the next that returns corrects it. */
static __thread volatile bool is_in_other __attribute__((tls_model("initial-exec")));

bool ta_own_malloc_is_running(void) {
    return is_inside || is_in_other;
}

#define FAMILY(result, name, PARAMETERS, ...)                                                      \
    static result inside_##name PARAMETERS {                                                       \
        bool before = is_inside;                                                                   \
        is_inside = true;                                                                          \
        result value = own.name(__VA_ARGS__);                                                      \
        is_inside = before;                                                                        \
        return value;                                                                              \
    }                                                                                              \
    static result entry_##name PARAMETERS {                                                        \
        return is_inside ? own.name(__VA_ARGS__) : ta_family_##name(__VA_ARGS__);                  \
    }

FAMILY(void *, malloc, (size_t size), size)
FAMILY(void *, calloc, (size_t count, size_t size), count, size)
FAMILY(void *, realloc, (void *block, size_t size), block, size)
FAMILY(int, posix_memalign, (void **block, size_t alignment, size_t size), block, alignment, size)
FAMILY(void *, aligned_alloc, (size_t alignment, size_t size), alignment, size)
FAMILY(void *, memalign, (size_t alignment, size_t size), alignment, size)
FAMILY(void *, valloc, (size_t size), size)
FAMILY(void *, pvalloc, (size_t size), size)

static void inside_free(void *block) {
    bool before = is_inside;
    is_inside = true;
    own.free(block);
    is_inside = before;
}

static void entry_free(void *block) {
    if (is_inside)
        own.free(block);
    else
        ta_family_free(block);
}

/* ---- the others: at most three arguments, in registers ---- */

static void *call(ta_own_function number, uintptr_t a, uintptr_t b, uintptr_t c) {
    void *(*function)(uintptr_t, uintptr_t, uintptr_t);
    memcpy((void *)(uintptr_t)&function, &others[number], sizeof function);
    is_in_other = true;
    void *value = function(a, b, c);
    is_in_other = false;
    return value;
}

static uint64_t allocations(const ta_slot *slot) {
    const ta_counters *c = &slot->counters;
    return c->allocated_calls + c->zeroed_calls + c->resized_calls + c->aligned_calls +
           c->failed_calls;
}

#define NEW_OF(name, kind)                                                                         \
    static void *entry_##name(size_t size, uintptr_t b, uintptr_t c) {                             \
        ta_slot *slot = ta_slot_here();                                                            \
        uint64_t before = allocations(slot);                                                       \
        void *block = call(TA_OWN_##name, size, b, c);                                             \
        if (!is_inside && allocations(slot) == before)                                             \
            TA_COUNT_ALLOC(slot, kind, block, size, TA_FRAME());                                   \
        return block;                                                                              \
    }

#define NEW(name)         NEW_OF(name, allocated)
#define NEW_ALIGNED(name) NEW_OF(name, aligned)

TA_OWN_NEW_LIST(NEW)
TA_OWN_NEW_ALIGNED_LIST(NEW_ALIGNED)

static uint64_t usable(void *block) {
    return block && ta_home.present == TA_HOME_LIVE ? ta_real.usable_size(block) : 0;
}

static uint64_t frees(const ta_slot *slot) {
    return slot->counters.freed_calls + slot->counters.freed_null + slot->counters.resized_calls;
}

static void count_given(ta_slot *slot, uint64_t bytes) {
    ta_add(&slot->counters.usable_given, bytes);
    if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
        ta_scope_note_free(slot);
}

#define FREE(name)                                                                                 \
    static void entry_##name(void *block, uintptr_t b, uintptr_t c) {                              \
        ta_slot *slot = ta_slot_here();                                                            \
        uint64_t before = frees(slot), bytes = usable(block);                                      \
        (void)call(TA_OWN_##name, (uintptr_t)block, b, c);                                         \
        if (is_inside || !block || frees(slot) != before)                                          \
            return;                                                                                \
        ta_add(&slot->counters.freed_calls, 1);                                                    \
        count_given(slot, bytes);                                                                  \
    }

TA_OWN_FREE_LIST(FREE)

static void *entry_reallocarray(void *block, size_t count, size_t size) {
    ta_slot *slot = ta_slot_here();
    uint64_t before = allocations(slot), freed_before = frees(slot), bytes = usable(block);
    void *moved = call(TA_OWN_reallocarray, (uintptr_t)block, count, size);
    if (is_inside || allocations(slot) != before || frees(slot) != freed_before)
        return moved;
    if (block && moved)
        count_given(slot, bytes);
    if (block)
        TA_COUNT_ALLOC(slot, resized, moved, count * size, TA_FRAME());
    else
        TA_COUNT_ALLOC(slot, allocated, moved, count * size, TA_FRAME());
    return moved;
}

/* ---- the start ---- */

#define ADDRESS(name) [TA_OWN_##name] = (uintptr_t)entry_##name,

static const uintptr_t entries[TA_OWN_COUNT] = {
    // clang-format off
    TA_OWN_FAMILY_LIST(ADDRESS)
    TA_OWN_NEW_LIST(ADDRESS)
    TA_OWN_NEW_ALIGNED_LIST(ADDRESS)
    TA_OWN_FREE_LIST(ADDRESS)
    ADDRESS(reallocarray)
    // clang-format on
};

static bool fits(const ta_ledger *ledger) {
    bool any = false;
    for (unsigned i = 0; i < TA_OWN_COUNT; i++) {
        const ta_patch_code *code = &ledger->own_family[i];
        if (code->address && !ta_patch_fits(code))
            return false;
        any |= code->address != 0;
    }
    return any && ledger->own_malloc;
}

static bool patch(const ta_ledger *ledger) {
    for (unsigned i = 0; i < TA_OWN_COUNT; i++) {
        const ta_patch_code *code = &ledger->own_family[i];
        if (!code->address)
            continue;
        others[i] = ta_patch(code, TA_LEDGER_WATCHED_MAX + i,
                             (const void *)entries[i]); // NOLINT(performance-no-int-to-ptr)
        if (!others[i])
            return false;
    }
    return true;
}

/* What the program does not define stays as ta_foreign_adopt() has it; but a memalign that it took
 * from aligned_alloc is the same from here. */
static void take_over(void) {
#define TAKE(name)                                                                                 \
    if (others[TA_OWN_##name]) {                                                                   \
        memcpy((void *)(uintptr_t)&own.name, &others[TA_OWN_##name], sizeof own.name);             \
        ta_real.name = inside_##name;                                                              \
    }
    TA_OWN_FAMILY_LIST(TAKE)
#undef TAKE
    if (others[TA_OWN_aligned_alloc] && !others[TA_OWN_memalign])
        ta_real.memalign = inside_aligned_alloc;
    ta_real.malloc_from_16 = ta_real.malloc;
    if (!ta_definition_in(ta_objects_first(), "malloc_usable_size"))
        ta_real.usable_size = NULL; /* libc's knows libc's blocks alone */
}

bool ta_own_malloc_watch(const ta_ledger *ledger) {
    if (!fits(ledger) || !patch(ledger))
        return false;
    take_over();
    ta_is_foreign = false;
    ta_own_malloc_is_watched = true;
    return true;
}

#else

bool ta_own_malloc_watch(const ta_ledger *ledger) {
    (void)ledger;
    return false;
}

bool ta_own_malloc_is_running(void) {
    return false;
}

#endif
