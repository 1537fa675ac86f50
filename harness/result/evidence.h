/* evidence.h: the facts that a verdict rests on, one row of a table each, and what is left open
 * where one of them is not complete.
 *
 *     status = ta_evidence_add(result, TA_FACT_ticks_fired, &(ta_evidence){...});
 *     ...
 *     entry = ta_evidence_against(result, &budget, value);       NULL: the value stands
 *
 * A new fact is a row here and a collector that calls ta_evidence_add(). Only ta_evidence_add()
 * allocates; one thread at a time per result. */
#ifndef TA_RESULT_EVIDENCE_H
#define TA_RESULT_EVIDENCE_H

#include "result.h"
#include "scenario.h"

/* Groups of metrics that a fact bears on alike; each metric is in one of them. */
enum {
    TA_FIGURES_COUNTS = 1 << 0, /* allocs, frees, bytes */
    TA_FIGURES_MAPPED = 1 << 1,
    TA_FIGURES_HOT = 1 << 2,
    TA_FIGURES_TICK_ALLOCS = 1 << 3, /* the most in one tick */
    TA_FIGURES_TICK_TIMES = 1 << 4,  /* how many ticks were long, and the longest */
    TA_FIGURES_TICK_MEANS = 1 << 5,  /* mean and share of ticks' times */
    TA_FIGURES_PEAK = 1 << 6,        /* mem_growth_mb */
    TA_FIGURES_GROWTH = 1 << 7,      /* live bytes and blocks, last less first */
    TA_FIGURES_RSS = 1 << 8,
    TA_FIGURES_TICKS = 1 << 9,
    TA_FIGURES_WORLD = 1 << 10, /* totals and peaks that the workload tells */
    TA_FIGURES_WORLD_END = 1 << 11,
    TA_FIGURES_TICK_RANKS = 1 << 12, /* percentiles of ticks' times */
    TA_FIGURES_ALL = (1 << 13) - 1,
    /* What comes out higher or lower when more is seen. All others can only rise. */
    TA_FIGURES_EITHER_WAY =
        TA_FIGURES_TICK_MEANS | TA_FIGURES_TICK_RANKS | TA_FIGURES_GROWTH | TA_FIGURES_WORLD_END,
    TA_FIGURES_PER_TICK = TA_FIGURES_TICK_ALLOCS | TA_FIGURES_TICK_TIMES | TA_FIGURES_TICK_MEANS |
                          TA_FIGURES_TICK_RANKS | TA_FIGURES_PEAK,
    TA_FIGURES_OF_HEAP = TA_FIGURES_COUNTS | TA_FIGURES_HOT | TA_FIGURES_TICK_ALLOCS |
                         TA_FIGURES_PEAK | TA_FIGURES_GROWTH
};

/* name, what it says when it is complete; when it is not: figures that may really be higher than
 * they were seen, figures that may be lower, figures that it may be the reason for not knowing */
#define TA_FACT_LIST(X)                                                                            \
    X(program_end, "the program ended as it was meant to", TA_FIGURES_ALL, TA_FIGURES_EITHER_WAY,  \
      TA_FIGURES_ALL)                                                                              \
    X(calls_intercepted, "calls of malloc came to the auditor", TA_FIGURES_ALL, TA_FIGURES_ALL,    \
      TA_FIGURES_ALL)                                                                              \
    X(own_malloc_seen_whole, "each call of the program's own malloc was seen", TA_FIGURES_OF_HEAP, \
      TA_FIGURES_GROWTH | TA_FIGURES_PEAK, 0)                                                      \
    X(same_program, "the program was the same one from its begin to its end", TA_FIGURES_ALL,      \
      TA_FIGURES_EITHER_WAY, 0)                                                                    \
    X(ticks_fired, "the tick source fired twice or more", TA_FIGURES_PER_TICK | TA_FIGURES_GROWTH, \
      TA_FIGURES_EITHER_WAY, TA_FIGURES_PER_TICK | TA_FIGURES_GROWTH | TA_FIGURES_RSS)             \
    X(ticks_marked, "the program marks ticks, or a source of them was named", 0, 0,                \
      TA_FIGURES_PER_TICK | TA_FIGURES_RSS)                                                        \
    X(ticks_followed, "each followed process was sampled",                                         \
      TA_FIGURES_TICK_ALLOCS | TA_FIGURES_PEAK, 0, 0)                                              \
    X(ticks_kept, "each tick was recorded",                                                        \
      TA_FIGURES_PER_TICK | TA_FIGURES_GROWTH | TA_FIGURES_TICKS, TA_FIGURES_EITHER_WAY, 0)        \
    X(tick_times_kept, "each tick's record was kept", 0, 0, TA_FIGURES_TICK_RANKS)                 \
    X(ticks_ended, "each tick was ended by the thread that began it",                              \
      TA_FIGURES_PER_TICK | TA_FIGURES_GROWTH, TA_FIGURES_EITHER_WAY, 0)                           \
    X(last_tick_ended, "the last tick that was begun was ended",                                   \
      TA_FIGURES_TICK_ALLOCS | TA_FIGURES_TICK_TIMES | TA_FIGURES_PEAK, 0, 0)                      \
    X(hot_path_entered, "each named hot path was entered", TA_FIGURES_HOT, 0, TA_FIGURES_HOT)      \
    X(function_seen_whole, "each call of a watched function was seen, and each copy of it",        \
      TA_FIGURES_HOT, 0, TA_FIGURES_HOT)                                                           \
    X(function_alone, "no watched function has its address in common with another", 0,             \
      TA_FIGURES_HOT, 0)                                                                           \
    X(tick_seen_whole, "each call of the function that is the tick was seen, and no other",        \
      TA_FIGURES_TICK_MEANS | TA_FIGURES_GROWTH | TA_FIGURES_TICKS,                                \
      TA_FIGURES_PER_TICK | TA_FIGURES_GROWTH | TA_FIGURES_TICKS, 0)                               \
    X(stack_function_found, "each function of a hot path by stack is in a loaded module",          \
      TA_FIGURES_HOT, 0, TA_FIGURES_HOT)                                                           \
    X(stacks_whole, "each call stack was followed to its outermost frame", TA_FIGURES_HOT, 0, 0)   \
    X(stack_frames_stay, "no function of a hot path by stack ends by a jump to another",           \
      TA_FIGURES_HOT, 0, 0)                                                                        \
    X(stacks_in_time, "each module was read before it came to lie in a call stack", 0, 0, 0)       \
    X(stacks_unswitched, "nothing was allocated on another stack while a watched function ran",    \
      TA_FIGURES_HOT, 0, 0)                                                                        \
    X(forks_outside_hot, "no followed process was forked within a hot path", TA_FIGURES_HOT, 0, 0) \
    X(names_kept, "each hot path, allowed stretch and phase had room for its name",                \
      TA_FIGURES_HOT, 0, 0)                                                                        \
    X(scopes_kept, "each hot path was entered and left in order, at a depth that is kept",         \
      TA_FIGURES_HOT, 0, 0)                                                                        \
    X(allowances_kept, "each allowed stretch was in force", 0, TA_FIGURES_HOT, 0)                  \
    X(threads_kept, "each thread had counters of its own", TA_FIGURES_OF_HEAP | TA_FIGURES_MAPPED, \
      TA_FIGURES_HOT | TA_FIGURES_GROWTH, 0)                                                       \
    X(processes_kept, "each followed process was counted", TA_FIGURES_OF_HEAP | TA_FIGURES_MAPPED, \
      0, 0)                                                                                        \
    X(children_counted, "no other process was started that was not counted",                       \
      TA_FIGURES_OF_HEAP | TA_FIGURES_MAPPED, 0, 0)                                                \
    X(processes_seen, "each followed process was counted to its end",                              \
      TA_FIGURES_OF_HEAP | TA_FIGURES_MAPPED, 0, 0)                                                \
    X(rounds_agree, "counts and state agree in all rounds", 0, 0, 0)                               \
    X(sites_kept, "each call stack that was wanted was kept", 0, 0, 0)                             \
    X(suppressions_applied, "each call stack could be held against the suppressions", 0,           \
      TA_FIGURES_HOT, 0)                                                                           \
    X(live_bytes_steady, "each block gave back the usable bytes that it took",                     \
      TA_FIGURES_PEAK | TA_FIGURES_GROWTH, TA_FIGURES_PEAK | TA_FIGURES_GROWTH, 0)                 \
    X(sizes_told, "the allocator tells the usable size of a block",                                \
      TA_FIGURES_PEAK | TA_FIGURES_GROWTH, TA_FIGURES_PEAK | TA_FIGURES_GROWTH,                    \
      TA_FIGURES_PEAK | TA_FIGURES_GROWTH)                                                         \
    X(heaps_ours, "no module is known to allocate past the auditor", TA_FIGURES_OF_HEAP,           \
      TA_FIGURES_PEAK | TA_FIGURES_GROWTH, 0)                                                      \
    X(namespaces_ours, "nothing was loaded into another link-map namespace", TA_FIGURES_OF_HEAP,   \
      TA_FIGURES_PEAK | TA_FIGURES_GROWTH, 0)                                                      \
    X(memory_ours, "no module took memory from the kernel by itself, but for code and stacks",     \
      TA_FIGURES_OF_HEAP, TA_FIGURES_PEAK | TA_FIGURES_GROWTH, 0)

typedef enum ta_fact {
#define TA_FACT_ENUM(name, says, higher, lower, unknown) TA_FACT_##name,
    TA_FACT_LIST(TA_FACT_ENUM)
#undef TA_FACT_ENUM
        TA_FACT_COUNT
} ta_fact;

typedef struct ta_fact_info {
    const char *name, *says;
    unsigned higher, lower, unknown; /* groups of figures, see above */
} ta_fact_info;

/* Indexed by ta_fact. */
extern const ta_fact_info ta_fact_table[TA_FACT_COUNT];

/* Finds a fact by its exact name. False when there is none. */
bool ta_fact_find(const char *name, ta_fact *fact);

/* The group of a metric. */
unsigned ta_figures_group(ta_metric metric);

/* An entry for a fact; the last three may be NULL. `subject` is the hot path that it is about; NULL
 * or "": all. */
typedef struct ta_finding {
    ta_evidence_state state;
    const char *subject, *detail, *remedy;
} ta_finding;

/* Adds an entry to result->evidence. TA_INTERNAL when there is no memory. */
ta_status ta_evidence_add(ta_result *result, ta_fact fact, ta_finding finding);

/* Whether an entry leaves figures open: it is incomplete, or unknown in a strict run. */
bool ta_evidence_is_open(const ta_result *result, const ta_evidence *entry);

/* The first open entry by which the budget's outcome for this value could be another: a figure that
 * may be higher does not help one that is over its limit already. NULL: the outcome is sure. */
const ta_evidence *ta_evidence_against(const ta_result *result, const ta_budget *budget,
                                       double value);

/* The first open entry that may be why the budget's figure is not known; NULL when there is none.
 */
const ta_evidence *ta_evidence_why_unknown(const ta_result *result, const ta_budget *budget);

/* Whether a value keeps a budget. */
bool ta_budget_holds(const ta_budget *budget, double value);

/* Adds what a result tells of itself: how the program ended, what was lost, which allocations went
 * past the auditor. After suppressions were applied, before budgets are judged. */
ta_status ta_evidence_of_result(ta_result *result);

/* Whether each stack could be held against the suppressions, when there are any. TA_INTERNAL
 * without memory. */
ta_status ta_evidence_of_suppressions(ta_result *result);

#endif
