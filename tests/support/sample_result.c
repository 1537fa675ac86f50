#include "sample_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clears what stood there, so that two results can be compared byte by byte. */
#define SET(field, text)                                                                           \
    ((void)memset((field), 0, sizeof(field)), (void)snprintf((field), sizeof(field), "%s", (text)))

static void *make(size_t count, size_t size) {
    void *items = calloc(count ? count : 1, size);
    if (!items)
        abort();
    return items;
}

static void set(ta_figures *figures, ta_metric metric, double value) {
    figures->value[metric] = value;
    figures->known[metric] = true;
}

static void set_figures(ta_figures *f, const char *name, double ticks, double scale) {
    SET(f->name, name);
    f->complete = true;
    f->ticks_planned = (uint64_t)ticks;
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        set(f, (ta_metric)m, 0);
    set(f, TA_METRIC_ticks, ticks);
    set(f, TA_METRIC_avg_fps, 1234.5678 / scale);
    set(f, TA_METRIC_p95_ms, 1.234567 * scale);
    set(f, TA_METRIC_frame_ms_mean, 0.81 * scale);
    set(f, TA_METRIC_frame_ms_max, 12.25 * scale);
    set(f, TA_METRIC_mem_growth_mb, 1300003.0 * scale / (1 << 20));
    set(f, TA_METRIC_rss_growth_mb, 2.5 * scale);
    set(f, TA_METRIC_fps_stability_pct, 100);
    set(f, TA_METRIC_enemy_peak, 500);
    set(f, TA_METRIC_enemy_final, 488);
    set(f, TA_METRIC_enemies_spawned, 2 * ticks);
    set(f, TA_METRIC_enemies_died, 2 * ticks - 488);
    set(f, TA_METRIC_allocs, 7 * ticks);
    set(f, TA_METRIC_frees, 7 * ticks - 3);
    set(f, TA_METRIC_bytes, 333 * ticks);
    set(f, TA_METRIC_allocs_per_tick_max, 48);
    set(f, TA_METRIC_draw_calls, 5 * ticks);
    set(f, TA_METRIC_live_bytes_growth, -1024);
}

static void set_run(ta_result *r) {
    SET(r->run_id, "20260131T120000Z-4242");
    SET(r->timestamp, "2026-01-31T12:00:00Z");
    SET(r->label, "PHASE_4");
    SET(r->pre_post, "pre");
    SET(r->notes, "first run on the quiet machine");
    SET(r->scenario, "stress_500");
    SET(r->scenario_path, "scenarios/stress_500.json");
    r->rounds = 1;
    r->scenario_named = true;
    SET(r->ticks_of, "scenario");
    r->scenario_hash = UINT64_C(0x00c0ffee12345678);
    r->seed = 12345;
    r->tick_hz = 60;
    r->population_planned = 500;
    SET(r->level, "phase_4");
    SET(r->switches_on, "multimesh_reuse quadmesh_pool enemy_pool");
    SET(r->workload, "arena");
    SET(r->allocator, "mimalloc 2.0.9");
    SET(r->revision, "4bf532d");
    SET(r->machine, "Example Processor 9000; 2 cores");
    SET(r->compiler, "gcc 12.2.0");
    SET(r->build_type, "Release");
    r->totals.allocs = 12700;
    r->totals.frees = 12650;
    r->totals.bytes = 1612345;
    r->state_hash = UINT64_C(0xfedcba9876543210);
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        r->final_alive[tier] = (uint64_t)(300 - 90 * tier);
    r->wall_seconds = 1.4999999999999996;
    SET(r->hooks, "malloc family and C++ operators, self-test passed");
    r->threads_seen = 3;
    r->audit_ns_per_pair = 1.75;
}

static void set_phases(ta_result *r) {
    static const struct {
        const char *name;
        double ticks, scale;
    } phases[] = {{"gradual_scaling", 480, 0.5},
                  {"burst_spawn", 300, 1},
                  {"combat_stress", 600, 1.5},
                  {"mixed_tier", 420, 1.25}};
    set_figures(&r->whole, "whole", 1800, 1);
    r->phase_count = 4;
    for (unsigned i = 0; i < 4; i++)
        set_figures(&r->phases[i], phases[i].name, phases[i].ticks, phases[i].scale);
    r->phases[1].known[TA_METRIC_rss_growth_mb] = false;
    r->phases[1].value[TA_METRIC_rss_growth_mb] = 0;
}

static void judge(ta_result *r, const char *budget, ta_metric metric, double value) {
    ta_judgement *j = &r->judgements[r->judgement_count++];
    SET(j->budget, budget);
    SET(j->phase, "whole");
    j->metric = metric;
    j->value = value;
    j->known = true;
    j->verdict = TA_VERDICT_PASS;
}

static void set_judgements(ta_result *r) {
    r->judgements = make(8, sizeof *r->judgements);
    judge(r, "mem_growth_mb < 50", TA_METRIC_mem_growth_mb,
          r->whole.value[TA_METRIC_mem_growth_mb]);
    judge(r, "avg_fps >= 30", TA_METRIC_avg_fps, 1234.5678);
    judge(r, "p95_ms < 33.3", TA_METRIC_p95_ms, 1.234567);
    judge(r, "fps_stability_pct > 90", TA_METRIC_fps_stability_pct, 100);
    judge(r, "enemy_peak = 500", TA_METRIC_enemy_peak, 500);
    judge(r, "hot_allocs[combat_tick] = 0", TA_METRIC_hot_allocs, 0);
}

static void set_hot_paths(ta_result *r) {
    r->hot_path_count = 2;
    r->hot_paths = make(2, sizeof *r->hot_paths);
    SET(r->hot_paths[0].name, "combat_tick");
    r->hot_paths[0].entries = 900;
    SET(r->hot_paths[1].name, "render");
    r->hot_paths[1].entries = 1800;
    r->allowed_count = 1;
    r->allowed = make(1, sizeof *r->allowed);
    SET(r->allowed[0].name, "phase_log");
    SET(r->allowed[0].reason, "the log of a phase is flushed once, at its end, whatever the tick "
                              "was doing at that time");
    r->allowed[0].entries = 4;
    r->allowed[0].allocs = 4;
    r->allowed[0].bytes = 4096;
}

ta_frame *sample_frame_add(ta_result *r, uint32_t site, const char *function, const char *file) {
    enum { ROOM = 256 };
    if (!r->frames) {
        r->frames = make(ROOM, sizeof *r->frames);
        r->stacks = make(ROOM, sizeof *r->stacks);
    }
    if (r->frame_count == ROOM)
        abort();
    ta_site *s = &r->sites[site];
    if (s->frame_count == 0)
        s->stack_at = r->stack_words;
    s->frame_count++;
    ta_frame *frame = &r->frames[r->frame_count];
    r->stacks[r->stack_words++] = r->frame_count++;
    SET(frame->function, function);
    SET(frame->file, file);
    return frame;
}

static void set_frame(ta_result *r, uint32_t site, const char *function, const char *file,
                      unsigned line, uint64_t offset) {
    ta_frame *frame = sample_frame_add(r, site, function, file);
    SET(frame->module, "libgame.so");
    frame->line = line;
    frame->offset = offset;
    frame->function_line = line ? line - 2 : 0;
    frame->function_offset = offset % 64;
}

static void set_sites(ta_result *r) {
    SET(r->stacks_of, "hot");
    r->site_count = 12;
    r->sites = make(r->site_count, sizeof *r->sites);
    for (uint32_t i = 0; i < r->site_count; i++) {
        ta_site *s = &r->sites[i];
        SET(s->hot_path, i < 2 ? "combat_tick" : "");
        for (uint32_t path = 0; path < 2 - i && i < 2; path++)
            ta_site_add_path(s, path); /* the first in both */
        s->allocs = 800 / (i + 1);
        s->bytes = 25600 / (i + 1);
        s->tick_allocs = s->allocs - i;
        s->tick_bytes = s->bytes - 32 * i;
        s->ticks = 700 / (i + 1);
        s->first_tick = 12 + i;
        s->worst_tick = 20 + i;
        s->worst_tick_allocs = 3;
        s->allocs_by_phase[2] = s->allocs;
        s->bytes_by_phase[2] = s->bytes;
        set_frame(r, i, "entity_text_id", "/somewhere/sim/src/entity_ids.c", 42, 0x1234);
        set_frame(r, i, "wave_director_spawn_with_a_name_that_is_too_long_for_a_line_of_eighty",
                  "/somewhere/sim/src/wave_director.c", 118, 0x2345);
        set_frame(r, i, "", "libgame.so", 0, 0x3456 + i);
        for (unsigned depth = 0; depth < i; depth++)
            set_frame(r, i, "arena_tick", "sim/src/arena.c", 77 + depth, 0x4567);
    }
}

static void set_processes(ta_result *r) {
    r->process_count = 5;
    r->processes = make(r->process_count, sizeof *r->processes);
    for (uint32_t i = 0; i < r->process_count; i++) {
        ta_process_figures *p = &r->processes[i];
        SET(p->program, i == 0   ? "/somewhere/game"
                        : i == 4 ? "/usr/bin/a_program_with_a_name_that_is_too_long"
                                 : "/usr/bin/sed");
        p->id = 1000 + (int32_t)i;
        p->parent = 1000;
        p->end = i == 0 ? TA_PROCESS_EXITED : i == 4 ? TA_PROCESS_RUNNING : TA_PROCESS_CUT_SHORT;
        p->threads_seen = 1 + i;
        p->allocs = 100000 / (i + 1);
        p->frees = 90000 / (i + 1);
        p->bytes = 1234567 / (i + 1);
        p->hot_allocs = i == 0 ? 812 : 0;
        p->ticks = i == 0 ? 1800 : 0;
        p->live_bytes = i == 1 ? -56 : 4096;
    }
}

static void add_evidence(ta_result *r, const char *what, ta_evidence_state state,
                         const char *detail, const char *remedy) {
    enum { ROOM = 16 };
    if (!r->evidence)
        r->evidence = make(ROOM, sizeof *r->evidence);
    ta_evidence *e = &r->evidence[r->evidence_count++];
    SET(e->what, what);
    SET(e->detail, detail);
    SET(e->remedy, remedy);
    e->state = state;
}

static void set_evidence(ta_result *r) {
    r->program_end.how = TA_PROGRAM_EXITED;
    r->live_at_end.bytes = 35280;
    r->live_at_end.blocks = 50;
    r->live_at_end.known = true;
    add_evidence(r, "program_end", TA_EVIDENCE_COMPLETE, "exit code 0", "");
}

static void make_open(ta_result *r) {
    r->evidence_count = 0;
    add_evidence(r, "heaps_ours", TA_EVIDENCE_INCOMPLETE,
                 "libgame.so calls mi_malloc; a module was loaded with RTLD_DEEPBIND and calls "
                 "libc's malloc",
                 "build that code to call malloc by its own name");
    SET(r->evidence[0].subject, "combat_tick");
    add_evidence(r, "sites_kept", TA_EVIDENCE_INCOMPLETE, "17 call stacks found no room",
                 "use a sample");
    add_evidence(r, "a_fact_of_a_later_version", TA_EVIDENCE_UNKNOWN, "it is not known here", "");
}

static void make_failing(ta_result *r) {
    SET(r->run_id, "20260131T130000Z-4243");
    SET(r->pre_post, "post");
    SET(r->notes, "=1+2, with a \"quote\", a comma, and gr\xc3\xbc\xc3\x9f");
    SET(r->revision, "5aa0001+changes");
    r->whole.value[TA_METRIC_hot_allocs] = 812;
    r->whole.value[TA_METRIC_mem_growth_mb] = 62.5;
    r->phases[2].value[TA_METRIC_hot_allocs] = 812;
    r->phases[2].value[TA_METRIC_enemy_peak] = 1000000;
    r->phases[2].value[TA_METRIC_enemy_final] = 999999;
    r->phases[2].value[TA_METRIC_allocs] = 123456789;
    r->hot_paths[0].allocs = 812;
    r->hot_paths[0].bytes = 26624;
    r->hot_paths[0].frees = 800;
    r->hot_paths[0].tick_allocs = r->hot_paths[0].allocs;
    r->hot_paths[0].first_tick = 792;
    r->hot_paths[0].worst_tick = 1001;
    r->hot_paths[0].worst_tick_allocs = 48;
    r->hot_paths[0].by_phase[2].allocs = 800;
    r->hot_paths[0].by_phase[2].bytes = 25000;
    r->hot_paths[0].by_phase[2].frees = 7;
    r->judgements[0].value = 62.5;
    r->judgements[0].verdict = TA_VERDICT_FAIL;
    SET(r->judgements[0].why, "62.500 MiB, 12.500 MiB over the limit");
    r->judgements[5].value = 812;
    r->judgements[5].verdict = TA_VERDICT_FAIL;
    SET(r->judgements[5].why,
        "812 allocations in the hot path combat_tick, first in tick 792 (phase combat_stress), "
        "most in tick 1001: 48");
    set_sites(r);
    set_processes(r);
    r->lost.sites = 17;
    r->lost.processes = 3;
    make_open(r);
    SET(r->bypassed, "libgame.so calls mi_malloc; a module was loaded with RTLD_DEEPBIND and calls "
                     "libc's malloc");
    r->verdict = TA_VERDICT_FAIL;
    r->exit_code = TA_FAILED;
}

static void make_partial(ta_result *r) {
    SET(r->run_id, "20260131T140000Z-4244");
    SET(r->label, "");
    SET(r->pre_post, "");
    SET(r->notes, "");
    SET(r->revision, "");
    r->partial = true;
    r->program_end.how = TA_PROGRAM_KILLED;
    r->program_end.number = 9;
    r->evidence_count = 0;
    add_evidence(r, "program_end", TA_EVIDENCE_INCOMPLETE,
                 "killed by signal 9 in tick 812 of phase combat_stress", "mend what ended it");
    SET(r->partial_why, "killed by signal 9 in tick 812 of phase combat_stress");
    r->verdict = TA_VERDICT_PARTIAL;
    r->exit_code = TA_WORKLOAD_DIED;
    r->judgement_count = 2;
    r->judgements[1].known = false;
    r->judgements[1].value = 0;
    r->judgements[1].verdict = TA_VERDICT_INCONCLUSIVE;
    SET(r->judgements[1].why, "the run did not finish");
    r->phase_count = 3;
    memset(&r->phases[3], 0, sizeof r->phases[3]);
    r->phases[2].complete = false;
    set(&r->phases[2], TA_METRIC_ticks, 32);
    set(&r->whole, TA_METRIC_ticks, 812);
    r->whole.complete = false;
    r->whole.known[TA_METRIC_avg_fps] = false;
    r->whole.value[TA_METRIC_avg_fps] = 0;
    r->phases[2].known[TA_METRIC_avg_fps] = false;
    r->phases[2].value[TA_METRIC_avg_fps] = 0;
    r->state_hash = 0;
}

static void set_suppression(ta_result *r, ta_suppression_state state, ta_suppression suppression) {
    ta_suppression_figures *f = &r->suppressions[r->suppression_count++];
    f->suppression = suppression;
    f->state = state;
    if (state == TA_SUPPRESSION_UNUSED)
        return;
    f->sites = r->suppression_count;
    f->allocs = 400 * f->sites;
    f->bytes = 32 * f->allocs;
}

/* The failing run after some of what failed was suppressed. */
static void make_suppressed(ta_result *r) {
    make_failing(r);
    SET(r->suppressions_path, "known/violations.json");
    r->suppressions = make(4, sizeof *r->suppressions);
    set_suppression(r, TA_SUPPRESSION_USED,
                    (ta_suppression){.hot_path = "combat_*",
                                     .function = "entity_text_*",
                                     .module = "libgame.so",
                                     .reason = "ids are built as texts; gone with phase 5, which "
                                               "packs them into whole numbers (gr\xc3\xbc\xc3\x9f)",
                                     .expires = "2027-01-31"});
    set_suppression(r, TA_SUPPRESSION_UNUSED,
                    (ta_suppression){.function = "a_function_whose_name_is_far_too_long_for_one_"
                                                 "line_of_a_page_of_eighty_columns_and_goes_on",
                                     .reason = "never"});
    set_suppression(
        r, TA_SUPPRESSION_EXPIRED,
        (ta_suppression){.module = "libglib-*", .reason = "it logs", .expires = "2025-12-31"});
    r->suppressed.sites = 1;
    r->suppressed.allocs = 400;
    r->suppressed.bytes = 12800;
    r->sites[1].suppressed_by = 1;
    r->whole.value[TA_METRIC_hot_allocs] = r->phases[2].value[TA_METRIC_hot_allocs] = 412;
    r->hot_paths[0].allocs = r->hot_paths[0].tick_allocs = 412;
    r->hot_paths[0].bytes = 13824;
    r->hot_paths[0].worst_tick = r->hot_paths[0].worst_tick_allocs = 0;
    r->lost.names = 2;
}

void sample_result_set_ticks(ta_result *result, uint64_t count) {
    free(result->ticks);
    result->ticks = make(count, sizeof *result->ticks);
    result->tick_count = count;
    for (uint64_t i = 0; i < count; i++) {
        ta_tick_figures *tick = &result->ticks[i];
        tick->phase = (uint32_t)(i * result->phase_count / count);
        tick->population = (uint32_t)(i % 501);
        tick->wall_ns = 800000 + i * 7919 % 100000;
        tick->own_allocs = i % 7;
        tick->allocs = i % 11;
        tick->frees = i % 13;
        tick->bytes = i == 1 ? UINT64_MAX : i * 333;
        tick->hot_allocs = i % 3;
        tick->live_bytes = i == 2 ? INT64_MIN : 1000000 - (int64_t)i * 400;
        tick->live_blocks = i == 3 ? INT64_MAX : (int64_t)(i % 1000);
        tick->state_hash = i == 4 ? 0 : i * UINT64_C(0x9e3779b97f4a7c15);
    }
}

ta_result *sample_result_new(sample_kind kind) {
    ta_result *r = ta_result_new();
    if (!r)
        abort();
    set_run(r);
    set_phases(r);
    set_judgements(r);
    set_hot_paths(r);
    set_evidence(r);
    if (kind == SAMPLE_FAILING)
        make_failing(r);
    if (kind == SAMPLE_SUPPRESSED)
        make_suppressed(r);
    if (kind == SAMPLE_PARTIAL)
        make_partial(r);
    sample_result_set_ticks(r, 100);
    return r;
}

static bool same(const void *a, const void *b, size_t count, size_t size) {
    return count == 0 || memcmp(a, b, count * size) == 0;
}

/* Everything before the arrays and behind them lies in the struct itself. Results here are calloced
 * and filled by whole assignments, so that padding is zero on both sides. */
bool sample_results_equal(const ta_result *a, const ta_result *b, const char **what) {
#define DIFFERS(field) (memcmp(&a->field, &b->field, sizeof a->field) != 0)
#define CHECK(field)                                                                               \
    if (DIFFERS(field))                                                                            \
    return *what = #field, false
#define CHECK_ITEMS(items, number)                                                                 \
    if (a->number != b->number || !same(a->items, b->items, a->number, sizeof *a->items))          \
    return *what = #items, false
    CHECK(run_id);
    CHECK(timestamp);
    CHECK(label);
    CHECK(pre_post);
    CHECK(notes);
    CHECK(scenario);
    CHECK(scenario_path);
    CHECK(scenario_hash);
    CHECK(seed);
    CHECK(scenario_named);
    CHECK(ticks_of);
    CHECK(rounds);
    CHECK(round_ranges);
    CHECK(round_hashes_differ);
    CHECK(round_hash_tick);
    CHECK(tick_hz);
    CHECK(population_planned);
    CHECK(level);
    CHECK(switches_on);
    CHECK(workload);
    CHECK(allocator);
    CHECK(revision);
    CHECK(machine);
    CHECK(compiler);
    CHECK(build_type);
    CHECK(partial);
    CHECK(partial_why);
    CHECK(program_end);
    CHECK(live_at_end);
    CHECK(strict);
    CHECK_ITEMS(evidence, evidence_count);
    CHECK(verdict);
    CHECK(exit_code);
    CHECK(totals);
    CHECK(state_hash);
    CHECK(final_alive);
    CHECK(wall_seconds);
    CHECK(whole);
    CHECK(phase_count);
    CHECK(phases);
    CHECK_ITEMS(judgements, judgement_count);
    CHECK_ITEMS(hot_paths, hot_path_count);
    CHECK_ITEMS(allowed, allowed_count);
    CHECK_ITEMS(sites, site_count);
    CHECK_ITEMS(stacks, stack_words);
    CHECK_ITEMS(frames, frame_count);
    CHECK(stacks_of);
    CHECK(suppressions_path);
    CHECK_ITEMS(suppressions, suppression_count);
    CHECK(suppressed);
    CHECK_ITEMS(ticks, tick_count);
    CHECK(hooks);
    CHECK(bypassed);
    CHECK_ITEMS(processes, process_count);
    CHECK(lost);
    CHECK(threads_seen);
    CHECK(audit_ns_per_pair);
    *what = "";
    return true;
}
