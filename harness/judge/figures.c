#include "figures.h"

static const double NS_PER_S = 1e9, NS_PER_MS = 1e6, BYTES_PER_MIB = 1048576.0;
enum { FRAME_NS_AT_30_FPS = 33333333, SPIKE_NS = 50000000 };

static void set(ta_figures *figures, ta_metric metric, double value) {
    figures->value[metric] = value;
    figures->known[metric] = true;
}

/* The rank-th smallest time, from 1, found digit by digit (radix selection): a sorted copy needs
 * memory, and without it the figure would be unknown. */
static uint64_t time_of_rank(const ta_tick_record *ticks, uint64_t count, uint64_t rank,
                             uint64_t max_ns) {
    enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };
    unsigned shift = 0;
    uint64_t known = 0, prefix = 0; /* the bits that are found, and what they are */
    while (max_ns >> shift >= DIGITS)
        shift += DIGIT_BITS;
    for (;; shift -= DIGIT_BITS) {
        uint64_t found[DIGITS] = {0}, digit = 0;
        for (uint64_t i = 0; i < count; i++) {
            if ((ticks[i].wall_ns & known) == prefix)
                found[ticks[i].wall_ns >> shift & (DIGITS - 1)]++;
        }
        for (; rank > found[digit]; digit++)
            rank -= found[digit];
        prefix |= digit << shift;
        known |= (uint64_t)(DIGITS - 1) << shift;
        if (shift == 0)
            return prefix;
    }
}

/* 95th percentile by nearest rank: the smallest value with at least 95 % of all at or below it. */
static double p95_ns(const ta_tick_record *ticks, uint64_t count, uint64_t max_ns) {
    return (double)time_of_rank(ticks, count, (count * 95 + 99) / 100, max_ns);
}

void ta_figures_measure_times(const ta_tick_record *ticks, uint64_t tick_count, ta_figures *f) {
    uint64_t sum_ns = 0, max_ns = 0, below_30 = 0, spikes = 0;
    for (uint64_t i = 0; i < tick_count; i++) {
        uint64_t ns = ticks[i].wall_ns;
        sum_ns += ns;
        max_ns = ns > max_ns ? ns : max_ns;
        below_30 += ns > FRAME_NS_AT_30_FPS;
        spikes += ns > SPIKE_NS;
    }
    double count = (double)tick_count;
    if (sum_ns)
        set(f, TA_METRIC_avg_fps, count * NS_PER_S / (double)sum_ns);
    set(f, TA_METRIC_p95_ms, p95_ns(ticks, tick_count, max_ns) / NS_PER_MS);
    set(f, TA_METRIC_frame_ms_mean, (double)sum_ns / count / NS_PER_MS);
    set(f, TA_METRIC_frame_ms_max, (double)max_ns / NS_PER_MS);
    set(f, TA_METRIC_frames_below_30, (double)below_30);
    set(f, TA_METRIC_spikes_over_50ms, (double)spikes);
    set(f, TA_METRIC_fps_stability_pct, 100.0 * (count - (double)below_30) / count);
}

static void measure_memory(const ta_stretch *s, ta_figures *f) {
    int64_t peak = s->first_live_bytes;
    uint64_t allocs_max = 0;
    for (uint64_t i = 0; i < s->tick_count; i++) {
        peak = s->ticks[i].live_bytes > peak ? s->ticks[i].live_bytes : peak;
        allocs_max = s->ticks[i].allocs > allocs_max ? s->ticks[i].allocs : allocs_max;
    }
    const ta_tick_record *last = &s->ticks[s->tick_count - 1];
    set(f, TA_METRIC_mem_growth_mb, (double)(peak - s->first_live_bytes) / BYTES_PER_MIB);
    set(f, TA_METRIC_live_bytes_growth, (double)(last->live_bytes - s->first_live_bytes));
    set(f, TA_METRIC_live_blocks_growth, (double)(last->live_blocks - s->first_live_blocks));
    set(f, TA_METRIC_allocs_per_tick_max, (double)allocs_max);
    if (s->rss_first)
        set(f, TA_METRIC_rss_growth_mb, (double)(s->rss_peak - s->rss_first) / BYTES_PER_MIB);
}

static void measure_counts(const ta_stretch *s, ta_figures *f) {
    const ta_counters *c = &s->counted;
    set(f, TA_METRIC_ticks, (double)s->tick_count);
    set(f, TA_METRIC_allocs, (double)ta_counters_allocs(c));
    set(f, TA_METRIC_frees, (double)ta_counters_frees(c));
    set(f, TA_METRIC_bytes, (double)ta_counters_bytes(c));
    set(f, TA_METRIC_hot_allocs, (double)c->hot_allocs);
    set(f, TA_METRIC_hot_bytes, (double)c->hot_bytes);
    set(f, TA_METRIC_hot_frees, (double)c->hot_frees);
    set(f, TA_METRIC_mapped_calls, (double)c->mapped_calls);
}

static uint64_t population(const ta_observation *o) {
    uint64_t alive = 0;
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        alive += o->alive[tier];
    return alive;
}

static void measure_world(const ta_stretch *s, ta_figures *f) {
    set(f, TA_METRIC_enemy_final, (double)population(&s->last));
    set(f, TA_METRIC_enemy_peak, (double)s->population_peak);
    set(f, TA_METRIC_enemies_spawned, (double)(s->last.spawned - s->first.spawned));
    set(f, TA_METRIC_enemies_died, (double)(s->last.died - s->first.died));
    set(f, TA_METRIC_population_mismatch, (double)s->population_mismatches);
    set(f, TA_METRIC_draw_calls, (double)(s->last.draw_calls - s->first.draw_calls));
    set(f, TA_METRIC_steps_dropped, (double)(s->last.steps_dropped - s->first.steps_dropped));
}

void ta_figures_measure(const ta_stretch *s, ta_figures *f) {
    measure_counts(s, f);
    if (s->tick_count) {
        ta_figures_measure_times(s->ticks, s->tick_count, f);
        measure_memory(s, f);
    }
    if (s->observations)
        measure_world(s, f);
}

ta_counters ta_counters_difference(const ta_counters *end, const ta_counters *begin) {
    enum { WORDS = sizeof(ta_counters) / sizeof(uint64_t) };
    ta_counters result;
    for (unsigned w = 0; w < WORDS; w++)
        ((uint64_t *)&result)[w] = ((const uint64_t *)end)[w] - ((const uint64_t *)begin)[w];
    return result;
}
