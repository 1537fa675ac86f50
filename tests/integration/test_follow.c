/* Children, when they are followed and when they are not. */
#include "exec_support.h"
#include "scratch_folder.h"
#include "skip.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FOLLOWS TA_BUILD_DIR "/tests/exec_follows"

TestSuite(follow, .init = scratch_make, .fini = scratch_remove);

/* How many of the listed processes made so many allocations and ended so. */
static int count_of(const cJSON *root, double allocs, const char *end) {
    int count = 0;
    const cJSON *process;
    cJSON_ArrayForEach(process, cJSON_GetObjectItem(root, "processes")) {
        bool same = exec_number(process, "allocs") == allocs; /* NOLINT: a count */
        count += same && strcmp(exec_text(process, "end"), end) == 0;
    }
    return count;
}

Test(follow, without_being_asked_a_program_is_counted_alone) {
    cJSON *root = RESULT_OF_EXEC("--", FOLLOWS);
    cr_expect_float_eq(exec_total(root, "allocs"), 10, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 0, 0);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "processes")), 0);
    cJSON_Delete(root);
}

static void expect_family(const char *allocator) {
    cJSON *root = RESULT_OF_EXEC("--follow", "--allocator", allocator, "--", FOLLOWS);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "processes")), 7);
    cr_expect_eq(count_of(root, 10, "exited"), 1, "itself");
    cr_expect_eq(count_of(root, 20, "cut short"), 1, "the hot child");
    cr_expect_eq(count_of(root, 30, "exited"), 3, "those that were started");
    cr_expect_eq(count_of(root, 3, "cut short"), 1, "the one that was killed");
    cr_expect_eq(count_of(root, 7, "running"), 1, "the one that lasts");
    cr_expect_float_eq(exec_total(root, "allocs"), 10 + 20 + 3 * 30 + 3 + 7, 0);
    cr_expect_float_eq(exec_total(root, "bytes"), 16 * (10 + 20 + 3 * 30 + 3 + 7), 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 20, 0);
    exec_expect_stack(root, exec_site_with(root, "hot_child"),
                      (const char *const[]){"allocate", "hot_child", "main", NULL});
    cJSON_Delete(root);
}

Test(follow, each_process_has_its_own_figures_and_all_are_joined) {
    expect_family("system");
}

Test(follow, over_mimalloc_too) {
    expect_family("mimalloc");
}

Test(follow, a_childs_violation_breaks_the_budget) {
    program_end end = AUDITED("--follow", "--budget", "hot_allocs = 0", "--", FOLLOWS);
    cr_expect_eq(end.code, 1, "%s", end.err);
    cr_expect(strstr(end.err, "of a child"), "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--follow", "--budget", "hot_allocs[of a child] = 0", "--", FOLLOWS);
    cr_expect_eq(end.code, 1, "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--budget", "hot_allocs = 0", "--", FOLLOWS);
    cr_expect_eq(end.code, 3, "its own hot paths were never entered: %s", end.err);
    program_end_free(&end);
}

/* More at a run's life than were ever alive at once. */
Test(follow, counts_each_of_thousands_of_processes) {
    cJSON *root = RESULT_OF_EXEC("--follow", "--", FOLLOWS, "many", "3000");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "processes")), 3001);
    cr_expect_float_eq(exec_number(cJSON_GetObjectItem(root, "lost"), "processes"), 0, 0);
    cr_expect_float_eq(exec_total(root, "allocs"), 3000, 0);
    cJSON_Delete(root);
}

/* What a process used is given back when it has ended, and equal stacks are kept once. */
Test(follow, takes_no_more_memory_for_many_processes_than_for_few) {
    enum { KIB_MAX = 48 << 10 };
    cJSON *root = RESULT_OF_EXEC("--follow", "--stacks", "all", "--", FOLLOWS, "many", "600");
    cr_expect_eq(count_of(root, 1, "cut short"), 600);
    cr_expect_lt(cJSON_GetArraySize(cJSON_GetObjectItem(root, "sites")), 8);
    cJSON_Delete(root);
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_CHILDREN, &usage), 0);
    cr_expect_lt(usage.ru_maxrss, KIB_MAX, "%ld KiB", usage.ru_maxrss);
}

/* The list is in the order of their begin, though they are read in that of their end. */
Test(follow, lists_processes_in_the_order_of_their_begin) {
    cJSON *root = RESULT_OF_EXEC("--follow", "--", FOLLOWS);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "processes"), 0);
    cr_expect_float_eq(exec_number(first, "allocs"), 10, 0, "the program itself");
    cJSON_Delete(root);
}

/* A copy of the parent's blocks is live in a forked child too, until it frees it. */
Test(follow, live_at_the_end_is_what_is_live_in_each_process) {
    cJSON *root = RESULT_OF_EXEC("--follow", "--", FOLLOWS, "frees");
    const cJSON *live = cJSON_GetObjectItem(root, "live_at_end");
    cr_expect_float_eq(exec_number(live, "blocks"), 1000 + 100, 0, "%.0f",
                       exec_number(live, "blocks"));
    cr_expect_float_eq(exec_number(live, "bytes"), 1100 * 4104, 0, "%.0f",
                       exec_number(live, "bytes"));
    cJSON_Delete(root);
}

Test(follow, a_shells_commands_are_its_children) {
    program_end end = AUDITED("--follow", "--", "/bin/sh", "-c", "/bin/ls / | /usr/bin/sort | cat");
    cr_expect_eq(end.code, 0);
    cr_expect(strstr(end.out, "usr\n"), "%s", end.out);
    cr_expect(strstr(end.err, "PROCESSES ("), "%s", end.err);
    cr_expect(strstr(end.err, "  sort  "), "%s", end.err);
    cr_expect(strstr(end.err, "  ls  "), "%s", end.err);
    program_end_free(&end);
}

/* A function that only the program itself imports is nothing to its children. */
Test(follow, watches_functions_where_they_are) {
    cJSON *root = RESULT_OF_EXEC("--follow", "--hot", "symbol:posix_spawn", "--", FOLLOWS);
    cr_expect_float_eq(exec_total(root, "allocs"), 130, 0);
    cJSON_Delete(root);
}

/* A thousand ledgers are more than such a limit leaves room for; one of them is not. */
static void expect_commands_of(const char *script, unsigned commands) {
    cJSON *root = RESULT_OF_EXEC("--follow", "--", "/bin/sh", "-c", script);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "processes")), (int)commands, "%s",
                 script);
    cr_expect_float_eq(exec_number(cJSON_GetObjectItem(root, "lost"), "processes"), 0, 0, "%s",
                       script);
    cJSON_Delete(root);
}

/* Its number may be nobody's for the reader, though it runs: what it counts must stay its own. Next
 * to no number of a container is as large as this one. */
Test(follow, a_process_of_another_pid_namespace_is_counted_to_its_end) {
    static const char script[] =
        "echo 2000000 >/proc/sys/kernel/ns_last_pid || exit 77; "
        "/bin/sh -c 'sleep 0.4; x=$(/bin/ls /); for i in 1 2 3 4 5; do y=$x$i; done; exit 0'";
    if (geteuid() != 0 || system("unshare --pid --fork /bin/sh -c "
                                 "'echo 2000000 >/proc/sys/kernel/ns_last_pid' 2>/dev/null") != 0)
        ta_skip("no pid namespace can be made here, or its numbers cannot be set");
    cJSON *root =
        RESULT_OF_EXEC("--follow", "--", "unshare", "--pid", "--fork", "/bin/sh", "-c", script);
    const cJSON *process;
    unsigned found = 0;
    cJSON_ArrayForEach(process, cJSON_GetObjectItem(root, "processes")) {
        found += exec_number(process, "id") > 2000000;
        if (strstr(exec_text(process, "program"), "/sleep"))
            cr_expect_str_eq(exec_text(process, "end"), "exited");
        cr_expect_str_not_empty(exec_text(process, "program"));
    }
    cr_expect_geq(found, 3, "%u", found);
    cJSON_Delete(root);
}

Test(follow, counts_processes_whose_address_space_is_limited) {
    expect_commands_of("ulimit -v 150000; /bin/ls / >/dev/null; exit 0", 2);
    cJSON *root = RESULT_OF_EXEC("--follow", "--", "/bin/sh", "-c",
                                 "ulimit -v 150000; exec '" FOLLOWS "' many 40");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "processes")), 42);
    cr_expect_float_eq(exec_number(cJSON_GetObjectItem(root, "lost"), "processes"), 0, 0);
    cJSON_Delete(root);
}
