/* What is said per tick is exact, however long the run and whichever threads run beside it. */
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <string.h>

#define TICKS TA_BUILD_DIR "/tests/exec_ticks"

TestSuite(ticks, .init = scratch_make, .fini = scratch_remove, .timeout = 120);

static void expect_spike(const char *follow) {
    program_end end = AUDITED(follow, "--json", "result.json", "--budget", "allocs_per_tick < 10",
                              "--", TICKS, "spike", "1300000");
    cr_expect_eq(end.code, 1, "%s", end.err);
    cr_expect(strstr(end.err, "tick 1300001"), "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_whole(root, "ticks"), 1300001, 0);
    cr_expect_float_eq(exec_whole(root, "allocs_per_tick_max"), 1000, 0);
    const cJSON *lost = cJSON_GetObjectItem(root, "lost");
    cr_expect_float_eq(exec_number(lost, "ticks"), 0, 0);
    cJSON_Delete(root);
}

Test(ticks, a_spike_after_a_million_quiet_ones_is_found) {
    expect_spike("--quiet");
}

Test(ticks, of_followed_processes_too) {
    expect_spike("--follow");
}

Test(ticks, a_thread_that_ends_within_one_does_not_block_those_that_follow) {
    program_end end =
        AUDITED("--json", "result.json", "--budget", "allocs_per_tick < 2", "--", TICKS, "gone");
    cr_expect_eq(end.code, 3, "the first tick may have been shorter: %s", end.err);
    cr_expect(strstr(end.err, "was not ended by its thread"), "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_whole(root, "ticks"), 11, 0);
    const cJSON *lost = cJSON_GetObjectItem(root, "lost");
    cr_expect_float_eq(exec_number(lost, "ticks"), 0, 0);
    cr_expect_float_eq(exec_number(lost, "tick_ends"), 1, 0);
    cJSON_Delete(root);
}

/* Of a family's ledger, which has fewer slots than that: those of threads that are gone are used
 * again, also when it was their tick that told so. */
Test(ticks, begun_by_thousands_of_threads_that_end_are_told_and_leave_their_slots) {
    program_end end =
        AUDITED("-q", "--json", "result.json", "--follow", "--", TICKS, "gone", "10000");
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_whole(root, "ticks"), 15010, 0);
    cr_expect_float_eq(exec_number(root, "threads_seen"), 10001, 0);
    const cJSON *lost = cJSON_GetObjectItem(root, "lost");
    cr_expect_float_eq(exec_number(lost, "ticks"), 0, 0);
    cr_expect_float_eq(exec_number(lost, "tick_ends"), 10000, 0);
    cr_expect_float_eq(exec_number(lost, "threads"), 0, 0, "%g", exec_number(lost, "threads"));
    cJSON_Delete(root);
}

/* The sum over all sites, and that over all ticks. */
static double sum_of_sites(const cJSON *root, const char *field) {
    double sum = 0;
    const cJSON *site;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
        sum += exec_number(site, field);
    }
    return sum;
}

static double sum_of_ticks(const cJSON *root, const char *column) {
    double sum = 0;
    const cJSON *tick;
    cJSON_ArrayForEach(tick, cJSON_GetObjectItem(cJSON_GetObjectItem(root, "ticks"), column)) {
        sum += cJSON_GetNumberValue(tick);
    }
    return sum;
}

Test(ticks, sites_and_ticks_agree_while_other_threads_allocate) {
    for (int run = 0; run < 6; run++) {
        cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--", TICKS, "busy", "3000");
        cr_expect_float_eq(sum_of_sites(root, "tick_allocs"), sum_of_ticks(root, "allocs"), 0,
                           "run %d: %.0f at sites, %.0f in ticks", run,
                           sum_of_sites(root, "tick_allocs"), sum_of_ticks(root, "allocs"));
        cr_expect_float_eq(sum_of_sites(root, "tick_bytes"), sum_of_ticks(root, "bytes"), 0);
        const cJSON *site;
        cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
            cr_expect_leq(exec_number(site, "ticks"), 3000);
        }
        cJSON_Delete(root);
    }
}

Test(ticks, hot_paths_and_ticks_agree_while_other_threads_allocate) {
    for (int run = 0; run < 6; run++) {
        cJSON *root = RESULT_OF_EXEC("--", TICKS, "busy", "3000");
        const cJSON *path = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "hot_paths"), 0);
        cr_expect_float_eq(exec_number(path, "tick_allocs"), sum_of_ticks(root, "hot_allocs"), 0,
                           "run %d: %.0f in the path, %.0f in ticks", run,
                           exec_number(path, "tick_allocs"), sum_of_ticks(root, "hot_allocs"));
        cr_expect_float_eq(exec_number(path, "tick_allocs"), sum_of_sites(root, "tick_allocs"), 0);
        cJSON_Delete(root);
    }
}

Test(ticks, one_that_is_open_at_the_end_is_in_no_sum) {
    cJSON *root = RESULT_OF_EXEC("--stacks", "all", "--", TICKS, "open");
    cr_expect_float_eq(exec_whole(root, "ticks"), 9, 0);
    cr_expect_float_eq(sum_of_sites(root, "tick_allocs"), 18, 0);
    cr_expect_float_eq(sum_of_sites(root, "allocs"), 68, 0);
    const cJSON *site;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
        cr_expect_leq(exec_number(site, "ticks"), 9);
        cr_expect_leq(exec_number(site, "worst_tick"), 9 + 1);
    }
    cJSON_Delete(root);
}

Test(ticks, a_hot_paths_rate_leaves_out_what_lies_outside_of_them) {
    program_end end = AUDITED("--", TICKS, "outside");
    cr_expect(strstr(end.err, ", 1.00 per tick; 93 outside of ticks"), "%s", end.err);
    program_end_free(&end);
}

Test(ticks, a_failed_budget_names_the_tick_its_sites_and_threads) {
    program_end end =
        AUDITED("--stacks", "all", "--budget", "allocs_per_tick < 4", "--", TICKS, "worst");
    cr_expect_eq(end.code, 1);
    cr_expect(strstr(end.err, "tick 20"), "%s", end.err);
    cr_expect(strstr(end.err, "7 of the ticking thread"), "%s", end.err);
    cr_expect(strstr(end.err, "3 of thread "), "%s", end.err);
    program_end_free(&end);
}
