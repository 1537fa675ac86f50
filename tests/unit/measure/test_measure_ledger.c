/* A ledger that was written by hand, and each figure that is measured in it. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "hand_ledger.h"
#include "ledger.h"
#include "measure.h"
#include "measure_process.h"
#include "measure_program.h"

static const uint64_t MS = 1000000;

enum { MIB = 1 << 20, TICKS_MAX = 16 };

static ta_ledger *ledger;
static ta_result *result;
static ta_scenario scenario;

static void make(void) {
    ledger = hand_ledger_new(TA_LEDGER_TRACK_LIVE, TICKS_MAX);
    result = ta_result_new();
    cr_assert_not_null(result);
    memset(&scenario, 0, sizeof scenario);
}

static void drop(void) {
    ta_result_free(result);
    hand_ledger_free(ledger);
}

TestSuite(ledger_by_hand, .init = make, .fini = drop);

#define expect_figure(figures, metric, expected)                                                   \
    do {                                                                                           \
        cr_expect((figures).known[TA_METRIC_##metric], #metric " is unknown");                     \
        cr_expect_float_eq((figures).value[TA_METRIC_##metric], expected, 1e-9, #metric " is %g",  \
                           (figures).value[TA_METRIC_##metric]);                                   \
    } while (0)

static void plan_phase(const char *name, uint64_t ticks) {
    ta_phase_plan *plan = &scenario.phases[scenario.phase_count++].plan;
    snprintf(plan->name, sizeof plan->name, "%s", name);
    plan->ticks = ticks;
}

/* ---- the whole process ---- */

/* Two threads: 1,000 + 30 allocations of all kinds, 500 + 20 frees. */
static void set_threads(void) {
    *hand_slot(ledger, 0) = (ta_counters){.allocated_calls = 900,
                                          .allocated_bytes = 9000,
                                          .zeroed_calls = 60,
                                          .zeroed_bytes = 600,
                                          .resized_calls = 40,
                                          .resized_bytes = 400,
                                          .freed_calls = 460,
                                          .freed_null = 5,
                                          .usable_taken = 20000,
                                          .usable_given = 8000,
                                          .hot_allocs = 7,
                                          .hot_bytes = 70,
                                          .hot_frees = 3};
    *hand_slot(ledger, 1) = (ta_counters){.aligned_calls = 30,
                                          .aligned_bytes = 3000,
                                          .freed_calls = 20,
                                          .usable_taken = 3200,
                                          .usable_given = 3000,
                                          .mapped_calls = 2};
}

Test(ledger_by_hand, totals_are_the_sum_of_all_threads) {
    set_threads();
    ledger->inherited_bytes = 100;
    ledger->inherited_blocks = 4;
    ledger->pair_picoseconds = 2300;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_expect_eq(result->totals.allocs, 1030);
    cr_expect_eq(result->totals.frees, 520);
    cr_expect_eq(result->totals.bytes, 13000);
    cr_expect_eq(result->live_at_end.bytes, 12000 + 200 + 100);
    cr_expect_eq(result->live_at_end.blocks, 510 + 4);
    cr_expect(result->live_at_end.known);
    cr_expect_eq(result->threads_seen, 2);
    cr_expect_float_eq(result->audit_ns_per_pair, 2.3, 1e-12);
    cr_expect_str_eq(result->hooks, "malloc family, mmap and brk");
    cr_expect(result->sizes_untold == 0 && result->mapping_unseen == 0);
}

Test(ledger_by_hand, a_slot_that_no_thread_took_is_not_counted) {
    set_threads();
    ta_ledger_slots(ledger)[2].counters.allocated_calls = 1000000;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_expect_eq(result->totals.allocs, 1030);
}

Test(ledger_by_hand, what_was_lost_and_what_is_not_told_is_kept) {
    ledger->lost.ticks = 1;
    ledger->lost.sites = 2;
    ledger->lost.modules = 3;
    ledger->lost.names = 4;
    ledger->lost.scopes = 5;
    ledger->lost.threads = 6;
    ledger->lost.records = 7;
    ledger->lost.unended = 8;
    ledger->inheritance_unknown = 1;
    ledger->hooked = TA_HOOKED_MALLOC;
    ledger->defects = 1u << TA_DEFECT_aligned_usable;
    hand_slot(ledger, 0)->aligned_calls = 9;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_expect(result->lost.ticks == 1 && result->lost.sites == 5 && result->lost.names == 4);
    cr_expect(result->lost.scopes == 5 && result->lost.threads == 6);
    cr_expect(result->lost.records == 7 && result->lost.unended == 8);
    cr_expect_not(result->live_at_end.known);
    cr_expect(result->sizes_untold == 1 && result->mapping_unseen == 1);
    cr_expect_eq(result->blocks_unsteady, 9);
}

Test(ledger_by_hand, the_worst_tick_tells_its_threads_the_busiest_first) {
    static const uint64_t allocs[] = {3, 50, 7, 7, 1};
    for (int i = 0; i < 5; i++)
        ledger->worst_threads[i] = (ta_thread_in_tick){.thread_id = i + 1, .allocs = allocs[i]};
    ledger->ticks.allocs_max = 68;
    ledger->ticks.allocs_max_tick = 12;
    ledger->ticks.allocs_max_thread = 2;
    ledger->ticks.allocs_max_own = 50;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_expect(result->worst_tick.known);
    cr_expect_eq(result->worst_tick.tick, 12);
    cr_expect_eq(result->worst_tick.allocs, 68);
    cr_expect_eq(result->worst_tick.own_allocs, 50);
    cr_expect_eq(result->worst_tick.thread_count, 5);
    static const int32_t order[TA_RESULT_THREADS_MAX] = {2, 3, 4, 1};
    for (int i = 0; i < TA_RESULT_THREADS_MAX; i++)
        cr_expect_eq(result->worst_tick.threads[i].id, order[i], "%d", i);
}

/* ---- hot paths ---- */

static ta_tick_part part(uint64_t tick, uint64_t allocs, uint64_t bytes) {
    return (ta_tick_part){.tick_allocs = tick << 32 | allocs, .bytes = bytes};
}

Test(ledger_by_hand, hot_paths_are_told_by_name_and_by_phase) {
    ta_hot_path *render = hand_hot_path(ledger, 0, "render");
    ta_hot_path *combat = hand_hot_path(ledger, 5, "combat");
    ta_ledger_hot_paths(ledger)[3].state = 1; /* being named */
    render->entries = 4;
    combat->entries = 10;
    combat->allocs = 6;
    combat->bytes = 60;
    combat->frees = 2;
    combat->threads = 2;
    combat->by_phase[0].allocs = 1;
    combat->by_phase[0].bytes = 11;
    combat->by_phase[31].frees = 2;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_assert_eq(result->hot_path_count, 2);
    const ta_hot_path_figures *p = &result->hot_paths[0];
    cr_expect_str_eq(p->name, "combat");
    cr_expect(p->entries == 10 && p->allocs == 6 && p->bytes == 60 && p->frees == 2);
    cr_expect(p->threads == 2 && p->spread_known && !p->by_stack);
    cr_expect(p->by_phase[0].allocs == 1 && p->by_phase[0].bytes == 11);
    cr_expect(p->by_phase[31].frees == 2 && p->by_phase[1].allocs == 0);
    cr_expect_str_eq(result->hot_paths[1].name, "render");
    cr_expect_eq(result->hot_paths[1].entries, 4);
}

/* A ledger has room for more phases than a result. */
Test(ledger_by_hand, phases_beyond_those_of_a_result_are_left_out) {
    ta_hot_path *path = hand_hot_path(ledger, 0, "combat");
    for (unsigned p = 0; p < TA_LEDGER_PHASES_MAX; p++)
        path->by_phase[p].allocs = p + 1;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_assert_eq(result->hot_path_count, 1);
    for (unsigned p = 0; p < TA_RESULT_PHASES_MAX; p++)
        cr_expect_eq(result->hot_paths[0].by_phase[p].allocs, p + 1);
    static const ta_hot_path_figures none;
    cr_expect_arr_eq(&result->hot_paths[1], &none, sizeof none, "nothing beside it is written");
}

Test(ledger_by_hand, as_many_hot_paths_as_there_are_places_for) {
    char name[32];
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++) {
        snprintf(name, sizeof name, "path %03u", i);
        hand_hot_path(ledger, i, name)->allocs = i;
    }
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_assert_eq(result->hot_path_count, TA_LEDGER_HOT_PATHS_MAX);
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++)
        cr_expect_eq(result->hot_paths[i].allocs, i);
}

/* Ticks 3 and 4 are the last that ended; of tick 5, which is open, nothing is told. */
Test(ledger_by_hand, a_hot_path_knows_its_first_and_worst_tick) {
    ta_hot_path *path = hand_hot_path(ledger, 0, "combat");
    ledger->ticks_done = 4;
    path->in_ticks = (ta_tally){.ticks = 2,
                                .allocs = 9,
                                .bytes = 90,
                                .first_tick = 1,
                                .worst = UINT64_C(6) << 32 | 2,
                                .last = {part(4, 8, 80), part(3, 2, 20)}};
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    const ta_hot_path_figures *p = &result->hot_paths[0];
    cr_expect_eq(p->ticks, 4);
    cr_expect_eq(p->tick_allocs, 19);
    cr_expect_eq(p->first_tick, 1);
    cr_expect(p->worst_tick == 4 && p->worst_tick_allocs == 8);
    path->in_ticks.last[1] = part(5, 100, 1000);
    ta_result_free(result);
    result = ta_result_new();
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    p = &result->hot_paths[0];
    cr_expect(p->ticks == 3 && p->tick_allocs == 17);
    cr_expect(p->worst_tick == 4 && p->worst_tick_allocs == 8);
}

Test(ledger_by_hand, of_equally_bad_ticks_the_first_is_told) {
    ta_tally tally = {.ticks = 1,
                      .allocs = 5,
                      .first_tick = 7,
                      .worst = UINT64_C(5) << 32 | 7,
                      .last = {part(8, 5, 0), part(9, 4, 0)}};
    ledger->ticks_done = 9;
    ta_tally_sum sum = ta_ledger_tally(ledger, &tally);
    cr_expect(sum.worst_tick == 7 && sum.worst_allocs == 5 && sum.ticks == 3 && sum.allocs == 14);
}

/* Ticks of the warm-up have no number. */
Test(ledger_by_hand, ticks_of_a_tally_count_from_the_warm_up) {
    ta_tally tally = {.last = {part(2, 5, 50), part(1, 4, 40)}};
    ledger->warmup_ticks = 10;
    ledger->ticks_done = 11;
    ta_tally_sum sum = ta_ledger_tally(ledger, &tally);
    cr_expect(sum.ticks == 1 && sum.allocs == 4 && sum.bytes == 40 && sum.worst_tick == 1);
}

/* Two threads that named a path at once made two entries. */
Test(ledger_by_hand, entries_of_one_name_are_one_hot_path) {
    ta_hot_path *a = hand_hot_path(ledger, 0, "combat"), *b = hand_hot_path(ledger, 1, "combat");
    ledger->ticks_done = 9;
    a->entries = 1;
    a->allocs = 2;
    a->by_phase[1].allocs = 2;
    a->in_ticks.last[1] = part(7, 2, 20);
    b->entries = 10;
    b->allocs = 20;
    b->by_phase[1].allocs = 20;
    b->in_ticks.last[1] = part(5, 20, 200);
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_assert_eq(result->hot_path_count, 1);
    const ta_hot_path_figures *p = &result->hot_paths[0];
    cr_expect(p->entries == 11 && p->allocs == 22 && p->by_phase[1].allocs == 22);
    cr_expect(p->tick_allocs == 22 && p->first_tick == 5);
    cr_expect(p->worst_tick == 5 && p->worst_tick_allocs == 20);
}

Test(ledger_by_hand, allowed_stretches_have_their_reason) {
    ta_allowed *a = &ta_ledger_allowed(ledger)[2];
    snprintf(a->name, sizeof a->name, "console");
    snprintf(a->reason, sizeof a->reason, "a typed command");
    a->state = 2;
    a->entries = 3;
    a->allocs = 30;
    a->bytes = 300;
    ta_ledger_allowed(ledger)[3].state = 1;
    cr_assert(ta_ok(ta_measure_process(ledger, result)));
    cr_assert_eq(result->allowed_count, 1);
    cr_expect_str_eq(result->allowed[0].name, "console");
    cr_expect_str_eq(result->allowed[0].reason, "a typed command");
    cr_expect(result->allowed[0].entries == 3 && result->allowed[0].allocs == 30);
    cr_expect_eq(result->allowed[0].bytes, 300);
}

/* ---- a scenario ---- */

static ta_tick_record record(uint32_t phase, uint64_t ms, uint64_t allocs, int64_t live_mib) {
    return (ta_tick_record){.wall_ns = ms * MS,
                            .allocs = allocs,
                            .own_allocs = allocs / 2,
                            .frees = allocs + 1,
                            .bytes = allocs * 10,
                            .hot_allocs = allocs / 3,
                            .live_bytes = live_mib * MIB,
                            .live_blocks = live_mib,
                            .population = (uint32_t)(phase * 100),
                            .state_hash = ms,
                            .phase = phase};
}

static ta_phase *begin_phase(uint64_t first_tick, uint64_t ticks, uint64_t state) {
    ta_phase *phase = &ta_ledger_phases(ledger)[ledger->phase_count++];
    phase->state = state;
    phase->first_tick = first_tick;
    phase->ticks = ticks;
    return phase;
}

/* A tick of warm-up, two of the phase "quiet" and three of the phase "loud". */
static void set_two_phases(uint64_t last_state) {
    plan_phase("quiet", 2);
    plan_phase("loud", 3);
    ta_tick_record *r = ta_ledger_ticks(ledger);
    ledger->warmup_ticks = 1;
    r[0] = record(0, 900, 5000, 50);
    r[1] = record(1, 10, 2, 4);
    r[2] = record(1, 30, 4, 3);
    r[3] = record(2, 20, 6, 9);
    r[4] = record(2, 40, 90, 12);
    r[5] = record(2, 60, 30, 10);
    ledger->ticks_done = 6;
    ta_phase *quiet = begin_phase(1, 2, TA_PHASE_DONE);
    quiet->at_begin.allocated_calls = 5000;
    quiet->at_end.allocated_calls = 5006;
    quiet->at_end.hot_allocs = 1;
    quiet->first_live_bytes = 2 * MIB;
    quiet->first_live_blocks = 2;
    ta_phase *loud = begin_phase(3, 3, last_state);
    loud->at_begin = quiet->at_end;
    loud->at_end.allocated_calls = 5132;
    loud->at_end.hot_allocs = 41;
    loud->first_live_bytes = 3 * MIB;
    loud->first_live_blocks = 3;
    hand_slot(ledger, 0)->allocated_calls = 6000; /* some of them after the last phase */
    hand_slot(ledger, 0)->hot_allocs = 41;
}

static void set_world(void) {
    ta_phase *phases = ta_ledger_phases(ledger);
    phases[0].first = (ta_observation){.spawned = 10};
    phases[0].last = (ta_observation){.spawned = 15, .alive = {8}};
    phases[0].observations = 2;
    phases[0].population_peak = 12;
    phases[0].population_mismatches = 1;
    phases[0].rss_first = 10 * MIB;
    phases[0].rss_peak = 11 * MIB;
    phases[1].first = phases[0].last;
    phases[1].last = (ta_observation){.spawned = 45, .died = 7, .alive = {20, 10}};
    phases[1].observations = 3;
    phases[1].population_peak = 31;
    phases[1].population_mismatches = 2;
    phases[1].rss_first = 11 * MIB;
    phases[1].rss_peak = 14 * MIB;
}

Test(ledger_by_hand, each_phase_has_figures_of_its_own) {
    set_two_phases(TA_PHASE_DONE);
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    cr_assert_eq(result->phase_count, 2);
    const ta_figures *quiet = &result->phases[0], *loud = &result->phases[1];
    cr_expect_str_eq(quiet->name, "quiet");
    cr_expect(quiet->complete && quiet->ticks_planned == 2);
    expect_figure(*quiet, ticks, 2);
    expect_figure(*quiet, avg_fps, 50);
    expect_figure(*quiet, p95_ms, 30);
    expect_figure(*quiet, allocs, 6);
    expect_figure(*quiet, hot_allocs, 1);
    expect_figure(*quiet, allocs_per_tick_max, 4);
    expect_figure(*quiet, mem_growth_mb, 2);
    expect_figure(*quiet, live_blocks_growth, 1);
    cr_expect_str_eq(loud->name, "loud");
    expect_figure(*loud, ticks, 3);
    expect_figure(*loud, avg_fps, 25);
    expect_figure(*loud, p95_ms, 60);
    expect_figure(*loud, frames_below_30, 2);
    expect_figure(*loud, spikes_over_50ms, 1);
    expect_figure(*loud, allocs, 126);
    expect_figure(*loud, hot_allocs, 40);
    expect_figure(*loud, allocs_per_tick_max, 90);
    expect_figure(*loud, mem_growth_mb, 9);
    expect_figure(*loud, live_bytes_growth, 7.0 * MIB);
}

Test(ledger_by_hand, the_whole_is_all_phases_without_the_warm_up) {
    set_two_phases(TA_PHASE_DONE);
    set_world();
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    const ta_figures *whole = &result->whole;
    cr_expect_str_eq(whole->name, "whole");
    cr_expect(whole->complete && whole->ticks_planned == 5);
    expect_figure(*whole, ticks, 5);
    expect_figure(*whole, avg_fps, 5 / 0.16);
    expect_figure(*whole, p95_ms, 60);
    expect_figure(*whole, fps_stability_pct, 60);
    expect_figure(*whole, allocs, 132);
    expect_figure(*whole, hot_allocs, 41);
    expect_figure(*whole, mem_growth_mb, 10);
    expect_figure(*whole, live_bytes_growth, 8.0 * MIB);
    expect_figure(*whole, enemy_peak, 31);
    expect_figure(*whole, enemy_final, 30);
    expect_figure(*whole, enemies_spawned, 35);
    expect_figure(*whole, enemies_died, 7);
    expect_figure(*whole, population_mismatch, 3);
    expect_figure(*whole, rss_growth_mb, 4);
}

Test(ledger_by_hand, the_ticks_of_phases_are_kept_and_count_phases_from_0) {
    set_two_phases(TA_PHASE_DONE);
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    cr_assert_eq(result->tick_count, 5);
    const ta_tick_figures *t = &result->ticks[3];
    cr_expect(t->phase == 1 && t->wall_ns == 40 * MS && t->wall_ns_max == 0);
    cr_expect(t->allocs == 90 && t->own_allocs == 45 && t->frees == 91 && t->bytes == 900);
    cr_expect(t->hot_allocs == 30 && t->population == 200 && t->state_hash == 40);
    cr_expect(t->live_bytes == 12 * MIB && t->live_blocks == 12);
    cr_expect_eq(result->ticks[0].phase, 0);
}

/* The phase's last tick knows of 132 allocations; the slots, of 1,000. */
Test(ledger_by_hand, a_process_that_died_in_a_phase_had_counted_more) {
    set_two_phases(TA_PHASE_OPEN);
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    expect_figure(result->whole, allocs, 1000);
    expect_figure(result->phases[1], allocs, 126);
    cr_expect(result->phases[0].complete);
    cr_expect_not(result->phases[1].complete);
    cr_expect_not(result->whole.complete);
}

Test(ledger_by_hand, a_phase_that_was_never_begun_is_unknown) {
    set_two_phases(TA_PHASE_DONE);
    plan_phase("never", 7);
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    cr_expect_eq(result->phase_count, 3);
    const ta_figures *never = &result->phases[2];
    cr_expect_str_eq(never->name, "never");
    cr_expect(!never->complete && never->ticks_planned == 7);
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        cr_expect_not(never->known[m], "%s", ta_metric_table[m].name);
    cr_expect_eq(result->whole.ticks_planned, 12);
    cr_expect_not(result->whole.complete);
}

Test(ledger_by_hand, before_the_first_phase_nothing_is_known_but_totals) {
    plan_phase("quiet", 2);
    hand_slot(ledger, 0)->allocated_calls = 3;
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    cr_expect_not(result->whole.known[TA_METRIC_allocs]);
    cr_expect_not(result->whole.complete);
    cr_expect_eq(result->totals.allocs, 3);
}

/* More ticks than there is room for records: what is missing is told as lost. */
Test(ledger_by_hand, ticks_beyond_the_records_are_lost_and_not_read) {
    plan_phase("long", 20);
    for (unsigned i = 0; i < TICKS_MAX; i++)
        ta_ledger_ticks(ledger)[i] = record(1, 10, 1, 0);
    begin_phase(0, 20, TA_PHASE_DONE);
    ledger->ticks_done = 20;
    ledger->lost.records = 4;
    cr_assert(ta_ok(ta_measure(&scenario, ledger, result)));
    expect_figure(result->phases[0], ticks, TICKS_MAX);
    cr_expect_not(result->phases[0].complete);
    cr_expect(result->lost.ticks == 4 && result->lost.records == 0);
    cr_expect_eq(result->tick_count, TICKS_MAX);
}

/* ---- a program ---- */

Test(ledger_by_hand, a_program_is_measured_by_its_totals) {
    set_threads();
    ledger->first_live_bytes = MIB;
    ledger->first_live_blocks = 1;
    ledger->ticks = (ta_tick_totals){.count = 4,
                                     .ns_sum = 100 * MS,
                                     .ns_max = 40 * MS,
                                     .below_30 = 1,
                                     .allocs_max = 11,
                                     .live_bytes_peak = 3 * MIB,
                                     .live_bytes_last = 2 * MIB,
                                     .live_blocks_last = 4};
    cr_assert(ta_ok(ta_measure_program(ledger, TA_WITHOUT_TICKS_GROWTH, result)));
    expect_figure(result->whole, ticks, 4);
    expect_figure(result->whole, avg_fps, 40);
    expect_figure(result->whole, mem_growth_mb, 2);
    expect_figure(result->whole, live_bytes_growth, (double)MIB);
    expect_figure(result->whole, live_blocks_growth, 3);
    expect_figure(result->whole, allocs, 1030);
    expect_figure(result->whole, hot_bytes, 70);
    cr_expect_not(result->whole.known[TA_METRIC_p95_ms], "its records were not drained");
    cr_expect_eq(result->phase_count, 0);
}

Test(ledger_by_hand, a_program_without_ticks_has_grown_by_what_is_live) {
    set_threads();
    cr_assert(ta_ok(ta_measure_program(ledger, TA_WITHOUT_TICKS_GROWTH, result)));
    expect_figure(result->whole, ticks, 0);
    expect_figure(result->whole, live_bytes_growth, 12200);
    expect_figure(result->whole, live_blocks_growth, 510);
    cr_expect_not(result->whole.known[TA_METRIC_allocs_per_tick_max]);
    cr_expect_not(result->whole.known[TA_METRIC_mem_growth_mb]);
}

Test(ledger_by_hand, a_program_may_be_one_tick) {
    set_threads();
    result->wall_seconds = 0.25;
    cr_assert(ta_ok(ta_measure_program(ledger, TA_WITHOUT_TICKS_ONE, result)));
    expect_figure(result->whole, ticks, 1);
    expect_figure(result->whole, avg_fps, 4);
    expect_figure(result->whole, p95_ms, 250);
    expect_figure(result->whole, allocs_per_tick_max, 1030);
    expect_figure(result->whole, live_bytes_growth, 12200);
    cr_expect_eq(result->tick_count, 1);
}

Test(ledger_by_hand, of_a_program_whose_ticks_did_not_come_growth_is_unknown) {
    set_threads();
    cr_assert(ta_ok(ta_measure_program(ledger, TA_WITHOUT_TICKS_UNKNOWN, result)));
    cr_expect_not(result->whole.known[TA_METRIC_live_bytes_growth]);
    expect_figure(result->whole, allocs, 1030);
}
