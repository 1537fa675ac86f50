/* Suppressions: which sites they match, and what is left when those are taken away. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suppress.h"

enum { SITES_MAX = 8, FRAMES = 3 };

/* Two phases, the paths "combat" (0) and, within it, "move" (1); each site has its own frames. */
static ta_result *new_result(void) {
    ta_result *r = ta_result_new();
    snprintf(r->timestamp, sizeof r->timestamp, "2026-06-15T23:59:59Z");
    r->phase_count = 2;
    r->hot_path_count = 2;
    r->hot_paths = calloc(2, sizeof *r->hot_paths);
    snprintf(r->hot_paths[0].name, TA_NAME_MAX, "combat");
    snprintf(r->hot_paths[1].name, TA_NAME_MAX, "move");
    r->sites = calloc(SITES_MAX, sizeof *r->sites);
    r->frames = calloc(SITES_MAX * FRAMES, sizeof *r->frames);
    r->stacks = calloc(SITES_MAX * FRAMES, sizeof *r->stacks);
    return r;
}

typedef struct stack {
    const char *function[FRAMES], *module[FRAMES]; /* innermost first */
} stack;

/* A site in the innermost path `path`, or in none for -1, with allocations in both phases; counted
 * where an auditor counts it. */
static ta_site *add_site(ta_result *r, int path, uint64_t first, uint64_t second, stack at) {
    ta_site *s = &r->sites[r->site_count++];
    s->allocs = first + second;
    s->bytes = s->allocs * 10;
    s->allocs_by_phase[0] = first;
    s->allocs_by_phase[1] = second;
    s->bytes_by_phase[0] = first * 10;
    s->bytes_by_phase[1] = second * 10;
    s->stack_at = r->stack_words;
    s->frame_count = FRAMES;
    for (int i = 0; i < FRAMES; i++) {
        ta_frame *f = &r->frames[r->frame_count];
        snprintf(f->function, sizeof f->function, "%s", at.function[i] ? at.function[i] : "");
        snprintf(f->module, sizeof f->module, "%s", at.module[i] ? at.module[i] : "");
        r->stacks[r->stack_words++] = r->frame_count++;
    }
    if (path < 0)
        return s;
    memcpy(s->hot_path, r->hot_paths[path].name, TA_NAME_MAX);
    for (int p = 0; p <= path; p++) {
        ta_site_add_path(s, (uint32_t)p);
        r->hot_paths[p].allocs += s->allocs;
        r->hot_paths[p].bytes += s->bytes;
        r->hot_paths[p].frees += s->allocs;
    }
    ta_figures *figures[] = {&r->phases[0], &r->phases[1], &r->whole};
    uint64_t allocs[] = {first, second, first + second};
    for (int i = 0; i < 3; i++) {
        figures[i]->value[TA_METRIC_hot_allocs] += (double)allocs[i];
        figures[i]->value[TA_METRIC_hot_bytes] += (double)allocs[i] * 10;
        figures[i]->value[TA_METRIC_hot_frees] += (double)allocs[i];
    }
    return s;
}

#define SUPPRESS(r, ...)                                                                           \
    suppress(r, (ta_suppression[]){__VA_ARGS__},                                                   \
             sizeof((ta_suppression[]){__VA_ARGS__}) / sizeof(ta_suppression))

static void suppress(ta_result *r, ta_suppression *items, size_t count) {
    ta_suppressions s = {.path = "s.json", .count = (uint32_t)count, .items = items};
    cr_assert(ta_ok(ta_suppress(&s, r)));
    cr_assert_eq(r->suppression_count, count);
    cr_expect_str_eq(r->suppressions_path, "s.json");
}

static void expect_hot(const ta_figures *f, double allocs, double frees) {
    cr_expect_float_eq(f->value[TA_METRIC_hot_allocs], allocs, 0, "%g, not %g",
                       f->value[TA_METRIC_hot_allocs], allocs);
    cr_expect_float_eq(f->value[TA_METRIC_hot_bytes], allocs * 10, 0);
    cr_expect_float_eq(f->value[TA_METRIC_hot_frees], frees, 0);
}

static const stack logging = {{"malloc_wrapper", "g_log", "step"},
                              {"libglib.so", "libglib.so", "game"}};
static const stack moving = {{"grow", "move_all", "step"}, {"game", "game", "game"}};

Test(suppress, what_matches_leaves_every_count_that_it_was_in_and_no_other) {
    ta_result *r = new_result();
    add_site(r, 1, 3, 4, logging);
    add_site(r, 0, 100, 0, moving);
    add_site(r, 1, 0, 50, moving);
    SUPPRESS(r, {.function = "g_log*", .reason = "known"});
    expect_hot(&r->whole, 150, 157);
    expect_hot(&r->phases[0], 100, 103);
    expect_hot(&r->phases[1], 50, 54);
    cr_expect_eq(r->hot_paths[0].allocs, 150); /* around "move" */
    cr_expect_eq(r->hot_paths[0].bytes, 1500);
    cr_expect_eq(r->hot_paths[0].frees, 157);
    cr_expect_eq(r->hot_paths[1].allocs, 50);
    cr_expect_eq(r->hot_paths[1].bytes, 500);
    cr_expect(r->suppressed.sites == 1 && r->suppressed.allocs == 7 && r->suppressed.bytes == 70);
    const ta_suppression_figures *f = &r->suppressions[0];
    cr_expect(f->state == TA_SUPPRESSION_USED && f->sites == 1 && f->allocs == 7 && f->bytes == 70);
    cr_expect_str_eq(f->suppression.reason, "known");
    cr_expect_eq(r->sites[0].suppressed_by, 1);
    cr_expect(r->sites[1].suppressed_by == 0 && r->sites[2].suppressed_by == 0);
    cr_expect_eq(r->sites[0].allocs, 7, "the site itself stays as it was counted");
    ta_result_free(r);
}

/* What a scenario's workload allocates outside of its phases is not in the whole's figures. */
Test(suppress, a_program_without_phases_loses_all_and_a_scenario_what_is_in_its_phases) {
    for (int phases = 0; phases <= 2; phases += 2) {
        ta_result *r = new_result();
        add_site(r, 0, 3, 4, logging)->allocs += 5;
        add_site(r, 0, 6, 4, moving);
        r->hot_paths[0].allocs += 5;
        r->phase_count = (uint32_t)phases;
        if (phases == 0)
            r->whole.value[TA_METRIC_hot_allocs] += 5;
        SUPPRESS(r, {.function = "g_log*"});
        cr_expect_float_eq(r->whole.value[TA_METRIC_hot_allocs], 10, 0);
        cr_expect_eq(r->hot_paths[0].allocs, 10);
        ta_result_free(r);
    }
}

typedef struct match_case {
    ta_suppression suppression;
    bool matches;
} match_case;

static const match_case cases[] = {
    {{.function = "g_log"}, true},
    {{.function = "g_*"}, true},
    {{.function = "step"}, true},
    {{.function = "ste"}, false},
    {{.function = "G_LOG"}, false},
    {{.function = "g_[kl]og"}, true},
    {{.module = "libglib*"}, true},
    {{.module = "libglib"}, false},
    {{.hot_path = "move"}, true},
    {{.hot_path = "m*"}, true},
    {{.hot_path = "combat"}, false}, /* the innermost is "move" */
    {{.hot_path = "m*", .function = "step", .module = "game"}, true},
    {{.hot_path = "c*", .function = "step", .module = "game"}, false},
    {{.function = "g_log", .module = "libglib.so"}, true},
    {{.function = "g_log", .module = "game"}, false}, /* each is there, not in one frame */
    {{.function = "step", .module = "libglib.so"}, false},
    {{.function = "*"}, true},
};

Test(suppress, all_patterns_must_match_and_function_and_module_in_one_frame) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ta_result *r = new_result();
        add_site(r, 1, 1, 1, logging);
        SUPPRESS(r, cases[i].suppression);
        cr_expect_eq(r->suppressed.sites, cases[i].matches, "case %zu", i);
        cr_expect_eq(r->suppressions[0].state,
                     cases[i].matches ? TA_SUPPRESSION_USED : TA_SUPPRESSION_UNUSED);
        ta_result_free(r);
    }
}

Test(suppress, what_is_in_no_hot_path_is_never_matched) {
    ta_result *r = new_result();
    add_site(r, -1, 5, 5, logging);
    ta_site *fault = add_site(r, -1, 1, 0, logging);
    snprintf(fault->hot_path, sizeof fault->hot_path, "(made to fail)");
    SUPPRESS(r, {.function = "*"}, {.hot_path = "*"});
    cr_expect_eq(r->suppressed.sites, 0);
    cr_expect_eq(r->suppressions[0].state, TA_SUPPRESSION_UNUSED);
    cr_expect_eq(r->suppressions[1].state, TA_SUPPRESSION_UNUSED);
    ta_result_free(r);
}

Test(suppress, the_first_that_matches_has_the_hits_and_a_later_one_is_unused) {
    ta_result *r = new_result();
    add_site(r, 1, 3, 0, logging);
    add_site(r, 1, 5, 0, moving);
    SUPPRESS(r, {.function = "g_log"}, {.module = "libglib*"}, {.function = "step"});
    cr_expect_eq(r->suppressions[0].allocs, 3);
    cr_expect_eq(r->suppressions[1].state, TA_SUPPRESSION_UNUSED);
    cr_expect_eq(r->suppressions[2].allocs, 5);
    cr_expect_eq(r->suppressed.allocs, 8);
    cr_expect_eq(r->sites[1].suppressed_by, 3);
    ta_result_free(r);
}

Test(suppress, it_holds_through_its_last_day_and_then_takes_nothing) {
    static const char *const dates[] = {"2026-06-15", "2026-06-14", "2026-06-16", "2025-12-31"};
    static const bool expired[] = {false, true, false, true};
    for (int i = 0; i < 4; i++) {
        ta_result *r = new_result(); /* of 2026-06-15 */
        add_site(r, 0, 2, 2, logging);
        ta_suppression s = {.function = "g_log"};
        memcpy(s.expires, dates[i], sizeof s.expires);
        SUPPRESS(r, s);
        cr_expect_eq(r->suppressions[0].state == TA_SUPPRESSION_EXPIRED, expired[i], "%s",
                     dates[i]);
        cr_expect_eq(r->suppressions[0].allocs, 4, "what it would have taken");
        cr_expect_eq(r->suppressed.allocs, expired[i] ? 0 : 4);
        cr_expect_eq(r->hot_paths[0].allocs, expired[i] ? 4 : 0);
        cr_expect_eq(r->sites[0].suppressed_by, !expired[i]);
        ta_result_free(r);
    }
}

Test(suppress, an_expired_one_would_have_taken_what_no_other_takes) {
    ta_result *r = new_result();
    add_site(r, 0, 2, 0, logging);
    add_site(r, 0, 3, 0, moving);
    SUPPRESS(r, {.function = "step", .expires = "2020-01-01"}, {.function = "g_log"});
    cr_expect_eq(r->suppressions[0].allocs, 3);
    cr_expect_eq(r->suppressions[1].allocs, 2);
    ta_result_free(r);
}

static void set_ticks(ta_result *r, int site, uint64_t first, uint64_t worst, uint64_t allocs) {
    r->sites[site].first_tick = first;
    r->sites[site].worst_tick = worst;
    r->sites[site].worst_tick_allocs = allocs;
    r->hot_paths[0].first_tick = 2;
    r->hot_paths[0].worst_tick = 9;
    r->hot_paths[0].worst_tick_allocs = 30;
}

Test(suppress, the_first_tick_of_what_is_left_is_told_and_the_worst_if_it_is_known) {
    ta_result *r = new_result();
    add_site(r, 0, 20, 0, logging);
    add_site(r, 0, 30, 0, moving);
    add_site(r, 0, 40, 0, (stack){{"a", "b", "c"}, {0}});
    set_ticks(r, 0, 2, 9, 10);
    set_ticks(r, 1, 7, 8, 5);
    set_ticks(r, 2, 5, 9, 20);
    SUPPRESS(r, {.function = "g_log"});
    cr_expect_eq(r->hot_paths[0].first_tick, 5);
    cr_expect_eq(r->hot_paths[0].worst_tick, 0, "two sites are left: which tick is not known");
    cr_expect_eq(r->hot_paths[0].worst_tick_allocs, 0);
    ta_result_free(r);

    r = new_result();
    add_site(r, 0, 20, 0, logging);
    add_site(r, 0, 30, 0, moving);
    set_ticks(r, 0, 2, 9, 10);
    set_ticks(r, 1, 7, 8, 5);
    SUPPRESS(r, {.function = "g_log"});
    cr_expect_eq(r->hot_paths[0].first_tick, 7);
    cr_expect_eq(r->hot_paths[0].worst_tick, 8);
    cr_expect_eq(r->hot_paths[0].worst_tick_allocs, 5);
    ta_result_free(r);
}

Test(suppress, with_sites_lost_the_first_tick_stays_and_what_was_lost_is_not_suppressed) {
    ta_result *r = new_result();
    add_site(r, 0, 20, 0, logging);
    r->hot_paths[0].allocs += 4; /* counted, but no site of theirs found room */
    r->whole.value[TA_METRIC_hot_allocs] += 4;
    r->lost.sites = 4;
    set_ticks(r, 0, 3, 9, 10);
    SUPPRESS(r, {.function = "g_log"});
    cr_expect_eq(r->hot_paths[0].allocs, 4);
    cr_expect_float_eq(r->whole.value[TA_METRIC_hot_allocs], 4, 0);
    cr_expect_eq(r->hot_paths[0].first_tick, 2);
    ta_result_free(r);
}

/* Counts of the paths by phase, as an auditor keeps them. */
static void set_phases_of_path(ta_result *r, int path, uint64_t first, uint64_t second) {
    ta_hot_path_figures *h = &r->hot_paths[path];
    h->by_phase[0].allocs = h->by_phase[0].frees = first;
    h->by_phase[1].allocs = h->by_phase[1].frees = second;
    h->by_phase[0].bytes = first * 10;
    h->by_phase[1].bytes = second * 10;
}

static void expect_phases_of_path(const ta_result *r, int path, uint64_t first, uint64_t second) {
    const ta_hot_path_figures *h = &r->hot_paths[path];
    cr_expect_eq(h->by_phase[0].allocs, first, "path %d: %lu", path,
                 (unsigned long)h->by_phase[0].allocs);
    cr_expect_eq(h->by_phase[1].allocs, second, "path %d: %lu", path,
                 (unsigned long)h->by_phase[1].allocs);
    cr_expect_eq(h->by_phase[0].bytes, first * 10);
    cr_expect_eq(h->by_phase[1].bytes, second * 10);
}

Test(suppress, what_matches_leaves_each_path_in_the_phase_in_which_it_was) {
    ta_result *r = new_result();
    add_site(r, 1, 3, 4, logging);
    add_site(r, 0, 100, 0, moving);
    add_site(r, 1, 0, 50, moving);
    set_phases_of_path(r, 0, 103, 54);
    set_phases_of_path(r, 1, 3, 54);
    SUPPRESS(r, {.function = "g_log*"});
    expect_phases_of_path(r, 0, 100, 50);
    expect_phases_of_path(r, 1, 0, 50);
    cr_expect_eq(r->hot_paths[0].by_phase[0].frees, 103, "frees have no call stack");
    cr_expect_eq(r->hot_paths[1].by_phase[1].frees, 54);
    ta_result_free(r);
}

/* A phase's budget over one hot path is judged by what is left. */
Test(suppress, several_suppressions_leave_a_phase_one_after_another) {
    ta_result *r = new_result();
    add_site(r, 0, 3, 4, logging);
    add_site(r, 0, 10, 20, moving);
    add_site(r, 0, 1, 0, (stack){{"a", "b", "c"}, {0}});
    set_phases_of_path(r, 0, 14, 24);
    SUPPRESS(r, {.function = "g_log"}, {.function = "move_all"});
    expect_phases_of_path(r, 0, 1, 0);
    expect_hot(&r->phases[0], 1, 14);
    expect_hot(&r->phases[1], 0, 24);
    ta_result_free(r);
}

Test(suppress, an_expired_one_leaves_the_phases_as_they_were) {
    ta_result *r = new_result();
    add_site(r, 0, 3, 4, logging);
    set_phases_of_path(r, 0, 3, 4);
    SUPPRESS(r, {.function = "g_log", .expires = "2020-01-01"});
    expect_phases_of_path(r, 0, 3, 4);
    ta_result_free(r);
}

/* More than was counted is never taken: what another path's site was counted for may be missing. */
Test(suppress, no_phase_of_a_path_falls_below_zero) {
    ta_result *r = new_result();
    add_site(r, 0, 3, 4, logging);
    set_phases_of_path(r, 0, 2, 9);
    SUPPRESS(r, {.function = "g_log"});
    expect_phases_of_path(r, 0, 0, 5);
    ta_result_free(r);
}

Test(suppress, ticks_of_a_path_lose_what_was_allocated_in_ticks) {
    ta_result *r = new_result();
    add_site(r, 0, 20, 0, logging)->tick_allocs = 15;
    add_site(r, 0, 30, 0, moving)->tick_allocs = 30;
    r->hot_paths[0].tick_allocs = 45;
    r->hot_paths[0].spread_known = true;
    SUPPRESS(r, {.function = "g_log"});
    cr_expect_eq(r->hot_paths[0].tick_allocs, 30);
    cr_expect_not(r->hot_paths[0].spread_known, "in how many ticks is not known any more");
    ta_result_free(r);
}

Test(suppress, a_file_without_any_changes_nothing) {
    ta_result *r = new_result();
    add_site(r, 0, 15, 0, logging);
    add_site(r, 0, 5, 0, moving);
    set_ticks(r, 0, 3, 9, 10);
    suppress(r, NULL, 0);
    expect_hot(&r->whole, 20, 20);
    cr_expect(r->hot_paths[0].allocs == 20 && r->hot_paths[0].worst_tick == 9);
    ta_result_free(r);
}
