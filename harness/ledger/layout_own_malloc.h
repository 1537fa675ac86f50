/* layout_own_malloc.h: the functions of an allocator, by their symbols, that are watched in a
 * program which defines them itself. For layout.h. Plain data. */
#ifndef TA_LEDGER_LAYOUT_OWN_MALLOC_H
#define TA_LEDGER_LAYOUT_OWN_MALLOC_H

/* Calls of these are made to come to ours, which then call the program's. */
#define TA_OWN_FAMILY_LIST(X)                                                                      \
    X(malloc)                                                                                      \
    X(calloc)                                                                                      \
    X(realloc)                                                                                     \
    X(free)                                                                                        \
    X(posix_memalign)                                                                              \
    X(aligned_alloc)                                                                               \
    X(memalign)                                                                                    \
    X(valloc)                                                                                      \
    X(pvalloc)

/* These may do their work by those above, or not (an allocator's operators as a rule do not): they
 * are called as they are, and each call counts once, whatever it calls. */
#define TA_OWN_NEW_LIST(X)                                                                         \
    X(_Znwm)                                                                                       \
    X(_Znam)                                                                                       \
    X(_ZnwmRKSt9nothrow_t)                                                                         \
    X(_ZnamRKSt9nothrow_t)

#define TA_OWN_NEW_ALIGNED_LIST(X)                                                                 \
    X(_ZnwmSt11align_val_t)                                                                        \
    X(_ZnamSt11align_val_t)                                                                        \
    X(_ZnwmSt11align_val_tRKSt9nothrow_t)                                                          \
    X(_ZnamSt11align_val_tRKSt9nothrow_t)

#define TA_OWN_FREE_LIST(X)                                                                        \
    X(_ZdlPv)                                                                                      \
    X(_ZdaPv)                                                                                      \
    X(_ZdlPvm)                                                                                     \
    X(_ZdaPvm)                                                                                     \
    X(_ZdlPvRKSt9nothrow_t)                                                                        \
    X(_ZdaPvRKSt9nothrow_t)                                                                        \
    X(_ZdlPvSt11align_val_t)                                                                       \
    X(_ZdaPvSt11align_val_t)                                                                       \
    X(_ZdlPvmSt11align_val_t)                                                                      \
    X(_ZdaPvmSt11align_val_t)                                                                      \
    X(_ZdlPvSt11align_val_tRKSt9nothrow_t)                                                         \
    X(_ZdaPvSt11align_val_tRKSt9nothrow_t)                                                         \
    X(cfree)                                                                                       \
    X(free_sized)                                                                                  \
    X(free_aligned_sized)

typedef enum ta_own_function {
#define TA_OWN_ENUM(name) TA_OWN_##name,
    TA_OWN_FAMILY_LIST(TA_OWN_ENUM) TA_OWN_NEW_LIST(TA_OWN_ENUM)
        TA_OWN_NEW_ALIGNED_LIST(TA_OWN_ENUM) TA_OWN_FREE_LIST(TA_OWN_ENUM)
#undef TA_OWN_ENUM
            TA_OWN_reallocarray,
    TA_OWN_COUNT
} ta_own_function;

#endif
