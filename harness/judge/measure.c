#include "measure.h"

#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double NS_PER_S = 1e9, NS_PER_MS = 1e6, BYTES_PER_MIB = 1048576.0;
enum { FRAME_NS_AT_30_FPS = 33333333, SPIKE_NS = 50000000 };

static void set(ta_figures *figures, ta_metric metric, double value) {
    figures->value[metric] = value;
    figures->known[metric] = true;
}

/* Where the figures of a stretch come from: a range of ticks, and the state before and after. */
typedef struct stretch {
    const ta_tick_record *ticks;
    uint64_t tick_count;
    ta_counters counted; /* at its end less at its begin */
    int64_t first_live_bytes, first_live_blocks;
    ta_observation first, last;
    uint64_t observations, population_mismatches, population_peak;
    uint64_t rss_first, rss_peak;
} stretch;

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* 95th percentile by nearest rank: the smallest value with at least 95 % of all at or below it. */
static double p95_ns(const ta_tick_record *ticks, uint64_t count) {
    uint64_t *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        return 0;
    for (uint64_t i = 0; i < count; i++)
        sorted[i] = ticks[i].wall_ns;
    qsort(sorted, count, sizeof *sorted, compare_u64);
    uint64_t rank = (count * 95 + 99) / 100;
    double value = (double)sorted[rank - 1];
    free(sorted);
    return value;
}

static void measure_times(const stretch *s, ta_figures *f) {
    uint64_t sum_ns = 0, max_ns = 0, below_30 = 0, spikes = 0;
    for (uint64_t i = 0; i < s->tick_count; i++) {
        uint64_t ns = s->ticks[i].wall_ns;
        sum_ns += ns;
        max_ns = ns > max_ns ? ns : max_ns;
        below_30 += ns > FRAME_NS_AT_30_FPS;
        spikes += ns > SPIKE_NS;
    }
    double count = (double)s->tick_count;
    set(f, TA_METRIC_avg_fps, sum_ns ? count * NS_PER_S / (double)sum_ns : 0);
    set(f, TA_METRIC_p95_ms, p95_ns(s->ticks, s->tick_count) / NS_PER_MS);
    set(f, TA_METRIC_frame_ms_mean, (double)sum_ns / count / NS_PER_MS);
    set(f, TA_METRIC_frame_ms_max, (double)max_ns / NS_PER_MS);
    set(f, TA_METRIC_frames_below_30, (double)below_30);
    set(f, TA_METRIC_spikes_over_50ms, (double)spikes);
    set(f, TA_METRIC_fps_stability_pct, 100.0 * (count - (double)below_30) / count);
}

static void measure_memory(const stretch *s, ta_figures *f) {
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

static void measure_counts(const stretch *s, ta_figures *f) {
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

static void measure_world(const stretch *s, ta_figures *f) {
    set(f, TA_METRIC_enemy_final, (double)population(&s->last));
    set(f, TA_METRIC_enemy_peak, (double)s->population_peak);
    set(f, TA_METRIC_enemies_spawned, (double)(s->last.spawned - s->first.spawned));
    set(f, TA_METRIC_enemies_died, (double)(s->last.died - s->first.died));
    set(f, TA_METRIC_population_mismatch, (double)s->population_mismatches);
    set(f, TA_METRIC_draw_calls, (double)(s->last.draw_calls - s->first.draw_calls));
    set(f, TA_METRIC_steps_dropped, (double)(s->last.steps_dropped - s->first.steps_dropped));
}

/* A figure without a sample stays unknown; a count of nothing is a fact. */
static void measure(const stretch *s, ta_figures *f) {
    measure_counts(s, f);
    if (s->tick_count) {
        measure_times(s, f);
        measure_memory(s, f);
    }
    if (s->observations)
        measure_world(s, f);
}

static ta_counters difference(const ta_counters *end, const ta_counters *begin) {
    enum { WORDS = sizeof(ta_counters) / sizeof(uint64_t) };
    ta_counters result;
    for (unsigned w = 0; w < WORDS; w++)
        ((uint64_t *)&result)[w] = ((const uint64_t *)end)[w] - ((const uint64_t *)begin)[w];
    return result;
}

static stretch of_phase(const ta_ledger *ledger, const ta_phase *phase) {
    uint64_t recorded = ta_ledger_tick_count(ledger);
    uint64_t room = phase->first_tick < recorded ? recorded - phase->first_tick : 0;
    return (stretch){
        .ticks = ta_ledger_ticks(ledger) + phase->first_tick,
        .tick_count = phase->ticks < room ? phase->ticks : room,
        .counted = difference(&phase->at_end, &phase->at_begin),
        .first_live_bytes = phase->first_live_bytes,
        .first_live_blocks = phase->first_live_blocks,
        .first = phase->first,
        .last = phase->last,
        .observations = phase->observations,
        .population_mismatches = phase->population_mismatches,
        .population_peak = phase->population_peak,
        .rss_first = phase->rss_first,
        .rss_peak = phase->rss_peak,
    };
}

/* The whole is all phases together, from the first one's begin. A process that died within a phase
 * had counted more than that phase's last tick knows: the slots say how much. */
static stretch of_whole(const ta_ledger *ledger, const ta_phase *first, const ta_phase *last,
                        bool ended_within) {
    stretch whole = of_phase(ledger, first);
    ta_counters now;
    ta_ledger_sum(ledger, &now);
    whole.counted = difference(ended_within ? &now : &last->at_end, &first->at_begin);
    for (const ta_phase *phase = first + 1; phase <= last; phase++) {
        stretch next = of_phase(ledger, phase);
        whole.tick_count += next.tick_count;
        whole.observations += next.observations;
        whole.population_mismatches += next.population_mismatches;
        if (next.population_peak > whole.population_peak)
            whole.population_peak = next.population_peak;
        if (next.rss_peak > whole.rss_peak)
            whole.rss_peak = next.rss_peak;
        if (next.observations)
            whole.last = next.last;
    }
    return whole;
}

static void measure_phases(const ta_scenario *scenario, const ta_ledger *ledger,
                           ta_result *result) {
    const ta_phase *phases = ta_ledger_phases(ledger);
    result->phase_count = scenario->phase_count;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        ta_figures *figures = &result->phases[i];
        memcpy(figures->name, scenario->phases[i].plan.name, sizeof figures->name);
        figures->ticks_planned = scenario->phases[i].plan.ticks;
        if (i >= ledger->phase_count)
            continue; /* never begun: everything stays unknown */
        stretch s = of_phase(ledger, &phases[i]);
        measure(&s, figures);
        figures->complete =
            phases[i].state == TA_PHASE_DONE && s.tick_count == figures->ticks_planned;
    }
}

static void measure_whole(const ta_scenario *scenario, const ta_ledger *ledger, ta_result *result) {
    const ta_phase *phases = ta_ledger_phases(ledger);
    snprintf(result->whole.name, sizeof result->whole.name, "whole");
    result->whole.ticks_planned = ta_scenario_ticks(scenario);
    result->whole.complete = true;
    for (uint32_t i = 0; i < result->phase_count; i++)
        result->whole.complete &= result->phases[i].complete;
    if (ledger->phase_count == 0)
        return;
    const ta_phase *last = &phases[ledger->phase_count - 1];
    stretch s = of_whole(ledger, &phases[0], last, last->state == TA_PHASE_OPEN);
    measure(&s, &result->whole);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const ta_hot_path_figures *)a)->name, ((const ta_hot_path_figures *)b)->name);
}

static ta_status measure_hot_paths(const ta_ledger *ledger, ta_result *result) {
    const ta_hot_path *table = ta_ledger_hot_paths(ledger);
    result->hot_paths = calloc(TA_LEDGER_HOT_PATHS_MAX, sizeof *result->hot_paths);
    if (!result->hot_paths)
        return ta_status_make(TA_INTERNAL, "no memory for the hot paths");
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++) {
        const ta_hot_path *path = &table[i];
        if (path->state != 2)
            continue;
        ta_hot_path_figures *figures = &result->hot_paths[result->hot_path_count++];
        memcpy(figures->name, path->name, sizeof figures->name);
        figures->entries = path->entries;
        figures->allocs = path->allocs;
        figures->bytes = path->bytes;
        figures->frees = path->frees;
        figures->first_tick = path->first_tick;
        figures->worst_tick = path->worst & UINT32_MAX;
        figures->worst_tick_allocs = path->worst >> 32;
    }
    qsort(result->hot_paths, result->hot_path_count, sizeof *result->hot_paths, by_name);
    return ta_status_ok();
}

static ta_status measure_allowed(const ta_ledger *ledger, ta_result *result) {
    const ta_allowed *table = ta_ledger_allowed(ledger);
    result->allowed = calloc(TA_LEDGER_ALLOWED_MAX, sizeof *result->allowed);
    if (!result->allowed)
        return ta_status_make(TA_INTERNAL, "no memory for the allowed stretches");
    for (unsigned i = 0; i < TA_LEDGER_ALLOWED_MAX; i++) {
        if (table[i].state != 2)
            continue;
        ta_allowed_figures *figures = &result->allowed[result->allowed_count++];
        memcpy(figures->name, table[i].name, sizeof figures->name);
        memcpy(figures->reason, table[i].reason, sizeof figures->reason);
        figures->entries = table[i].entries;
        figures->allocs = table[i].allocs;
        figures->bytes = table[i].bytes;
    }
    return ta_status_ok();
}

static ta_status copy_ticks(const ta_ledger *ledger, ta_result *result) {
    uint64_t count = ta_ledger_tick_count(ledger);
    const ta_tick_record *records = ta_ledger_ticks(ledger);
    result->ticks = calloc(count ? count : 1, sizeof *result->ticks);
    if (!result->ticks)
        return ta_status_make(TA_INTERNAL, "no memory for %llu ticks", (unsigned long long)count);
    for (uint64_t i = 0; i < count; i++) {
        const ta_tick_record *r = &records[i];
        if (r->phase == 0)
            continue; /* the warm-up's, or outside of any phase */
        result->ticks[result->tick_count++] = (ta_tick_figures){
            .phase = r->phase - 1,
            .population = r->population,
            .wall_ns = r->wall_ns,
            .own_allocs = r->own_allocs,
            .allocs = r->allocs,
            .frees = r->frees,
            .bytes = r->bytes,
            .hot_allocs = r->hot_allocs,
            .live_bytes = r->live_bytes,
            .live_blocks = r->live_blocks,
            .state_hash = r->state_hash,
        };
    }
    return ta_status_ok();
}

static void measure_process(const ta_ledger *ledger, ta_result *result) {
    ta_counters sum;
    ta_ledger_sum(ledger, &sum);
    result->totals.allocs = ta_counters_allocs(&sum);
    result->totals.frees = ta_counters_frees(&sum);
    result->totals.bytes = ta_counters_bytes(&sum);
    result->state_hash = ledger->observation.state_hash;
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        result->final_alive[tier] = ledger->observation.alive[tier];
    result->lost.ticks = ledger->lost.ticks;
    result->lost.sites = ledger->lost.sites + ledger->lost.modules;
    result->lost.names = ledger->lost.names;
    result->lost.scopes = ledger->lost.scopes;
    result->lost.threads = ledger->lost.threads;
    result->threads_peak = ledger->slots_used;
    result->audit_ns_per_pair = (double)ledger->pair_picoseconds / 1000.0;
    memcpy(result->allocator, ledger->allocator, sizeof result->allocator);
    snprintf(result->hooks, sizeof result->hooks, "%s%s%s%s",
             ledger->hooked & TA_HOOKED_MALLOC ? "malloc family" : "nothing",
             ledger->hooked & TA_HOOKED_OPERATORS ? ", operators new and delete" : "",
             ledger->hooked & TA_HOOKED_MAPPING ? ", mmap and brk" : "",
             ledger->hooked & TA_HOOKED_FORK ? "; forks told apart" : "");
}

ta_status ta_measure(const ta_scenario *scenario, const ta_ledger *ledger, ta_result *result) {
    measure_process(ledger, result);
    measure_phases(scenario, ledger, result);
    measure_whole(scenario, ledger, result);
    ta_status status = measure_hot_paths(ledger, result);
    if (ta_ok(status))
        status = measure_allowed(ledger, result);
    return ta_ok(status) ? copy_ticks(ledger, result) : status;
}
