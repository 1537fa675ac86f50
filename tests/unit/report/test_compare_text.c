/* A comparison as text and as JSON, and where its runs are found. */
#define _GNU_SOURCE
#include <cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_text.h"
#include "csv_log.h"
#include "result_json.h"
#include "sample_result.h"
#include "scratch.h"

TestSuite(compare_text, .init = scratch_make, .fini = scratch_remove);

static ta_comparison compare_samples(void) {
    ta_result *pre = sample_result_new(SAMPLE_WHOLE), *post = sample_result_new(SAMPLE_FAILING);
    ta_arm pre_arm = ta_arm_from_result(pre, TA_CSV_LOG_NAME ":2");
    ta_arm post_arm = ta_arm_from_result(post, TA_CSV_LOG_NAME ":3");
    ta_comparison comparison;
    /* The failing sample has lost something, which leaves open what is to be judged here. */
    memset(post_arm.judged, 0, sizeof post_arm.judged);
    pre_arm.repeats = post_arm.repeats = true;
    ta_status status = ta_compare(&pre_arm, &post_arm, (ta_compare_options){0}, &comparison);
    cr_assert(ta_ok(status), "%s", status.text);
    ta_result_free(pre);
    ta_result_free(post);
    return comparison;
}

static char *page_of(const ta_comparison *comparison, ta_compare_style style) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ta_compare_print(out, comparison, NULL, style);
    fclose(out);
    return text;
}

Test(compare_text, page_has_table_gates_and_verdict) {
    ta_comparison comparison = compare_samples();
    char *page = page_of(&comparison, (ta_compare_style){0});
    cr_assert_not_null(strstr(page, "perf_phase_log.csv:2\n"));
    cr_assert_not_null(
        strstr(page, "  hot_allocs                       0            812  +812 (new)  worse\n"));
    cr_assert_not_null(
        strstr(page, "[FAIL] mem_growth_mb must not rise: 1.240 -> 62.500, +61.260 (+4941.2 %)\n"));
    cr_assert_not_null(strstr(page, "[PASS] state_hash must not change"));
    cr_assert_not_null(strstr(page, "[FAIL] hot_allocs must not rise: 0 -> 812"));
    cr_assert_not_null(strstr(page, "  p95_ms  "));
    cr_assert_not_null(strstr(page, "  not judged\n"));
    cr_assert_null(strstr(page, "] p95_ms"), "no gate depends on a time");
    cr_assert_not_null(strstr(page, "VERDICT: FAIL (exit code 1): 2 of "), "%s", page);
    for (const char *line = page; *line; line += strcspn(line, "\n") + 1)
        cr_assert_leq(strcspn(line, "\n"), 80, "too long: %.100s", line);
    free(page);
}

Test(compare_text, quiet_has_what_fails_and_the_verdict) {
    ta_comparison comparison = compare_samples();
    char *page = page_of(&comparison, (ta_compare_style){.quiet = true, .colour = true});
    cr_assert_not_null(strstr(page, "\033[31m[FAIL]\033[0m mem_growth_mb"));
    cr_assert_null(strstr(page, "[PASS]"));
    cr_assert_null(strstr(page, "hot_bytes"));
    free(page);
}

Test(compare_text, times_of_kept_runs_fail_nothing) {
    ta_comparison comparison = compare_samples();
    ta_arm pre = comparison.pre, post = comparison.pre;
    post.value[TA_METRIC_p95_ms] *= 2;
    cr_assert(ta_ok(ta_compare(&pre, &post, (ta_compare_options){0}, &comparison)));
    char *page = page_of(&comparison, (ta_compare_style){0});
    cr_assert_not_null(strstr(page, "VERDICT: PASS"), "%s", page);
    cr_assert_not_null(strstr(page, "no time was judged"));
    cr_assert_not_null(strstr(page, "not judged: taken apart in time"));
    free(page);
}

Test(compare_text, json_has_the_same) {
    ta_comparison comparison = compare_samples();
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert(ta_ok(ta_compare_json(out, &comparison, NULL)));
    fclose(out);
    cJSON *root = cJSON_ParseWithOpts(text, NULL, true);
    cr_assert_not_null(root);
    cr_assert_str_eq(cJSON_GetObjectItem(root, "schema")->valuestring, "tickaudit-compare/2");
    cr_assert_str_eq(cJSON_GetObjectItem(root, "verdict")->valuestring, "fail");
    cr_assert_eq(cJSON_GetObjectItem(root, "exit_code")->valueint, 1);
    const cJSON *gate = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "gates"), 0);
    cr_assert_str_eq(cJSON_GetObjectItem(gate, "name")->valuestring, "mem_growth_mb");
    cr_assert_str_eq(cJSON_GetObjectItem(gate, "verdict")->valuestring, "fail");
    const cJSON *hot = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "metrics"), "hot_allocs");
    cr_assert_eq(cJSON_GetObjectItem(hot, "difference")->valuedouble, 812);
    cr_assert(cJSON_IsTrue(cJSON_GetObjectItem(hot, "worse")));
    cJSON_Delete(root);
    free(text);
}

Test(compare_text, runs_are_found_by_path_by_id_and_by_row) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    char path[TA_RESULTS_PATH_MAX];
    ta_arm arm;
    cr_assert(ta_ok(ta_csv_log_append(scratch_folder, result, NULL)));
    cr_assert(ta_ok(ta_arm_load(scratch_folder, result->run_id, &arm, NULL)));
    cr_assert_str_eq(arm.source, "perf_phase_log.csv:2");
    cr_assert_not(arm.scenario_hash_known);

    cr_assert(ta_ok(ta_result_save_json(scratch_folder, result, path)));
    ta_arm_complete(scratch_folder, &arm, NULL);
    cr_assert(arm.scenario_hash_known);
    cr_assert(arm.known[TA_METRIC_allocs]);
    cr_assert_str_eq(arm.source, "perf_phase_log.csv:2");

    cr_assert(ta_ok(ta_arm_load(scratch_folder, result->run_id, &arm, NULL)));
    cr_assert_str_eq(arm.source, path);
    cr_assert(ta_ok(ta_arm_load("/nowhere", path, &arm, NULL)));
    ta_status status = ta_arm_load(scratch_folder, "no-such-run", &arm, NULL);
    cr_assert_eq(status.code, TA_BAD_INPUT);
    cr_assert_not_null(strstr(status.text, "no-such-run"));
    ta_result_free(result);
}

Test(compare_text, file_of_another_run_adds_nothing_to_a_row) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    ta_arm arm = ta_arm_from_result(result, "row"), before = arm;
    (void)snprintf(result->timestamp, sizeof result->timestamp, "2020-01-01T00:00:00Z");
    cr_assert(ta_ok(ta_result_save_json(scratch_folder, result, NULL)));
    ta_arm_complete(scratch_folder, &arm, NULL);
    cr_assert_eq(memcmp(&arm, &before, sizeof arm), 0);
    ta_result_free(result);
}
