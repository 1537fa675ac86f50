/* Where a program allocates: which stacks are kept, what they count, and whose names they have. */
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WHERE TA_BUILD_DIR "/tests/exec_where"

TestSuite(where, .init = scratch_make, .fini = scratch_remove);

static double sum_of_sites(const cJSON *root, const char *field) {
    double sum = 0;
    const cJSON *site;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) sum += exec_number(site, field);
    return sum;
}

Test(where, all_stacks_add_up_to_all_allocations) {
    const char *const programs[][2] = {{WHERE, "small"}, {"/bin/ls", "/"}};
    for (int i = 0; i < 2; i++) {
        cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--", programs[i][0], programs[i][1]);
        cr_assert_eq(exec_number(cJSON_GetObjectItem(root, "lost"), "sites"), 0);
        cr_expect_float_eq(sum_of_sites(root, "allocs"), exec_total(root, "allocs"), 0);
        cr_expect_float_eq(sum_of_sites(root, "bytes"), exec_total(root, "bytes"), 0);
        cr_expect_str_eq(exec_text(root, "stacks"), "all");
        cJSON_Delete(root);
    }
}

/* The way through the eight calls, as bits: which of two addresses called at each level. */
static unsigned way_of(const cJSON *root, const cJSON *site) {
    unsigned bits = 0, level = 0;
    double lowest = 1e18;
    const cJSON *frame;
    double offsets[16];
    for (int depth = 0; (frame = exec_frame(root, site, depth)); depth++) {
        if (strcmp(exec_text(frame, "function"), "way") == 0 && level < 16)
            offsets[level++] = exec_number(frame, "offset");
    }
    cr_assert_eq(level, 9, "%u levels", level);
    for (unsigned i = 1; i < level; i++) /* frame 0 called allocate */
        lowest = offsets[i] < lowest ? offsets[i] : lowest;
    for (unsigned i = 1; i < level; i++)
        bits = bits << 1 | (offsets[i] > lowest);
    return bits;
}

/* Stacks that differ in any frame, the outer ones too, are told apart though walks are compared. */
Test(where, stacks_that_differ_anywhere_are_different_sites) {
    cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--", WHERE, "paths");
    const cJSON *site;
    double by_way[256] = {0}, sum = 0;
    unsigned sites = 0;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
        const cJSON *frame = exec_frame(root, site, 1);
        if (!frame || strcmp(exec_text(frame, "function"), "way") != 0)
            continue;
        sites++;
        sum += exec_number(site, "allocs");
        by_way[way_of(root, site)] += exec_number(site, "allocs");
    }
    cr_expect_eq(sites, 256, "%u sites", sites);
    cr_expect_float_eq(sum, 4 * 256, 0);
    for (unsigned way = 1; way < 255;
         way++) /* of the two with one address only, which is unknown */
        cr_expect_float_eq(by_way[way], 4, 0, "way %u: %g", way, by_way[way]);
    cJSON_Delete(root);
}

Test(where, without_being_asked_for_more_only_hot_paths_have_stacks) {
    cJSON *root = RESULT_OF_EXEC("--", WHERE, "ticks");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "sites")), 0);
    cr_expect_str_eq(exec_text(root, "stacks"), "hot");
    cJSON_Delete(root);
}

Test(where, a_site_counts_its_ticks_apart_from_the_rest) {
    cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--", WHERE, "ticks");
    const cJSON *site = exec_site_with(root, "in_tick");
    exec_expect_stack(root, site, (const char *const[]){"allocate", "in_tick", "main", NULL});
    cr_expect_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "sites"), 0), site,
                 "what happens in ticks comes first");
    cr_expect_float_eq(exec_number(site, "tick_allocs"), 110, 0);
    cr_expect_float_eq(exec_number(site, "tick_bytes"), 1100, 0);
    cr_expect_float_eq(exec_number(site, "ticks"), 10, 0);
    cr_expect_float_eq(exec_number(site, "first_tick"), 1, 0);
    cr_expect_float_eq(exec_number(site, "worst_tick"), 10, 0);
    cr_expect_float_eq(exec_number(site, "worst_tick_allocs"), 20, 0);
    site = exec_site_with(root, "at_start");
    cr_expect_float_eq(exec_number(site, "allocs"), 50, 0);
    cr_expect_float_eq(exec_number(site, "tick_allocs"), 0, 0);
    cr_expect_float_eq(exec_number(site, "first_tick"), 0, 0);
    cJSON_Delete(root);
}

Test(where, the_warm_up_is_no_tick_of_a_site) {
    cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--warmup", "4", "--", WHERE, "ticks");
    const cJSON *site = exec_site_with(root, "in_tick");
    cr_expect_float_eq(exec_number(site, "allocs"), 110, 0);
    cr_expect_float_eq(exec_number(site, "tick_allocs"), 2 * (5 + 6 + 7 + 8 + 9 + 10), 0);
    cr_expect_float_eq(exec_number(site, "ticks"), 6, 0);
    cr_expect_float_eq(exec_number(site, "first_tick"), 1, 0);
    cJSON_Delete(root);
}

/* 5 MB in blocks of 50 bytes, 2 MB in blocks of 100,000, and a sample every 10 KB or so. */
Test(where, a_sample_stands_for_what_was_allocated) {
    cJSON *root = RESULT_OF_EXEC("--stacks", "sample:10000B", "--", WHERE, "small");
    const cJSON *small = exec_site_with(root, "small_blocks");
    const cJSON *large = exec_site_with(root, "large_blocks");
    cr_assert(small && large);
    cr_expect_float_eq(exec_number(small, "bytes"), 5e6, 5e5);
    cr_expect_float_eq(exec_number(small, "allocs"), 1e5, 1e4);
    cr_expect_float_eq(exec_number(large, "bytes"), 2e6, 2e5);
    cr_expect_float_eq(exec_number(large, "allocs"), 20, 2);
    cr_expect_str_eq(exec_text(root, "stacks"), "sample:10000");
    cJSON_Delete(root);
}

Test(where, a_failed_budget_names_who_broke_it_though_others_allocate_more) {
    const char *const budgets[] = {"hot_allocs = 0", "hot_allocs[guilt] = 0"};
    for (int i = 0; i < 2; i++) {
        program_end end = AUDITED("--stacks", "all", "--budget", budgets[i], "--", WHERE, "mixed");
        cr_expect_eq(end.code, 1, "%d", end.code);
        const char *why = strstr(end.err, "worst at");
        cr_assert(why, "%s", end.err);
        cr_expect(strstr(why, "called by guilty") || strstr(why, "guilty (exec"), "%s", why);
        program_end_free(&end);
    }
}

Test(where, which_stacks_must_be_one_of_three) {
    const char *const wrong[] = {"none",        "sample",      "sample:", "sample:10",
                                 "sample:2GiB", "sample:1Mib", ""};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        program_end end = AUDITED("--stacks", wrong[i], "--", "/bin/true");
        cr_expect_eq(end.code, 2, "%s: %d", wrong[i], end.code);
        cr_expect(strstr(end.err, "--stacks"), "%s", end.err);
        program_end_free(&end);
    }
}

static void expect_all_kinds(const char *allocator, const char *kinds) {
    cJSON *root = RESULT_OF_EXEC("--allocator", allocator, "--", kinds);
    cr_assert_float_eq(exec_whole(root, "hot_allocs"), 15, 0);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "sites")), 15);
    const cJSON *site;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
        exec_expect_stack(root, site, (const char *const[]){"by_", "main", "_start", NULL});
        const cJSON *frame = exec_frame(root, site, 0);
        cr_expect(strncmp(exec_text(frame, "function"), "by_", 3) == 0, "%s is in between",
                  exec_text(frame, "function"));
    }
    cJSON_Delete(root);
}

Test(where, each_way_to_allocate_has_its_whole_stack) {
    expect_all_kinds("system", TA_BUILD_DIR "/tests/exec_kinds");
    expect_all_kinds("system", TA_BUILD_DIR "/tests/exec_kinds_framed");
}

Test(where, each_way_to_allocate_has_its_whole_stack_over_mimalloc) {
    expect_all_kinds("mimalloc", TA_BUILD_DIR "/tests/exec_kinds");
    expect_all_kinds("mimalloc", TA_BUILD_DIR "/tests/exec_kinds_framed");
}

Test(where, stacks_lead_through_code_without_frame_pointers) {
    cJSON *root = RESULT_OF_EXEC("--", TA_BUILD_DIR "/tests/exec_frameless");
    exec_expect_stack(
        root, cJSON_GetArrayItem(cJSON_GetObjectItem(root, "sites"), 0),
        (const char *const[]){"compare_by_copy", "sort_things", "main", "__libc_start_main", NULL});
    cJSON_Delete(root);
}

Test(where, a_stack_leads_out_of_a_signal_handler) {
    cJSON *root = RESULT_OF_EXEC("--", WHERE, "handler");
    exec_expect_stack(root, exec_site_with(root, "handler"),
                      (const char *const[]){"allocate", "handler", "raise", "interrupted", "main",
                                            "__libc_start_main", NULL});
    cJSON_Delete(root);
}

static void copy_file(const char *from, const char *to) {
    char command[1024];
    snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
    cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c): a test's own two paths */
}

/* Names from the new file would be those of other functions at the same addresses. */
Test(where, a_file_that_was_replaced_gives_no_names) {
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path("program"));
    copy_file(WHERE, path);
    copy_file(TA_BUILD_DIR "/tests/exec_marked", scratch_path("other"));
    cJSON *root = RESULT_OF_EXEC("--", path, "replaced", path, "other");
    const cJSON *site = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "sites"), 0);
    const cJSON *frame = exec_frame(root, site, 0);
    cr_assert(frame);
    cr_expect_str_eq(exec_text(frame, "function"), "");
    cr_expect_str_eq(exec_text(frame, "module"), "program");
    cr_expect_gt(exec_number(frame, "offset"), 0);
    cJSON_Delete(root);
}

Test(where, names_of_cpp_are_readable) {
    cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--", TA_BUILD_DIR "/tests/exec_names");
    cr_expect(exec_site_with(root, "game::World<int>::spawn"));
    cJSON_Delete(root);
}

Test(where, a_program_that_takes_the_address_of_malloc_is_counted) {
    cJSON *root = RESULT_OF_EXEC("--", TA_BUILD_DIR "/tests/exec_fixed");
    cr_expect_float_eq(exec_total(root, "allocs"), 1000, 0);
    cr_expect_float_eq(exec_total(root, "frees"), 1000, 0);
    cJSON_Delete(root);
}
