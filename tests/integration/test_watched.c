/* Functions that are hot paths from outside, by --hot symbol:NAME: the program does what it always
 * does, however a call is left, and just what they allocate counts. */
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHED TA_BUILD_DIR "/tests/exec_watched"
#define PLUGIN  TA_BUILD_DIR "/tests/exec_watched_plugin.so"

#define OWN        TA_BUILD_DIR "/tests/exec_watched_own"
#define OWN_PLUGIN TA_BUILD_DIR "/tests/exec_watched_own_plugin.so"

/* All but block_of. The vectors' function may not be there for want of the instructions. */
#define ALL_HOT                                                                                    \
    "--hot", "symbol:take_all", "--hot", "symbol:give_long_double", "--hot", "symbol:give_wide",   \
        "--hot", "symbol:give_complex", "--hot", "symbol:keep_errno", "--hot",                     \
        "symbol:throw_number", "--hot", "symbol:jump_away", "--hot", "symbol:call_back", "--hot",  \
        "symbol:recurse", "--hot", "symbol:add_vectors"

TestSuite(watched, .init = scratch_make, .fini = scratch_remove);

static double entries_of(const cJSON *root, const char *name) {
    const cJSON *path;
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(root, "hot_paths")) {
        if (strcmp(exec_text(path, "name"), name) == 0)
            return exec_number(path, "entries");
    }
    return 0;
}

/* Sums up the sites of the library's own blocks; exceptions are allocated too, by the runtime. */
static double of_blocks(const cJSON *root, const char *field) {
    double sum = 0;
    const cJSON *site, *frame;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) {
        frame = exec_frame(root, site, 0);
        sum += strcmp(exec_text(frame, "function"), "block_of") == 0 ? exec_number(site, field) : 0;
    }
    return sum;
}

static void expect_exact(const char *allocator, const char *watched, const char *plugin) {
    program_end end = AUDITED("-q", "--json", "result.json", "--allocator", allocator, ALL_HOT,
                              "--", watched, plugin);
    cr_assert_eq(end.code, 0, "%d: %s", end.code, end.err);
    double calls = strtod(end.out, NULL);
    cJSON *root = exec_result();
    cr_expect_float_eq(of_blocks(root, "allocs"), calls, 0, "%g for %g calls",
                       of_blocks(root, "allocs"), calls);
    cr_expect_float_eq(of_blocks(root, "bytes"), 24 * calls, 0);
    cr_expect_float_eq(entries_of(root, "recurse"), 201, 0);
    cr_expect_float_eq(entries_of(root, "keep_errno"), 2 + 400 + 5 + 1, 0);
    cr_expect_float_eq(entries_of(root, "throw_number"), 12, 0);
    cr_expect_float_eq(entries_of(root, "jump_away"), 11, 0);
    cr_expect_float_eq(exec_number(cJSON_GetObjectItem(root, "lost"), "scopes"), 0, 0);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(watched, each_way_out_of_a_hot_function_leaves_it) {
    expect_exact("system", WATCHED, PLUGIN);
}

Test(watched, each_way_out_leaves_it_over_mimalloc_too) {
    expect_exact("mimalloc", WATCHED, PLUGIN);
}

Test(watched, functions_of_the_program_itself_are_watched_as_well) {
    expect_exact("system", OWN, OWN_PLUGIN);
    expect_exact("mimalloc", OWN, OWN_PLUGIN);
}

Test(watched, so_are_those_of_a_program_at_a_fixed_address) {
    expect_exact("system", TA_BUILD_DIR "/tests/exec_watched_plain", OWN_PLUGIN);
}

Test(watched, a_function_of_cpp_is_named_as_it_is_written) {
    cJSON *root = RESULT_OF_EXEC("--hot", "symbol:game::World<int>::spawn", "--",
                                 TA_BUILD_DIR "/tests/exec_names");
    cr_expect_float_eq(entries_of(root, "game::World<int>::spawn"), 100, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 8, 0, "a vector grows to 128");
    cJSON_Delete(root);
}

static void expect_unwatchable(const char *function, const char *why) {
    char symbol[64];
    snprintf(symbol, sizeof symbol, "symbol:%s", function);
    program_end end = AUDITED("--hot", symbol, "--", TA_BUILD_DIR "/tests/exec_unwatchable");
    cr_expect_eq(end.code, 2, "%s: %d", function, end.code);
    cr_expect(strstr(end.err, why), "%s", end.err);
    cr_expect_str_empty(end.out);
    program_end_free(&end);
}

Test(watched, a_function_whose_beginning_cannot_be_moved_is_refused) {
    expect_unwatchable("too_short", "too short");
    expect_unwatchable("counts_at_once", "cannot be moved");
    expect_unwatchable("loops_to_its_beginning", "jumps back to its beginning");
    expect_unwatchable("no_function", "neither a function of");
}

Test(watched, what_the_first_instruction_leads_to_is_where_it_was) {
    program_end end =
        AUDITED("-q", "--json", "result.json", "--hot", "symbol:reads_at_once", "--hot",
                "symbol:compares_at_once", "--hot", "symbol:calls_at_once", "--hot",
                "symbol:branches_at_once", "--", TA_BUILD_DIR "/tests/exec_unwatchable");
    cr_assert_eq(end.code, 0, "%d: %s", end.code, end.err);
    cr_expect_str_eq(end.out, "4711 1 3 0 1\n");
    cJSON *root = exec_result();
    cr_expect_float_eq(entries_of(root, "reads_at_once"), 1, 0);
    cr_expect_float_eq(entries_of(root, "compares_at_once"), 1, 0);
    cr_expect_float_eq(entries_of(root, "calls_at_once"), 1, 0);
    cr_expect_float_eq(entries_of(root, "branches_at_once"), 2, 0);
    cJSON_Delete(root);
    program_end_free(&end);
}

Test(watched, a_stack_leads_through_a_watched_function_as_if_nobody_watched) {
    cJSON *root = RESULT_OF_EXEC("--hot", "symbol:recurse", "--", WATCHED);
    const cJSON *site = exec_site_with(root, "main"); /* the deepest end before it */
    exec_expect_stack(root, site,
                      (const char *const[]){"block_of", "allocate", "recurse", "main", NULL});
    const cJSON *frame;
    for (int depth = 0; (frame = exec_frame(root, site, depth)); depth++)
        cr_expect_null(strstr(exec_text(frame, "module"), "libtickaudit"));
    cJSON_Delete(root);
}

Test(watched, a_function_can_be_tick_and_hot_path_at_once) {
    cJSON *root =
        RESULT_OF_EXEC("--tick", "symbol:recurse", "--hot", "symbol:recurse", "--", WATCHED);
    cr_expect_float_eq(exec_whole(root, "ticks"), 200, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 201, 0);
    cJSON_Delete(root);
}

Test(watched, a_function_that_nothing_imports_is_refused_before_the_program_runs) {
    program_end end = AUDITED("--hot", "symbol:no_such_function", "--", WATCHED);
    cr_expect_eq(end.code, 2);
    cr_expect(strstr(end.err, "--hot symbol:no_such_function: it is neither"), "%s", end.err);
    cr_expect_str_empty(end.out);
    program_end_free(&end);
}

Test(watched, hot_takes_a_symbol_alone) {
    const char *const wrong[] = {"recurse", "symbol:", "", "marks"};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        program_end end = AUDITED("--hot", wrong[i], "--", "/bin/true");
        cr_expect_eq(end.code, 2, "%s", wrong[i]);
        cr_expect(strstr(end.err, "--hot takes symbol:"), "%s", end.err);
        program_end_free(&end);
    }
}
