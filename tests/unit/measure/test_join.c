/* Processes of a program as one result. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hand_ledger.h"
#include "join.h"

static ta_result *result, *child;

static void make(void) {
    result = ta_result_new();
    child = ta_result_new();
    cr_assert(result && child);
}

static void drop(void) {
    ta_result_free(result);
    ta_result_free(child);
}

TestSuite(join, .init = make, .fini = drop);

static void join(void) {
    cr_assert(ta_ok(ta_result_join(result, child)));
}

static ta_hot_path_figures *add_path(ta_result *r, const char *name, uint64_t allocs) {
    r->hot_paths = realloc(r->hot_paths, (r->hot_path_count + 1) * sizeof *r->hot_paths);
    ta_hot_path_figures *p = &r->hot_paths[r->hot_path_count++];
    *p = (ta_hot_path_figures){.allocs = allocs, .spread_known = true};
    snprintf(p->name, sizeof p->name, "%s", name);
    return p;
}

static void set(ta_result *r, ta_metric metric, double value) {
    r->whole.value[metric] = value;
    r->whole.known[metric] = true;
}

/* ---- a row of the list ---- */

Test(join, a_process_is_told_by_its_ledger) {
    ta_ledger *ledger = hand_ledger_new(0, 1);
    snprintf(ledger->program, sizeof ledger->program, "/usr/bin/sed");
    ledger->owner = 1234;
    ledger->parent = 1000;
    ledger->ticks_done = 5;
    ledger->inherited_bytes = 64;
    *hand_slot(ledger, 0) = (ta_counters){
        .allocated_calls = 8, .allocated_bytes = 800, .usable_taken = 1000, .hot_allocs = 2};
    *hand_slot(ledger, 1) = (ta_counters){.freed_calls = 3, .usable_given = 400};
    ta_process_figures p = ta_process_of(ledger, TA_PROCESS_CUT_SHORT);
    cr_expect_str_eq(p.program, "/usr/bin/sed");
    cr_expect(p.id == 1234 && p.parent == 1000 && p.end == TA_PROCESS_CUT_SHORT);
    cr_expect(p.threads_seen == 2 && p.allocs == 8 && p.frees == 3 && p.bytes == 800);
    cr_expect(p.hot_allocs == 2 && p.ticks == 5 && p.live_bytes == 664);
    hand_ledger_free(ledger);
}

Test(join, a_program_whose_path_fills_its_field_still_ends) {
    ta_ledger *ledger = hand_ledger_new(0, 1);
    memset(ledger->program, 'p', sizeof ledger->program);
    ta_process_figures p = ta_process_of(ledger, TA_PROCESS_EXITED);
    cr_expect_eq(strnlen(p.program, sizeof p.program), sizeof p.program - 1);
    hand_ledger_free(ledger);
}

/* ---- figures ---- */

Test(join, counts_are_added_up) {
    static const ta_metric sums[] = {
        TA_METRIC_hot_allocs, TA_METRIC_hot_bytes, TA_METRIC_hot_frees,   TA_METRIC_allocs,
        TA_METRIC_frees,      TA_METRIC_bytes,     TA_METRIC_mapped_calls};
    for (unsigned i = 0; i < sizeof sums / sizeof *sums; i++) {
        set(result, sums[i], 100 + i);
        set(child, sums[i], 10 * i);
    }
    join();
    for (unsigned i = 0; i < sizeof sums / sizeof *sums; i++)
        cr_expect_float_eq(result->whole.value[sums[i]], 100 + 11 * i, 0, "%s",
                           ta_metric_table[sums[i]].name);
}

Test(join, of_growth_and_of_what_is_per_tick_the_greatest_is_kept) {
    static const ta_metric greatest[] = {TA_METRIC_allocs_per_tick_max, TA_METRIC_mem_growth_mb,
                                         TA_METRIC_live_bytes_growth, TA_METRIC_live_blocks_growth};
    for (unsigned i = 0; i < 4; i++) {
        set(result, greatest[i], i < 2 ? 5 : -5);
        set(child, greatest[i], i < 2 ? 3 : -3);
    }
    join();
    for (unsigned i = 0; i < 4; i++)
        cr_expect_float_eq(result->whole.value[greatest[i]], i < 2 ? 5 : -3, 0, "%s",
                           ta_metric_table[greatest[i]].name);
}

Test(join, times_and_ticks_stay_the_programs_own) {
    set(result, TA_METRIC_p95_ms, 7);
    set(result, TA_METRIC_ticks, 70);
    set(child, TA_METRIC_p95_ms, 9);
    set(child, TA_METRIC_ticks, 90);
    set(child, TA_METRIC_avg_fps, 60);
    join();
    cr_expect_float_eq(result->whole.value[TA_METRIC_p95_ms], 7, 0);
    cr_expect_float_eq(result->whole.value[TA_METRIC_ticks], 70, 0);
    cr_expect_not(result->whole.known[TA_METRIC_avg_fps]);
}

Test(join, what_only_one_of_them_knows_is_known) {
    set(child, TA_METRIC_allocs, 4);
    set(child, TA_METRIC_live_bytes_growth, -8);
    set(result, TA_METRIC_frees, 6);
    child->whole.value[TA_METRIC_frees] = 1000; /* but not known */
    join();
    cr_expect(result->whole.known[TA_METRIC_allocs]);
    cr_expect_float_eq(result->whole.value[TA_METRIC_allocs], 4, 0);
    cr_expect_float_eq(result->whole.value[TA_METRIC_live_bytes_growth], -8, 0);
    cr_expect_float_eq(result->whole.value[TA_METRIC_frees], 6, 0);
    cr_expect_not(result->whole.known[TA_METRIC_bytes]);
}

Test(join, totals_and_losses_are_added_up) {
    result->totals.allocs = 1;
    result->live_at_end.bytes = -50;
    result->live_at_end.known = true;
    result->threads_seen = 3;
    child->totals.allocs = 10;
    child->totals.frees = 20;
    child->totals.bytes = 30;
    child->live_at_end.bytes = 80;
    child->live_at_end.blocks = 2;
    child->live_at_end.known = true;
    child->threads_seen = 4;
    child->sizes_untold = 1;
    child->mapping_unseen = 1;
    child->blocks_unsteady = 5;
    child->modules_unread = 6;
    child->lost.ticks = child->lost.records = child->lost.unended = 1;
    child->lost.sites = child->lost.names = child->lost.scopes = child->lost.threads = 2;
    join();
    join();
    cr_expect(result->totals.allocs == 21 && result->totals.frees == 40);
    cr_expect_eq(result->totals.bytes, 60);
    cr_expect(result->live_at_end.bytes == 110 && result->live_at_end.blocks == 4);
    cr_expect(result->live_at_end.known && result->threads_seen == 11);
    cr_expect(result->sizes_untold == 2 && result->mapping_unseen == 2);
    cr_expect(result->blocks_unsteady == 10 && result->modules_unread == 12);
    cr_expect(result->lost.ticks == 2 && result->lost.records == 2 && result->lost.unended == 2);
    cr_expect(result->lost.sites == 4 && result->lost.names == 4 && result->lost.scopes == 4);
    cr_expect_eq(result->lost.threads, 4);
    child->live_at_end.known = false;
    join();
    cr_expect_not(result->live_at_end.known, "of one of them it is not");
}

/* ---- hot paths ---- */

Test(join, hot_paths_of_one_name_become_one) {
    ta_hot_path_figures *a = add_path(result, "combat", 5), *b = add_path(child, "combat", 7);
    a->entries = 50;
    a->first_tick = 9;
    a->worst_tick = 10;
    a->worst_tick_allocs = 3;
    a->by_phase[2].bytes = 1;
    a->ticks = 4;
    a->threads = 1;
    b->entries = 70;
    b->first_tick = 6;
    b->worst_tick = 8;
    b->worst_tick_allocs = 4;
    b->by_phase[2].bytes = 2;
    b->ticks = 3;
    b->threads = 2;
    b->spread_known = false;
    join();
    cr_assert_eq(result->hot_path_count, 1);
    const ta_hot_path_figures *p = &result->hot_paths[0];
    cr_expect(p->allocs == 12 && p->entries == 120 && p->by_phase[2].bytes == 3);
    cr_expect(p->first_tick == 6 && p->worst_tick == 8 && p->worst_tick_allocs == 4);
    cr_expect(p->ticks == 4 && p->threads == 3 && !p->spread_known);
}

Test(join, a_path_of_the_child_alone_is_added) {
    add_path(result, "combat", 5);
    add_path(child, "render", 7)->first_tick = 3;
    join();
    cr_assert_eq(result->hot_path_count, 2);
    cr_expect_str_eq(result->hot_paths[1].name, "render");
    cr_expect(result->hot_paths[1].allocs == 7 && result->hot_paths[1].first_tick == 3);
}

Test(join, paths_beyond_the_most_are_lost_and_counted) {
    char name[32];
    for (int i = 0; i < TA_RESULT_HOT_PATHS_MAX; i++) {
        snprintf(name, sizeof name, "path %d", i);
        add_path(result, name, 1);
    }
    add_path(child, "one more", 1);
    add_path(child, "path 127", 10);
    join();
    cr_expect_eq(result->hot_path_count, TA_RESULT_HOT_PATHS_MAX);
    cr_expect_eq(result->lost.names, 1);
    cr_expect_eq(result->hot_paths[127].allocs, 11);
}

Test(join, allowed_stretches_of_one_name_become_one) {
    child->allowed = calloc(2, sizeof *child->allowed);
    child->allowed_count = 2;
    child->allowed[0] = (ta_allowed_figures){"log", "at its end", 1, 20, 300};
    child->allowed[1] = (ta_allowed_figures){"console", "typed", 4, 5, 6};
    join();
    join();
    cr_assert_eq(result->allowed_count, 2);
    cr_expect_str_eq(result->allowed[0].reason, "at its end");
    cr_expect(result->allowed[0].entries == 2 && result->allowed[0].allocs == 40);
    cr_expect(result->allowed[0].bytes == 600 && result->allowed[1].allocs == 10);
}

/* ---- heaps beside ours ---- */

Test(join, what_goes_past_us_is_told_once) {
    snprintf(child->bypassed, sizeof child->bypassed, "libgame.so calls mi_malloc");
    join();
    join();
    cr_expect_str_eq(result->bypassed, "libgame.so calls mi_malloc");
    snprintf(child->bypassed, sizeof child->bypassed, "b calls je_malloc");
    join();
    cr_expect_str_eq(result->bypassed, "libgame.so calls mi_malloc; b calls je_malloc");
}

Test(join, what_is_too_long_to_be_told_is_cut_and_ends) {
    memset(child->bypassed, 'x', sizeof child->bypassed - 1);
    snprintf(result->bypassed, sizeof result->bypassed, "libgame.so calls mi_malloc");
    join();
    cr_expect_eq(strnlen(result->bypassed, sizeof result->bypassed), sizeof result->bypassed - 1);
    cr_expect(strncmp(result->bypassed, "libgame.so calls mi_malloc; xxx", 31) == 0);
}

Test(join, mappings_are_added_up_by_module_and_the_first_modules_are_told) {
    child->mapped_count = 1;
    child->mapped[0] = (ta_mapped_figures){.module = "libluajit.so", .calls = 2, .bytes = 8192};
    join();
    child->mapped[0].by_break = true;
    join();
    cr_assert_eq(result->mapped_count, 1);
    cr_expect(result->mapped[0].calls == 4 && result->mapped[0].bytes == 16384);
    cr_expect(result->mapped[0].by_break);
    for (int i = 0; i < TA_RESULT_MAPPED_MAX + 3; i++) {
        ta_mapped_figures m = {.calls = 1};
        snprintf(m.module, sizeof m.module, "lib%d.so", i);
        ta_result_add_mapped(result, &m);
    }
    cr_expect_eq(result->mapped_count, TA_RESULT_MAPPED_MAX);
    cr_expect_str_eq(result->mapped[TA_RESULT_MAPPED_MAX - 1].module, "lib14.so");
}

Test(join, the_first_namespace_that_is_told_stays) {
    snprintf(child->namespaces, sizeof child->namespaces, "a.so");
    join();
    snprintf(child->namespaces, sizeof child->namespaces, "b.so");
    join();
    cr_expect_str_eq(result->namespaces, "a.so");
}
