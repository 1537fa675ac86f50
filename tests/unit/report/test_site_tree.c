/* Where a run allocates, as trees of callers: merged, folded, cut to what a reader needs. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result_json.h"
#include "sample_result.h"
#include "summary.h"

/* A program with `count` sites of all allocations, with 10 allocations in 5 of 100 ticks each. */
static ta_result *result_of(uint32_t count) {
    ta_result *result = ta_result_new();
    result->sites = calloc(count, sizeof *result->sites);
    result->site_count = count;
    result->whole.known[TA_METRIC_ticks] = true;
    result->whole.value[TA_METRIC_ticks] = 100;
    (void)snprintf(result->stacks_of, sizeof result->stacks_of, "all");
    (void)snprintf(result->workload, sizeof result->workload, "/bin/game");
    for (uint32_t i = 0; i < count; i++)
        result->sites[i] = (ta_site){.allocs = 10,
                                     .bytes = 100,
                                     .tick_allocs = 10,
                                     .tick_bytes = 100,
                                     .ticks = 5,
                                     .first_tick = 2,
                                     .worst_tick = 7,
                                     .worst_tick_allocs = 4};
    return result;
}

static void set_ticks(ta_site *site, uint64_t allocs) {
    site->allocs = allocs;
    site->tick_allocs = allocs;
}

static void add(ta_result *result, uint32_t site, const char *function, unsigned line) {
    sample_frame_add(result, site, function, line ? "src/a.c" : "game")->line = line;
}

/* (Inlined, gcc 12 takes the text for the variable that held it.) */
__attribute__((noinline)) static char *page_in(const ta_result *result, ta_summary_style style) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ta_summary_print(out, result, style);
    fclose(out);
    return text;
}

/* The page has the text; the result is done with. */
static void expect_in_page(ta_result *result, const char *expected) {
    char *page = page_in(result, (ta_summary_style){0});
    cr_expect(strstr(page, expected), "no\n%s\nin\n%s", expected, page);
    free(page);
    ta_result_free(result);
}

Test(site_tree, stacks_with_the_same_frames_are_one_tree) {
    ta_result *result = result_of(2);
    set_ticks(&result->sites[0], 30);
    add(result, 0, "leaf", 5);
    add(result, 0, "left", 10);
    add(result, 0, "main", 30);
    add(result, 1, "leaf", 5);
    add(result, 1, "right", 20);
    add(result, 1, "main", 31);
    expect_in_page(result, "   1. 40 in ticks (0.400 per tick), 200 B, in at least 5 of 100 ticks, "
                           "most in\n      tick 7 (8)\n"
                           "      leaf  src/a.c:5\n"
                           "      |- 30 by left  src/a.c:10\n"
                           "      |  by main  src/a.c:30\n"
                           "      `- 10 by right  src/a.c:20\n"
                           "         by main  src/a.c:31\n\n");
}

Test(site_tree, a_single_stack_tells_its_ticks_exactly) {
    ta_result *result = result_of(1);
    result->sites[0].allocs = 15;
    (void)snprintf(result->sites[0].hot_path, sizeof result->sites[0].hot_path, "update");
    add(result, 0, "leaf", 5);
    expect_in_page(result,
                   "   1. 10 in ticks (0.100 per tick), 100 B, in 5 of 100 ticks, most in tick 7\n"
                   "      (4); + 5 outside of ticks; in hot path update\n      leaf  src/a.c:5\n");
}

Test(site_tree, places_in_ticks_come_before_larger_ones_outside) {
    ta_result *result = result_of(2);
    result->sites[0] = (ta_site){.allocs = 5000, .bytes = 1};
    add(result, 0, "load", 1);
    add(result, 1, "update", 2);
    expect_in_page(result, "update  src/a.c:2\n   2. 5,000 allocations outside of ticks, 1 B\n"
                           "      load  src/a.c:1\n");
}

Test(site_tree, of_one_tick_all_allocations_count) {
    ta_result *result = result_of(2);
    result->whole.value[TA_METRIC_ticks] = 1;
    result->sites[0].allocs = 12;
    result->sites[1].allocs = 5000;
    add(result, 0, "update", 2);
    add(result, 1, "load", 1);
    expect_in_page(result, "   1. 5,000 allocations, 100 B\n      load  src/a.c:1\n"
                           "   2. 12 allocations, 100 B\n");
}

Test(site_tree, recursion_is_one_line) {
    ta_result *result = result_of(2);
    for (uint32_t site = 0; site < 2; site++) {
        add(result, site, "leaf", 5);
        for (uint32_t i = 0; i < 3 + site; i++)
            add(result, site, "sort", 10 + i % 2);
        for (uint32_t i = 0; i < 2 + site; i++) {
            add(result, site, "parse", 40);
            add(result, site, "statement", 50 + i);
        }
        add(result, site, "main", 60);
    }
    expect_in_page(result, "      leaf  src/a.c:5\n"
                           "      by sort (recursive)  src/a.c:10\n"
                           "      by parse (recursive)  src/a.c:40\n"
                           "      by statement (recursive)  src/a.c:50\n"
                           "      by main  src/a.c:60\n\n");
}

Test(site_tree, an_overload_that_calls_another_is_no_recursion) {
    ta_result *result = result_of(1);
    add(result, 0, "log", 5);
    add(result, 0, "log", 9);
    expect_in_page(result, "      log  src/a.c:5\n      by log  src/a.c:9\n");
}

Test(site_tree, callers_of_little_weight_are_summed_up) {
    ta_result *result = result_of(6);
    set_ticks(&result->sites[0], 1000);
    for (uint32_t site = 0; site < 6; site++) {
        add(result, site, "leaf", 5);
        add(result, site, "caller", 10 + site);
    }
    result->sites[5].tick_allocs = 0;
    expect_in_page(result, "      |- 1,000 by caller  src/a.c:10\n"
                           "      `- ... 5 more callers (40 allocations)\n");
}

Test(site_tree, allocators_and_runtimes_are_passed_over_and_named) {
    ta_result *result = result_of(2);
    add(result, 0, "", 0);
    add(result, 0, "sqlite3Malloc", 0);
    add(result, 0, "step", 0);
    add(result, 1, "operator new", 0);
    add(result, 1, "std::vector<int>::push_back", 77);
    add(result, 1, "update", 3);
    set_ticks(&result->sites[1], 5);
    expect_in_page(result, "      step  game+0x0  (in sqlite3Malloc)\n   2. 5 in ticks (0.050 per "
                           "tick), 100 B, in 5 of 100 ticks, most in tick 7 (4)\n"
                           "      update  src/a.c:3  (in std::vector<int>::push_back)\n");
}

/* Templates of a library may be inlined any number of levels deep. */
Test(site_tree, the_standard_library_is_passed_over_however_deep) {
    ta_result *result = result_of(1);
    add(result, 0, "operator new", 0);
    for (unsigned i = 0; i < 30; i++)
        add(result, 0, "std::_Rb_tree<int, std::pair<int const, long>>::_M_get_node", 77 + i);
    add(result, 0, "std::map<int, std::__cxx11::basic_string<char>>::operator[]", 530);
    sample_frame_add(result, 0, "construct_at", "c++/13/bits/stl_construct.h")->line = 94;
    add(result, 0, "update", 3);
    expect_in_page(result, "      update  src/a.c:3  (in construct_at)\n");
}

Test(site_tree, a_namespace_of_cpp_that_is_called_as_a_crate_is_no_runtime) {
    ta_result *result = result_of(2);
    sample_frame_add(result, 0, "core::Engine::load", "src/engine.cpp")->line = 7;
    add(result, 0, "main", 60);
    sample_frame_add(result, 1, "core::option::Option<T>::map", "src/option.rs")->line = 900;
    sample_frame_add(result, 1, "game::run", "src/main.rs")->line = 8;
    set_ticks(&result->sites[0], 20);
    expect_in_page(result, "      core::Engine::load  src/engine.cpp:7\n"
                           "      by main  src/a.c:60\n"
                           "   2. 10 in ticks (0.100 per tick), 100 B, in 5 of 100 ticks, most in "
                           "tick 7 (4)\n"
                           "      game::run  src/main.rs:8  (in core::option::Option<T>::map)\n");
}

Test(site_tree, long_names_keep_their_function) {
    ta_result *result = result_of(1);
    add(result, 0,
        "std::map<int, std::__cxx11::basic_string<char, std::char_traits<char>, "
        "std::allocator<char> > >::operator[]",
        530);
    add(result, 0, "game::World<game::Enemy, std::allocator<game::Enemy>, game::Policy>::update",
        3);
    expect_in_page(result,
                   "      game::World<game::Enemy, std::allocator<...>, ...>::update  src/a.c:3\n");
}

Test(site_tree, what_all_the_program_calls_is_passed_over) {
    ta_result *result = result_of(9);
    for (uint32_t site = 0; site < 9; site++) {
        char name[16];
        (void)snprintf(name, sizeof name, "user%" PRIu32, site);
        add(result, site, "obtain", 0);
        add(result, site, name, 0);
    }
    expect_in_page(result, "most in tick 7 (4)\n      user0  game+0x0  (in obtain)\n   2. 10 in");
    result = result_of(9);
    for (uint32_t site = 0; site < 9; site++) {
        add(result, site, "leaf", 5); /* a line is what the reader looks for */
        add(result, site, "caller", 10 + site);
    }
    expect_in_page(result, "      leaf  src/a.c:5\n      |- 10 by caller  src/a.c:10\n");
}

Test(site_tree, what_begins_a_program_is_left_out) {
    ta_result *result = result_of(1);
    add(result, 0, "leaf", 5);
    add(result, 0, "main", 6);
    (void)sample_frame_add(result, 0, "__libc_start_main", "libc.so.6");
    add(result, 0, "", 0);
    expect_in_page(result, "      by main  src/a.c:6\n\n");
}

/* main of a stripped program has no name either, and calls libc, but not what begins a program. */
Test(site_tree, a_nameless_main_is_no_part_of_the_beginning) {
    ta_result *result = result_of(1);
    (void)sample_frame_add(result, 0, "setlocale", "libc.so.6");
    sample_frame_add(result, 0, "", "game")->offset = 0x4786;
    (void)sample_frame_add(result, 0, "__libc_start_call_main", "libc.so.6");
    (void)sample_frame_add(result, 0, "__libc_start_main@@GLIBC_2.34", "libc.so.6");
    sample_frame_add(result, 0, "", "game")->offset = 0x61f1;
    expect_in_page(result, "      game+0x4786  (in setlocale)\n\n");
}

Test(site_tree, suppressed_sites_are_not_shown) {
    ta_result *result = result_of(2);
    result->sites[0].suppressed_by = 1;
    add(result, 0, "tolerated", 5);
    add(result, 1, "leaf", 6);
    char *page = page_in(result, (ta_summary_style){0});
    cr_expect_null(strstr(page, "tolerated"));
    cr_expect_not_null(strstr(page, "leaf  src/a.c:6"));
    free(page);
    ta_result_free(result);
}

Test(site_tree, numbers_of_a_sample_are_marked) {
    ta_result *result = result_of(3);
    (void)snprintf(result->stacks_of, sizeof result->stacks_of, "sample:65536");
    add(result, 0, "leaf", 5);
    add(result, 0, "left", 6);
    add(result, 1, "leaf", 5);
    add(result, 1, "right", 7);
    (void)snprintf(result->sites[2].hot_path, sizeof result->sites[2].hot_path, "exact");
    add(result, 2, "hot", 8);
    expect_in_page(result,
                   "callers below; ~ is estimated\n"
                   "   1. ~20 in ticks (~0.200 per tick), ~200 B\n"
                   "      leaf  src/a.c:5\n"
                   "      |- ~10 by left  src/a.c:6\n"
                   "      `- ~10 by right  src/a.c:7\n"
                   "   2. 10 in ticks (0.100 per tick), 100 B, in 5 of 100 ticks, most in tick 7\n"
                   "      (4); in hot path exact\n");
}

/* Sites with long names and many ways that meet; what the page makes of it has its limits. */
static ta_result *bushy_result(void) {
    enum { SITES = 36 };
    ta_result *result = result_of(SITES);
    for (uint32_t site = 0; site < SITES; site++) {
        char name[200];
        uint32_t ways[] = {site % 12, site % 3, site % 2, site / 12, site % 9, site, site % 5};
        for (uint32_t depth = 0; depth < 7; depth++) {
            (void)snprintf(name, sizeof name, "%s_%" PRIu32 "_%" PRIu32,
                           "a_function_with_a_name_that_nobody_would_like_to_read_twice_in_one_day",
                           depth, ways[depth]);
            ta_frame *frame = sample_frame_add(
                result, site, name, "a_folder_of_many_letters/a_file_that_has_a_long_name_too.c");
            frame->line = 100000;
        }
        set_ticks(&result->sites[site], UINT64_C(1000000) * (40 - site));
    }
    return result;
}

Test(site_tree, lines_fit_the_terminal_and_the_block_is_short) {
    ta_result *result = bushy_result();
    for (unsigned width = 60; width <= 120; width += 20) {
        char *page = page_in(result, (ta_summary_style){.width = width});
        char *block = strstr(page, "  Where it allocates");
        cr_assert_not_null(block);
        block[strcspn(block, "V")] = '\0'; /* the verdict */
        unsigned lines = 0;
        for (char *line = strtok(block, "\n"); line; line = strtok(NULL, "\n"), lines++)
            cr_expect_leq(strlen(line), width, "too long for %u: %s", width, line);
        cr_expect_leq(lines, 66, "%u lines", lines);
        cr_expect_geq(lines, 40, "%u lines", lines);
        free(page);
    }
    ta_result_free(result);
}

Test(site_tree, a_result_read_back_shows_the_same) {
    ta_result *result = bushy_result(), *back;
    char *kept = NULL;
    size_t size;
    FILE *out = open_memstream(&kept, &size);
    cr_assert(ta_ok(ta_result_print_json(out, result)));
    fclose(out);
    cr_assert(ta_ok(ta_result_parse_json(kept, size, "kept", &back)));
    char *before = page_in(result, (ta_summary_style){0});
    char *after = page_in(back, (ta_summary_style){0});
    cr_expect_str_eq(after, before);
    free(before);
    free(after);
    free(kept);
    ta_result_free(back);
    ta_result_free(result);
}

Test(site_tree, a_program_without_stacks_is_told_how_to_get_them) {
    static const char hint[] = "`tickaudit exec --stacks all`";
    ta_result *result = result_of(0);
    (void)snprintf(result->stacks_of, sizeof result->stacks_of, "hot");
    ta_metric most = TA_METRIC_allocs_per_tick_max;
    result->whole.known[most] = true;
    for (int ticks_allocate = 0; ticks_allocate < 2; ticks_allocate++) {
        result->whole.value[most] = ticks_allocate;
        char *page = page_in(result, (ta_summary_style){0});
        cr_expect_eq(strstr(page, hint) != NULL, ticks_allocate);
        free(page);
    }
    char *quiet = page_in(result, (ta_summary_style){.quiet = true});
    cr_expect_null(strstr(quiet, hint));
    free(quiet);
    (void)snprintf(result->scenario_path, sizeof result->scenario_path, "s.json");
    char *scenario = page_in(result, (ta_summary_style){0});
    cr_expect_null(strstr(scenario, hint));
    free(scenario);
    ta_result_free(result);
}
