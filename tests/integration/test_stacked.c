/* Hot paths by stack, where watching a function cannot see: counts equal the program's own, and
 * what may have gone unseen is evidence that is not complete. */
#define _GNU_SOURCE
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACKED TA_BUILD_DIR "/tests/exec_stacked"
#define BARE    TA_BUILD_DIR "/tests/exec_stacked_bare"
#define FOLDED  TA_BUILD_DIR "/tests/exec_folded"
#define PARTED  TA_BUILD_DIR "/tests/exec_parted"
#define FOLLOWS TA_BUILD_DIR "/tests/exec_follows"
#define PLUGIN  TA_BUILD_DIR "/tests/exec_stacked_plugin.so"

TestSuite(stacked, .init = scratch_make, .fini = scratch_remove);

/* What the program counted itself. */
typedef struct told {
    double allocs, bytes;
} told;

typedef struct run {
    const char *hot, *mode, *third; /* `third` may be NULL */
    const char *option;             /* one more, or NULL */
    int code;
    const char *program;
} run;

static told run_stacked(run r) {
    const char *arguments[24] = {
        "-q",  "--json",   "result.json",         "--tick", "symbol:swap_buffers", "--hot",
        r.hot, "--budget", "hot_allocs < 1000000"};
    unsigned count = 9;
    if (r.option)
        arguments[count++] = r.option;
    arguments[count++] = "--";
    arguments[count++] = r.program ? r.program : STACKED;
    arguments[count++] = r.mode;
    arguments[count++] = "50";
    arguments[count] = r.third;
    program_end end = exec_audited(arguments);
    cr_assert_eq(end.code, r.code, "%s: %d, not %d: %s", r.mode, end.code, r.code, end.err);
    char *rest;
    told t = {strtod(end.out, &rest), 0};
    t.bytes = strtod(rest, NULL);
    program_end_free(&end);
    return t;
}

/* The only hot path of the result. */
static const cJSON *path_of(const cJSON *root) {
    const cJSON *paths = cJSON_GetObjectItem(root, "hot_paths");
    cr_assert_eq(cJSON_GetArraySize(paths), 1);
    return cJSON_GetArrayItem(paths, 0);
}

typedef struct ticks {
    double first, count, worst, most, threads;
} ticks;

static void expect_path(told t, ticks expected) {
    cJSON *root = exec_result();
    const cJSON *path = path_of(root);
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(path, "entries")));
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(path, "frees")));
    cr_expect_float_eq(exec_number(path, "allocs"), t.allocs, 0, "%g of %g",
                       exec_number(path, "allocs"), t.allocs);
    cr_expect_float_eq(exec_number(path, "bytes"), t.bytes, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), t.allocs, 0);
    cr_expect_float_eq(exec_number(path, "first_tick"), expected.first, 0);
    cr_expect_float_eq(exec_number(path, "ticks"), expected.count, 0);
    cr_expect_float_eq(exec_number(path, "worst_tick"), expected.worst, 0);
    cr_expect_float_eq(exec_number(path, "worst_tick_allocs"), expected.most, 0);
    cr_expect_float_eq(exec_number(path, "threads"), expected.threads, 0);
    double sites = 0;
    const cJSON *site;
    cJSON_ArrayForEach(site, cJSON_GetObjectItem(root, "sites")) sites +=
        exec_number(site, "allocs");
    cr_expect_float_eq(sites, t.allocs, 0, "by sites %g", sites);
    cJSON_Delete(root);
}

/* ---- exact ---- */

Test(stacked, inlined_copies_are_counted) {
    told t = run_stacked((run){.hot = "stack:game::World::spawn", .mode = "inlined"});
    cr_expect_float_eq(t.allocs, 67, 0);
    expect_path(t, (ticks){1, 50, 1, 2, 1});
    exec_expect_evidence("stack_function_found", "complete", "2 inlined");
    exec_expect_evidence("stacks_whole", "complete", "");
}

Test(stacked, calls_within_a_library_are_counted) {
    told t = run_stacked((run){.hot = "stack:lib_step", .mode = "library"});
    cr_expect_float_eq(t.allocs, 300, 0);
    expect_path(t, (ticks){1, 50, 1, 6, 1});
}

Test(stacked, a_plugin_that_is_loaded_later_is_read_in_time) {
    told t = run_stacked((run){"stack:plugin_step", "plugin", PLUGIN, NULL, 0, NULL});
    cr_expect_float_eq(t.allocs, 113, 0, "with those of spawn");
    expect_path((told){90, 2700}, (ticks){6, 45, 6, 3, 1});
    run_stacked((run){"stack:game::World::spawn", "plugin", PLUGIN, NULL, 0, NULL});
    expect_path((told){23, 920}, (ticks){6, 23, 6, 1, 1});
    exec_expect_evidence("stacks_in_time", "complete", "");
}

Test(stacked, what_a_plugin_allocates_as_it_is_loaded_is_counted) {
    setenv("PLUGIN_BEGINS", "1", 1);
    run_stacked((run){"stack:plugin_begin", "plugin", PLUGIN, NULL, 0, NULL});
    expect_path((told){10, 90}, (ticks){6, 1, 6, 10, 1});
    exec_expect_evidence("stacks_in_time", "complete", "");
    setenv("PLUGIN_BEGINS", "threads", 1);
    run_stacked((run){"stack:plugin_begin", "plugin", PLUGIN, NULL, 0, NULL});
    unsetenv("PLUGIN_BEGINS");
    expect_path((told){10, 90}, (ticks){6, 1, 6, 10, 1});
    exec_expect_evidence("stacks_in_time", "incomplete", "10 allocations in plugin_begin");
}

Test(stacked, a_plugin_that_registers_itself_is_read_between_two_ticks) {
    setenv("PLUGIN_REGISTERS", "1", 1);
    run_stacked((run){"stack:plugin_step", "registers", PLUGIN, NULL, 0, NULL});
    unsetenv("PLUGIN_REGISTERS");
    expect_path((told){90, 2700}, (ticks){6, 45, 6, 3, 1});
    exec_expect_evidence("stacks_in_time", "complete", "");
}

Test(stacked, a_function_shorter_than_a_jump_is_counted) {
    told t = run_stacked((run){.hot = "stack:short_one", .mode = "short"});
    expect_path(t, (ticks){1, 50, 1, 1, 1});
}

Test(stacked, recursion_counts_each_allocation_once) {
    told t = run_stacked((run){.hot = "stack:nest", .mode = "nest"});
    cr_expect_float_eq(t.allocs, 1275, 0);
    expect_path(t, (ticks){1, 50, 50, 50, 1});
}

Test(stacked, a_coroutine_has_a_stack_of_its_own) {
    told t = run_stacked((run){.hot = "stack:in_coroutine", .mode = "coroutine"});
    expect_path(t, (ticks){1, 50, 1, 1, 1});
    exec_expect_evidence("stacks_whole", "complete", "");
}

Test(stacked, threads_are_told_apart) {
    told t = run_stacked((run){.hot = "stack:scaled", .mode = "threads"});
    cr_expect_float_eq(t.allocs, 600, 0);
    expect_path(t, (ticks){1, 50, 1, 12, 200});
}

Test(stacked, a_frame_that_is_no_longer_there_does_not_count) {
    told t = run_stacked((run){.hot = "stack:twin_one", .mode = "twins"});
    cr_expect_float_eq(t.allocs, 100, 0);
    expect_path(t, (ticks){1, 50, 1, 2, 1});
}

Test(stacked, a_stack_deeper_than_what_is_kept_is_still_looked_at) {
    told t = run_stacked((run){"stack:deep", "deep", "1000", NULL, 0, NULL});
    expect_path(t, (ticks){1, 50, 1, 1, 1});
}

Test(stacked, copies_and_cold_parts_belong_to_their_function) {
    told t = run_stacked((run){.hot = "stack:game::parse", .mode = "throws"});
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), t.allocs + 7, 0, "and exceptions");
    cJSON_Delete(root);
}

Test(stacked, an_allowed_stretch_covers_it) {
    told t = run_stacked((run){.hot = "stack:partly_allowed", .mode = "allowed"});
    cr_expect_float_eq(t.allocs, 50, 0);
    expect_path(t, (ticks){1, 50, 1, 1, 1});
}

Test(stacked, parameters_tell_overloads_apart) {
    told t = run_stacked((run){.hot = "stack:game::draw(int)", .mode = "overloads"});
    expect_path(t, (ticks){1, 50, 1, 1, 1});
    program_end end = AUDITED("--hot", "stack:game::draw", "--", STACKED, "overloads", "5");
    cr_expect(strstr(end.err, "means 2 functions"), "%s", end.err);
    cr_expect(strstr(end.err, "game::draw(double)"), "%s", end.err);
    program_end_free(&end);
}

Test(stacked, a_hot_path_by_stack_and_by_symbol_is_one) {
    cJSON *root = RESULT_OF_EXEC("--hot", "stack:game::parse", "--hot", "symbol:game::parse",
                                 "--budget", "hot_allocs < 1000", "--", STACKED, "throws", "50");
    const cJSON *path = path_of(root);
    cr_expect_float_eq(exec_number(path, "entries"), 50, 0);
    cr_expect_float_eq(exec_number(path, "allocs"), 57, 0);
    cJSON_Delete(root);
}

Test(stacked, children_that_are_followed_have_their_own) {
    program_end end = AUDITED("-q", "--json", "result.json", "--follow", "--hot",
                              "stack:game::World::spawn", "--budget", "hot_allocs < 1000", "--",
                              "/bin/sh", "-c", STACKED " inlined 50; " STACKED " inlined 20; true");
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 67 + 27, 0);
    cJSON_Delete(root);
}

/* What came before a module was read is found out before the ledger of its process is released;
 * what is told of modules and stacks is that of all processes. */
Test(stacked, a_followed_process_is_settled_before_it_is_released) {
    program_end end =
        AUDITED("-q", "--json", "result.json", "--follow", "--hot", "stack:plugin_begin",
                "--budget", "hot_allocs < 1000", "--", "/bin/sh", "-c",
                "for i in 1 2 3; do PLUGIN_BEGINS=threads " STACKED " plugin 20 " PLUGIN
                "; sleep 0.2; done");
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 30, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 30, 0);
    cJSON_Delete(root);
    exec_expect_evidence("stack_function_found", "complete", "exec_stacked_plugin.so has 1 of it");
    exec_expect_evidence("stacks_in_time", "incomplete", "30 allocations in plugin_begin");
    end = AUDITED("-q", "--json", "result.json", "--follow", "--hot", "stack:above_no_table",
                  "--budget", "hot_allocs < 1000", "--", "/bin/sh", "-c",
                  STACKED " no_table 50; sleep 0.2; " STACKED " no_table 20; sleep 0.2");
    cr_expect_eq(end.code, 3, "%s", end.err);
    program_end_free(&end);
    exec_expect_evidence("stacks_whole", "incomplete", "70 stacks broke off");
}

/* Each waits for its modules to be read, and is released when it has ended. */
Test(stacked, hundreds_of_followed_processes_are_counted_each) {
    program_end end =
        AUDITED("-q", "--json", "result.json", "--follow", "--hot", "stack:many", "--budget",
                "hot_allocs = 500", "--", TA_BUILD_DIR "/tests/exec_follows", "many", "500");
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 500, 0);
    cJSON_Delete(root);
    exec_expect_evidence("stacks_in_time", "complete", "");
}

static double allocs_in_main(const char *script) {
    program_end end = AUDITED("-q", "--json", "result.json", "--follow", "--hot", "stack:main",
                              "--budget", "hot_allocs > 0", "--", "/bin/sh", "-c", script);
    cr_assert_eq(end.code, 0, "%s", end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    double allocs = exec_number(path_of(root), "allocs");
    cJSON_Delete(root);
    return allocs;
}

/* A build within the run puts another program in the place of one that was read. */
Test(stacked, a_program_that_is_built_anew_in_between_is_read_anew) {
    double first = allocs_in_main("cp " PARTED " prog; ./prog; true");
    double second = allocs_in_main("cp " FOLLOWS " prog; ./prog leaf; true");
    cr_expect(first > 0 && second >= 30, "%g, %g", first, second);
    double both =
        allocs_in_main("cp " PARTED " prog; ./prog; cp " FOLLOWS " prog; ./prog leaf; true");
    cr_expect_float_eq(both, first + second, 0, "%g, not %g and %g", both, first, second);
}

/* It sleeps until it is answered: hundreds at once would keep the reader from its work. The shell
 * stops the reader meanwhile, and starts its own tools without a ledger to wait for. */
Test(stacked, a_process_that_waits_for_its_modules_does_not_poll) {
    program_end end = AUDITED(
        "-q", "--json", "result.json", "--follow", "--hot", "stack:main", "--", "/bin/sh", "-c",
        "kill -STOP $PPID; " FOLLOWS " leaf & LD_PRELOAD= TICKAUDIT_LEDGER= sleep 1; "
        "LD_PRELOAD= TICKAUDIT_LEDGER= sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "
        "/proc/$!/status; kill -CONT $PPID; wait");
    cr_assert_eq(end.code, 0, "%s", end.err);
    char *rest;
    long switches = strtol(end.out, &rest, 10);
    cr_expect(rest != end.out && switches < 100, "it slept %ld times: %s", switches, end.out);
    program_end_free(&end);
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 30, 0);
    cJSON_Delete(root);
}

/* ---- what may have gone unseen ---- */

Test(stacked, a_function_that_no_module_has_is_inconclusive) {
    run_stacked((run){"stack:game::drow", "overloads", NULL, NULL, 3, NULL});
    exec_expect_evidence("stack_function_found", "incomplete", "names like it: game::draw");
}

Test(stacked, whether_it_was_entered_is_unknown_without_an_allocation) {
    run_stacked((run){.hot = "stack:game::parse", .mode = "idle"});
    exec_expect_evidence("hot_path_entered", "unknown", "not known");
    run_stacked((run){"stack:game::parse", "idle", NULL, "--strict", 3, NULL});
}

Test(stacked, a_tail_call_is_told) {
    run_stacked((run){"stack:jumps_on", "tail", NULL, NULL, 3, NULL});
    exec_expect_evidence("stack_frames_stay", "incomplete", "to at_the_end");
}

Test(stacked, a_frame_without_unwind_tables_is_told) {
    run_stacked((run){"stack:above_no_table", "no_table", NULL, NULL, 3, NULL});
    exec_expect_evidence("stacks_whole", "incomplete", "50 stacks broke off");
}

Test(stacked, a_stack_that_is_cut_is_told) {
    run_stacked((run){"stack:deep", "deep", "8000", NULL, 3, NULL});
    exec_expect_evidence("stacks_whole", "incomplete", "50 stacks had more than");
}

Test(stacked, without_debug_information_copies_are_unknown) {
    run_stacked((run){"stack:game::parse", "throws", NULL, NULL, 0, BARE});
    exec_expect_evidence("function_seen_whole", "unknown", "no debug information");
    run_stacked((run){"stack:game::parse", "throws", NULL, "--strict", 3, BARE});
}

Test(stacked, frees_are_not_told_by_stack) {
    program_end end = AUDITED("--hot", "stack:game::parse", "--budget", "hot_frees = 0", "--",
                              STACKED, "throws", "50");
    cr_expect_eq(end.code, 3, "%d", end.code);
    cr_expect(strstr(end.err, "frees are not told"), "%s", end.err);
    program_end_free(&end);
}

/* ---- a watched function ---- */

Test(stacked, a_watched_function_with_calls_within_its_library_is_not_seen_whole) {
    run_stacked((run){"symbol:lib_step", "library", NULL, NULL, 3, NULL});
    exec_expect_evidence("function_seen_whole", "incomplete", "within exec_stacked_lib.so");
    cJSON *root = exec_result();
    cr_expect(strstr(exec_text(exec_evidence(root, "function_seen_whole"), "remedy"), "stack:"));
    cJSON_Delete(root);
}

Test(stacked, a_watched_function_with_inlined_copies_is_not_seen_whole) {
    told t = run_stacked((run){"symbol:partly", "partly", NULL, NULL, 3, NULL});
    cr_expect_float_eq(t.allocs, 100, 0);
    exec_expect_evidence("function_seen_whole", "incomplete", "inlined in exec_stacked");
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 50, 0);
    cJSON_Delete(root);
    t = run_stacked((run){.hot = "stack:partly", .mode = "partly"});
    expect_path(t, (ticks){1, 50, 1, 2, 1});
}

Test(stacked, a_name_that_several_modules_have_is_watched_in_one) {
    run_stacked((run){"symbol:same_name", "same", NULL, NULL, 3, NULL});
    exec_expect_evidence("function_seen_whole", "incomplete",
                         "2 modules have functions of that name");
    told t = run_stacked((run){.hot = "stack:same_name", .mode = "same"});
    cr_expect_float_eq(t.allocs, 100, 0);
    expect_path(t, (ticks){1, 50, 1, 2, 1});
}

Test(stacked, a_budget_that_was_seen_broken_fails_although_not_all_was_seen) {
    program_end end = AUDITED("--hot", "symbol:partly", "--budget", "hot_allocs = 0", "--", STACKED,
                              "partly", "5");
    cr_expect_eq(end.code, 1, "%d: %s", end.code, end.err);
    program_end_free(&end);
}

Test(stacked, a_tick_that_has_inlined_copies_leaves_ticks_open) {
    program_end end = AUDITED("--tick", "symbol:partly", "--budget", "allocs_per_tick == 3", "--",
                              STACKED, "partly", "5");
    cr_expect_eq(end.code, 3, "%d: %s", end.code, end.err);
    program_end_free(&end);
}

Test(stacked, a_function_whose_cold_part_is_named_alike_is_watched_at_its_entry) {
    told t = run_stacked((run){.hot = "symbol:game::parse(int)", .mode = "throws"});
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "entries"), 50, 0);
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), t.allocs + 7, 0);
    cJSON_Delete(root);
    exec_expect_evidence("function_seen_whole", "complete", "");
}

Test(stacked, imports_of_cpp_are_named_as_they_are_written) {
    run_stacked((run){.hot = "symbol:lib::resize(int)", .mode = "imports"});
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "entries"), 50, 0);
    cJSON_Delete(root);
    run_stacked((run){.hot = "symbol:lib::resize", .mode = "imports"});
    root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "entries"), 100, 0, "both overloads");
    cJSON_Delete(root);
}

Test(stacked, a_name_that_is_none_gets_those_like_it) {
    program_end end = AUDITED("--hot", "symbol:draw", "--", STACKED, "overloads", "5");
    cr_expect_eq(end.code, 2);
    cr_expect(strstr(end.err, "names like it: game::draw"), "%s", end.err);
    program_end_free(&end);
    end = AUDITED("--hot", "symbol:game::pares", "--", STACKED, "throws", "5");
    cr_expect_eq(end.code, 2);
    cr_expect(strstr(end.err, "game::parse"), "%s", end.err);
    program_end_free(&end);
}

Test(stacked, functions_that_were_folded_are_told) {
    if (TA_HAS_ICF) {
        run_stacked((run){"stack:fold_one", "", NULL, NULL, 0, FOLDED});
        exec_expect_evidence("function_alone", "incomplete", "it is one with fold_two");
        run_stacked((run){"symbol:fold_one", "", NULL, NULL, 0, FOLDED});
        exec_expect_evidence("function_alone", "incomplete", "it is one with fold_two");
    }
}

Test(stacked, a_watched_function_with_a_part_of_its_own_is_not_seen_whole) {
    run_stacked((run){"symbol:look", "", NULL, NULL, 3, PARTED});
    exec_expect_evidence("function_seen_whole", "incomplete", "exec_parted has a part of it");
    cJSON *root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 10, 0, "by its entry");
    cJSON_Delete(root);
    run_stacked((run){.hot = "stack:look", .mode = "", .program = PARTED});
    root = exec_result();
    cr_expect_float_eq(exec_number(path_of(root), "allocs"), 20, 0, "by the part alone as well");
    cJSON_Delete(root);
}

Test(stacked, hot_wants_a_name) {
    program_end end = AUDITED("--hot", "stack:", "--", "/bin/true");
    cr_expect_eq(end.code, 2);
    cr_expect(strstr(end.err, "--hot stack: takes the name"), "%s", end.err);
    program_end_free(&end);
}
