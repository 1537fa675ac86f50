/* Which sites are new, grown and gone when the code around them has moved. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_sites.h"

enum { SITES_MAX = 8, FRAMES_MAX = 64 };

static ta_result *result_new(void) {
    ta_result *r = ta_result_new();
    r->sites = calloc(SITES_MAX, sizeof *r->sites);
    r->stacks = calloc(FRAMES_MAX, sizeof *r->stacks);
    r->frames = calloc(FRAMES_MAX, sizeof *r->frames);
    (void)snprintf(r->stacks_of, sizeof r->stacks_of, "all");
    return r;
}

/* A site in `function`, so far behind its begin, called by main. */
static ta_site *add(ta_result *r, const char *hot, const char *function, uint64_t offset,
                    uint64_t allocs) {
    ta_site *site = &r->sites[r->site_count++];
    (void)snprintf(site->hot_path, sizeof site->hot_path, "%s", hot);
    site->stack_at = r->stack_words;
    const char *names[] = {function, "main"};
    uint64_t offsets[] = {offset, 16};
    for (int i = 0; i < 2; i++) {
        ta_frame *frame = &r->frames[r->frame_count];
        (void)snprintf(frame->function, sizeof frame->function, "%s", names[i]);
        frame->function_offset = offsets[i];
        frame->offset = 0x1000 * (r->frame_count + 1);
        r->stacks[r->stack_words++] = r->frame_count++;
        site->frame_count++;
    }
    site->allocs = allocs;
    site->bytes = allocs * 8;
    return site;
}

static ta_result *pre, *post;
static ta_site_changes changes;

static void make(void) {
    pre = result_new();
    post = result_new();
}

static void drop(void) {
    ta_site_changes_free(&changes);
    ta_result_free(pre);
    ta_result_free(post);
}

TestSuite(sites, .init = make, .fini = drop);

static void compare(void) {
    cr_assert(ta_ok(ta_compare_sites(pre, post, &changes)));
}

Test(sites, same_places_are_no_change_whatever_their_address) {
    add(pre, "", "spawn", 40, 7);
    add(post, "", "other", 8, 1);
    add(post, "", "spawn", 40, 7);
    compare();
    cr_assert_eq(changes.count, 1);
    cr_assert_eq(changes.items[0].kind, TA_SITE_NEW);
    cr_assert_eq(changes.items[0].site, &post->sites[0]);
}

Test(sites, code_that_moved_within_its_function_is_not_new) {
    add(pre, "", "spawn", 40, 7);
    add(post, "", "spawn", 56, 7);
    compare();
    cr_assert_eq(changes.count, 0);
}

Test(sites, planted_allocation_before_others_is_the_new_one) {
    add(pre, "", "spawn", 40, 7);
    add(pre, "", "spawn", 80, 9);
    add(post, "", "spawn", 20, 1);
    add(post, "", "spawn", 60, 7);
    add(post, "", "spawn", 100, 9);
    compare();
    cr_assert_eq(changes.count, 1);
    cr_assert_eq(changes.items[0].kind, TA_SITE_NEW);
    cr_assert_eq(changes.items[0].site, &post->sites[0]);
}

Test(sites, hot_paths_come_first_then_new_grown_gone) {
    add(pre, "", "grows", 8, 1);
    add(pre, "", "goes", 8, 1000);
    add(pre, "combat", "hot_grows", 8, 1);
    add(post, "", "grows", 8, 500);
    add(post, "", "comes", 8, 3);
    add(post, "combat", "hot_grows", 8, 2);
    compare();
    cr_assert_eq(changes.count, 4);
    static const char *const order[] = {"hot_grows", "comes", "grows", "goes"};
    for (unsigned i = 0; i < 4; i++)
        cr_assert_str_eq(ta_site_frame(changes.items[i].result, changes.items[i].site, 0)->function,
                         order[i]);
    cr_assert_eq(changes.items[3].kind, TA_SITE_GONE);
    cr_assert_eq(changes.items[3].result, pre);
}

Test(sites, same_function_in_another_hot_path_is_another_site) {
    add(pre, "", "spawn", 40, 7);
    add(post, "combat", "spawn", 40, 7);
    compare();
    cr_assert_eq(changes.count, 2);
}

Test(sites, stacks_of_other_allocations_are_compared_in_hot_paths_alone) {
    add(pre, "combat", "spawn", 40, 7);
    add(post, "combat", "spawn", 40, 8);
    add(post, "", "load", 8, 5);
    (void)snprintf(pre->stacks_of, sizeof pre->stacks_of, "hot");
    compare();
    cr_assert_not(changes.compared);
    cr_assert_eq(changes.count, 1);
    cr_assert_eq(changes.items[0].kind, TA_SITE_GROWN);
}

Test(sites, suppressed_sites_are_left_out) {
    add(post, "combat", "spawn", 40, 7)->suppressed_by = 1;
    compare();
    cr_assert_eq(changes.count, 0);
}

/* ---- what a reader knows of a site: its own functions, and the lines in them ---- */

typedef struct place {
    const char *function;
    unsigned line, function_line;
    uint64_t offset;
} place;

/* A site in hot path "combat"; the stack ends with a place without a name. */
static ta_site *add_stack(ta_result *r, uint64_t allocs, const place *places) {
    ta_site *site = &r->sites[r->site_count++];
    (void)snprintf(site->hot_path, sizeof site->hot_path, "combat");
    site->stack_at = r->stack_words;
    for (; places->function; places++) {
        ta_frame *frame = &r->frames[r->frame_count];
        (void)snprintf(frame->function, sizeof frame->function, "%s", places->function);
        (void)snprintf(frame->module, sizeof frame->module, "game");
        frame->line = places->line;
        frame->function_line = places->function_line;
        frame->function_offset = places->offset;
        frame->offset = 0x1000 * (r->frame_count + 1) + places->offset;
        r->stacks[r->stack_words++] = r->frame_count++;
        site->frame_count++;
    }
    site->allocs = allocs;
    site->bytes = allocs * 8;
    return site;
}

#define STACK(result, allocs, ...)                                                                 \
    add_stack(result, allocs, (const place[]){__VA_ARGS__, {NULL, 0, 0, 0}})

static const place of_map = {"std::map<int, int>::operator[]", 530, 520, 7};

Test(sites, other_inlining_and_other_lines_above_are_no_change) {
    STACK(pre, 17, {"operator new", 0, 0, 24}, of_map, {"add", 12, 10, 300}, {"main", 40, 30, 300});
    STACK(post, 17, {"std::__new_allocator<int>::allocate", 137, 130, 40}, of_map,
          {"game::(anonymous namespace)::add [clone .isra.0]", 112, 110, 8},
          {"main", 141, 131, 20});
    compare();
    cr_expect_eq(changes.count, 0);
}

Test(sites, a_part_of_a_function_is_its_function) {
    STACK(pre, 17, {"operator new", 0, 0, 24}, {"add", 14, 10, 300}, {"main", 40, 30, 20});
    STACK(post, 18, {"operator new", 0, 0, 24}, {"add.part.0", 14, 10, 8}, {"add", 12, 10, 90},
          {"main", 40, 30, 16});
    compare();
    cr_assert_eq(changes.count, 1);
    cr_expect_eq(changes.items[0].kind, TA_SITE_GROWN);
    cr_expect_eq(changes.items[0].pre_allocs, 17);
    cr_expect_eq(changes.items[0].post_allocs, 18);
}

/* Both lines of add were inlined elsewhere, and one allocates more. */
Test(sites, lines_within_a_function_tell_which_site_grew) {
    STACK(pre, 5, of_map, {"add", 12, 10, 30}, {"main", 40, 30, 20});
    STACK(pre, 6, of_map, {"add", 15, 10, 60}, {"main", 40, 30, 20});
    STACK(post, 9, of_map, {"add", 112, 110, 31}, {"main", 40, 30, 21});
    STACK(post, 5, of_map, {"add", 115, 110, 61}, {"main", 40, 30, 21});
    post->sites[1].bytes = 39;
    compare();
    cr_assert_eq(changes.count, 1);
    cr_expect_eq(changes.items[0].site, &post->sites[0]);
    cr_expect_eq(changes.items[0].pre_allocs, 5);
}

/* One line that became three sites. */
Test(sites, what_cannot_be_told_apart_is_summed) {
    STACK(pre, 10, of_map, {"add", 12, 10, 30}, {"main", 40, 30, 20});
    STACK(post, 4, of_map, {"add", 12, 10, 31}, {"main", 40, 30, 21});
    STACK(post, 5, of_map, {"add", 12, 10, 61}, {"main", 40, 30, 21});
    STACK(post, 3, of_map, {"add", 12, 10, 91}, {"main", 40, 30, 21});
    compare();
    cr_assert_eq(changes.count, 1);
    cr_expect_eq(changes.items[0].kind, TA_SITE_GROWN);
    cr_expect_eq(changes.items[0].pre_allocs, 10);
    cr_expect_eq(changes.items[0].post_allocs, 12);
    cr_expect_eq(changes.items[0].site, &post->sites[1], "the largest stands for them");
}

Test(sites, a_planted_allocation_of_the_same_functions_is_not_hidden) {
    STACK(pre, 17, of_map, {"add", 12, 10, 30}, {"main", 40, 30, 20});
    STACK(post, 1, of_map, {"add", 11, 10, 20}, {"main", 41, 30, 24});
    STACK(post, 17, {"std::_Rb_tree<int>::_M_get_node", 500, 490, 3}, of_map, {"add", 13, 10, 31},
          {"main", 41, 30, 24});
    compare();
    cr_assert_eq(changes.count, 1);
    cr_expect_eq(changes.items[0].kind, TA_SITE_NEW);
    cr_expect_eq(changes.items[0].site, &post->sites[0]);
}

/* What changed, and what fell, is the difference of the runs, however the sites were matched. */
Test(sites, differences_add_up_to_that_of_the_runs) {
    const uint64_t before[] = {3, 5, 8}, after[] = {9, 6, 7, 4};
    for (unsigned i = 0; i < 3; i++)
        STACK(pre, before[i], of_map, {"add", 12 + i % 2, 10, 30 + i}, {"main", 40, 30, 20 + i});
    for (unsigned i = 0; i < 4; i++)
        STACK(post, after[i], of_map, {"add", 13 + i % 2, 10, 50 + i}, {"main", 42, 30, 60 + i});
    compare();
    uint64_t risen = 0;
    for (unsigned i = 0; i < changes.count; i++)
        risen += changes.items[i].post_allocs - changes.items[i].pre_allocs;
    cr_expect_geq(risen, 26 - 16, "%lu", (unsigned long)risen);
}

Test(sites, without_names_nothing_is_new_or_gone) {
    STACK(pre, 17, {"malloc", 0, 0, 1}, {"", 0, 0, 5});
    STACK(post, 17, {"malloc", 0, 0, 1}, {"", 0, 0, 9});
    STACK(post, 2, {"malloc", 0, 0, 1}, {"", 0, 0, 13});
    for (unsigned i = 0; i < 2; i++) { /* libc's own functions have names */
        ta_result *r = i ? post : pre;
        for (unsigned f = 0; f < r->frame_count; f += 2)
            (void)snprintf(r->frames[f].module, sizeof r->frames[f].module, "libc.so.6");
    }
    compare();
    cr_expect_eq(changes.count, 0);
    cr_expect_eq(changes.pre_unmatched.sites, 1);
    cr_expect_eq(changes.pre_unmatched.allocs, 17);
    cr_expect_eq(changes.post_unmatched.sites, 2);
    cr_expect_eq(changes.post_unmatched.allocs, 19);
}

Test(sites, against_a_stripped_build_nothing_is_new) {
    STACK(pre, 17, {"", 0, 0, 5});
    STACK(post, 17, {"add", 12, 10, 9});
    compare();
    cr_expect_eq(changes.count, 0);
    cr_expect_eq(changes.post_unmatched.sites, 1);
}

Test(sites, in_one_stripped_build_places_are_the_same) {
    STACK(pre, 17, {"", 0, 0, 5});
    STACK(post, 18, {"", 0, 0, 5});
    compare();
    cr_assert_eq(changes.count, 1);
    cr_expect_eq(changes.items[0].kind, TA_SITE_GROWN);
    cr_expect_eq(changes.post_unmatched.sites, 0);
}
