/* Programs that once broke under us, each in a small form: they run as they do without us, and what
 * is said of them is right. Those about allocators are in test_breaks_heaps.c. */
#define _GNU_SOURCE
#include "breaks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

TestSuite(breaks, .init = scratch_make, .fini = scratch_remove);

/* ---- names of libc's ---- */

static void expect_fine(const char *what) {
    static const char *const options[] = {"-q", "--follow", "--stacks=all", "--hot=stack:main",
                                          "--hot=symbol:memset"};
    for (unsigned i = 0; i < 2 * sizeof options / sizeof *options; i++)
        expect(AUDITED("-q", "--allocator", both_allocators[i % 2], options[i / 2], "--",
                       BREAKS "names", what),
               0, "fine\n");
}

Test(breaks, functions_of_libc_that_a_program_defines_are_its_own) {
    expect_fine(NULL);
}

Test(breaks, an_argument_of_mremap_that_is_a_wish_is_handed_on) {
    program_end plain = program_run((const char *const[]){BREAKS "names", "moves", NULL},
                                    (program_options){.folder = scratch_path("")});
    bool can = plain.code == 0;
    program_end_free(&plain);
    if (!can)
        ta_skip("this libc or kernel takes no such wish");
    expect_fine("moves");
}

Test(breaks, a_child_that_is_forked_on_a_small_stack_leaves_what_is_below) {
    for (unsigned i = 0; i < 2; i++) {
        expect(AUDITED("-q", "--allocator", both_allocators[i], "--", BREAKS "names", "forks"), 0,
               "fine\n");
        expect(AUDITED("-q", "--allocator", both_allocators[i], "--follow", "--", BREAKS "names",
                       "forks"),
               0, "fine\n");
    }
}

Test(breaks, what_children_alone_allocate_is_counted) {
    program_end end =
        AUDITED("--follow", "--budget", "allocs > 999", "--", BREAKS "names_private", "leaves");
    cr_expect_eq(end.code, 0, "%d: %s", end.code, end.err);
    cr_expect(strstr(end.err, "1,000 allocations, 1,000 frees"), "%s", end.err);
    program_end_free(&end);
}

/* ---- limits ---- */

Test(breaks, small_blocks_are_to_be_had_under_a_limit_of_data) {
    for (unsigned i = 0; i < 2; i++)
        expect(AUDITED("-q", "--allocator", both_allocators[i], "--", BREAKS "small_data"), 0, "");
}

/* `tickaudit exec` as it is started under a limit, for the command and the program alike. */
static program_end under_limit(const char *limit, const char *options) {
    char script[512];
    snprintf(script, sizeof script,
             "ulimit -c 0; ulimit %s; exec " TA_BUILD_DIR "/tickaudit exec -q %s -- ls /", limit,
             options);
    const char *arguments[] = {"/bin/sh", "-c", script, NULL};
    return program_run(arguments, (program_options){.folder = scratch_path("")});
}

static void expect_to_run(const char *limit, const char *options) {
    program_end end = under_limit(limit, options);
    cr_expect_eq(end.code, 0, "%s %s: %d (signal %d): %s", limit, options, end.code, end.signal,
                 end.err);
    cr_expect(strstr(end.out, "usr\n"), "%s %s: %s", limit, options, end.out);
    program_end_free(&end);
}

static const char *const option_sets[] = {"", "--stacks all", "--follow --stacks all",
                                          "--hot stack:main"};
enum { OPTION_SETS = sizeof option_sets / sizeof *option_sets };

Test(breaks, a_small_limit_of_the_stack_is_the_programs_alone) {
    for (unsigned i = 0; i < OPTION_SETS; i++)
        expect_to_run("-s 64", option_sets[i]);
}

Test(breaks, a_program_without_names_to_read_runs_under_a_small_limit_of_data) {
    expect_to_run("-d 20000", "");
    expect_to_run("-d 20000", "--follow");
}

/* What is named is enough. A user who may lift limits meets none. */
Test(breaks, a_limit_that_leaves_no_room_is_named_with_one_that_does) {
    static const char *const limits[] = {"-d 20000", "-v 50000"};
    for (unsigned i = 0; i < 2 * OPTION_SETS; i++) {
        const char *limit = limits[i % 2], *options = option_sets[i / 2];
        program_end end = under_limit(limit, options);
        const char *remedy = strstr(end.err, "`ulimit ");
        char enough[32] = "";
        if (end.code == 0) {
            program_end_free(&end);
            continue;
        }
        cr_expect_eq(end.code, 5, "%s: %d (signal %d)", limit, end.code, end.signal);
        cr_expect(strstr(end.err, "is limited to"), "%s", end.err);
        cr_expect_eq(strcspn(end.err, "\n") + 1, strlen(end.err), "one line: %s", end.err);
        if (remedy)
            snprintf(enough, sizeof enough, "%.*s", (int)strcspn(remedy + 8, "`"), remedy + 8);
        cr_assert_eq(strncmp(enough, limit, 3), 0, "%s", end.err);
        program_end_free(&end);
        expect_to_run(enough, options);
    }
}

/* ---- sandboxes ---- */

/* 300 threads make 3,000 blocks, and libc one for each that it starts (the first excepted,
 * perhaps). */
Test(breaks, a_slot_is_reused_without_a_system_call) {
    for (unsigned i = 0; i < 2; i++) {
        expect(AUDITED("-q", "--json", "result.json", "--allocator", both_allocators[i], "--",
                       BREAKS "sandboxed"),
               0, "fine\n");
        cJSON *root = exec_result();
        cr_expect(exec_total(root, "allocs") >= 3000 && exec_total(root, "allocs") < 3400, "%g",
                  exec_total(root, "allocs"));
        cJSON_Delete(root);
    }
}

/* ---- signals ---- */

enum { TO_US, TO_GROUP };

/* Starts it by `tickaudit exec`, or by itself, in a process group of its own, and sends the signal
 * when the subject runs. */
static program_end signalled(bool audited, const char *what, int to, int number) {
    const char *arguments[] = {TA_BUILD_DIR "/tickaudit", "exec", "-q", "--",
                               BREAKS "signalled",        what,   NULL};
    program *p = program_start(audited ? arguments : arguments + 4,
                               (program_options){.folder = scratch_path("")});
    pid_t id = program_id(p);
    cr_assert(!audited || program_child_named(id, "breaks_signalle", 20) > 0);
    usleep(200000); /* it is in its main function by then */
    kill(to == TO_US ? id : -id, number);
    return program_wait(p);
}

Test(breaks, a_program_in_a_session_of_its_own_is_ended_by_our_signals) {
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    for (unsigned i = 0; i < 2 * sizeof numbers / sizeof *numbers; i++) {
        program_end end = signalled(true, "leave", i % 2 ? TO_US : TO_GROUP, numbers[i / 2]);
        cr_expect_eq(end.code, 128 + numbers[i / 2], "%d: %s", end.code, end.err);
        cr_expect_not(end.timed_out);
        program_end_free(&end);
    }
}

Test(breaks, a_signal_is_delivered_once) {
    for (int to = TO_US; to <= TO_GROUP; to++) {
        expect(signalled(false, "count", to, SIGTERM), 0, "ready\n1\n");
        expect(signalled(true, "count", to, SIGTERM), 0, "ready\n1\n");
        expect(signalled(true, "count", to, SIGUSR1), 0, "ready\n1\n");
        expect(signalled(true, "count", to, SIGRTMIN + 3), 0, "ready\n1\n");
    }
}

Test(breaks, when_we_are_killed_the_program_is_too) {
    const char *arguments[] = {
        TA_BUILD_DIR "/tickaudit", "exec", "-q", "--", "sleep", "1047", NULL};
    program *p = program_start(arguments, (program_options){.folder = scratch_path("")});
    pid_t child = program_child_named(program_id(p), "sleep", 20);
    cr_assert_gt(child, 0);
    kill(program_id(p), SIGKILL);
    for (int waited = 0; waited < 500 && program_count_with("sleep 1047"); waited++)
        usleep(10000);
    cr_expect_eq(program_count_with("sleep 1047"), 0, "it runs on");
    program_kill_with("sleep 1047");
    program_end end = program_wait(p);
    program_end_free(&end);
}

/* No process whose command line holds the text, within a few seconds. */
static void expect_none_left(const char *text) {
    for (int waited = 0; waited < 500 && program_count_with(text); waited++)
        usleep(10000);
    cr_expect_eq(program_count_with(text), 0, "%u run on", program_count_with(text));
    program_kill_with(text);
}

/* By `timeout -s KILL` or a CI runner: the guard is in no group that it could be killed with. */
Test(breaks, when_our_group_is_killed_a_program_in_a_session_of_its_own_is_too) {
    static const int numbers[] = {SIGKILL, SIGABRT};
    for (unsigned i = 0; i < 2 * sizeof numbers / sizeof *numbers; i++) {
        const char *arguments[] = {TA_BUILD_DIR "/tickaudit", "exec",  "-q", "--follow", "--",
                                   BREAKS "signalled",        "leave", NULL};
        if (i % 2) { /* without --follow */
            arguments[3] = "--";
            arguments[4] = BREAKS "signalled";
            arguments[5] = "leave";
            arguments[6] = NULL;
        }
        program *p = program_start(arguments, (program_options){.folder = scratch_path("")});
        cr_assert_gt(program_child_named(program_id(p), "breaks_signalle", 20), 0);
        cr_expect_gt(program_child_named(program_id(p), "ta-guard", 20), 0);
        usleep(200000); /* it is in its main function by then */
        kill(-program_id(p), numbers[i / 2]);
        expect_none_left(BREAKS "signalled leave");
        program_end end = program_wait(p);
        cr_expect_not(end.timed_out);
        program_end_free(&end);
    }
}

/* A stopped group is one whose program is stopped as well; the helpers go with us. */
Test(breaks, helpers_do_not_outlive_us) {
    const char *arguments[] = {
        TA_BUILD_DIR "/tickaudit", "exec", "-q", "--", "sleep", "1051", NULL};
    program *p = program_start(arguments, (program_options){.folder = scratch_path("")});
    pid_t us = program_id(p), guard = program_child_named(us, "ta-guard", 20),
          witness = program_child_named(us, "ta-witness", 20);
    cr_assert(guard > 0 && witness > 0);
    cr_expect_eq(getsid(guard), guard);
    cr_expect_eq(getpgid(witness), getpgid(us));
    pid_t sleeper = program_child_named(us, "sleep", 20);
    cr_assert_gt(sleeper, 0);
    kill(-us, SIGTSTP);
    cr_expect(program_wait_stopped(sleeper, 20));
    kill(-us, SIGCONT);
    kill(us, SIGKILL);
    expect_none_left("sleep 1051");
    for (int waited = 0; waited < 500 && (kill(guard, 0) == 0 || kill(witness, 0) == 0); waited++)
        usleep(10000);
    cr_expect(kill(guard, 0) != 0 && kill(witness, 0) != 0);
    program_end end = program_wait(p);
    program_end_free(&end);
}

/* In its first milliseconds too, at whatever moment. */
Test(breaks, when_we_are_killed_as_we_begin_no_program_is_left) {
    const char *arguments[] = {
        TA_BUILD_DIR "/tickaudit", "exec", "-q", "--", "sleep", "1049", NULL};
    for (unsigned i = 0; i < 300; i++) {
        program *p = program_start(arguments, (program_options){.folder = scratch_path("")});
        usleep(i * 30);
        kill(program_id(p), SIGKILL);
        program_end end = program_wait(p);
        program_end_free(&end);
    }
    for (int waited = 0; waited < 500 && program_count_with("sleep 1049"); waited++)
        usleep(10000);
    cr_expect_eq(program_count_with("sleep 1049"), 0, "%u run on",
                 program_count_with("sleep 1049"));
    program_kill_with("sleep 1049");
}

/* ---- stacks ---- */

static void levels_of(program_end end, long levels[2]) {
    cr_assert_eq(end.code, 0, "%d (signal %d): %s", end.code, end.signal, end.err);
    cr_assert_eq(sscanf(end.out, "%ld %ld", &levels[0], &levels[1]), 2, "%s", end.out);
    program_end_free(&end);
}

Test(breaks, a_watched_call_keeps_no_more_than_256_bytes_of_the_stack) {
    enum { MOST = 256 };
    static const char *const programs[] = {BREAKS "deep", BREAKS "deep_plain"};
    for (unsigned i = 0; i < 2; i++) {
        const char *alone[] = {programs[i], NULL};
        long plain[2], watched[2];
        levels_of(program_run(alone, (program_options){0}), plain);
        levels_of(AUDITED("-q", "--json", "result.json", "--hot", "symbol:descend", "--hot",
                          "symbol:descend_ten", "--", programs[i]),
                  watched);
        cr_expect_leq(watched[0] - plain[0], MOST, "%ld, plain %ld", watched[0], plain[0]);
        cr_expect_leq(watched[1] - plain[1], MOST, "%ld, plain %ld", watched[1], plain[1]);
        cJSON *root = exec_result();
        cr_expect_float_eq(exec_whole(root, "hot_allocs"), 4, 0, "%g",
                           exec_whole(root, "hot_allocs"));
        cJSON_Delete(root);
    }
}

static double hot_allocs_of(const cJSON *root, const char *name) {
    const cJSON *path;
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(root, "hot_paths")) {
        if (strcmp(exec_text(path, "name"), name) == 0)
            return exec_number(path, "allocs");
    }
    return -1;
}

Test(breaks, a_switch_within_a_watched_function_charges_nothing_foreign_to_it) {
    for (unsigned i = 0; i < 2; i++) {
        program_end end =
            AUDITED("-q", "--json", "result.json", "--allocator", both_allocators[i], "--hot",
                    "symbol:work", "--hot", "symbol:inner", "--", BREAKS "coroutines");
        cr_assert_eq(end.code, 0, "%d: %s", end.code, end.err);
        double made = strtod(end.out, NULL);
        cJSON *root = exec_result();
        cr_expect_float_eq(hot_allocs_of(root, "work"), made, 0, "%g, not %g",
                           hot_allocs_of(root, "work"), made);
        cr_expect_float_eq(exec_whole(root, "hot_allocs"), made, 0);
        cJSON_Delete(root);
        program_end_free(&end);
    }
    program_end end = AUDITED("--hot", "symbol:work", "--strict", "--budget", "hot_allocs < 100000",
                              "--", BREAKS "coroutines");
    cr_expect_eq(end.code, 3, "%d: %s", end.code, end.err);
    cr_expect(strstr(end.err, "stacks_unswitched"), "%s", end.err);
    program_end_free(&end);
}

/* ---- sanitizers ---- */

/* Each runs as it does without us: started, and as a child. */
Test(breaks, programs_with_a_sanitizer_run) {
    if (!TA_HAS_SANITIZERS)
        ta_skip("no runtime of a sanitizer that could be linked");
    static const char *const programs[] = {BREAKS "address", BREAKS "leak"};
    for (unsigned i = 0; i < sizeof programs / sizeof *programs; i++) {
        expect(AUDITED("-q", "--", programs[i]), 0, "fine\n");
        char script[512];
        snprintf(script, sizeof script, "'%s'", programs[i]);
        expect(AUDITED("-q", "--", "/bin/sh", "-c", script), 0, "fine\n");
        expect(AUDITED("-q", "--follow", "--", "/bin/sh", "-c", script), 0, "fine\n");
    }
    program_end end = AUDITED("-q", "--", BREAKS "address", "overflow");
    cr_expect_neq(end.code, 0);
    cr_expect(strstr(end.err, "heap-buffer-overflow"), "%s", end.err);
    program_end_free(&end);
}

/* ---- phases ---- */

Test(breaks, phases_that_a_program_marks_leave_its_result_readable) {
    cJSON *root = RESULT_OF_EXEC("--", BREAKS "phases");
    cr_expect_float_eq(exec_whole(root, "ticks"), 15, 0);
    cr_expect_float_eq(exec_whole(root, "hot_allocs"), 45, 0);
    cJSON_Delete(root);
    static const char *const verbs[][3] = {{"report", "result.json", NULL},
                                           {"compare", "result.json", "result.json"}};
    for (unsigned i = 0; i < 2; i++) {
        const char *arguments[] = {TA_BUILD_DIR "/tickaudit", verbs[i][0], verbs[i][1], verbs[i][2],
                                   NULL};
        program_end end = program_run(arguments, (program_options){.folder = scratch_path("")});
        /* One run cannot tell whether times differ (3). */
        cr_expect(end.code == 0 || end.code == 3, "%s: %d: %s", verbs[i][0], end.code, end.err);
        program_end_free(&end);
    }
}

/* ---- what a compiler makes of a function ---- */

static double entries_of(const cJSON *root, const char *name) {
    const cJSON *path;
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(root, "hot_paths")) {
        if (strcmp(exec_text(path, "name"), name) == 0)
            return exec_number(path, "entries");
    }
    return -1;
}

Test(breaks, the_cold_part_of_a_function_is_not_entered) {
    static const char *const names[] = {"app::step", "app::world::step", "app::world::update"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        char hot[64];
        snprintf(hot, sizeof hot, "symbol:%s", names[i]);
        program_end end = AUDITED("-q", "--json", "result.json", "--hot", hot, "--", BREAKS "cold");
        cr_expect_eq(end.code, 0, "%d (signal %d): %s", end.code, end.signal, end.err);
        cr_expect_str_eq(end.out, "100\n");
        cJSON *root = exec_result();
        cr_expect_float_eq(entries_of(root, names[i]), 100, 0, "%s: %g", names[i],
                           entries_of(root, names[i]));
        cJSON_Delete(root);
        program_end_free(&end);
    }
}
