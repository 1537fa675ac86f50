/* A kept run, printed again or drawn as stacks: the same page, and every allocation of a hot path
 * somewhere in the drawing. */
#define _GNU_SOURCE
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKED TA_BUILD_DIR "/tests/exec_marked"

TestSuite(report, .init = scratch_make, .fini = scratch_remove);

/* A run that allocates in its hot path, in the folder "results"; its run id. */
static char *kept_run(program_end *end) {
    plugin_scenario("a.json", "'hot_mallocs': 3", 20, "'hot_allocs = 0'");
    *end = tickaudit("run", "a.json");
    expect_code(end, 1);
    const char *path = scratch_only("results/runs", ".json"), *slash = strrchr(path, '/');
    return strndup(slash + 1, strlen(slash + 1) - strlen(".json"));
}

static char *read_file(const char *name) {
    char *text = scratch_read(name);
    cr_assert(text, "there is no %s", name);
    return text;
}

/* The sum of the lines; each is one of "root;frame;...;frame COUNT" in which no name is empty. */
static double sum_of_folded(const char *text) {
    double sum = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        size_t stack = strcspn(line, " \n");
        cr_assert(line[stack] == ' ' && line[0] != ';' && line[stack - 1] != ';', "%s", line);
        cr_assert(!memmem(line, stack, ";;", 2) && memchr(line, ';', stack), "%s", line);
        char *end;
        sum += strtod(line + stack + 1, &end);
        cr_assert(end > line + stack + 1 && *end == '\n', "%s", line);
    }
    return sum;
}

/* The sum of a profile's weights; its samples hold frames that there are, the hot path first. */
static double sum_of_profile(const cJSON *root, int index, const char *unit) {
    int frames = cJSON_GetArraySize(json_at(root, "shared.frames"));
    const cJSON *profile = cJSON_GetArrayItem(json_at(root, "profiles"), index), *stack, *frame;
    cr_assert_str_eq(json_string(profile, "type"), "sampled");
    cr_assert_str_eq(json_string(profile, "unit"), unit);
    const cJSON *weight = json_at(profile, "weights")->child;
    double sum = 0;
    cJSON_ArrayForEach(stack, json_at(profile, "samples")) {
        cr_assert(weight, "a sample without a weight");
        cr_assert_geq(cJSON_GetArraySize(stack), 2);
        cJSON_ArrayForEach(frame, stack) {
            cr_assert(cJSON_IsNumber(frame) && frame->valueint >= 0 && frame->valueint < frames);
        }
        sum += weight->valuedouble;
        weight = weight->next;
    }
    cr_assert_null(weight, "a weight without a sample");
    cr_assert_float_eq(json_number(profile, "endValue"), sum, 0);
    return sum;
}

static double hot_bytes(const cJSON *result) {
    double sum = 0;
    const cJSON *path;
    cJSON_ArrayForEach(path, json_at(result, "hot_paths")) {
        sum += strchr(json_string(path, "name"), '/') ? 0 : json_number(path, "bytes");
    }
    return sum;
}

Test(report, stacks_of_a_run_hold_every_allocation_of_its_hot_paths) {
    need_arena();
    program_end end = tickaudit("run", "--set", "optimizations=none", "--folded", "out/folded.txt",
                                "--speedscope", "out/profile.json", shipped_scenario("smoke.json"));
    expect_code(&end, 1);
    expect_out(&end, "VERDICT"); /* the page is printed as well */
    const cJSON *result = the_result();
    double hot = json_number(result, "whole.hot_allocs");
    cr_assert_gt(hot, 1000);
    cr_assert_float_eq(json_number(result, "lost.sites"), 0, 0);
    char *folded = read_file("out/folded.txt");
    cr_assert_float_eq(sum_of_folded(folded), hot, 0);
    const cJSON *profile = json_file(scratch_path("out/profile.json"));
    cr_assert_str_eq(json_string(profile, "$schema"),
                     "https://www.speedscope.app/file-format-schema.json");
    cr_assert_float_eq(sum_of_profile(profile, 0, "none"), hot, 0);
    cr_assert_float_eq(sum_of_profile(profile, 1, "bytes"), hot_bytes(result), 0);
    cr_assert_eq(scratch_count("out", ""), 2, "no temporary file is left");
    free(folded);
}

Test(report, prints_the_page_that_the_run_printed) {
    program_end run;
    char *id = kept_run(&run), path[256];
    program_end again = tickaudit("report", id);
    expect_code(&again, 0);
    cr_assert_str_eq(again.out, run.out);
    cr_assert_str_empty(again.err);
    snprintf(path, sizeof path, "results/runs/%s.json", id);
    program_end of_file = tickaudit("report", path);
    cr_assert_str_eq(of_file.out, run.out);
    program_end quiet = tickaudit("report", "-q", id);
    expect_out(&quiet, "VERDICT: FAIL");
    cr_assert_lt(quiet.out_bytes, run.out_bytes);
    free(id);
}

Test(report, prints_the_kept_result_as_json) {
    program_end run;
    char *id = kept_run(&run), path[256];
    program_end end = tickaudit("report", "--json", id);
    expect_code(&end, 0);
    snprintf(path, sizeof path, "results/runs/%s.json", id);
    char *kept = read_file(path);
    cr_assert_str_eq(end.out, kept);
    free(kept);
    free(id);
}

Test(report, form_goes_to_a_file_in_place_of_standard_output) {
    program_end run;
    char *id = kept_run(&run);
    program_end printed = tickaudit("report", "--folded", id);
    expect_code(&printed, 0);
    cr_assert_float_eq(sum_of_folded(printed.out), 60, 0);
    program_end saved = tickaudit("report", "--folded=new/a.txt", "--speedscope=new/b.json", id);
    expect_code(&saved, 0);
    cr_assert_eq(saved.out_bytes + saved.err_bytes, 0);
    char *text = read_file("new/a.txt");
    cr_assert_str_eq(text, printed.out);
    cr_assert_float_eq(sum_of_profile(json_file(scratch_path("new/b.json")), 0, "none"), 60, 0);
    free(text);
    free(id);
}

Test(report, finds_run_ids_in_the_named_folder) {
    program_end run;
    char *id = kept_run(&run);
    cr_assert_eq(rename(scratch_path("results"), scratch_path("elsewhere")), 0);
    program_end lost = tickaudit("report", id);
    expect_code(&lost, 2);
    expect_err(&lost, "none of that id in results/runs");
    program_end end = tickaudit("report", "--results", "elsewhere", id);
    expect_code(&end, 0);
    expect_out(&end, "Details: elsewhere/runs/");
    free(id);
}

Test(report, bad_run_is_told_and_the_others_are_printed) {
    program_end run;
    char *id = kept_run(&run);
    scratch_write("torn.json", "{\"schema\": \"tickaudit-result/3\", \"tickau");
    program_end end = tickaudit("report", "no-such-run", "torn.json", "./gone.json", id);
    expect_code(&end, 2);
    expect_err(&end, "there is no run \"no-such-run\"");
    expect_err(&end, "torn.json is no result that can be read: it is not JSON");
    expect_err(&end, "there is no result ./gone.json");
    cr_assert_str_eq(end.out, run.out);
    free(id);
}

Test(report, mistakes_are_refused_before_anything_is_printed) {
    EXPECT_REFUSAL(2, "name at least one run", "report");
    EXPECT_REFUSAL(2, "one form goes to stdout", "report", "--json", "--folded", "a");
    EXPECT_REFUSAL(2, "--folded=FILE goes with one run; there are 2", "report", "--folded=x", "a",
                   "b");
    EXPECT_REFUSAL(2, "--speedscope goes with one run", "report", "--speedscope", "a", "b");
    EXPECT_REFUSAL(2, "--speedscope=FILE goes with one scenario", "run", "--speedscope", "x", "a",
                   "b");
}

Test(report, stacks_that_cannot_be_written_are_an_error_and_the_run_is_kept) {
    plugin_scenario("a.json", "'hot_mallocs': 3", 20, "");
    scratch_write("file", "older");
    program_end end = tickaudit("run", "--folded", "file/below", "a.json");
    expect_code(&end, 5);
    expect_err(&end, "file");
    expect_out(&end, "VERDICT");
    cr_assert_eq(scratch_count("results/runs", ".json"), 1);
    cr_assert_eq(log_lines("results"), 2);
    program_end full = tickaudit("run", "--json", "--folded", "file/below", "a.json");
    expect_code(&full, 5); /* the JSON that could be printed does not hide it */
}

Test(report, full_disk_leaves_an_older_file_of_stacks_as_it_was) {
    program_end run;
    char *id = kept_run(&run);
    scratch_write("stacks", "older");
    program_end end =
        TICKAUDIT_WITH(((program_options){.file_bytes_max = 10}), "report", "--folded=stacks", id);
    expect_code(&end, 5);
    expect_err(&end, "nothing of it was kept");
    char *text = read_file("stacks");
    cr_assert_str_eq(text, "older");
    free(text);
    free(id);
}

Test(report, stacks_of_any_program_are_written_too) {
    program_end end = tickaudit("exec", "-q", "--folded", "f.txt", "--speedscope", "p.json", "--",
                                MARKED, "40", "3");
    expect_code(&end, 0);
    char *text = read_file("f.txt");
    cr_assert_float_eq(sum_of_folded(text), 120, 0);
    cr_assert_float_eq(sum_of_profile(json_file(scratch_path("p.json")), 0, "none"), 120, 0);
    cr_assert_float_eq(sum_of_profile(json_file(scratch_path("p.json")), 1, "bytes"), 2880, 0);
    free(text);
}

/* ---- judged again ---- */

/* From "PASS/FAIL CRITERIA" on: judgements and verdict. */
static const char *verdict_of(const program_end *end) {
    const char *found = strstr(end->out, "PASS/FAIL CRITERIA");
    cr_assert(found, "%s", end->out);
    return found;
}

/* Says what the run said, with the same exit code. */
static void expect_same_verdict(const char *scenario, const char *const *more, int code) {
    const char *arguments[16] = {"run", "--results", "again", "--json=again.json", scenario};
    for (int i = 0; more[i]; i++)
        arguments[5 + i] = more[i];
    program_end first = tickaudit_run(arguments, (program_options){0}),
                again = tickaudit("report", "--judge", "again.json"),
                shown = tickaudit("report", "again.json");
    cr_expect_eq(first.code, code, "%s: %d: %s%s", scenario, first.code, first.out, first.err);
    cr_expect_eq(again.code, code, "%s: %d: %s", scenario, again.code, again.err);
    cr_expect_str_eq(verdict_of(&again), verdict_of(&shown));
    program_end_free(&first);
    program_end_free(&again);
    program_end_free(&shown);
}

Test(report, kept_runs_are_judged_again_as_they_were) {
    static const char *const none[] = {NULL};
    static const char *const rounds[] = {"--rounds", "3", NULL};
    plugin_scenario("a.json", "'hot_mallocs': 3", 20, "'hot_allocs = 0', 'allocs > 1'");
    expect_same_verdict("a.json", none, 1);
    plugin_scenario("b.json", "'hot_mallocs': 3", 20,
                    "'hot_allocs = 60', 'avg_fps > 1', 'hot_allocs[nowhere] = 0'");
    expect_same_verdict("b.json", none, 3);
    plugin_scenario("c.json", "'varies_at_tick': 7", 10, "'hot_allocs < 100000', 'ticks = 10'");
    expect_same_verdict("c.json", rounds, 3);
    expect_same_verdict(TA_SOURCE_DIR "/scenarios/smoke.json", none, 0);
}

Test(report, kept_runs_are_judged_by_other_budgets) {
    program_end kept;
    char *id = kept_run(&kept);
    program_end_free(&kept);
    program_end passes =
        tickaudit("report", "--budget", "hot_allocs = 60", "--budget", "ticks = 20", id);
    expect_code(&passes, 0);
    expect_out(&passes, "[PASS] hot_allocs = 60");
    program_end fails = tickaudit("report", "-q", "--budget", "hot_allocs < 60", id);
    expect_code(&fails, 1);
    EXPECT_REFUSAL(2, "--budget", "report", "--budget", "hot_alloc = 0", id);
    free(id);
}
