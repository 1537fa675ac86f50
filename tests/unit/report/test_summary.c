/* The summary as it is read. The pages under golden/ are looked at by people: when one changes on
 * purpose, run the test with TA_GOLDEN_WRITE=1 and read the difference. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect_text.h"
#include "figure_text.h"
#include "sample_result.h"
#include "scratch.h"
#include "summary.h"

TestSuite(summary, .init = scratch_make, .fini = scratch_remove);

static char *page_of(const ta_result *result, ta_summary_style style) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ta_summary_print(out, result, style);
    fclose(out);
    return text;
}

static char *read_path(const char *path) {
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    cr_assert(in && getdelim(&text, &room, '\0', in) >= 0, "cannot read %s", path);
    fclose(in);
    return text;
}

static void expect_golden(sample_kind kind, const char *name) {
    ta_result *result = sample_result_new(kind);
    char *page = page_of(result, (ta_summary_style){0}), path[512];
    (void)snprintf(path, sizeof path, "%s/tests/unit/report/golden/%s", TA_SOURCE_DIR, name);
    if (getenv("TA_GOLDEN_WRITE")) {
        FILE *out = fopen(path, "w");
        fputs(page, out);
        fclose(out);
    }
    char *golden = read_path(path);
    cr_assert_str_eq(page, golden);
    for (const char *line = page; *line; line += strcspn(line, "\n") + 1)
        cr_assert_leq(strcspn(line, "\n"), 80, "too long: %.100s", line);
    for (const char *c = page; *c; c++)
        cr_assert((*c >= ' ' && *c < 0x7f) || *c == '\n', "not ASCII");
    free(golden);
    free(page);
    ta_result_free(result);
}

Test(summary, whole_run_reads_as_agreed) {
    expect_golden(SAMPLE_WHOLE, "whole.txt");
}

Test(summary, a_run_with_suppressions_reads_as_agreed) {
    expect_golden(SAMPLE_SUPPRESSED, "suppressed.txt");
}

Test(summary, failing_run_reads_as_agreed) {
    expect_golden(SAMPLE_FAILING, "failing.txt");
}

Test(summary, partial_run_reads_as_agreed) {
    expect_golden(SAMPLE_PARTIAL, "partial.txt");
}

Test(summary, partial_run_says_so_first_and_last) {
    ta_result *result = sample_result_new(SAMPLE_PARTIAL);
    char *page = page_of(result, (ta_summary_style){0});
    cr_assert_eq(strncmp(page, "*** PARTIAL RUN: killed by signal 9", 35), 0);
    cr_assert_not_null(strstr(page, "VERDICT: PARTIAL"));
    free(page);
    result->verdict = TA_VERDICT_PASS; /* whatever a judge may have said */
    page = page_of(result, (ta_summary_style){.quiet = true});
    cr_assert_not_null(strstr(page, "VERDICT: PARTIAL"));
    free(page);
    ta_result_free(result);
}

Test(summary, colour_only_when_asked) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    char *page = page_of(result, (ta_summary_style){0});
    cr_assert_null(strchr(page, '\033'));
    free(page);
    page = page_of(result, (ta_summary_style){.colour = true});
    cr_assert_not_null(strstr(page, "\033[31m[FAIL]\033[0m"));
    cr_assert_not_null(strstr(page, "\033[32m[PASS]\033[0m"));
    free(page);
    ta_result_free(result);
}

Test(summary, quiet_has_the_failures_and_the_verdict) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    char *page = page_of(result, (ta_summary_style){.quiet = true, .details = "out/x.json"});
    cr_assert_not_null(strstr(page, "[FAIL] mem_growth_mb < 50"));
    cr_assert_null(strstr(page, "[PASS]"));
    cr_assert_null(strstr(page, "RESULTS"));
    cr_assert_not_null(strstr(page, "VERDICT: FAIL"));
    cr_assert_not_null(strstr(page, "Details: out/x.json\n"));
    free(page);
    ta_result_free(result);
}

Test(summary, losses_are_a_warning_only_when_there_are_some) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    char *page = page_of(result, (ta_summary_style){0});
    cr_assert_null(strstr(page, "WARNING"));
    free(page);
    result->lost.ticks = 1234;
    page = page_of(result, (ta_summary_style){0});
    cr_assert_not_null(strstr(page, "WARNING: 1,234 ticks"));
    free(page);
    ta_result_free(result);
}

Test(summary, saved_page_is_the_printed_one) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    cr_assert(ta_ok(ta_summary_save(scratch_folder, result)));
    char name[128];
    (void)snprintf(name, sizeof name, "runs/%s_summary.txt", result->run_id);
    char *saved = scratch_read(name, NULL), *page = page_of(result, (ta_summary_style){0});
    cr_assert_not_null(saved);
    cr_assert_str_eq(saved, page);
    free(saved);
    free(page);
    ta_result_free(result);
}

Test(summary, long_budget_gets_a_line_of_its_own) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    (void)snprintf(result->judgements[0].budget, sizeof result->judgements[0].budget, "%s",
                   "hot_allocs[the_path_with_a_long_name] = 0");
    char *page = page_of(result, (ta_summary_style){0});
    cr_assert_not_null(strstr(page, "[PASS] hot_allocs[the_path_with_a_long_name] = 0\n"));
    free(page);
    ta_result_free(result);
}

Test(summary, empty_result_is_a_page_too) {
    ta_result *result = ta_result_new();
    char *page = page_of(result, (ta_summary_style){0});
    cr_assert_not_null(strstr(page, "no budget was named"));
    cr_assert_not_null(strstr(page, "Average FPS           unknown"));
    free(page);
    ta_result_free(result);
}

Test(figure_text, counts_have_separators_and_fit) {
    EXPECT_TEXT(ta_count_text(0), "0");
    EXPECT_TEXT(ta_count_text(999), "999");
    EXPECT_TEXT(ta_count_text(1000), "1,000");
    EXPECT_TEXT(ta_count_text(UINT64_MAX), "18,446,744,073,709,551,615");
    EXPECT_TEXT(ta_count_fit(1234567, 9), "1,234,567");
    EXPECT_TEXT(ta_count_fit(1234567, 7), "1234567");
    EXPECT_TEXT(ta_count_fit(1234567, 6), "1.2M");
    EXPECT_TEXT(ta_number_text(-1234.56, 1), "-1,234.6");
    EXPECT_TEXT(ta_number_text(-123, 0), "-123");
    EXPECT_TEXT(ta_number_text(-0.001, 1), "0.0");
    EXPECT_TEXT(ta_bytes_text(1023), "1,023 B");
    EXPECT_TEXT(ta_bytes_text(1536), "1.5 KiB");
}

Test(figure_text, differences_from_zero_are_new_and_never_a_percentage) {
    ta_metric hot = TA_METRIC_hot_allocs, live = TA_METRIC_live_bytes_growth;
    EXPECT_TEXT(ta_difference_text(hot, 0, 48, true), "+48 (new)");
    EXPECT_TEXT(ta_difference_text(hot, 48, 0, true), "-48 (-100.0 %)");
    EXPECT_TEXT(ta_difference_text(hot, 100, 112, true), "+12 (+12.0 %)");
    EXPECT_TEXT(ta_difference_text(hot, 7, 7, true), "same");
    EXPECT_TEXT(ta_difference_text(hot, 7, 7, false), "unknown");
    EXPECT_TEXT(ta_difference_text(live, -1024, 1024, true), "+2,048");
}

Test(figure_text, decimals_grow_until_two_values_can_be_told_apart) {
    ta_metric p95 = TA_METRIC_p95_ms;
    EXPECT_TEXT(ta_metric_text_against(p95, 1.5, true, 2), "1.500");
    EXPECT_TEXT(ta_metric_text_against(p95, 1.50004, true, 1.5), "1.50004");
    EXPECT_TEXT(ta_metric_text_against(p95, 1.5, true, 1.5), "1.500");
}
