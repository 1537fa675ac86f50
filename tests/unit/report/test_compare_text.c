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

/* A change in a stack of long names. */
static ta_result *long_names(ta_site_changes *changes, ta_site_change *change) {
    ta_result *r = ta_result_new();
    r->sites = calloc(1, sizeof *r->sites);
    r->site_count = 1;
    sample_frame_add(r, 0,
                     "std::map<int, std::__cxx11::basic_string<char, std::char_traits<char>, "
                     "std::allocator<char> > >::operator[]",
                     "bits/stl_map.h")
        ->line = 530;
    for (unsigned i = 0; i < 6; i++) {
        char name[160];
        (void)snprintf(name, sizeof name,
                       "game::World<game::Enemy, std::allocator<game::Enemy>, game::Policy<game::"
                       "Enemy> >::a_function_of_the_world_with_a_long_name_%u",
                       i);
        sample_frame_add(r, 0, name, "src/world.cpp")->line = 12 + 100 * i * i;
    }
    *change =
        (ta_site_change){.kind = TA_SITE_NEW, .result = r, .site = r->sites, .post_allocs = 3};
    *changes = (ta_site_changes){.count = 1, .items = change, .compared = true};
    return r;
}

static char *page_with(const ta_site_changes *changes, unsigned width) {
    ta_comparison comparison = compare_samples();
    for (int m = 0; m < TA_METRIC_COUNT; m++) { /* the widest row of the table */
        comparison.pre.value[m] = 904969.2;
        comparison.post.value[m] = 777387.4;
    }
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ta_compare_print(out, &comparison, changes, (ta_compare_style){.width = width});
    fclose(out);
    return text;
}

Test(compare_text, lines_fit_the_width_and_sites_begin_with_the_own_code) {
    ta_site_changes changes;
    ta_site_change change;
    ta_result *r = long_names(&changes, &change);
    for (unsigned width = 80; width <= 120; width += 20) {
        char *page = page_with(&changes, width);
        for (const char *line = page; *line; line += strcspn(line, "\n") + 1)
            cr_expect_leq(strcspn(line, "\n"), width, "too long: %.150s", line);
        cr_expect(strstr(page, "\n        game::World<"), "%s", page);
        cr_expect(strstr(page, "  src/world.cpp:12"), "%s", page);
        free(page);
    }
    ta_result_free(r);
}

Test(compare_text, a_stripped_build_is_one_line) {
    ta_site_changes changes = {.pre_unmatched = {2, 17, 100}, .post_unmatched = {3, 1019, 100}};
    char *page = page_with(&changes, 80);
    cr_expect(
        strstr(page,
               "\n  no symbols: sites cannot be matched (2 -> 3 sites, 17 -> 1,019 allocations)\n"),
        "%s", page);
    free(page);
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
