/* valgrind counts with its own means: its "total heap usage" and our totals are one figure.
 *
 * Its malloc replaces every other, so that we count nothing in a process under it (and say so),
 * unless it is told to leave malloc alone, when both count the same process at once. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(valgrind, .init = scratch_make, .fini = scratch_remove);

typedef struct totals {
    double allocs, frees, bytes;
} totals;

/* Also where it cannot read what the compiler wrote (valgrind 3.19 and clang's DWARF 5). */
static void need_valgrind(void) {
    const char *arguments[] = {"valgrind", TA_BUILD_DIR "/tickaudit", "version", NULL};
    program_end end = program_run(arguments, (program_options){0});
    if (end.code == 127)
        scratch_skip("valgrind is not installed");
    if (end.code != 0 && strstr(end.err, "debuginfo reader"))
        scratch_skip("this valgrind cannot read this compiler's debug information");
    expect_code(&end, 0);
    program_end_free(&end);
}

/* Runs the scenario under valgrind, which logs each process to its own file. The C libraries' own
 * cleaning at exit is switched off: no program did those frees. */
static program_end run_under_valgrind(const char *option, const char *level, const char *scenario) {
    char log_option[1100];
    snprintf(log_option, sizeof log_option, "--log-file=%s/valgrind.%%p.log", scratch_path(""));
    const char *arguments[] = {"valgrind",
                               "--run-libc-freeres=no",
                               "--run-cxx-freeres=no",
                               "--trace-children=yes",
                               log_option,
                               option,
                               TA_BUILD_DIR "/tickaudit",
                               "run",
                               "-q",
                               "--json",
                               "--allocator",
                               "system",
                               "--set",
                               level,
                               "--set",
                               "phases[0].seconds=0.2",
                               scenario,
                               NULL};
    return program_run(arguments, (program_options){.folder = scratch_path("")});
}

static double number_before(const char *line, const char *word) {
    const char *at = strstr(line, word);
    cr_assert(at, "no \"%s\" in %s", word, line);
    while (at > line && strchr("0123456789,", at[-1]))
        at--;
    double value = 0;
    for (; strchr("0123456789,", *at); at++) {
        if (*at != ',')
            value = value * 10 + (*at - '0');
    }
    return value;
}

/* What valgrind says of the host program; the other logs are those of tickaudit and git. */
static totals seen_by_valgrind(void) {
    DIR *folder = opendir(scratch_path(""));
    totals found = {-1, -1, -1};
    for (struct dirent *entry; (entry = readdir(folder));) {
        char *text = strstr(entry->d_name, "valgrind.") ? scratch_read(entry->d_name) : NULL;
        char *usage =
            text && strstr(text, "/tickaudit-host ") ? strstr(text, "total heap usage: ") : NULL;
        if (usage) {
            usage[strcspn(usage, "\n")] = 0;
            found = (totals){number_before(usage, " allocs"), number_before(usage, " frees"),
                             number_before(usage, " bytes")};
        }
        free(text);
    }
    closedir(folder);
    return found;
}

static void expect_same(totals seen, const cJSON *result) {
    cr_assert_eq(json_number(result, "totals.allocs"), seen.allocs, "%g, valgrind %g",
                 json_number(result, "totals.allocs"), seen.allocs);
    cr_assert_eq(json_number(result, "totals.frees"), seen.frees);
    cr_assert_eq(json_number(result, "totals.bytes"), seen.bytes);
}

static cJSON *run_alone(int code, const char *level, const char *scenario) {
    return RESULT_OF(code, "-q", "--allocator", "system", "--set", level, "--set",
                     "phases[0].seconds=0.2", scenario);
}

/* Seen apart: valgrind's count of a process in which ours is not in force, and our count of the
 * same run alone. */
static void compare_apart(int code, const char *level, const char *scenario) {
    need_valgrind();
    program_end end = run_under_valgrind("--leak-check=no", level, scenario);
    expect_code(&end, 5);
    expect_err(&end, "another malloc stands before it in the audited process (valgrind,");
    expect_err(&end, "nothing was counted, so there is no result");
    cr_assert_eq(scratch_count("results", ""), 0, "a run that counted nothing is no run");
    expect_same(seen_by_valgrind(), run_alone(code, level, scenario));
}

static void compare_in_one_process(int code, const char *level, const char *scenario) {
    need_valgrind();
    program_end end =
        run_under_valgrind("--soname-synonyms=somalloc=nouserintercepts", level, scenario);
    expect_code(&end, code);
    expect_same(seen_by_valgrind(), json_text_parse(end.out));
}

static const char habits[] =
    "'hot_mallocs': 3, 'allowed_mallocs': 2, 'leak_blocks': 1, 'threads': 2";

Test(valgrind, agrees_on_the_plugin) {
    plugin_scenario("a.json", habits, 60, "");
    compare_apart(0, "seed=7", "a.json");
}

Test(valgrind, agrees_on_the_plugin_in_one_process) {
    plugin_scenario("a.json", habits, 60, "");
    compare_in_one_process(0, "seed=7", "a.json");
}

Test(valgrind, agrees_on_the_arena_without_optimizations) {
    need_arena();
    compare_apart(1, "optimizations=none", shipped_scenario("smoke.json"));
}

Test(valgrind, agrees_on_the_arena_with_all_optimizations) {
    need_arena();
    compare_in_one_process(0, "optimizations=all", shipped_scenario("smoke.json"));
}
