#define _GNU_SOURCE
#include "audit_run.h"

#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 30 };

void plugin_scenario(const char *name, const char *parameters, unsigned ticks,
                     const char *budgets) {
    char text[4096];
    snprintf(text, sizeof text,
             "{'workload': '%s', 'seed': 7, 'tick_hz': 1000, 'parameters': {%s}, 'budgets': [%s],"
             " 'phases': [{'name': 'only', 'load': 'custom', 'seconds': %.3f}]}\n",
             TA_PLUGIN, parameters, budgets, ticks / 1000.0);
    for (char *at = text; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    scratch_write(name, text);
}

program *tickaudit_start(const char *const *arguments, program_options options) {
    const char *all[ARGUMENTS_MAX + 2] = {TA_BUILD_DIR "/tickaudit"};
    for (unsigned i = 0; arguments[i]; i++) {
        cr_assert_lt(i, ARGUMENTS_MAX);
        all[i + 1] = arguments[i];
    }
    if (!options.folder)
        options.folder = scratch_path("");
    return program_start(all, options);
}

program_end tickaudit_run(const char *const *arguments, program_options options) {
    program_end end = program_wait(tickaudit_start(arguments, options));
    cr_assert(!end.timed_out, "tickaudit hung; it said:\n%s%s", end.out, end.err);
    cr_assert_eq(end.signal, 0, "tickaudit died by signal %d:\n%s%s", end.signal, end.out, end.err);
    return end;
}

void expect_code(const program_end *end, int code) {
    cr_assert_eq(end->code, code, "exit code %d, not %d:\n%s%s", end->code, code, end->out,
                 end->err);
}

void expect_err(const program_end *end, const char *text) {
    cr_assert(strstr(end->err, text), "\"%s\" is not in standard error:\n%s", text, end->err);
}

void expect_out(const program_end *end, const char *text) {
    cr_assert(strstr(end->out, text), "\"%s\" is not in standard output:\n%s", text, end->out);
}

void expect_refusal(int code, const char *text, const char *const *arguments) {
    program_end end = tickaudit_run(arguments, (program_options){0});
    expect_code(&end, code);
    expect_err(&end, text);
    cr_assert_eq(end.out_bytes, 0, "standard output is for results:\n%s", end.out);
    program_end_free(&end);
}

cJSON *json_text_parse(const char *text) {
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    cr_assert(json, "no JSON: %.400s", text);
    return json;
}

cJSON *json_file(const char *path) {
    cr_assert(path, "not exactly one such file");
    FILE *file = fopen(path, "r");
    cr_assert(file, "cannot open %s", path);
    char *text = NULL;
    size_t size = 0;
    cr_assert_geq(getdelim(&text, &size, 0, file), 0, "%s is empty", path);
    fclose(file);
    cJSON *json = json_text_parse(text);
    free(text);
    return json;
}

cJSON *the_result(void) {
    return json_file(scratch_only("results/runs", ".json"));
}

cJSON *result_of(int code, const char *const *arguments) {
    static unsigned number;
    char folder[32], runs[48];
    snprintf(folder, sizeof folder, "results_%u", ++number);
    snprintf(runs, sizeof runs, "%s/runs", folder);
    const char *all[ARGUMENTS_MAX] = {"run", "--results", folder};
    for (unsigned i = 0; arguments[i] && i < ARGUMENTS_MAX - 4; i++)
        all[i + 3] = arguments[i];
    program_end end = tickaudit_run(all, (program_options){0});
    expect_code(&end, code);
    program_end_free(&end);
    return json_file(scratch_only(runs, ".json"));
}

const cJSON *json_at(const cJSON *root, const char *path) {
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    const cJSON *at = root;
    for (char *part; at && (part = strtok_r(rest, ".[", &rest));) {
        if (part[strlen(part) - 1] == ']')
            at = cJSON_GetArrayItem(at, atoi(part));
        else
            at = cJSON_GetObjectItemCaseSensitive(at, part);
    }
    cr_assert(at, "there is no %s", path);
    return at;
}

double json_number(const cJSON *root, const char *path) {
    const cJSON *item = json_at(root, path);
    cr_assert(cJSON_IsNumber(item), "%s is no number", path);
    return item->valuedouble;
}

const char *json_string(const cJSON *root, const char *path) {
    const cJSON *item = json_at(root, path);
    cr_assert(cJSON_IsString(item), "%s is no text", path);
    return item->valuestring;
}

bool json_true(const cJSON *root, const char *path) {
    return cJSON_IsTrue(json_at(root, path));
}

unsigned log_lines(const char *results) {
    char path[300];
    snprintf(path, sizeof path, "%s/perf_phase_log.csv", results);
    char *text = scratch_read(path);
    unsigned lines = 0;
    for (const char *at = text; at && *at; at++)
        lines += *at == '\n';
    free(text);
    return lines;
}

void need_arena(void) {
    if (access(TA_BUILD_DIR "/libtickaudit-arena.so", R_OK) != 0)
        scratch_skip("this build has no arena");
}

const char *shipped_scenario(const char *name) {
    static char paths[8][1024];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/scenarios/%s", TA_SOURCE_DIR, name);
    return path;
}
