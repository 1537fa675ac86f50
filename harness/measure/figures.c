#include "figures.h"

static const double NS_PER_S = 1e9, NS_PER_MS = 1e6, BYTES_PER_MIB = 1048576.0;

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

static ta_tick_totals add_up(const ta_stretch *s) {
    ta_tick_totals t = {.count = s->tick_count, .live_bytes_peak = s->first_live_bytes};
    for (uint64_t i = 0; i < s->tick_count; i++) {
        const ta_tick_record *tick = &s->ticks[i];
        t.ns_sum += tick->wall_ns;
        t.ns_max = tick->wall_ns > t.ns_max ? tick->wall_ns : t.ns_max;
        t.below_30 += tick->wall_ns > TA_TICK_30_FPS_NS;
        t.spikes += tick->wall_ns > TA_TICK_SPIKE_NS;
        t.allocs_max = tick->allocs > t.allocs_max ? tick->allocs : t.allocs_max;
        if (tick->live_bytes > t.live_bytes_peak)
            t.live_bytes_peak = tick->live_bytes;
        t.live_bytes_last = tick->live_bytes;
        t.live_blocks_last = tick->live_blocks;
    }
    return t;
}

static void measure_times(const ta_stretch *s, const ta_tick_totals *t, ta_figures *f) {
    double count = (double)t->count;
    if (t->ns_sum)
        set(f, TA_METRIC_avg_fps, count * NS_PER_S / (double)t->ns_sum);
    if (s->tick_count == t->count)
        set(f, TA_METRIC_p95_ms, p95_ns(s->ticks, s->tick_count, t->ns_max) / NS_PER_MS);
    set(f, TA_METRIC_frame_ms_mean, (double)t->ns_sum / count / NS_PER_MS);
    set(f, TA_METRIC_frame_ms_max, (double)t->ns_max / NS_PER_MS);
    set(f, TA_METRIC_frames_below_30, (double)t->below_30);
    set(f, TA_METRIC_spikes_over_50ms, (double)t->spikes);
    set(f, TA_METRIC_fps_stability_pct, 100.0 * (count - (double)t->below_30) / count);
}

void ta_figures_measure_times(const ta_tick_record *ticks, uint64_t tick_count, ta_figures *f) {
    const ta_stretch s = {.ticks = ticks, .tick_count = tick_count};
    const ta_tick_totals t = add_up(&s);
    measure_times(&s, &t, f);
}

static void measure_memory(const ta_stretch *s, const ta_tick_totals *t, ta_figures *f) {
    int64_t first = s->first_live_bytes;
    int64_t peak = t->live_bytes_peak > first ? t->live_bytes_peak : first;
    set(f, TA_METRIC_mem_growth_mb, (double)(peak - first) / BYTES_PER_MIB);
    set(f, TA_METRIC_live_bytes_growth, (double)(t->live_bytes_last - first));
    set(f, TA_METRIC_live_blocks_growth, (double)(t->live_blocks_last - s->first_live_blocks));
    set(f, TA_METRIC_allocs_per_tick_max, (double)t->allocs_max);
    if (s->rss_first)
        set(f, TA_METRIC_rss_growth_mb, (double)(s->rss_peak - s->rss_first) / BYTES_PER_MIB);
}

static void measure_counts(const ta_stretch *s, ta_figures *f) {
    const ta_counters *c = &s->counted;
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
    const ta_tick_totals t = s->totals && s->totals->count ? *s->totals : add_up(s);
    measure_counts(s, f);
    set(f, TA_METRIC_ticks, (double)t.count);
    if (t.count) {
        measure_times(s, &t, f);
        measure_memory(s, &t, f);
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
