/* A disk that is full at any page: what was there stays, nothing is half, and we say so. The disk
 * is a small tmpfs in a mount namespace of its own. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PAGE = 4096, PAGES_MAX = 40, NO_DISK = 99 };

static void make_folders(void) {
    scratch_make();
    mkdir(scratch_path("disk"), 0777);
    mkdir(scratch_path("before"), 0777);
    mkdir(scratch_path("after"), 0777);
}

TestSuite(full_disk, .init = make_folders, .fini = scratch_remove);

/* What is in "before" is on the disk when the run starts; "after" shows what it left there. */
static program_end run_on_disk(unsigned pages) {
    static const char script[] =
        "mount -t tmpfs -o size=$1 none disk && cp -a before/. disk/ || exit 99\n"
        "\"$2\" run -q --results disk a.json; code=$?\n"
        "rm -rf after && mkdir after && cp -a disk/. after/ && exit $code";
    char bytes[16];
    snprintf(bytes, sizeof bytes, "%u", pages * PAGE);
    const char *arguments[] = {
        "unshare", "-rm", "sh", "-c", script, "disk", bytes, TA_BUILD_DIR "/tickaudit", NULL};
    return program_run(arguments, (program_options){.folder = scratch_path("")});
}

static void need_small_disks(void) {
    program_end end = run_on_disk(PAGES_MAX);
    if (end.code == NO_DISK || end.code == 1 || end.code == 127)
        scratch_skip("no mount namespaces here: %s", end.err);
    program_end_free(&end);
}

static void expect_no_half_results(unsigned pages) {
    cr_assert_eq(scratch_count("after/runs", ".tmp"), 0, "with %u pages", pages);
    if (scratch_count("after/runs", ".json"))
        cJSON_Delete(json_file(scratch_only("after/runs", ".json")));
}

/* A log whose next row does not fit into its last page. */
static char *make_log_up_to_a_page(void) {
    program_end first = tickaudit("run", "-q", "a.json");
    expect_code(&first, 0);
    program_end_free(&first);
    char *log = scratch_read("results/perf_phase_log.csv");
    const char *row = strchr(log, '\n') + 1;
    char *text = calloc(1, strlen(log) + 1000 * strlen(row));
    strcpy(text, log);
    while (strlen(text) % PAGE < PAGE - strlen(row) * 2 / 3)
        strcat(text, row);
    scratch_write("before/perf_phase_log.csv", text);
    free(log);
    return text;
}

Test(full_disk, takes_back_the_part_of_a_row_that_was_written, .timeout = 60) {
    plugin_scenario("a.json", "", 5, "");
    need_small_disks();
    char *before = make_log_up_to_a_page();
    unsigned pages = (unsigned)(strlen(before) / PAGE + 1), rows_refused = 0;
    for (;; pages++) {
        cr_assert_lt(pages, PAGES_MAX);
        program_end end = run_on_disk(pages);
        char *after = scratch_read("after/perf_phase_log.csv");
        expect_no_half_results(pages);
        if (end.code == 0)
            break;
        expect_code(&end, 5);
        expect_err(&end, "No space left on device");
        cr_assert_str_eq(after, before, "with %u pages", pages);
        rows_refused += strstr(end.err, "perf_phase_log.csv") != NULL;
        program_end_free(&end);
        free(after);
    }
    cr_assert_eq(rows_refused, 1, "no disk had room for the result and not for the row");
    free(before);
}

Test(full_disk, leaves_no_half_result_and_no_row_without_one, .timeout = 60) {
    plugin_scenario("a.json", "'hot_mallocs': 1", 400, "");
    need_small_disks();
    unsigned failures = 0;
    for (unsigned pages = 1;; pages++) {
        cr_assert_lt(pages, PAGES_MAX);
        program_end end = run_on_disk(pages);
        expect_no_half_results(pages);
        if (end.code == 0)
            break;
        expect_code(&end, 5);
        cr_assert_eq(log_lines("after"), 0, "a row without its result");
        failures++;
        program_end_free(&end);
    }
    cr_assert_gt(failures, 3);
    cr_assert_eq(log_lines("after"), 2);
}
