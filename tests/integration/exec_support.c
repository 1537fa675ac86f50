#include "exec_support.h"

#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 48 };

program_end exec_audited(const char *const *arguments) {
    const char *all[ARGUMENTS_MAX + 3] = {TA_BUILD_DIR "/tickaudit", "exec"};
    for (unsigned used = 2; *arguments; used++) {
        cr_assert_lt(used, ARGUMENTS_MAX + 2);
        all[used] = *arguments++;
    }
    return program_run(all, (program_options){.folder = scratch_path("")});
}

cJSON *exec_result_of(const char *const *arguments) {
    const char *all[ARGUMENTS_MAX] = {"-q", "--json", "result.json"};
    for (unsigned used = 3; *arguments; used++) {
        cr_assert_lt(used, ARGUMENTS_MAX - 1);
        all[used] = *arguments++;
    }
    program_end end = exec_audited(all);
    cr_assert_eq(end.code, 0, "%d: %s", end.code, end.err);
    program_end_free(&end);
    return exec_result();
}

cJSON *exec_result(void) {
    char *text = scratch_read("result.json");
    cr_assert_not_null(text, "no result was written");
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root);
    free(text);
    return root;
}

double exec_total(const cJSON *root, const char *name) {
    return exec_number(cJSON_GetObjectItem(root, "totals"), name);
}

double exec_whole(const cJSON *root, const char *metric) {
    return exec_number(cJSON_GetObjectItem(root, "whole"), metric);
}

double exec_first_path_allocs(void) {
    cJSON *root = exec_result();
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "hot_paths"), 0);
    double allocs = first ? exec_number(first, "allocs") : 0;
    cJSON_Delete(root);
    return allocs;
}

const cJSON *exec_frame(const cJSON *root, const cJSON *site, int depth) {
    const cJSON *index = cJSON_GetArrayItem(cJSON_GetObjectItem(site, "stack"), depth);
    const cJSON *frames = cJSON_GetObjectItem(root, "frames");
    return index ? cJSON_GetArrayItem(frames, (int)cJSON_GetNumberValue(index)) : NULL;
}

static bool is_named(const cJSON *frame, const char *function) {
    return strncmp(exec_text(frame, "function"), function, strlen(function)) == 0;
}

const cJSON *exec_site_with(const cJSON *root, const char *function) {
    const cJSON *site, *frame;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
        for (int depth = 0; (frame = exec_frame(root, site, depth)); depth++) {
            if (is_named(frame, function))
                return site;
        }
    }
    return NULL;
}

double exec_number(const cJSON *item, const char *field) {
    const cJSON *number = cJSON_GetObjectItem(item, field);
    cr_assert(cJSON_IsNumber(number), "there is no number %s", field);
    return number->valuedouble;
}

const char *exec_text(const cJSON *item, const char *field) {
    const cJSON *text = cJSON_GetObjectItem(item, field);
    cr_assert(cJSON_IsString(text), "there is no text %s", field);
    return text->valuestring;
}

void exec_expect_stack(const cJSON *root, const cJSON *site, const char *const *functions) {
    const cJSON *frame;
    cr_assert(site, "there is no such site");
    for (int depth = 0; (frame = exec_frame(root, site, depth)); depth++)
        functions += *functions && is_named(frame, *functions);
    cr_assert_null(*functions, "no %s in the stack, or not there", *functions);
}

const cJSON *exec_evidence(const cJSON *root, const char *what) {
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(root, "evidence")) {
        if (strcmp(exec_text(entry, "what"), what) == 0)
            return entry;
    }
    return NULL;
}

void exec_expect_evidence(const char *what, const char *state, const char *detail) {
    cJSON *root = exec_result();
    const cJSON *entry = exec_evidence(root, what);
    cr_assert(entry, "no evidence of %s", what);
    cr_expect_str_eq(exec_text(entry, "state"), state, "%s: %s", what, exec_text(entry, "state"));
    cr_expect(strstr(exec_text(entry, "detail"), detail), "%s: %s", what,
              exec_text(entry, "detail"));
    if (strcmp(state, "complete") != 0)
        cr_expect_str_not_empty(exec_text(entry, "remedy"), "%s", what);
    cJSON_Delete(root);
}
