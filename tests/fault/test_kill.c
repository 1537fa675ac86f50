/* kill -9 at any moment: nothing that was written is lost, nothing is torn, nobody stays behind.
 *
 * What a killed `tickaudit run` may leave is one temporary file (.<run id>.json.<pid>-0.tmp) in
 * results/runs: nobody reads it, and it can be deleted at any time. */
#define _GNU_SOURCE
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TestSuite(kill_storm, .init = scratch_make, .fini = scratch_remove);

/* So many ticks that writing the result takes a good part of the time. */
enum { COLUMNS = 24, TICKS = 15000 };

static unsigned random_state = 20260131; /* fixed, so that a failure can be tried again */

static unsigned random_below(unsigned limit) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static program *start(void) {
    static const char *const arguments[] = {"run", "-q", "a.json", NULL};
    return tickaudit_start(arguments, (program_options){.seconds_max = 20});
}

/* How long a run takes here and now, so that the kills fall into all of it. */
static unsigned duration_us(void) {
    double begin = now_us();
    for (int i = 0; i < 4; i++) {
        program_end end = program_wait(start());
        expect_code(&end, 0);
        program_end_free(&end);
    }
    return (unsigned)((now_us() - begin) / 4);
}

static unsigned cells(const char *line, size_t length) {
    unsigned count = 1;
    for (size_t i = 0; i < length; i++)
        count += line[i] == ',';
    return count;
}

/* Every row is whole, its result is there, and the rows of `before` stand at the beginning. */
static void expect_sound_log(const char *log, const char *before) {
    cr_assert(log);
    cr_assert(strncmp(log, before, strlen(before)) == 0, "earlier rows were lost");
    for (const char *line = log; *line;) {
        size_t length = strcspn(line, "\n");
        cr_assert_eq(line[length], '\n', "a torn row: %s", line);
        cr_assert_eq(cells(line, length), COLUMNS, "%.*s", (int)length, line);
        line += length + 1;
    }
}

static char *run_id_of(const char *row, char *id, size_t size) {
    const char *at = row;
    for (int column = 0; column < 13; column++)
        at = strchr(at, ',') + 1;
    snprintf(id, size, "%.*s", (int)strcspn(at, ","), at);
    return id;
}

static void expect_result_of_each_row(const char *log) {
    for (const char *row = strchr(log, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
        char id[64], path[128];
        snprintf(path, sizeof path, "results/runs/%s.json", run_id_of(row, id, sizeof id));
        cJSON_Delete(json_file(scratch_path(path)));
    }
}

/* What has the name of a result is a whole result. Gives the number of temporary files. */
static unsigned expect_whole_results(void) {
    DIR *folder = opendir(scratch_path("results/runs"));
    unsigned temporary = 0;
    cr_assert(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300];
        snprintf(path, sizeof path, "results/runs/%s", entry->d_name);
        const char *ending = strrchr(entry->d_name, '.');
        temporary += strcmp(ending, ".tmp") == 0;
        if (strcmp(ending, ".json") == 0) {
            cJSON *result = json_file(scratch_path(path));
            cr_assert_eq(json_number(result, "whole.hot_allocs"), 3 * TICKS);
            cJSON_Delete(result);
        }
    }
    closedir(folder);
    return temporary;
}

/* The host names its plan, /proc/PID/fd/N of ours, on its command line. */
static void expect_no_orphan(pid_t killed) {
    char plan[64];
    snprintf(plan, sizeof plan, "/proc/%ld/fd/", (long)killed);
    for (int i = 0; i < 600 && program_count_with(plan) > 0; i++)
        usleep(5000);
    unsigned left = program_count_with(plan);
    program_kill_with(plan); /* or it would outlive the test */
    cr_assert_eq(left, 0, "an orphan is still at work");
}

Test(kill_storm, of_us_loses_no_row_tears_none_and_leaves_no_orphan, .timeout = 120) {
    enum { ROUNDS = 25, AT_ONCE = 4 };
    plugin_scenario("a.json", "'hot_mallocs': 3", TICKS, "");
    unsigned duration = duration_us() * AT_ONCE / 2;
    unsigned killed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char *before = scratch_read("results/perf_phase_log.csv");
        program *storm[AT_ONCE];
        pid_t ids[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) {
            storm[i] = start();
            ids[i] = program_id(storm[i]);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            usleep(random_below(duration / AT_ONCE * 2 + 1));
            kill(ids[i], SIGKILL);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            program_end end = program_wait(storm[i]);
            cr_assert(!end.timed_out, "somebody still holds its outputs open");
            killed += end.signal == SIGKILL;
            program_end_free(&end);
            expect_no_orphan(ids[i]);
        }
        program_end after = program_wait(start()); /* mends what may have been torn */
        expect_code(&after, 0);
        program_end_free(&after);
        char *log = scratch_read("results/perf_phase_log.csv");
        expect_sound_log(log, before);
        free(log), free(before);
    }
    cr_assert_gt(killed, ROUNDS, "%u kills met a running program: too few to say anything", killed);
    char *log = scratch_read("results/perf_phase_log.csv");
    expect_result_of_each_row(log);
    free(log);
    unsigned temporary = expect_whole_results();
    cr_assert_leq(temporary, killed, "%u temporary files after %u kills", temporary, killed);
}

static double sum(const cJSON *array) {
    double total = 0;
    for (const cJSON *item = array->child; item; item = item->next)
        total += item->valuedouble;
    return total;
}

/* What is not known (the process died before its first tick) is null. */
static double number_or_zero(const cJSON *r, const char *path) {
    return cJSON_IsNull(json_at(r, path)) ? 0 : json_number(r, path);
}

/* The counts agree with each other, whichever moment the process died at. */
static void expect_consistent(const cJSON *r) {
    double ticks = number_or_zero(r, "whole.ticks");
    double seen = number_or_zero(r, "whole.hot_allocs");
    cr_assert(seen >= 3 * ticks && seen <= 3 * ticks + 3, "%g in %g ticks", seen, ticks);
    cr_assert_eq(cJSON_GetArraySize(json_at(r, "ticks.hot_allocs")), ticks);
    cr_assert_eq(sum(json_at(r, "ticks.hot_allocs")), 3 * ticks);
    cr_assert(json_true(r, "partial") || ticks == 20000);
}

Test(kill_storm, of_the_audited_process_leaves_consistent_counts, .timeout = 120) {
    enum { KILLS = 20 };
    unsigned partial = 0;
    plugin_scenario("a.json", "'hot_mallocs': 3", 20000, "");
    for (int i = 0; i < KILLS; i++) {
        program *p = start();
        pid_t host = program_child_named(program_id(p), "tickaudit-host", 10);
        usleep(random_below(20000));
        if (host)
            kill(host, SIGKILL);
        program_end end = program_wait(p);
        /* 5: it died before the auditor was alive, so that nothing was counted. */
        cr_assert(end.code == 4 || end.code == 5 || end.code == 0, "exit code %d: %s", end.code,
                  end.err);
        partial += end.code == 4;
        program_end_free(&end);
    }
    cr_assert_gt(partial, KILLS / 4, "%u of the kills met a tick", partial);
    DIR *folder = opendir(scratch_path("results/runs"));
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300];
        snprintf(path, sizeof path, "results/runs/%s", entry->d_name);
        if (!strstr(entry->d_name, ".json"))
            continue;
        cJSON *result = json_file(scratch_path(path));
        expect_consistent(result);
        cJSON_Delete(result);
    }
    closedir(folder);
}

/* A workload that hangs does not end itself: the kernel ends it when we are gone. */
Test(kill_storm, of_us_ends_a_hanging_workload_too) {
    plugin_scenario("a.json", "'hang_at_tick': 3", 5, "");
    program *p = start();
    pid_t ours = program_id(p);
    cr_assert(program_child_named(ours, "tickaudit-host", 10));
    usleep(200000); /* long enough to be in tick 3, and no harm when it is not */
    kill(ours, SIGKILL);
    expect_no_orphan(ours);
    program_end end = program_wait(p);
    cr_assert_eq(end.signal, SIGKILL);
    cr_assert_eq(scratch_count("results", ""), 0, "nothing was finished, so nothing is there");
}
