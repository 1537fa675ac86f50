/* Where the program may lie, and what has to lie beside it. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(places, .init = scratch_make, .fini = scratch_remove);

static void copy(const char *name, const char *folder) {
    char from[1024];
    snprintf(from, sizeof from, "%s/%s", TA_BUILD_DIR, name);
    const char *arguments[] = {"cp", from, folder, NULL};
    program_end end = program_run(arguments, (program_options){0});
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
}

static program_end run_from(const char *folder, const char *allocator) {
    char path[1024];
    snprintf(path, sizeof path, "%s/tickaudit", folder);
    const char *arguments[] = {path, "run", "--allocator", allocator, "a.json", NULL};
    plugin_scenario("a.json", "'hot_mallocs': 2", 5, "'hot_allocs = 10'");
    return program_run(arguments, (program_options){.folder = scratch_path("")});
}

Test(places, path_with_space_and_colon_works) {
    const char *folder = scratch_path("with space:and colon");
    cr_assert_eq(mkdir(folder, 0777), 0);
    copy("tickaudit", folder);
    copy("tickaudit-host", folder);
    copy("libtickaudit.so", folder);
    copy("libtickaudit-mimalloc.so", folder);
    program_end over_mimalloc = run_from(folder, "mimalloc");
    expect_code(&over_mimalloc, 0);
    program_end over_system = run_from(folder, "system");
    expect_code(&over_system, 0);
}

Test(places, scenario_and_results_with_space_and_colon_work) {
    cr_assert_eq(mkdir(scratch_path("a b:c"), 0777), 0);
    plugin_scenario("a b:c/d e:f.json", "'hot_mallocs': 2", 5, "'hot_allocs = 10'");
    program_end end = tickaudit("run", "--results", "a b:c/the results", "a b:c/d e:f.json");
    expect_code(&end, 0);
    cr_assert_eq(log_lines("a b:c/the results"), 2);
}

Test(places, installed_layout_works) {
    static const char own[] = "bin/" TA_WAY_TO_LIBRARIES "/tickaudit";
    mkdir(scratch_path("bin"), 0777);
    const char *make[] = {"mkdir", "-p", scratch_path(own), NULL};
    program_end made = program_run(make, (program_options){0});
    cr_assert_eq(made.code, 0, "%s", made.err);
    copy("tickaudit", scratch_path("bin"));
    copy("tickaudit-host", scratch_path(own));
    copy("libtickaudit.so", scratch_path(own));
    copy("libtickaudit-mimalloc.so", scratch_path(own));
    program_end end = run_from(scratch_path("bin"), "mimalloc");
    expect_code(&end, 0);
}

Test(places, five_when_a_companion_is_missing_and_it_is_named) {
    const char *folder = scratch_path("alone");
    cr_assert_eq(mkdir(folder, 0777), 0);
    copy("tickaudit", folder);
    program_end alone = run_from(folder, "system");
    expect_code(&alone, 5);
    expect_err(&alone, "tickaudit-host is missing");
    copy("tickaudit-host", folder);
    program_end no_library = run_from(folder, "system");
    expect_code(&no_library, 5);
    expect_err(&no_library, "libtickaudit.so is missing");
    expect_err(&no_library, "alone/");
    cr_assert_eq(scratch_count("results", ""), 0);
}

/* The path in a scenario is relative to the scenario, one given by --set to where we are. */
Test(places, plugin_is_found_beside_its_scenario_from_anywhere) {
    cr_assert_eq(mkdir(scratch_path("mine"), 0777), 0);
    copy("tests/plugin_workload.so", scratch_path("mine"));
    plugin_scenario("mine/a.json", "", 5, "");
    char *text = scratch_read("mine/a.json");
    char *path = strstr(text, TA_BUILD_DIR "/tests/");
    cr_assert(path);
    memmove(path, path + strlen(TA_BUILD_DIR "/tests/"),
            strlen(path + strlen(TA_BUILD_DIR "/tests/")) + 1);
    scratch_write("mine/b.json", text);
    program_end end = tickaudit("run", "mine/b.json");
    expect_code(&end, 0);
    program_end by_option =
        tickaudit("run", "--set", "workload=mine/plugin_workload.so", "mine/a.json");
    expect_code(&by_option, 0);
    program_end wrong = tickaudit("run", "--set", "workload=plugin_workload.so", "mine/b.json");
    expect_code(&wrong, 2);
}

/* Something else in LD_PRELOAD stays there, behind us. */
Test(places, other_preloaded_libraries_are_kept) {
    static const char *const environment[] = {"LD_PRELOAD=libm.so.6", NULL};
    plugin_scenario("a.json", "'hot_mallocs': 2, 'talks': 1", 5, "'hot_allocs = 10'");
    program_end end =
        TICKAUDIT_WITH((program_options){.environment = environment}, "run", "a.json");
    expect_code(&end, 0);
    expect_err(&end, ":libm.so.6\n"); /* behind ours, whose name depends on the place */
}

Test(places, run_from_the_root_folder_needs_only_absolute_paths) {
    plugin_scenario("a.json", "", 5, "");
    program_end end = TICKAUDIT_WITH((program_options){.folder = "/"}, "run", "--results",
                                     scratch_path("results"), scratch_path("a.json"));
    expect_code(&end, 0);
    cr_assert_eq(log_lines("results"), 2);
}
