/* Modules that come while the program runs, tables that were copied, coroutines: what calls of a
 * function they hold is seen, or said to be missed. */
#define _GNU_SOURCE
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TESTS  TA_BUILD_DIR "/tests"
#define LATE   TESTS "/exec_late"
#define PLUGIN "exec_late_plugin.so"

TestSuite(modules, .init = scratch_make, .fini = scratch_remove);

/* By a budget that all runs meet; the allocations in the hot path. */
static double run(int code, const char *hot, const char *const *arguments) {
    const char *all[16] = {"-q", "--json",   "result.json",         "--tick", "whole", "--hot",
                           hot,  "--budget", "hot_allocs < 100000", "--",     LATE};
    for (unsigned i = 0; arguments[i]; i++)
        all[i + 11] = arguments[i];
    program_end end = exec_audited(all);
    cr_assert_eq(end.code, code, "%s: %d: %s", hot, end.code, end.err);
    program_end_free(&end);
    return exec_first_path_allocs();
}

#define RUN(code, hot, ...) run(code, hot, (const char *const[]){__VA_ARGS__, NULL})

Test(modules, calls_through_a_table_that_was_copied_are_seen) {
    cr_expect_float_eq(RUN(0, "symbol:late_step", "table"), 10, 0);
    cr_expect_float_eq(RUN(0, "stack:late_step", "table"), 10, 0);
}

Test(modules, calls_of_a_plugin_that_registered_itself_are_seen) {
    cr_expect_float_eq(RUN(0, "symbol:late_step", "plugin", TESTS "/" PLUGIN), 10, 0);
    exec_expect_evidence("function_seen_whole", "unknown",
                         "1 module was loaded later with constructors");
    cr_expect_float_eq(RUN(0, "symbol:late_step", "plugin", "./" PLUGIN, TESTS), 10, 0);
}

/* libc reads from the caller's return address where to look for a bare name. */
Test(modules, calls_of_a_plugin_that_was_found_by_its_name_may_be_missed) {
    setenv("LD_LIBRARY_PATH", TESTS, 1);
    RUN(3, "symbol:late_step", "plugin", PLUGIN);
    exec_expect_evidence("function_seen_whole", "incomplete", "loaded later by name");
    cr_expect_float_eq(RUN(0, "stack:late_step", "plugin", PLUGIN), 10, 0);
}

/* The program is in another folder when its file is read. */
Test(modules, a_plugin_by_a_relative_path_is_read) {
    cr_expect_float_eq(RUN(0, "stack:step", "plugin", "./" PLUGIN, TESTS), 10, 0);
    exec_expect_evidence("stack_function_found", "complete", PLUGIN);
}

Test(modules, a_coroutine_ends_where_makecontext_put_its_end) {
    cr_expect_float_eq(RUN(0, "stack:late_step", "coroutine"), 10, 0);
    exec_expect_evidence("stacks_whole", "complete", "");
    cr_expect_float_eq(RUN(0, "stack:coroutine", "coroutine"), 20, 0);
}
