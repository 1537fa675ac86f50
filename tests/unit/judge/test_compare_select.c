/* Which rows of a log a label means. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"

static ta_log_row row(size_t line, const char *label, const char *pre_post, ta_verdict verdict) {
    ta_log_row row = {.line = line, .arm = {.verdict = verdict, .verdict_known = true}};
    (void)snprintf(row.arm.source, sizeof row.arm.source, "log:%zu", line);
    (void)snprintf(row.arm.label, sizeof row.arm.label, "%s", label);
    (void)snprintf(row.arm.pre_post, sizeof row.arm.pre_post, "%s", pre_post);
    (void)snprintf(row.arm.scenario, sizeof row.arm.scenario, "stress_500");
    (void)snprintf(row.arm.run_id, sizeof row.arm.run_id, "run-%zu", line);
    return row;
}

Test(compare_select, newest_whole_rows_are_taken) {
    ta_log_row rows[] = {
        row(2, "PHASE_5", "pre", TA_VERDICT_PASS),  row(3, "PHASE_5", "pre", TA_VERDICT_FAIL),
        row(4, "PHASE_5", "post", TA_VERDICT_PASS), row(5, "PHASE_5", "post", TA_VERDICT_PASS),
        row(6, "PHASE_6", "post", TA_VERDICT_PASS), row(7, "PHASE_5", "post", TA_VERDICT_PARTIAL),
        row(8, "PHASE_5", "pre", TA_VERDICT_PASS),
    };
    rows[6].state = TA_LOG_ROW_TORN;
    const ta_log_row *pre, *post;
    ta_status status = ta_compare_select(rows, 7, "PHASE_5", NULL, &pre, &post);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_assert_eq(pre->line, 3);
    cr_assert_eq(post->line, 5);
}

Test(compare_select, scenario_narrows_the_choice) {
    ta_log_row rows[] = {row(2, "PHASE_5", "pre", TA_VERDICT_PASS),
                         row(3, "PHASE_5", "post", TA_VERDICT_PASS),
                         row(4, "PHASE_5", "post", TA_VERDICT_PASS)};
    (void)snprintf(rows[2].arm.scenario, sizeof rows[2].arm.scenario, "soak");
    const ta_log_row *pre, *post;
    cr_assert(ta_ok(ta_compare_select(rows, 3, "PHASE_5", "stress_500", &pre, &post)));
    cr_assert_eq(post->line, 3);
    cr_assert(ta_ok(ta_compare_select(rows, 3, "PHASE_5", NULL, &pre, &post)));
    cr_assert_eq(post->line, 4);
    cr_assert_eq(ta_compare_select(rows, 3, "PHASE_5", "soak", &pre, &post).code, TA_BAD_INPUT);
}

Test(compare_select, what_is_missing_and_what_there_is_are_named) {
    ta_log_row rows[] = {
        row(2, "PHASE_4", "pre", TA_VERDICT_PASS), row(3, "PHASE_5", "pre", TA_VERDICT_PASS),
        row(4, "PHASE_5", "post", TA_VERDICT_PARTIAL), row(5, "PHASE_5", "", TA_VERDICT_PASS)};
    const ta_log_row *pre, *post;
    ta_status status = ta_compare_select(rows, 4, "PHASE_5", NULL, &pre, &post);
    cr_assert_eq(status.code, TA_BAD_INPUT);
    static const char *const named[] = {"no finished post run labelled PHASE_5",
                                        "there is a pre: log:3",
                                        "1 of that label left out",
                                        "marked neither",
                                        "PHASE_5, PHASE_4",
                                        "--post"};
    for (unsigned i = 0; i < sizeof named / sizeof *named; i++)
        cr_assert_not_null(strstr(status.text, named[i]), "%s in %s", named[i], status.text);
    status = ta_compare_select(rows, 0, "PHASE_5", NULL, &pre, &post);
    cr_assert_not_null(strstr(status.text, "no labelled run at all"), "%s", status.text);
}

Test(compare_select, runs_are_found_by_id) {
    ta_log_row rows[] = {row(2, "", "", TA_VERDICT_PASS), row(3, "", "", TA_VERDICT_PARTIAL)};
    cr_assert_eq(ta_log_find_run(rows, 2, "run-3")->line, 3);
    cr_assert_null(ta_log_find_run(rows, 2, "run-4"));
}
