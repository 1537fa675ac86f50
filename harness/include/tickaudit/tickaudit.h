/* tickaudit.h: mark your ticks and hot paths, so that an auditor can count what they allocate.
 *
 *     while (running) {
 *         TA_TICK() {
 *             TA_HOT_PATH("combat") { step_combat(world); }
 *         }
 *     }
 *
 * The markers call weak symbols. With no auditor in the process each is a test of a null pointer,
 * so they may stay in shipped code; link nothing. Under `tickaudit run`, `tickaudit exec` or with
 * the library preloaded they count. (A position-dependent static program keeps them null.)
 *
 * No function here allocates, locks or makes a system call, but for the first call of a thread,
 * which may map memory. All are safe from any thread and from a signal handler; scopes belong to
 * the thread that opened them and must be closed there, innermost first.
 *
 * Names are kept by value, up to TA_NAME_MAX - 1 bytes, the rest cut off. */
#ifndef TICKAUDIT_TICKAUDIT_H
#define TICKAUDIT_TICKAUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tickaudit/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A function that is there when an auditor is. In code for a fixed address (-fno-pie) a compiler
 * takes its address for a constant, which the linker then makes zero for good: gcc is told to look
 * it up when the program runs, and clang by TA_FOUND below. */
#if defined(__GNUC__) && !defined(__clang__)
#define TA_WEAK __attribute__((weak, noplt))
#else
#define TA_WEAK __attribute__((weak))
#endif

enum {
    TA_HOT_NAME_MAX = 256, /* bytes of a hot path's or allowed stretch's name, the zero included */
    TA_NAME_MAX = 64,      /* bytes of a name, with its terminating zero */
    TA_REASON_MAX = 128,   /* bytes of an allowed stretch's reason, with its terminating zero */
    TA_SCOPE_DEPTH_MAX = 4096, /* scopes a thread may nest; deeper ones are counted as lost */
    TA_TIER_COUNT = 4          /* swarm, regular, elite, boss */
};

/* The address of such a function, NULL when it is not there. */
#if defined(__clang__) && defined(__x86_64__) && !defined(__PIC__)
#define TA_FOUND(name)                                                                             \
    __extension__({                                                                                \
        __typeof__(&name) ta_found_;                                                               \
        __asm__(".weak " #name "\n\tmovq " #name "@GOTPCREL(%%rip), %0" : "=r"(ta_found_));        \
        ta_found_;                                                                                 \
    })
#else
#define TA_FOUND(name) (&(name))
#endif

/* What was counted. Cumulative since the process (or the thread) began; subtract two readings.
 * Only successful calls count, apart from `failed`. */
typedef struct ta_counts {
    uint64_t allocs;     /* calls that returned memory; a resize counts here and under frees */
    uint64_t frees;      /* blocks given back; free(NULL) is not one */
    uint64_t bytes;      /* bytes allocated, as requested */
    uint64_t failed;     /* calls that returned NULL or an error */
    uint64_t hot_allocs; /* of allocs, those in a hot path, outside allowed stretches */
    uint64_t hot_frees;  /* of frees, likewise */
    int64_t live_bytes;  /* usable bytes now held; can be negative for one thread alone */
    int64_t live_blocks; /* blocks now held; can be negative for one thread alone */
} ta_counts;

/* What a tick left behind, told by the program, so that a run that did nothing cannot look fast.
 * Fields that a program has no use for stay zero. Totals are since the program began. */
typedef struct ta_observation {
    uint64_t state_hash; /* a hash of the state; the same for the same seed and tick */
    uint64_t spawned, died, despawned; /* totals: made, killed, taken away unharmed */
    uint32_t alive[TA_TIER_COUNT];     /* alive now, by tier, counted by walking the world */
    uint64_t draw_calls;               /* total */
    uint64_t instances_drawn;          /* total */
    uint64_t frame_checksum;           /* a checksum of the last frame's instance data */
    uint64_t steps_dropped;            /* total: steps beyond the catch-up limit */
    uint64_t rss_bytes;                /* resident memory; zero when it was not sampled this tick */
} ta_observation;

/* A tick is opened and closed by the same thread; ticks do not nest (an inner one is counted as
 * lost). Its own counts are that thread's; its all-threads counts include the others'. */
TA_WEAK void ta_tick_begin(void);
TA_WEAK void ta_tick_end(void);

/* Attaches an observation to the tick that was last closed by this thread. */
TA_WEAK void ta_observe(const ta_observation *observation);

/* Ticks from here on belong to the phase `name`; a phase lasts until the next, or ta_phase_end().
 */
TA_WEAK void ta_phase_begin(const char *name);
TA_WEAK void ta_phase_end(void);

/* A hot path promises not to allocate. An allowed stretch inside it may, for the reason given: it
 * covers the scopes around it, while a hot path opened within it promises anew. */
TA_WEAK void ta_hot_begin(const char *name);
TA_WEAK void ta_hot_end(void);
TA_WEAK void ta_allow_begin(const char *name, const char *reason);
TA_WEAK void ta_allow_end(void);

/* What the calling thread, or the whole process, has counted so far. False (and zeroes) only when
 * nothing counts, because the auditor's hooks are not in force. */
TA_WEAK bool ta_thread_counts(ta_counts *counts);
TA_WEAK bool ta_process_counts(ta_counts *counts);

/* Whether an auditor is in this process and its hooks are in force. */
static inline bool ta_audited(void) {
    ta_counts counts;
    bool (*count)(ta_counts *) = TA_FOUND(ta_thread_counts);
    return count && count(&counts);
}

/* Keeps the compiler from deleting a malloc and free pair whose block is never looked at, which it
 * may at -O2: a test of "allocates nothing" could otherwise pass because nothing was left. */
static inline void ta_sink(void *pointer) {
    __asm__ volatile("" : : "g"(pointer) : "memory");
}

/* Scopes as statements. Leaving by break, return or goto closes them too (and a C++ exception,
 * when compiled as C++); longjmp does not. */
typedef struct ta_scope {
    void (*close)(void); /* NULL when no auditor is present */
    bool entered;
} ta_scope;

/* Called by the compiler when a scope below is left; with no auditor it does nothing. Something has
 * to follow the call: were it the function's tail call, as clang 19 makes it, a hot path by stack
 * ("stack:NAME") could not tell what that function allocates. */
static inline void ta_scope_close(ta_scope *scope) {
    if (scope->close)
        scope->close();
    __asm__ volatile("");
}

/* Opens a tick. Like the next two: for the macros below. */
static inline ta_scope ta_scope_tick(void) {
    void (*begin)(void) = TA_FOUND(ta_tick_begin);
    ta_scope scope = {begin ? TA_FOUND(ta_tick_end) : NULL, false};
    if (begin)
        begin();
    return scope;
}

/* Opens a hot path. */
static inline ta_scope ta_scope_hot(const char *name) {
    void (*begin)(const char *) = TA_FOUND(ta_hot_begin);
    ta_scope scope = {begin ? TA_FOUND(ta_hot_end) : NULL, false};
    if (begin)
        begin(name);
    return scope;
}

/* Opens an allowed stretch. */
static inline ta_scope ta_scope_allow(const char *name, const char *reason) {
    void (*begin)(const char *, const char *) = TA_FOUND(ta_allow_begin);
    ta_scope scope = {begin ? TA_FOUND(ta_allow_end) : NULL, false};
    if (begin)
        begin(name, reason);
    return scope;
}

/* A scope within a scope needs a name of its own, or -Wshadow speaks in the user's code. Clang from
 * 22 on calls __COUNTER__ an extension there: it gets the line, which is the same for two scopes on
 * one. */
#if defined(__clang__) && __clang_major__ >= 22
#define TA_SCOPE_NUMBER __LINE__
#else
#define TA_SCOPE_NUMBER __COUNTER__
#endif

#define TA_SCOPE_STATEMENT(open)        TA_SCOPE_EXPAND(open, TA_SCOPE_NUMBER)
#define TA_SCOPE_EXPAND(open, number)   TA_SCOPE_NUMBERED(open, number)
#define TA_SCOPE_NUMBERED(open, number) TA_SCOPE_NAMED(open, ta_scope_##number)
#define TA_SCOPE_NAMED(open, scope)                                                                \
    for (__attribute__((cleanup(ta_scope_close))) ta_scope scope = (open); !scope.entered;         \
         scope.entered = true)

#define TA_TICK()              TA_SCOPE_STATEMENT(ta_scope_tick())
#define TA_HOT_PATH(name)      TA_SCOPE_STATEMENT(ta_scope_hot(name))
#define TA_ALLOW(name, reason) TA_SCOPE_STATEMENT(ta_scope_allow((name), (reason)))

#ifdef __cplusplus
}
#endif

#include "tickaudit/count.h" /* TA_COUNT_ALLOCS, ta_allocs_per_run: last, as it needs all above */

#endif
