/* metrics.h: the one list of what a run is measured by.
 *
 * The same name stands in budgets, the CSV log, the result JSON, the summary and the docs.
 * Pure data: nothing here allocates. */
#ifndef TA_COMMON_METRICS_H
#define TA_COMMON_METRICS_H

#include <stdbool.h>

/* EXACT: a count, the same on every run of the same seed. TIMED: a sample from a noisy machine. */
typedef enum ta_metric_kind { TA_METRIC_EXACT, TA_METRIC_TIMED } ta_metric_kind;
typedef enum ta_metric_better {
    TA_BETTER_LOWER,
    TA_BETTER_HIGHER,
    TA_BETTER_NONE
} ta_metric_better;

/* name, kind, which direction is better, unit, meaning */
#define TA_METRIC_LIST(X)                                                                          \
    X(avg_fps, TIMED, HIGHER, "1/s", "frames divided by the sum of frame times")                   \
    X(p95_ms, TIMED, LOWER, "ms", "95th percentile of the frame times, nearest rank")              \
    X(mem_growth_mb, EXACT, LOWER, "MiB", "peak less first sample of live heap bytes")             \
    X(enemy_final, EXACT, HIGHER, "", "enemies alive at the end")                                  \
    X(enemy_peak, EXACT, HIGHER, "", "most enemies alive at the end of any tick")                  \
    X(frames_below_30, TIMED, LOWER, "", "frames longer than 1/30 s")                              \
    X(spikes_over_50ms, TIMED, LOWER, "", "frames longer than 50 ms")                              \
    X(hot_allocs, EXACT, LOWER, "", "allocations in hot paths, outside allowed stretches")         \
    X(hot_bytes, EXACT, LOWER, "B", "bytes of hot_allocs, as requested")                           \
    X(hot_frees, EXACT, LOWER, "", "frees in hot paths, outside allowed stretches")                \
    X(allocs_per_tick_max, EXACT, LOWER, "", "most allocations in one tick, all threads")          \
    X(live_bytes_growth, EXACT, LOWER, "B", "last less first sample of live heap bytes")           \
    X(live_blocks_growth, EXACT, LOWER, "", "last less first sample of live heap blocks")          \
    X(rss_growth_mb, TIMED, LOWER, "MiB", "peak less first sample of resident memory")             \
    X(fps_stability_pct, TIMED, HIGHER, "%", "share of frames no longer than 1/30 s")              \
    X(frame_ms_mean, TIMED, LOWER, "ms", "mean frame time")                                        \
    X(frame_ms_max, TIMED, LOWER, "ms", "longest frame time")                                      \
    X(allocs, EXACT, LOWER, "", "allocations, all threads; a resize is one")                       \
    X(frees, EXACT, NONE, "", "frees, all threads; a resize is one")                               \
    X(bytes, EXACT, LOWER, "B", "bytes allocated, as requested")                                   \
    X(mapped_calls, EXACT, LOWER, "", "mmap, mremap, brk and sbrk calls that the program made")    \
    X(ticks, EXACT, NONE, "", "ticks that were completed")                                         \
    X(enemies_spawned, EXACT, HIGHER, "", "enemies spawned")                                       \
    X(enemies_died, EXACT, NONE, "", "enemies killed")                                             \
    X(population_mismatch, EXACT, LOWER, "",                                                       \
      "ticks in which the enemies seen, by tier, were not those spawned less those gone")          \
    X(draw_calls, EXACT, LOWER, "", "draw calls")                                                  \
    X(steps_dropped, EXACT, LOWER, "", "simulation steps beyond the catch-up limit")

/* Short names that budgets know besides: name, metric. Whatever is written has the long one. */
#define TA_METRIC_SHORT_LIST(X)                                                                    \
    X(allocs_per_tick, allocs_per_tick_max)                                                        \
    X(live_growth, live_bytes_growth)

enum {
#define TA_METRIC_SHORT_ENUM(name, metric) TA_METRIC_SHORT_##name,
    TA_METRIC_SHORT_LIST(TA_METRIC_SHORT_ENUM)
#undef TA_METRIC_SHORT_ENUM
        TA_METRIC_SHORT_COUNT
};

typedef enum ta_metric {
#define TA_METRIC_ENUM(name, kind, better, unit, meaning) TA_METRIC_##name,
    TA_METRIC_LIST(TA_METRIC_ENUM)
#undef TA_METRIC_ENUM
        TA_METRIC_COUNT
} ta_metric;

typedef struct ta_metric_info {
    const char *name;
    ta_metric_kind kind;
    ta_metric_better better;
    const char *unit; /* "" for a plain count */
    const char *meaning;
} ta_metric_info;

/* Indexed by ta_metric; TA_METRIC_COUNT entries. */
extern const ta_metric_info ta_metric_table[TA_METRIC_COUNT];

/* The names alone, in the same order, and after them the short ones: for ta_nearest_name(). */
extern const char *const ta_metric_names[TA_METRIC_COUNT + TA_METRIC_SHORT_COUNT];

/* Finds a metric by its exact name. False when there is none. */
bool ta_metric_find(const char *name, ta_metric *metric);

/* The same by its exact name or its short one. */
bool ta_metric_find_any(const char *name, ta_metric *metric);

#endif
