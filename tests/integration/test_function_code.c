/* What the code of a function and debug information tell of it: inlined copies of functions that no
 * other file can call, coroutines, tail calls, functions that a linker folded. Never complete where
 * something is missed. */
#include "exec_support.h"
#include "scratch_folder.h"
#include "skip.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define TESTS TA_BUILD_DIR "/tests/"

TestSuite(function_code, .init = scratch_make, .fini = scratch_remove);

/* The allocations in the hot path. */
static double run(const char *binary, const char *what, const char *hot) {
    char path[512];
    snprintf(path, sizeof path, TESTS "%s", binary);
    program_end end =
        exec_audited((const char *const[]){"-q", "--json", "result.json", "--hot", hot, "--budget",
                                           "hot_allocs < 100000", "--", path, what, NULL});
    cr_assert(end.code == 0 || end.code == 3, "%s: %d: %s", hot, end.code, end.err);
    program_end_free(&end);
    return exec_first_path_allocs();
}

/* ---- inlined copies ---- */

static void expect_inlined(const char *binary, const char *what, const char *name) {
    char hot[128];
    snprintf(hot, sizeof hot, "stack:%s", name);
    cr_expect_float_eq(run(binary, what, hot), 100, 0, "%s", hot);
    exec_expect_evidence("function_seen_whole", "complete", "");
}

Test(function_code, copies_of_functions_that_no_other_file_can_call_are_found) {
    expect_inlined("exec_inlined", "nameless", "game::(anonymous namespace)::nameless");
    expect_inlined("exec_inlined", "nameless", "game::(anonymous namespace)::nameless(int)");
    expect_inlined("exec_inlined", "local", "game::local");
    expect_inlined("exec_inlined", "spawn", "game::World::spawn");
    expect_inlined("exec_inlined_split", "local", "game::local");
    cr_expect_float_eq(run("exec_inlined", "local", "stack:game::local(int, int)"), 0, 0);
}

/* clang's has neither namespaces nor linker's names. */
Test(function_code, copies_whose_class_is_not_in_the_debug_information_are_unknown_at_most) {
    double allocs = run("exec_inlined_g1", "spawn", "stack:game::World::spawn");
    if (allocs == 0)
        exec_expect_evidence("function_seen_whole", "unknown", "");
    else
        cr_expect_float_eq(allocs, 100, 0);
}

Test(function_code, a_watched_coroutine_is_not_seen_whole) {
    cr_expect_float_eq(run("exec_coroutine", "coroutine", "stack:update_each"), 100, 0);
    cr_expect_float_eq(run("exec_coroutine", "coroutine", "symbol:update_each"), 0, 0);
    exec_expect_evidence("function_seen_whole", "incomplete", "coroutine");
}

/* ---- tail calls ---- */

static void expect_tail(const char *binary, const char *what, const char *hot, const char *state,
                        const char *detail) {
    run(binary, what, hot);
    exec_expect_evidence("stack_frames_stay", state, detail);
}

static const char *const tails[] = {"exec_tails", "exec_tails_g1", "exec_tails_bare"};

Test(function_code, a_tail_call_is_read_from_the_code) {
    for (unsigned i = 0; i < sizeof tails / sizeof *tails; i++) {
        expect_tail(tails[i], "worker", "stack:to_worker_impl", "incomplete", "to worker");
        expect_tail(tails[i], "worker", "stack:to_worker", "incomplete", "to worker");
        expect_tail(tails[i], "import", "stack:to_import", "incomplete", "to strdup");
    }
}

Test(function_code, a_jump_through_a_register_is_no_tail_call_when_it_is_a_switch) {
    for (unsigned i = 0; i < sizeof tails / sizeof *tails; i++)
        expect_tail(tails[i], "switch", "stack:of_switch", "complete", "");
}

static void expect_doubt(const char *binary, const char *what, const char *hot) {
    run(binary, what, hot);
    cJSON *root = exec_result();
    const char *state = exec_text(exec_evidence(root, "stack_frames_stay"), "state");
    cr_expect_str_neq(state, "complete", "%s of %s", hot, binary);
    cJSON_Delete(root);
}

Test(function_code, a_jump_to_a_pointer_may_be_a_tail_call_where_nothing_tells) {
    for (unsigned i = 0; i < sizeof tails / sizeof *tails; i++) {
        expect_doubt(tails[i], "pointer", "stack:by_pointer");
        expect_doubt(tails[i], "table", "stack:by_table");
    }
}

/* Whether calls are told is the function's around it. */
Test(function_code, an_inlined_copy_may_end_by_a_tail_call_too) {
    if (run("exec_tails_g1", "around", "stack:within") > 0) /* else it is unknown as a whole */
        expect_doubt("exec_tails_g1", "around", "stack:within");
    cr_expect_float_eq(run("exec_tails", "around", "stack:within"), 10, 0);
    expect_doubt("exec_tails", "around", "stack:within");
}

/* ---- folded functions ---- */

Test(function_code, functions_that_lld_folded_are_told) {
    if (!TA_LLD_FOLDS)
        ta_skip("no lld, which folds functions");
    run("exec_folded_lld", "", "stack:fold_one");
    exec_expect_evidence("function_alone", "incomplete", "it is one with fold_two");
    run("exec_folded_lld", "", "symbol:fold_two");
    exec_expect_evidence("function_alone", "incomplete", "it is one with fold_one");
    run("exec_tails", "worker", "stack:to_worker_impl");
    exec_expect_evidence("function_alone", "complete", "");
    run("exec_tails_bare", "worker", "stack:to_worker_impl");
    exec_expect_evidence("function_alone", "unknown", "one address with to_worker");
}
