/* figures.h: the metrics of a stretch of a run: a phase, the whole, a program. For the files that
 * measure. Does not allocate; any thread. */
#ifndef TA_MEASURE_FIGURES_H
#define TA_MEASURE_FIGURES_H

#include "layout.h"
#include "result.h"

/* Where the figures of a stretch come from: a range of ticks, and the state before and after. */
typedef struct ta_stretch {
    const ta_tick_record *ticks;
    uint64_t tick_count;
    const ta_tick_totals *totals; /* of all ticks, when some may have no record; or NULL */
    ta_counters counted;          /* at its end less at its begin */
    int64_t first_live_bytes, first_live_blocks;
    ta_observation first, last;
    uint64_t observations, population_mismatches, population_peak;
    uint64_t rss_first, rss_peak;
} ta_stretch;

/* A figure without a sample stays unknown; a count of nothing is a fact. */
void ta_figures_measure(const ta_stretch *stretch, ta_figures *figures);

/* What is said of ticks' times alone; at least one tick. */
void ta_figures_measure_times(const ta_tick_record *ticks, uint64_t tick_count,
                              ta_figures *figures);

/* Counters at the end less those at the begin. */
ta_counters ta_counters_difference(const ta_counters *end, const ta_counters *begin);

#endif
