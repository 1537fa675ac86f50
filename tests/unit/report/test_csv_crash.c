/* Many writers at once, and writers that are killed. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "csv_log.h"
#include "sample_result.h"
#include "scratch.h"

TestSuite(csv_crash, .init = scratch_make, .fini = scratch_remove, .timeout = 120);

/* Rows of this writer, the number in the notes, until `count` are written. */
static void write_rows(unsigned writer, unsigned count) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    result->seed = writer;
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(result->notes, sizeof result->notes, "%u, row %0*u", writer,
                       (int)(1 + i % 300), i);
        if (!ta_ok(ta_csv_log_append(scratch_folder, result, NULL)))
            _exit(1);
    }
    _exit(0);
}

Test(csv_crash, sixteen_writers_lose_and_tear_nothing) {
    enum { WRITERS = 16, ROWS = 50 };
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        pid_t child = fork();
        cr_assert_geq(child, 0);
        if (child == 0)
            write_rows(writer, ROWS);
    }
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        int status;
        cr_assert_gt(wait(&status), 0);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, WRITERS * ROWS);
    unsigned next[WRITERS] = {0};
    for (size_t i = 0; i < log.count; i++) {
        unsigned writer, row;
        cr_assert_eq(log.rows[i].state, TA_LOG_ROW_WHOLE, "line %zu: %s", log.rows[i].line,
                     log.rows[i].why);
        cr_assert_eq(sscanf(log.rows[i].arm.notes, "%u, row %u", &writer, &row), 2);
        cr_assert(writer < WRITERS && row == next[writer], "each writer's rows are in its order");
        next[writer]++;
    }
    ta_csv_log_free(&log);
    char *text = scratch_read(TA_CSV_LOG_NAME, NULL);
    cr_assert_null(strstr(strchr(text, '\n'), "timestamp,"), "one header only");
    free(text);
    cr_assert_eq(scratch_count("."), 1, "nothing was set aside");
}

/* Reads all rows; none may be torn, and those of before must all be there. */
static size_t count_whole_rows(void) {
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    size_t count = log.count;
    for (size_t i = 0; i < log.count; i++)
        cr_assert_eq(log.rows[i].state, TA_LOG_ROW_WHOLE, "line %zu: %s", log.rows[i].line,
                     log.rows[i].why);
    ta_csv_log_free(&log);
    return count;
}

Test(csv_crash, killed_writers_lose_no_row_of_before) {
    unsigned seed = 4242;
    size_t before = 0;
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    for (int round = 0; round < 100; round++) {
        pid_t child = fork();
        cr_assert_geq(child, 0);
        if (child == 0)
            write_rows(99, 1000000);
        struct timespec pause = {0, (long)(scratch_random(&seed) % 4000) * 1000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        cr_assert_eq(waitpid(child, NULL, 0), child);
        /* Another program's crash: half a row, in some of the rounds. */
        if (round % 5 == 0 && before > 0) {
            FILE *log_file = fopen(scratch_path(TA_CSV_LOG_NAME), "a");
            fputs("2026-01-31T12:00:00Z,PHASE_4,", log_file);
            fclose(log_file);
        }
        cr_assert(ta_ok(ta_csv_log_append(scratch_folder, result, NULL)));
        size_t now = count_whole_rows();
        cr_assert_gt(now, before);
        before = now;
    }
    ta_result_free(result);
}
