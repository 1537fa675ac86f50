/* Which sites are new, grown and gone when the code around them has moved. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_sites.h"

enum { SITES_MAX = 8, FRAMES_MAX = 32 };

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
