/* Runs that are repeated: the rounds of a run, and both sides of a comparison made again. */
#include "audit_run.h"
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(rerun, .init = scratch_make, .fini = scratch_remove);

/* A copy of a program or library, with something behind its end: the same code, another content. */
static void copy(const char *from, const char *name, const char *appended) {
    FILE *in = fopen(from, "rb"), *out = fopen(scratch_path(name), "wb");
    char block[4096];
    cr_assert(in && out, "%s", from);
    for (size_t got; (got = fread(block, 1, sizeof block, in)) > 0;)
        cr_assert_eq(fwrite(block, 1, got, out), got);
    cr_assert(fputs(appended, out) >= 0);
    fclose(in);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(chmod(scratch_path(name), 0755), 0);
}

/* The file is replaced, as a linker does: a running or loaded one must not change. */
static void build(const char *appended) {
    (void)unlink(scratch_path("work.so"));
    copy(TA_PLUGIN, "work.so", appended);
}

static const char scenario[] =
    "{\"workload\": \"work.so\", \"seed\": 7, \"tick_hz\": 1000, \"parameters\": {\"hot_mallocs\": "
    "%d},\n \"phases\": [{\"name\": \"only\", \"load\": \"custom\", \"seconds\": 0.02}]}\n";

static void write_scenario(int hot_mallocs) {
    char text[512];
    snprintf(text, sizeof text, scenario, hot_mallocs);
    scratch_write("a.json", text);
}

static void run_side(const char *side) {
    program_end end = tickaudit("run", "-q", "--label", "PHASE_1", side, "a.json");
    cr_assert_eq(end.code, 0, "%s%s", end.out, end.err);
    program_end_free(&end);
}

static program_end compare_phase(void) {
    return tickaudit("compare", "--phase", "PHASE_1", "--rounds", "3");
}

/* Three rounds settle no time, whatever it is. */
static void expect_unsettled(const program_end *end) {
    expect_code(end, 3);
    expect_out(end, "over 3 interleaved rounds");
    expect_out(end, "--rounds ");
}

Test(rerun, build_of_a_labelled_run_is_kept_and_run_again) {
    write_scenario(1);
    build("before");
    run_side("--pre");
    build("after");
    run_side("--post");
    cr_assert_eq(scratch_count("results/builds", ""), 2);
    program_end end = compare_phase();
    expect_unsettled(&end);
}

Test(rerun, build_that_is_gone_makes_times_inconclusive_and_says_so) {
    write_scenario(1);
    build("before");
    run_side("--pre");
    build("after");
    run_side("--post");
    cr_assert_eq(rename(scratch_path("results/builds"), scratch_path("elsewhere")), 0);
    program_end end = compare_phase();
    expect_code(&end, 3);
    expect_out(&end, "the pre side cannot be run again");
    expect_out(&end, "was not kept");
    program_end without = tickaudit("compare", "--phase", "PHASE_1", "--no-rerun");
    expect_code(&without, 0);
    expect_out(&without, "no time was judged");
}

Test(rerun, scenario_that_has_changed_since_is_not_run) {
    write_scenario(1);
    build("");
    run_side("--pre");
    run_side("--post");
    write_scenario(2);
    program_end end = compare_phase();
    expect_code(&end, 3);
    expect_out(&end, "a.json is another scenario than");
}

Test(rerun, rounds_that_agree_pass_and_keep_the_least_and_greatest_times) {
    plugin_scenario("a.json", "'hot_mallocs': 2", 10, "'hot_allocs = 20'");
    cJSON *result = RESULT_OF(0, "-q", "--rounds", "3", "a.json");
    cr_assert_eq(json_number(result, "rounds.count"), 3);
    for (int i = 0; i < 10; i++) {
        char least[32], greatest[32];
        snprintf(least, sizeof least, "ticks.wall_ns[%d]", i);
        snprintf(greatest, sizeof greatest, "ticks.wall_ns_max[%d]", i);
        cr_assert_leq(json_number(result, least), json_number(result, greatest));
    }
}

Test(rerun, count_that_varies_between_rounds_is_inconclusive_with_its_tick) {
    plugin_scenario("a.json", "'varies_at_tick': 7", 10, "'hot_allocs < 100000'");
    program_end end = tickaudit("run", "--rounds", "6", "--json=a_result.json", "a.json");
    expect_code(&end, 3);
    expect_out(&end, "[????] hot_allocs < 100000");
    expect_out(&end, "nondeterministic");
    expect_out(&end, "first in tick 7");
    program_end compared = tickaudit("compare", "a_result.json", "a_result.json");
    expect_code(&compared, 3);
    expect_out(&compared, "[????] hot_allocs must not rise");
    program_end_free(&end);
}

Test(rerun, count_that_got_worse_is_run_again_before_it_fails) {
    plugin_scenario("a.json", "'varies_at_tick': 7", 10, "");
    char files[4][16] = {"r0.json", "r1.json", "r2.json", "r3.json"};
    double counts[4];
    int least = 0, most = 0;
    for (int i = 0; i < 4; i++) {
        char option[80];
        snprintf(option, sizeof option, "--json=%s", files[i]);
        program_end end = tickaudit("run", "-q", option, "a.json");
        program_end_free(&end);
        counts[i] = json_number(json_file(scratch_path(files[i])), "whole.hot_allocs");
        least = counts[i] < counts[least] ? i : least;
        most = counts[i] > counts[most] ? i : most;
    }
    program_end end = tickaudit("compare", files[least], files[most]);
    expect_code(&end, 3);
    expect_out(&end, "nondeterministic");
    program_end unasked = tickaudit("compare", "--no-rerun", files[least], files[most]);
    expect_code(&unasked, 3);
    expect_out(&unasked, "both runs were the same program");
}

Test(rerun, count_that_varies_breaks_a_budget_only_when_each_round_does) {
    plugin_scenario("a.json", "'varies_at_tick': 7, 'hot_mallocs': 1", 10, "'hot_allocs = 0'");
    program_end end = tickaudit("run", "-q", "--rounds", "3", "a.json");
    expect_code(&end, 1);
}

Test(rerun, round_that_did_not_end_as_meant_makes_the_run_partial) {
    plugin_scenario("a.json", "'exit_at_tick': 5", 10, "");
    program_end end = tickaudit("run", "-q", "--rounds", "3", "a.json");
    expect_code(&end, 4);
}

Test(rerun, rounds_out_of_range_are_refused) {
    plugin_scenario("a.json", "", 5, "");
    EXPECT_REFUSAL(2, "--rounds takes a number from 1 to 1000", "run", "--rounds", "0", "a.json");
    EXPECT_REFUSAL(2, "--rounds takes a number from 2 to 1000", "compare", "--rerun", "--rounds",
                   "1", "a", "b");
    EXPECT_REFUSAL(2, "--rounds goes with", "compare", "--rounds", "5", "a", "b");
    EXPECT_REFUSAL(2, "--rerun does not go with --exact", "compare", "--rerun", "--exact", "a",
                   "b");
}

/* ---- programs ---- */

static void exec_kept(const char *file, const char *path, const char *mallocs,
                      const char *scenario_name) {
    const char *arguments[16] = {"-q", "--json", file}, **at = &arguments[3];
    if (scenario_name) {
        *at++ = "--scenario";
        *at++ = scenario_name;
    }
    *at++ = "--";
    *at++ = path;
    *at++ = "30";
    *at++ = mallocs;
    program_end end = exec_audited(arguments);
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

#define MARKED TA_BUILD_DIR "/tests/exec_marked"

Test(rerun, two_builds_of_a_program_are_alike_whatever_their_files_are_called) {
    copy(MARKED, "game_old", "");
    copy(MARKED, "game_new", "rebuilt");
    exec_kept("pre.json", "./game_old", "2", NULL);
    exec_kept("post.json", "./game_new", "2", NULL);
    program_end end = tickaudit("compare", "pre.json", "post.json");
    expect_code(&end, 0);
    expect_out(&end, "two builds of one program");
    expect_out(&end, "[PASS] hot_allocs must not rise: 60 -> 60");
    cr_assert_null(strstr(end.out, "enem"), "a program has no enemies");
    program_end again = tickaudit("compare", "--rerun", "--rounds", "2", "pre.json", "post.json");
    expect_code(&again, 3);
    expect_out(&again, "over 2 interleaved rounds");
}

Test(rerun, named_scenarios_tell_programs_apart) {
    exec_kept("pre.json", MARKED, "2", "menu");
    exec_kept("post.json", MARKED, "2", "battle");
    EXPECT_REFUSAL(2, "menu", "compare", "pre.json", "post.json");
    exec_kept("post.json", MARKED, "2", "menu");
    program_end end = tickaudit("compare", "pre.json", "post.json");
    expect_code(&end, 0);
}

Test(rerun, more_allocations_of_a_program_fail_with_site_and_tick) {
    exec_kept("pre.json", MARKED, "2", NULL);
    exec_kept("post.json", MARKED, "3", NULL);
    program_end end = tickaudit("compare", "pre.json", "post.json");
    expect_code(&end, 1);
    expect_out(&end, "[FAIL] hot_allocs must not rise: 60 -> 90");
    expect_out(&end, "Note: a side was run once");
    expect_out(&end, "The runs differ first in tick 1: hot_allocs 2 -> 3");
    expect_out(&end, "grown 60 -> 90 allocations");
    expect_out(&end, "exec/marked.c:");
}

/* Without ticks there are no times, but counts can still be asked for twice. */
Test(rerun, counts_of_a_program_that_vary_are_inconclusive_when_run_again) {
    scratch_write("vary.sh",
                  "#!/bin/sh\nn=1$(date +%N); i=0\n"
                  "while [ $i -lt $((n / 1000 % 500)) ]; do eval v$i=$i; i=$((i + 1)); done\n");
    cr_assert_eq(chmod(scratch_path("vary.sh"), 0755), 0);
    for (int i = 0; i < 2; i++) {
        const char *arguments[] = {"-q", "--json",    i ? "post.json" : "pre.json",
                                   "--", "./vary.sh", NULL};
        program_end end = exec_audited(arguments);
        cr_assert_eq(end.code, 0, "%s", end.err);
        program_end_free(&end);
    }
    program_end again = tickaudit("compare", "--rerun", "pre.json", "post.json");
    expect_code(&again, 3);
    expect_out(&again, "nondeterministic");
}

static void exec_words(const char *file) {
    program_end end = exec_audited(
        (const char *const[]){"-q", "--json", file, "--", "./words.sh", "words", NULL});
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

/* A script that has changed, or a file that it is given, is another program. */
Test(rerun, changed_script_or_file_of_an_argument_is_another_build) {
    scratch_write("words.sh", "#!/bin/sh\nwhile read -r word; do eval v$word=1; done <\"$1\"\n");
    cr_assert_eq(chmod(scratch_path("words.sh"), 0755), 0);
    scratch_write("words", "a\n");
    exec_words("pre.json");
    scratch_write("words", "a\nb\nc\nd\n");
    exec_words("more.json");
    program_end more = tickaudit("compare", "pre.json", "more.json");
    expect_code(&more, 1);
    scratch_write("words.sh", "#!/bin/sh\ne=1 f=2 g=3 h=4 i=5 j=6\nwhile read -r word; do eval "
                              "v$word=1; done <\"$1\"\n");
    exec_words("script.json");
    program_end script = tickaudit("compare", "more.json", "script.json");
    expect_code(&script, 1);
}

static void exec_script(const char *file) {
    program_end end =
        exec_audited((const char *const[]){"-q", "--json", file, "--", "./more.sh", NULL});
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

/* Each run again is the same, but not as the kept one was. */
Test(rerun, counts_that_are_not_met_again_are_no_failure) {
    scratch_write("more.sh", "#!/bin/sh\nif [ -e flag ]; then a=1 b=2 c=3 d=4; fi\n");
    cr_assert_eq(chmod(scratch_path("more.sh"), 0755), 0);
    exec_script("pre.json");
    scratch_write("flag", "");
    exec_script("post.json");
    program_end once = tickaudit("compare", "pre.json", "post.json");
    expect_code(&once, 3);
    expect_out(&once, "both runs were the same program");
    program_end again = tickaudit("compare", "--rerun", "--rounds", "5", "pre.json", "post.json");
    expect_code(&again, 3);
    expect_out(&again, "in 6 rounds of the pre run");
}

Test(rerun, program_whose_file_has_changed_is_not_run_again) {
    copy(MARKED, "game", "");
    exec_kept("pre.json", "./game", "2", NULL);
    (void)unlink(scratch_path("game"));
    copy(MARKED, "game", "rebuilt");
    exec_kept("post.json", "./game", "2", NULL);
    program_end end = tickaudit("compare", "--rerun", "pre.json", "post.json");
    expect_code(&end, 3);
    expect_out(&end, "the pre side cannot be run again");
    expect_out(&end, "its build was not kept");
    expect_out(&end, "--label");
}

/* `exec` of a build of "game", as the remedy above says: right after it was built. */
static void build_and_exec(const char *file, const char *appended, const char *const *more) {
    const char *arguments[16] = {"-q", "--json", file}, **at = &arguments[3];
    while (*more)
        *at++ = *more++;
    *at++ = "--";
    *at++ = "./game";
    *at++ = "30";
    *at++ = "2";
    (void)unlink(scratch_path("game"));
    copy(MARKED, "game", appended);
    program_end end = exec_audited(arguments);
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

static void expect_run_again(const char *results) {
    program_end end = tickaudit("compare", "--rerun", "--rounds", "2", "--results", results,
                                "pre.json", "post.json");
    expect_code(&end, 3);
    cr_expect_null(strstr(end.out, "cannot be run again"), "%s", end.out);
    expect_out(&end, "over 2 interleaved rounds");
}

Test(rerun, programs_that_were_built_to_one_file_are_run_again_when_both_had_a_label) {
    const char *const label[] = {"--label", "tuning", NULL};
    const char *const kept[] = {"--label", "tuning", "--results", "elsewhere", NULL};
    build_and_exec("pre.json", "", label);
    build_and_exec("post.json", "rebuilt", label);
    expect_run_again("results");
    cr_expect_eq(scratch_count("results/builds", ""), 2);
    build_and_exec("pre.json", "first", kept);
    build_and_exec("post.json", "second", kept);
    expect_run_again("elsewhere");
    program_end end = tickaudit("compare", "--rerun", "pre.json", "post.json");
    expect_code(&end, 3);
    expect_out(&end, "by --results");
}

Test(rerun, a_program_without_a_label_leaves_no_build) {
    build_and_exec("pre.json", "", (const char *const[]){NULL});
    cr_expect_eq(access(scratch_path("results"), F_OK), -1);
}
