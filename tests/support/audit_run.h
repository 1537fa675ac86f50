/* audit_run.h: `tickaudit` in a test's scratch folder, and its results.
 *
 *     plugin_scenario("a.json", "'hot_mallocs': 3", 60, "'hot_allocs = 0'");
 *     program_end end = tickaudit("run", "a.json");
 *     cJSON *result = the_result();
 *     cr_assert_eq(json_number(result, "totals.allocs"), 1570);
 *
 * Relative paths are relative to the scratch folder, where the program is started. */
#ifndef TA_TESTS_AUDIT_RUN_H
#define TA_TESTS_AUDIT_RUN_H

#include "run_program.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Writes a scenario for the plugin workload (plugin_workload.c) with one phase "only" of so many
 * ticks. ' stands for ". `parameters` and `budgets` are the inside of the braces and brackets. */
void plugin_scenario(const char *name, const char *parameters, unsigned ticks, const char *budgets);

/* `tickaudit` of the build with these arguments (at most 30), in the scratch folder. */
program_end tickaudit_run(const char *const *arguments, program_options options);
program *tickaudit_start(const char *const *arguments, program_options options);

#define TICKAUDIT_WITH(options, ...)                                                               \
    tickaudit_run((const char *const[]){__VA_ARGS__, NULL}, options)
#define tickaudit(...) TICKAUDIT_WITH((program_options){0}, __VA_ARGS__)

/* Asserts the exit code, and shows what was said when it is another. */
void expect_code(const program_end *end, int code);

/* Asserts that the text stands in standard error, or in standard output. */
void expect_err(const program_end *end, const char *text);
void expect_out(const program_end *end, const char *text);

/* Runs it, expects exit code and a text in standard error, and that standard output is empty. */
void expect_refusal(int code, const char *text, const char *const *arguments);
#define EXPECT_REFUSAL(code, text, ...)                                                            \
    expect_refusal(code, text, (const char *const[]){__VA_ARGS__, NULL})

/* The JSON file, or text: asserted to parse, to the last byte. The caller may cJSON_Delete(). */
cJSON *json_file(const char *path);
cJSON *json_text_parse(const char *text);

/* The result of the only run in the folder "results". */
cJSON *the_result(void);

/* Runs and gives its result; asserts the exit code. Results go to a new folder each time. */
cJSON *result_of(int code, const char *const *arguments);
#define RESULT_OF(code, ...) result_of(code, (const char *const[]){__VA_ARGS__, NULL})

/* The item at a path such as "phases[0].allocs"; asserted to be there. */
const cJSON *json_at(const cJSON *root, const char *path);
double json_number(const cJSON *root, const char *path);
const char *json_string(const cJSON *root, const char *path);
bool json_true(const cJSON *root, const char *path);

/* Lines of the log in the folder; 0 when there is none. */
unsigned log_lines(const char *results);

/* Skips the test where the arena is no part of the build. */
void need_arena(void);

/* "TA_SOURCE_DIR/scenarios/NAME"; eight such texts live at a time. */
const char *shipped_scenario(const char *name);

#endif
