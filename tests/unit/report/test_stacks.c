/* Sites as stacks that other programs draw: collapsed, and as speedscope's profile. The files under
 * golden/ are looked at by people; TA_GOLDEN_WRITE=1 writes them anew. */
#define _GNU_SOURCE
#include <cJSON.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folded.h"
#include "result_json.h"
#include "sample_result.h"
#include "speedscope.h"
#include "summary.h"

typedef ta_status print_function(FILE *out, const ta_result *result);

static char *text_of(print_function *print, const ta_result *result) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ta_status status = print(out, result);
    cr_assert(ta_ok(status), "%s", status.text);
    fclose(out);
    return text;
}

static void expect_golden(print_function *print, const char *name) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    char *text = text_of(print, result), path[512], *golden = NULL;
    size_t room = 0;
    (void)snprintf(path, sizeof path, "%s/tests/unit/report/golden/%s", TA_SOURCE_DIR, name);
    FILE *file = fopen(path, getenv("TA_GOLDEN_WRITE") ? "w+" : "r");
    cr_assert(file, "cannot open %s", path);
    if (getenv("TA_GOLDEN_WRITE")) {
        fputs(text, file);
        rewind(file);
    }
    cr_assert_geq(getdelim(&golden, &room, '\0', file), 0);
    fclose(file);
    cr_assert_str_eq(text, golden);
    free(golden);
    free(text);
    ta_result_free(result);
}

/* A result of `count` sites without frames; the caller fills them. */
static ta_result *result_of_sites(uint32_t count) {
    ta_result *result = ta_result_new();
    result->sites = calloc(count, sizeof *result->sites);
    result->site_count = count;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(result->sites[i].hot_path, sizeof result->sites[i].hot_path, "tick");
        result->sites[i].allocs = i + 1;
        result->sites[i].bytes = 10 * (i + 1);
    }
    return result;
}

static cJSON *profile_of(const ta_result *result) {
    char *text = text_of(ta_speedscope_print, result);
    cJSON *root = cJSON_ParseWithOpts(text, NULL, true);
    cr_assert(root, "no JSON: %s", text);
    free(text);
    return root;
}

static cJSON *frames_of(const cJSON *root) {
    return cJSON_GetObjectItem(cJSON_GetObjectItem(root, "shared"), "frames");
}

Test(folded, sample_reads_as_agreed) {
    expect_golden(ta_folded_print, "failing_folded.txt");
}

Test(folded, stack_is_printed_from_the_hot_path_to_the_innermost_frame) {
    ta_result *result = result_of_sites(1);
    sample_frame_add(result, 0, "inner", "a.c");
    sample_frame_add(result, 0, "outer", "a.c");
    char *text = text_of(ta_folded_print, result);
    cr_assert_str_eq(text, "tick;outer;inner 1\n");
    free(text);
    ta_result_free(result);
}

Test(folded, equal_lines_are_added_up_and_all_are_sorted) {
    ta_result *result = result_of_sites(4);
    sample_frame_add(result, 0, "b", "")->line = 1;
    sample_frame_add(result, 1, "a", "")->line = 2;
    sample_frame_add(result, 2, "b", "")->line = 3;
    sample_frame_add(result, 3, "b", "")->line = 4;
    result->sites[3].hot_path[0] = '\0';
    char *text = text_of(ta_folded_print, result);
    cr_assert_str_eq(text, "(no_hot_path);b 4\ntick;a 2\ntick;b 4\n");
    free(text);
    ta_result_free(result);
}

Test(folded, names_cannot_end_a_frame_a_line_or_a_stack) {
    ta_result *result = result_of_sites(1);
    sample_frame_add(result, 0, "operator new(unsigned long);\n\x7f\xc2\x85\xc2\xa0|\xff\xc3\xbc",
                     "");
    (void)snprintf(result->sites[0].hot_path, sizeof result->sites[0].hot_path, "a b;c\td");
    char *text = text_of(ta_folded_print, result);
    cr_assert_str_eq(text, "a_b_c_d;operator_new(unsigned_long)_____|?\xc3\xbc 1\n");
    free(text);
    ta_result_free(result);
}

Test(folded, unknown_functions_are_told_by_their_place) {
    ta_result *result = result_of_sites(1);
    sample_frame_add(result, 0, "", "libgame.so")->offset = 0x3456;
    sample_frame_add(result, 0, "", "libgame.so")->offset = 0x99;
    sample_frame_add(result, 0, "", "");
    char *text = text_of(ta_folded_print, result);
    cr_assert_str_eq(text, "tick;(unknown);libgame.so+0x99;libgame.so+0x3456 1\n");
    free(text);
    ta_result_free(result);
}

Test(folded, longest_names_are_whole) {
    ta_result *result = result_of_sites(1);
    ta_frame *frame = sample_frame_add(result, 0, "", "");
    memset(frame->file, 'x', sizeof frame->file - 1);
    frame->offset = UINT64_MAX;
    result->sites[0].allocs = UINT64_MAX;
    char *text = text_of(ta_folded_print, result);
    cr_assert(strstr(text, "x+0xffffffffffffffff 18446744073709551615\n"), "%s", text);
    cr_assert_eq(strlen(text), strlen("tick;") + sizeof frame->file - 1 + 19 + 22);
    free(text);
    ta_result_free(result);
}

Test(folded, a_result_without_sites_has_no_lines) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    char *text = text_of(ta_folded_print, result);
    cr_assert_str_empty(text);
    free(text);
    ta_result_free(result);
}

Test(stacks, a_full_disk_is_told) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    print_function *const prints[] = {ta_folded_print, ta_speedscope_print};
    for (int i = 0; i < 2; i++) {
        FILE *full = fopen("/dev/full", "w");
        ta_status status = prints[i](full, result);
        cr_assert_eq(status.code, TA_INTERNAL);
        cr_assert(strstr(status.text, strerror(ENOSPC)), "%s", status.text);
        fclose(full);
    }
    ta_result_free(result);
}

Test(speedscope, sample_reads_as_agreed) {
    expect_golden(ta_speedscope_print, "failing_speedscope.json");
}

Test(speedscope, each_place_is_one_frame) {
    ta_result *result = result_of_sites(3);
    for (uint32_t i = 0; i < 3; i++) {
        sample_frame_add(result, i, "f", "a.c")->line = i == 2 ? 8 : 7;
        result->frames[2 * i].offset = i; /* of a known function it does not matter */
        sample_frame_add(result, i, "", "lib.so")->offset = i == 2 ? 2 : 1;
    }
    cJSON *root = profile_of(result);
    cr_assert_eq(cJSON_GetArraySize(frames_of(root)), 5, "two lines, two offsets, the hot path");
    cJSON_Delete(root);
    ta_result_free(result);
}

static void expect_profile(const cJSON *root, int index, const char *unit, const double *weights) {
    const cJSON *profile = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "profiles"), index);
    cr_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(profile, "type")), "sampled");
    cr_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(profile, "unit")), unit);
    const cJSON *samples = cJSON_GetObjectItem(profile, "samples");
    cr_assert_eq(cJSON_GetArraySize(samples), 2);
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        const cJSON *weight = cJSON_GetArrayItem(cJSON_GetObjectItem(profile, "weights"), i);
        cr_assert_float_eq(cJSON_GetNumberValue(weight), weights[i], 0);
        sum += weights[i];
    }
    cr_assert_float_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(profile, "endValue")), sum, 0);
}

static const char *name_at(const cJSON *root, int sample, int depth) {
    const cJSON *profile = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "profiles"), 0);
    const cJSON *stack = cJSON_GetArrayItem(cJSON_GetObjectItem(profile, "samples"), sample);
    double index = cJSON_GetNumberValue(cJSON_GetArrayItem(stack, depth));
    const cJSON *frame = cJSON_GetArrayItem(frames_of(root), (int)index);
    return cJSON_GetStringValue(cJSON_GetObjectItem(frame, "name"));
}

Test(speedscope, both_profiles_have_a_sample_a_site_outermost_first) {
    ta_result *result = result_of_sites(2);
    sample_frame_add(result, 0, "inner", "a.c");
    sample_frame_add(result, 0, "outer", "a.c");
    sample_frame_add(result, 1, "other", "a.c");
    cJSON *root = profile_of(result);
    expect_profile(root, 0, "none", (const double[]){1, 2});
    expect_profile(root, 1, "bytes", (const double[]){10, 20});
    cr_assert_str_eq(name_at(root, 0, 0), "tick");
    cr_assert_str_eq(name_at(root, 0, 1), "outer");
    cr_assert_str_eq(name_at(root, 0, 2), "inner");
    cr_assert_str_eq(name_at(root, 1, 1), "other");
    cJSON_Delete(root);
    ta_result_free(result);
}

Test(speedscope, weights_are_numbers_however_large) {
    ta_result *result = result_of_sites(1);
    result->sites[0].bytes = UINT64_MAX;
    char *text = text_of(ta_speedscope_print, result);
    cr_assert(strstr(text, "[18446744073709551615]"), "%s", text);
    free(text);
    ta_result_free(result);
}

Test(speedscope, a_result_without_sites_is_a_profile_too) {
    ta_result *result = ta_result_new();
    cJSON *root = profile_of(result);
    cr_assert_eq(cJSON_GetArraySize(frames_of(root)), 0);
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "profiles")), 2);
    cJSON_Delete(root);
    ta_result_free(result);
}

static ta_status print_page(FILE *out, const ta_result *result) {
    ta_summary_print(out, result, (ta_summary_style){0});
    return ta_status_ok();
}

/* All that is drawn of a result can be drawn of the file that was kept of it. */
Test(stacks, page_and_stacks_of_a_result_read_back_are_the_same_text) {
    print_function *const prints[] = {print_page, ta_folded_print, ta_speedscope_print,
                                      ta_result_print_json};
    for (int kind = SAMPLE_WHOLE; kind <= SAMPLE_PARTIAL; kind++) {
        ta_result *result = sample_result_new((sample_kind)kind), *back;
        char *kept = text_of(ta_result_print_json, result);
        ta_status status = ta_result_parse_json(kept, strlen(kept), "kept", &back);
        cr_assert(ta_ok(status), "%s", status.text);
        for (int i = 0; i < 4; i++) {
            char *before = text_of(prints[i], result), *after = text_of(prints[i], back);
            cr_assert_str_eq(after, before);
            free(before);
            free(after);
        }
        free(kept);
        ta_result_free(back);
        ta_result_free(result);
    }
}
