/* What is counted for a subject whose habits are known to the last call. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(counts, .init = scratch_make, .fini = scratch_remove);

static const char *const allocators[] = {"mimalloc", "system"};
enum { ALLOCATORS = 2, TICKS = 50 };

static cJSON *run_plugin(const char *allocator, const char *parameters, unsigned ticks) {
    plugin_scenario("a.json", parameters, ticks, "");
    return RESULT_OF(0, "--allocator", allocator, "a.json");
}

Test(counts, hot_allocations_are_exact) {
    for (int a = 0; a < ALLOCATORS; a++) {
        cJSON *r = run_plugin(allocators[a], "'hot_mallocs': 3, 'allowed_mallocs': 2", TICKS);
        cr_assert_eq(json_number(r, "whole.hot_allocs"), 3 * TICKS);
        cr_assert_eq(json_number(r, "whole.hot_bytes"), 3 * TICKS * 24);
        cr_assert_eq(json_number(r, "whole.hot_frees"), 3 * TICKS);
        cr_assert_str_eq(json_string(r, "hot_paths[0].name"), "work");
        cr_assert_eq(json_number(r, "hot_paths[0].entries"), TICKS);
        cr_assert_eq(json_number(r, "hot_paths[0].allocs"), 3 * TICKS);
        cr_assert_eq(json_number(r, "hot_paths[0].first_tick"), 1);
        cr_assert_eq(json_number(r, "hot_paths[0].worst_tick_allocs"), 3);
        cr_assert_eq(json_number(r, "ticks.hot_allocs[17]"), 3);
        cr_assert_eq(json_number(r, "ticks.own_allocs[17]"), 5);
    }
}

Test(counts, allowed_allocations_are_kept_apart_with_their_reason) {
    for (int a = 0; a < ALLOCATORS; a++) {
        cJSON *r = run_plugin(allocators[a], "'allowed_mallocs': 2", TICKS);
        cr_assert_eq(json_number(r, "whole.hot_allocs"), 0);
        cr_assert_str_eq(json_string(r, "allowed[0].name"), "warming");
        cr_assert_str_eq(json_string(r, "allowed[0].reason"), "fills a cache that is kept");
        cr_assert_eq(json_number(r, "allowed[0].entries"), TICKS);
        cr_assert_eq(json_number(r, "allowed[0].allocs"), 2 * TICKS);
        cr_assert_eq(json_number(r, "allowed[0].bytes"), 2 * TICKS * 40);
    }
}

/* The phases are the scenario's. */
Test(counts, phases_that_the_workload_marks_are_none) {
    plugin_scenario("a.json", "'hot_mallocs': 3, 'marks_phases': 1", TICKS, "");
    cJSON *r = RESULT_OF(0, "a.json");
    cr_assert_eq(cJSON_GetArraySize(json_at(r, "phases")), 1);
    cr_assert_eq(json_number(r, "phases[0].ticks"), TICKS);
    cr_assert_eq(json_number(r, "phases[0].hot_allocs"), 3 * TICKS);
}

Test(counts, totals_grow_by_exactly_what_was_added) {
    for (int a = 0; a < ALLOCATORS; a++) {
        cJSON *base = run_plugin(allocators[a], "'hot_mallocs': 3", TICKS);
        cJSON *more = run_plugin(allocators[a], "'hot_mallocs': 10", TICKS);
        cr_assert_eq(json_number(more, "totals.allocs") - json_number(base, "totals.allocs"),
                     7 * TICKS);
        cr_assert_eq(json_number(more, "totals.frees") - json_number(base, "totals.frees"),
                     7 * TICKS);
        cr_assert_eq(json_number(more, "totals.bytes") - json_number(base, "totals.bytes"),
                     7 * TICKS * 24);
    }
}

Test(counts, leaks_show_as_growth_block_by_block) {
    for (int a = 0; a < ALLOCATORS; a++) {
        cJSON *r = run_plugin(allocators[a], "'leak_blocks': 4", TICKS);
        double per_block = json_number(r, "whole.live_bytes_growth") / (4 * TICKS);
        cr_assert_eq(json_number(r, "whole.live_blocks_growth"), 4 * TICKS);
        cr_assert(per_block >= 100 && per_block < 200, "%g usable bytes a block", per_block);
        cr_assert_eq(json_number(r, "ticks.live_blocks[49]") -
                         json_number(r, "ticks.live_blocks[0]"),
                     4 * (TICKS - 1));
    }
}

/* Ten blocks in each thread; what the C library takes for a thread itself comes on top, the same
 * in each tick once its stacks are warm. */
Test(counts, other_threads_are_counted_apart_from_the_ticking_one) {
    for (int a = 0; a < ALLOCATORS; a++) {
        cJSON *none = run_plugin(allocators[a], "'hot_mallocs': 1", TICKS);
        cJSON *four = run_plugin(allocators[a], "'hot_mallocs': 1, 'threads': 4", TICKS);
        cr_assert_eq(json_number(none, "ticks.allocs[20]"), 1);
        double others =
            json_number(four, "ticks.allocs[20]") - json_number(four, "ticks.own_allocs[20]");
        cr_assert_eq(others, 40, "%g allocations by the four threads", others);
        cr_assert_eq(json_number(four, "ticks.hot_allocs[20]"), 1, "no thread is in the hot path");
    }
}

/* Everything but times, and what names a run. */
static bool is_exact(const char *key) {
    static const char *const inexact[] = {"run_id",
                                          "timestamp",
                                          "wall_seconds",
                                          "wall_ns",
                                          "avg_fps",
                                          "p95_ms",
                                          "frames_below_30",
                                          "spikes_over_50ms",
                                          "rss_growth_mb",
                                          "fps_stability_pct",
                                          "frame_ms_mean",
                                          "frame_ms_max",
                                          "audit_ns_per_pair",
                                          "record" /* the command line names where it is kept */};
    for (unsigned i = 0; i < sizeof inexact / sizeof inexact[0]; i++) {
        if (key && strcmp(key, inexact[i]) == 0)
            return false;
    }
    return true;
}

static void drop_inexact(cJSON *item) {
    for (cJSON *child = item->child; child;) {
        cJSON *next = child->next;
        if (is_exact(child->string))
            drop_inexact(child);
        else
            cJSON_Delete(cJSON_DetachItemViaPointer(item, child));
        child = next;
    }
}

Test(counts, two_runs_are_equal_in_all_that_is_exact) {
    for (int a = 0; a < ALLOCATORS; a++) {
        static const char habits[] =
            "'hot_mallocs': 3, 'allowed_mallocs': 2, 'leak_blocks': 1, 'threads': 3";
        cJSON *first = run_plugin(allocators[a], habits, TICKS);
        cJSON *second = run_plugin(allocators[a], habits, TICKS);
        drop_inexact(first);
        drop_inexact(second);
        cr_assert_eq(cJSON_GetArraySize(json_at(first, "ticks.allocs")), TICKS);
        cr_assert(cJSON_Compare(first, second, true), "%s\n---\n%s", cJSON_Print(first),
                  cJSON_Print(second));
    }
}

Test(counts, result_says_which_allocator_and_what_was_hooked) {
    cJSON *over_mimalloc = run_plugin("mimalloc", "", 5);
    cJSON *over_system = run_plugin("system", "", 5);
    cr_assert(strncmp(json_string(over_mimalloc, "allocator"), "mimalloc ", 9) == 0);
    cr_assert(strncmp(json_string(over_system, "allocator"), "system (glibc 2.", 16) == 0);
    cr_assert(strstr(json_string(over_system, "hooks"), "malloc family"));
    for (int i = 0; i < 5; i++) {
        static const char *const lost[] = {"lost.ticks", "lost.sites", "lost.names", "lost.scopes",
                                           "lost.threads"};
        cr_assert_eq(json_number(over_system, lost[i]), 0, "%s", lost[i]);
    }
}

Test(counts, warm_up_is_no_part_of_any_figure) {
    plugin_scenario("a.json", "'hot_mallocs': 3", 20, "'hot_allocs = 60', 'ticks = 20'");
    cJSON *r = RESULT_OF(0, "--set", "warmup_ticks=10", "a.json");
    cr_assert_eq(json_number(r, "whole.hot_allocs"), 60);
    cr_assert_eq(json_number(r, "hot_paths[0].first_tick"), 1);
    cr_assert_eq(cJSON_GetArraySize(json_at(r, "ticks.allocs")), 20);
}
