/* Every C++ operator new and delete, under their mangled names, so that none reaches another
 * library's copy past us. Throwing and the new-handler are libstdc++'s: when there is no memory the
 * call goes on to its operator, which asks malloc (ours) again and does what the language says.
 *
 * A program may replace `operator new` alone and rely on the library's other forms to call it; so
 * when the plain operator is not ours, the other forms are left to the library. */
#define _GNU_SOURCE
#include "count.h"
#include "objects.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef void *(*new_function)(size_t size);
typedef void *(*new_nothrow_function)(size_t size, const void *nothrow);
typedef void *(*new_aligned_function)(size_t size, size_t alignment);
typedef void *(*new_aligned_nothrow_function)(size_t size, size_t alignment, const void *nothrow);
typedef void (*delete_function)(void *block);
typedef void (*delete_word_function)(void *block, size_t word);
typedef void (*delete_words_function)(void *block, size_t size, size_t alignment);
typedef void (*delete_pointer_function)(void *block, const void *nothrow);
typedef void (*delete_word_pointer_function)(void *block, size_t word, const void *nothrow);

/* The runtime's own, when an allocation was made to fail: an allocator's operator (tcmalloc's,
 * jemalloc's), which may come first, does not ask malloc, and would not fail. Found without a call
 * that could allocate. */
static void *of_runtime(const char *name) {
    const struct link_map *module = ta_fault_was_made() ? ta_objects_first() : NULL;
    void *address = NULL;
    for (; module && !address; module = module->l_next)
        if (strstr(module->l_name, "/libstdc++.so.") || strstr(module->l_name, "/libc++.so.") ||
            strstr(module->l_name, "/libc++abi.so."))
            address = ta_definition_in(module, name);
    return address;
}

/* The definition after ours. A C++ runtime that came with a plugin is in nobody's look-up order and
 * is found by its name. Failing that too, nobody can say that there is no memory: the process
 * cannot go on. */
static void *next(const char *name) {
    static const char *const runtimes[] = {"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"};
    void *address = of_runtime(name);
    if (!address)
        address = dlsym(RTLD_NEXT, name);
    for (unsigned i = 0; !address && i < sizeof runtimes / sizeof *runtimes; i++) {
        void *runtime = dlopen(runtimes[i], RTLD_LAZY | RTLD_NOLOAD);
        address = runtime ? dlsym(runtime, name) : NULL;
    }
    if (!address)
        abort();
    return address;
}

#define CALL_NEXT(type, name, ...)                                                                 \
    (__extension__({                                                                               \
        void *address_ = next(name);                                                               \
        type function_;                                                                            \
        memcpy(&function_, &address_, sizeof address_);                                            \
        function_(__VA_ARGS__);                                                                    \
    }))

enum { UNKNOWN = 0, OURS = 1, REPLACED = 2 };

/* Whether the program has a plain operator of its own: found out at the start, when everything is
 * loaded, or at the first use of another form before that. Volatile, since glibc declares dlsym a
 * leaf. */
static bool replaced(const char *plain, volatile int *known) {
    if (TA_UNLIKELY(*known == UNKNOWN))
        *known = ta_leads_here(plain) ? OURS : REPLACED;
    return *known == REPLACED;
}

static volatile int new_known, delete_known, new_aligned_known, delete_aligned_known;

void ta_operators_resolve(void) {
    new_known = delete_known = new_aligned_known = delete_aligned_known = UNKNOWN;
    replaced("_Znwm", &new_known);
    replaced("_ZdlPv", &delete_known);
    replaced("_ZnwmSt11align_val_t", &new_aligned_known);
    replaced("_ZdlPvSt11align_val_t", &delete_aligned_known);
}

/* A failure is not counted here: the runtime's operator asks malloc again, and that is counted. */
TA_INLINE void *allocate(size_t size, void *const *frame) {
    void *block = ta_real.malloc(size);
    if (TA_LIKELY(block != NULL))
        TA_COUNT_ALLOC(ta_slot_here(), allocated, block, size, frame);
    else
        ta_fault_goes_on();
    return block;
}

TA_INLINE void *allocate_aligned(size_t size, size_t alignment, void *const *frame) {
    ta_slot *slot = ta_slot_here();
    void *block = ta_real.memalign(alignment, size);
    if (TA_LIKELY(block != NULL))
        TA_COUNT_ALLOC(slot, aligned, block, size, frame);
    else
        ta_fault_goes_on();
    return block;
}

static inline void release(void *block) {
    if (!block) /* deleting nothing is no free */
        return;
    ta_slot *slot = ta_thread_here.plain;
    if (!ta_slot_is_quick(slot)) {
        ta_note_and_free(block);
        return;
    }
    ta_add(&slot->counters.freed_calls, 1);
    ta_real.free(block);
}

#define NEW(symbol, is_plain)                                                                      \
    static __attribute__((noinline)) void *symbol##_by_runtime(size_t size) {                      \
        return CALL_NEXT(new_function, #symbol, size);                                             \
    }                                                                                              \
    static __attribute__((noinline)) void *symbol##_without_memory(size_t size) {                  \
        ta_fault_goes_on();                                                                        \
        return symbol##_by_runtime(size);                                                          \
    }                                                                                              \
    TA_EXPORT void *symbol(size_t size);                                                           \
    void *symbol(size_t size) {                                                                    \
        if (!(is_plain) && TA_UNLIKELY(replaced("_Znwm", &new_known)))                             \
            return symbol##_by_runtime(size);                                                      \
        void *block = ta_malloc_beneath(size);                                                     \
        if (TA_UNLIKELY(!block))                                                                   \
            return symbol##_without_memory(size);                                                  \
        ta_slot *slot = ta_thread_here.plain;                                                      \
        if (!ta_slot_is_quick(slot))                                                               \
            return ta_note_allocated(block, size);                                                 \
        ta_add(&slot->counters.allocated_calls, 1);                                                \
        ta_add(&slot->counters.allocated_bytes, size);                                             \
        return block;                                                                              \
    }

#define NEW_NOTHROW(symbol)                                                                        \
    TA_EXPORT void *symbol(size_t size, const void *nothrow);                                      \
    void *symbol(size_t size, const void *nothrow) {                                               \
        void *block = NULL;                                                                        \
        if (!replaced("_Znwm", &new_known))                                                        \
            block = allocate(size, TA_FRAME());                                                    \
        return block ? block : CALL_NEXT(new_nothrow_function, #symbol, size, nothrow);            \
    }

#define NEW_ALIGNED(symbol, is_plain)                                                              \
    TA_EXPORT void *symbol(size_t size, size_t alignment);                                         \
    void *symbol(size_t size, size_t alignment) {                                                  \
        void *block = NULL;                                                                        \
        if ((is_plain) || !replaced("_ZnwmSt11align_val_t", &new_aligned_known))                   \
            block = allocate_aligned(size, alignment, TA_FRAME());                                 \
        return block ? block : CALL_NEXT(new_aligned_function, #symbol, size, alignment);          \
    }

#define NEW_ALIGNED_NOTHROW(symbol)                                                                \
    TA_EXPORT void *symbol(size_t size, size_t alignment, const void *nothrow);                    \
    void *symbol(size_t size, size_t alignment, const void *nothrow) {                             \
        void *block = NULL;                                                                        \
        if (!replaced("_ZnwmSt11align_val_t", &new_aligned_known))                                 \
            block = allocate_aligned(size, alignment, TA_FRAME());                                 \
        return block ? block                                                                       \
                     : CALL_NEXT(new_aligned_nothrow_function, #symbol, size, alignment, nothrow); \
    }

/* One macro per shape of the extra arguments; what they say is nothing that the allocator needs. A
 * replaced plain operator is reached through libstdc++'s form of the same shape. */
#define DELETE_PLAIN(symbol)                                                                       \
    TA_EXPORT void symbol(void *block);                                                            \
    void symbol(void *block) {                                                                     \
        release(block);                                                                            \
    }

#define DELETE_OTHER(symbol, root, known, type, PARAMETERS, ...)                                   \
    TA_EXPORT void symbol PARAMETERS;                                                              \
    void symbol PARAMETERS {                                                                       \
        if (TA_UNLIKELY(replaced(root, &(known))))                                                 \
            CALL_NEXT(type, #symbol, __VA_ARGS__);                                                 \
        else                                                                                       \
            release(block);                                                                        \
    }

#define DELETE_1(symbol)                                                                           \
    DELETE_OTHER(symbol, "_ZdlPv", delete_known, delete_function, (void *block), block)
#define DELETE_SIZED(symbol)                                                                       \
    DELETE_OTHER(symbol, "_ZdlPv", delete_known, delete_word_function, (void *block, size_t size), \
                 block, size)
#define DELETE_NOTHROW(symbol)                                                                     \
    DELETE_OTHER(symbol, "_ZdlPv", delete_known, delete_pointer_function,                          \
                 (void *block, const void *nothrow), block, nothrow)
#define DELETE_ALIGNED(symbol)                                                                     \
    DELETE_OTHER(symbol, "_ZdlPvSt11align_val_t", delete_aligned_known, delete_word_function,      \
                 (void *block, size_t alignment), block, alignment)
#define DELETE_SIZED_ALIGNED(symbol)                                                               \
    DELETE_OTHER(symbol, "_ZdlPvSt11align_val_t", delete_aligned_known, delete_words_function,     \
                 (void *block, size_t size, size_t alignment), block, size, alignment)
#define DELETE_ALIGNED_NOTHROW(symbol)                                                             \
    DELETE_OTHER(symbol, "_ZdlPvSt11align_val_t", delete_aligned_known,                            \
                 delete_word_pointer_function,                                                     \
                 (void *block, size_t alignment, const void *nothrow), block, alignment, nothrow)

NEW(_Znwm, true)
NEW(_Znam, false)
NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t, true)
NEW_ALIGNED(_ZnamSt11align_val_t, false)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)

DELETE_PLAIN(_ZdlPv)
DELETE_1(_ZdaPv)
DELETE_SIZED(_ZdlPvm)
DELETE_SIZED(_ZdaPvm)
DELETE_NOTHROW(_ZdlPvRKSt9nothrow_t)
DELETE_NOTHROW(_ZdaPvRKSt9nothrow_t)
/* The aligned delete is a plain form of its own: replacing _ZdlPv does not replace it. */
TA_EXPORT void _ZdlPvSt11align_val_t(void *block, size_t alignment);
void _ZdlPvSt11align_val_t(void *block, size_t alignment) {
    (void)alignment;
    release(block);
}
DELETE_ALIGNED(_ZdaPvSt11align_val_t)
DELETE_SIZED_ALIGNED(_ZdlPvmSt11align_val_t)
DELETE_SIZED_ALIGNED(_ZdaPvmSt11align_val_t)
DELETE_ALIGNED_NOTHROW(_ZdlPvSt11align_val_tRKSt9nothrow_t)
DELETE_ALIGNED_NOTHROW(_ZdaPvSt11align_val_tRKSt9nothrow_t)
