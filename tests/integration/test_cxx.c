/* What is told of C++: the program's own lines, in lines that fit a terminal, and the same sites in
 * two builds. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM(name) TA_BUILD_DIR "/tests/exec_cxx" name

TestSuite(cxx, .init = scratch_make, .fini = scratch_remove);

/* "exec/cxx_sites.cpp:31", the line of the source that has this text. */
static const char *line_with(const char *text) {
    static char place[64];
    char line[256];
    unsigned number = 0;
    FILE *source = fopen(TA_SOURCE_DIR "/tests/integration/exec/cxx_sites.cpp", "r");
    cr_assert_not_null(source);
    do {
        cr_assert_not_null(fgets(line, sizeof line, source), "no line with %s", text);
        number++;
    } while (!strstr(line, text));
    fclose(source);
    (void)snprintf(place, sizeof place, "exec/cxx_sites.cpp:%u", number);
    return place;
}

static void expect_lines_fit(const char *text) {
    for (const char *line = text; *line; line += strcspn(line, "\n") + (*line != '\0'))
        cr_expect_leq(strcspn(line, "\n"), 80, "too long: %.*s", (int)strcspn(line, "\n"), line);
}

static void keep_run(const char *path, const char *json) {
    program_end end = tickaudit("exec", "-q", "--scenario", "cxx", "--json", json, "--", path);
    expect_code(&end, 0);
    program_end_free(&end);
}

static program_end compare(const char *pre, const char *post, const char *option) {
    keep_run(pre, "pre.json");
    keep_run(post, "post.json");
    return tickaudit("compare", "--exact", "pre.json", "post.json", option);
}

static unsigned count(const char *text, const char *what) {
    unsigned found = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        found++;
    return found;
}

Test(cxx, a_failed_budget_names_the_line_of_the_program) {
    program_end end = tickaudit("exec", "--budget", "hot_allocs = 0", "--", PROGRAM(""));
    expect_code(&end, 1);
    const char *why = strstr(end.err, "worst at ");
    cr_assert_not_null(why, "%s", end.err);
    cr_expect_eq(strncmp(why, "worst at game::World::add\n", 26), 0, "%s", why);
    cr_expect(strstr(why, line_with("names[i % 17]")), "%s", why);
    expect_lines_fit(end.err);
    program_end_free(&end);
}

Test(cxx, the_places_of_a_page_are_lines_of_the_program) {
    program_end end = tickaudit("exec", "--", PROGRAM(""));
    expect_code(&end, 0);
    expect_err(&end, "      game::World::add  ");
    expect_err(&end, line_with("names[i % 17]"));
    expect_err(&end, line_with("std::string text("));
    cr_expect_null(strstr(end.err, "\n      std::"), "%s", end.err);
    expect_lines_fit(end.err);
    program_end_free(&end);
}

Test(cxx, a_planted_allocation_is_new_and_nothing_else) {
    program_end end = compare(PROGRAM(""), PROGRAM("_planted"), NULL);
    expect_code(&end, 1);
    cr_expect_eq(count(end.out, "  new 0 -> 1 allocations, "), 2, "%s", end.out);
    cr_expect_eq(count(end.out, "first in tick 43\n        game::World::extra  "), 2, "%s",
                 end.out);
    cr_expect_eq(count(end.out, line_with("/* planted */")), 2, "%s", end.out);
    cr_expect_eq(count(end.out, "\n  new "), 2, "%s", end.out);
    cr_expect_null(strstr(end.out, "\n  gone "), "%s", end.out);
    cr_expect_null(strstr(end.out, "\n  grown "), "%s", end.out);
    expect_lines_fit(end.out);
    program_end_free(&end);
}

static void expect_same_sites(const char *post) {
    program_end end = compare(PROGRAM(""), post, "--json");
    cJSON *json = json_text_parse(end.out);
    cr_expect_eq(json_number(json, "metrics.hot_allocs.difference"), 0);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "sites")), 0, "%s", end.out);
    cJSON_Delete(json);
    program_end_free(&end);
}

Test(cxx, code_that_is_inlined_otherwise_is_the_same) {
    expect_same_sites(PROGRAM("_outlined"));
}

Test(cxx, inlined_functions_are_found_in_split_debug_information_and_after_lto) {
    expect_same_sites(PROGRAM("_split"));
    expect_same_sites(PROGRAM("_lto"));
}

Test(cxx, of_stripped_builds_no_site_is_new_or_gone) {
    program_end end = compare(PROGRAM("_stripped"), PROGRAM("_planted_stripped"), NULL);
    expect_code(&end, 1);
    expect_out(&end, "  no symbols: sites cannot be matched (");
    cr_expect_null(strstr(end.out, "\n  new "), "%s", end.out);
    cr_expect_null(strstr(end.out, "\n  gone "), "%s", end.out);
    cr_expect_null(strstr(end.out, "\n  grown "), "%s", end.out);
    expect_lines_fit(end.out);
    program_end_free(&end);
}

Test(cxx, of_one_stripped_build_each_site_is_itself) {
    program_end end = compare(PROGRAM("_stripped"), PROGRAM("_stripped"), NULL);
    expect_code(&end, 0);
    cr_expect_null(strstr(end.out, "no symbols"), "%s", end.out);
    program_end_free(&end);
}
