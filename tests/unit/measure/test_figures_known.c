/* Figures of known inputs: percentiles by published examples of the nearest rank, all others worked
 * out by hand. */
#include <criterion/criterion.h>

#include "figures.h"

enum { TICKS_MAX = 100 };

static const uint64_t MS = 1000000, MIB = 1048576;

static ta_figures measure(const ta_stretch *stretch) {
    ta_figures figures = {0};
    ta_figures_measure(stretch, &figures);
    return figures;
}

static ta_figures of_times(const uint64_t *ns, uint64_t count) {
    ta_tick_record ticks[TICKS_MAX] = {0};
    for (uint64_t i = 0; i < count; i++)
        ticks[i].wall_ns = ns[i];
    return measure(&(ta_stretch){.ticks = ticks, .tick_count = count});
}

#define OF_TIMES(...)                                                                              \
    of_times((const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

#define expect_figure(figures, metric, expected)                                                   \
    do {                                                                                           \
        cr_expect((figures).known[TA_METRIC_##metric], #metric " is unknown");                     \
        cr_expect_float_eq((figures).value[TA_METRIC_##metric], expected, 1e-9, #metric " is %g",  \
                           (figures).value[TA_METRIC_##metric]);                                   \
    } while (0)

/* ---- percentiles ---- */

/* https://en.wikipedia.org/wiki/Percentile, "The nearest-rank method": its lists of values. The
 * rank of the 95th percentile is 95 n / 100, rounded up. */
Test(figures_known, p95_of_published_lists) {
    ta_figures five = OF_TIMES(15 * MS, 20 * MS, 35 * MS, 40 * MS, 50 * MS);
    expect_figure(five, p95_ms, 50); /* rank 5 of 5 */
    ta_figures ten = OF_TIMES(3 * MS, 6 * MS, 7 * MS, 8 * MS, 8 * MS, 10 * MS, 13 * MS, 15 * MS,
                              16 * MS, 20 * MS);
    expect_figure(ten, p95_ms, 20); /* rank 10 of 10 */
}

static ta_figures of_one_to(uint64_t count) {
    uint64_t ns[TICKS_MAX];
    for (uint64_t i = 0; i < count; i++)
        ns[i] = (i * 37 % count + 1) * MS; /* not in order: 37 has no factor in common with them */
    return of_times(ns, count);
}

Test(figures_known, p95_of_one_to_n_is_the_rank) {
    static const struct {
        uint64_t count;
        double rank;
    } lists[] = {{1, 1},   {2, 2},   {19, 19}, {20, 19}, {21, 20},
                 {39, 38}, {40, 38}, {99, 95}, {100, 95}};
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
        ta_figures figures = of_one_to(lists[i].count);
        expect_figure(figures, p95_ms, lists[i].rank);
    }
}

Test(figures_known, p95_holds_one_tick_in_twenty_that_is_long) {
    uint64_t ns[TICKS_MAX];
    for (unsigned i = 0; i < 100; i++)
        ns[i] = i < 5 ? 900 * MS : 2 * MS;
    ta_figures five_long = of_times(ns, 100);
    expect_figure(five_long, p95_ms, 2);
    ns[50] = 900 * MS;
    ta_figures six_long = of_times(ns, 100);
    expect_figure(six_long, p95_ms, 900);
}

/* ---- frames ---- */

Test(figures_known, rates_are_of_the_sum_of_times) {
    ta_figures f = OF_TIMES(10 * MS, 20 * MS, 30 * MS, 40 * MS);
    expect_figure(f, avg_fps, 40); /* 4 frames in 0.1 s; the mean of their rates would be 52.08 */
    expect_figure(f, frame_ms_mean, 25);
    expect_figure(f, frame_ms_max, 40);
    expect_figure(f, ticks, 4);
}

Test(figures_known, a_frame_of_a_thirtieth_is_not_below_30_and_one_of_50_ms_no_spike) {
    ta_figures f = OF_TIMES(33333333, 33333334, 50 * MS, 50 * MS + 1, 0, 1, 1, 1);
    expect_figure(f, frames_below_30, 3);
    expect_figure(f, spikes_over_50ms, 1);
    expect_figure(f, fps_stability_pct, 62.5); /* 5 of 8 */
}

Test(figures_known, times_alone_are_measured_as_those_of_a_stretch) {
    ta_tick_record ticks[] = {{.wall_ns = 60 * MS}, {.wall_ns = 20 * MS}};
    ta_figures f = {0};
    ta_figures_measure_times(ticks, 2, &f);
    expect_figure(f, avg_fps, 25);
    expect_figure(f, p95_ms, 60);
    expect_figure(f, fps_stability_pct, 50);
    expect_figure(f, spikes_over_50ms, 1);
    cr_expect_not(f.known[TA_METRIC_allocs], "counts are not asked for");
    cr_expect_not(f.known[TA_METRIC_ticks]);
}

/* ---- memory ---- */

static ta_figures of_live(int64_t first, const int64_t *live, uint64_t count) {
    ta_tick_record ticks[TICKS_MAX] = {0};
    for (uint64_t i = 0; i < count; i++) {
        ticks[i].live_bytes = live[i];
        ticks[i].live_blocks = live[i] / 1024;
        ticks[i].allocs = 3 * i;
    }
    return measure(&(ta_stretch){.ticks = ticks,
                                 .tick_count = count,
                                 .first_live_bytes = first,
                                 .first_live_blocks = first / 1024});
}

#define MIB_I INT64_C(1048576)

Test(figures_known, memory_grows_to_its_peak_and_ends_where_it_ends) {
    ta_figures f = of_live(MIB_I, (const int64_t[]){2 * MIB_I, 4 * MIB_I, MIB_I / 2}, 3);
    expect_figure(f, mem_growth_mb, 3);
    expect_figure(f, live_bytes_growth, -524288);
    expect_figure(f, live_blocks_growth, -512);
    expect_figure(f, allocs_per_tick_max, 6);
}

Test(figures_known, memory_that_only_shrinks_has_not_grown) {
    ta_figures f = of_live(8 * MIB_I, (const int64_t[]){4 * MIB_I, 2 * MIB_I}, 2);
    expect_figure(f, mem_growth_mb, 0);
    expect_figure(f, live_bytes_growth, -6.0 * 1048576);
}

/* More may have been given back than was taken since the counting began. */
Test(figures_known, live_bytes_may_be_below_zero) {
    ta_figures f = of_live(-4 * MIB_I, (const int64_t[]){-6 * MIB_I, -3 * MIB_I, -5 * MIB_I}, 3);
    expect_figure(f, mem_growth_mb, 1);
    expect_figure(f, live_bytes_growth, -1048576);
}

Test(figures_known, resident_memory_is_known_when_it_was_sampled) {
    ta_tick_record tick = {.wall_ns = MS};
    ta_stretch s = {.ticks = &tick, .tick_count = 1, .rss_peak = 5 * MIB};
    cr_expect_not(measure(&s).known[TA_METRIC_rss_growth_mb]);
    s.rss_first = 3 * MIB;
    ta_figures f = measure(&s);
    expect_figure(f, rss_growth_mb, 2);
}

/* ---- counts ---- */

static const ta_counters counted = {.allocated_calls = 1000,
                                    .allocated_bytes = 100000,
                                    .zeroed_calls = 200,
                                    .zeroed_bytes = 20000,
                                    .resized_calls = 30,
                                    .resized_bytes = 3000,
                                    .aligned_calls = 4,
                                    .aligned_bytes = 400,
                                    .freed_calls = 900,
                                    .freed_null = 77,
                                    .failed_calls = 66,
                                    .hot_allocs = 5,
                                    .hot_bytes = 55,
                                    .hot_frees = 6,
                                    .mapped_calls = 7,
                                    .mapped_bytes = 70000,
                                    .unmapped_calls = 8};

Test(figures_known, a_resize_is_an_allocation_and_a_free) {
    ta_figures f = measure(&(ta_stretch){.counted = counted});
    expect_figure(f, allocs, 1234);
    expect_figure(f, bytes, 123400);
    expect_figure(f, frees, 930);
    expect_figure(f, hot_allocs, 5);
    expect_figure(f, hot_bytes, 55);
    expect_figure(f, hot_frees, 6);
    expect_figure(f, mapped_calls, 7);
}

Test(figures_known, counters_are_subtracted_one_by_one) {
    ta_counters end = counted, begin = counted;
    end.allocated_calls += 11;
    end.usable_given += 12;
    end.unmapped_bytes += 13;
    ta_counters d = ta_counters_difference(&end, &begin);
    cr_expect(d.allocated_calls == 11 && d.usable_given == 12 && d.unmapped_bytes == 13);
    d.allocated_calls = d.usable_given = d.unmapped_bytes = 0;
    static const ta_counters none;
    cr_expect_arr_eq(&d, &none, sizeof d);
}

/* ---- totals ---- */

static const ta_tick_totals totals = {.count = 200,
                                      .ns_sum = UINT64_C(4000000000),
                                      .ns_max = 75000000,
                                      .below_30 = 25,
                                      .spikes = 3,
                                      .allocs_max = 42,
                                      .live_bytes_peak = 9 * 1048576,
                                      .live_bytes_last = 3 * 1048576,
                                      .live_blocks_last = 17};

static void expect_totals(const ta_figures *f) {
    expect_figure(*f, ticks, 200);
    expect_figure(*f, avg_fps, 50); /* 200 in 4 s */
    expect_figure(*f, frame_ms_mean, 20);
    expect_figure(*f, frame_ms_max, 75);
    expect_figure(*f, frames_below_30, 25);
    expect_figure(*f, fps_stability_pct, 87.5);
    expect_figure(*f, spikes_over_50ms, 3);
    expect_figure(*f, allocs_per_tick_max, 42);
    expect_figure(*f, mem_growth_mb, 8);
    expect_figure(*f, live_bytes_growth, 2097152);
    expect_figure(*f, live_blocks_growth, 7);
}

Test(figures_known, totals_tell_all_but_ranks_when_records_are_missing) {
    ta_tick_record some[2] = {{.wall_ns = 1}, {.wall_ns = 2, .allocs = 1000}};
    ta_stretch s = {.ticks = some,
                    .tick_count = 2,
                    .totals = &totals,
                    .first_live_bytes = MIB_I,
                    .first_live_blocks = 10};
    ta_figures f = measure(&s);
    expect_totals(&f);
    cr_expect_not(f.known[TA_METRIC_p95_ms], "of 2 in 200");
}

Test(figures_known, totals_and_all_records_tell_ranks_too) {
    static ta_tick_record all[200];
    for (unsigned i = 0; i < 200; i++)
        all[i].wall_ns = (i < 189 ? 20 : 75) * MS; /* rank 190 is the first of the long ones */
    ta_stretch s = {.ticks = all,
                    .tick_count = 200,
                    .totals = &totals,
                    .first_live_bytes = MIB_I,
                    .first_live_blocks = 10};
    ta_figures f = measure(&s);
    expect_totals(&f);
    expect_figure(f, p95_ms, 75);
}

Test(figures_known, empty_totals_leave_it_to_the_records) {
    static const ta_tick_totals none;
    ta_tick_record tick = {.wall_ns = 5 * MS};
    ta_figures f = measure(&(ta_stretch){.ticks = &tick, .tick_count = 1, .totals = &none});
    expect_figure(f, ticks, 1);
    expect_figure(f, avg_fps, 200);
}

/* ---- the world ---- */

Test(figures_known, the_world_is_what_was_observed_last_less_what_was_before) {
    ta_stretch s = {.first = {.spawned = 100, .died = 40, .draw_calls = 1000, .steps_dropped = 2},
                    .last = {.spawned = 160,
                             .died = 70,
                             .alive = {1, 20, 300, 4000},
                             .draw_calls = 1250,
                             .steps_dropped = 5},
                    .population_peak = 5000,
                    .population_mismatches = 9};
    cr_expect_not(measure(&s).known[TA_METRIC_enemy_final], "without an observation");
    s.observations = 3;
    ta_figures f = measure(&s);
    expect_figure(f, enemy_final, 4321);
    expect_figure(f, enemy_peak, 5000);
    expect_figure(f, enemies_spawned, 60);
    expect_figure(f, enemies_died, 30);
    expect_figure(f, population_mismatch, 9);
    expect_figure(f, draw_calls, 250);
    expect_figure(f, steps_dropped, 3);
}
