/* The log's reader on what no program of ours wrote. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_log.h"
#include "csv_row.h"
#include "sample_result.h"
#include "scratch.h"

TestSuite(csv_garbage, .init = scratch_make, .fini = scratch_remove);

static ta_csv_log read_with(const char *line) {
    char text[4096];
    ta_arm arm = {0};
    char row[TA_CSV_ROW_BYTES_MAX];
    size_t length = ta_csv_row_format(&arm, row);
    (void)snprintf(text, sizeof text, "%s%s%.*s", ta_csv_header, line, (int)length, row);
    scratch_write(TA_CSV_LOG_NAME, text, strlen(text));
    ta_csv_log log;
    ta_status status = ta_csv_log_read(scratch_folder, &log);
    cr_assert(ta_ok(status), "%s", status.text);
    return log;
}

Test(csv_garbage, bad_line_is_named_and_the_next_is_still_read) {
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"\"open,,,,,,,,,,,,,,,,,,,,,,,\n", "quote"},
        {"a,b,c\n", "3 of 24 cells"},
        {",,,,,,,,,,,,,,,,,,,,,,,,\n", "25 of 24 cells"},
        {",,,fast,,,,,,,,,,,,,,,,,,,,\n", "avg_fps"},
        {",,,nan,,,,,,,,,,,,,,,,,,,,\n", "avg_fps"},
        {",,,1e999,,,,,,,,,,,,,,,,,,,,\n", "avg_fps"},
        {",,,0x10,,,,,,,,,,,,,,,,,,,,\n", "avg_fps"},
        {",,,,,,,,,,,,-5,,,,,,,,,,,\n", "seed"},
        {",,,,,,,,,,,,99999999999999999999,,,,,,,,,,,\n", "seed"},
        {",,,,,,,,,,,,,,,,,,,beef,,,,\n", "state_hash"},
        {",,,,,,,,,,,,,,,,,,,,,,,maybe\n", "verdict"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        ta_csv_log log = read_with(cases[i].line);
        cr_assert_eq(log.count, 2, "%s", cases[i].line);
        cr_assert_eq(log.rows[0].state, TA_LOG_ROW_MALFORMED);
        cr_assert_not_null(strstr(log.rows[0].why, cases[i].why), "%s: %s", cases[i].line,
                           log.rows[0].why);
        cr_assert_eq(log.rows[0].arm.known[TA_METRIC_avg_fps], false);
        cr_assert_eq(log.rows[1].state, TA_LOG_ROW_WHOLE, "%s", log.rows[1].why);
        cr_assert_eq(log.rows[1].line, 3);
        ta_csv_log_free(&log);
    }
}

Test(csv_garbage, line_ends_of_other_systems_are_read) {
    ta_csv_log log = read_with(",,,12.5,,,,,,,,,,,,,,,,,,,,pass\r\n");
    cr_assert_eq(log.rows[0].state, TA_LOG_ROW_WHOLE, "%s", log.rows[0].why);
    cr_assert_eq(log.rows[0].arm.value[TA_METRIC_avg_fps], 12.5);
    cr_assert(log.rows[0].arm.verdict_known);
    ta_csv_log_free(&log);
}

Test(csv_garbage, mutations_never_crash_the_reader) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    for (int i = 0; i < 5; i++)
        cr_assert(ta_ok(ta_csv_log_append(scratch_folder, result, NULL)));
    ta_result_free(result);
    size_t size;
    char *text = scratch_read(TA_CSV_LOG_NAME, &size);
    unsigned seed = 12345, readable = 0;
    for (int round = 0; round < 3000; round++) {
        char *mutant = malloc(size);
        memcpy(mutant, text, size);
        size_t start = round % 2 ? strlen(ta_csv_header) : 0; /* half keep the header */
        for (unsigned i = scratch_random(&seed) % 8; i-- > 0;)
            mutant[start + scratch_random(&seed) % (size - start)] =
                "\",\n\r\0 =-9x"[scratch_random(&seed) % 10];
        size_t length = round % 3 ? size : scratch_random(&seed) % size;
        scratch_write(TA_CSV_LOG_NAME, mutant, length);
        ta_csv_log log;
        if (ta_ok(ta_csv_log_read(scratch_folder, &log))) {
            readable++;
            for (size_t i = 0; i < log.count; i++)
                cr_assert((log.rows[i].state == TA_LOG_ROW_WHOLE) == (log.rows[i].why[0] == '\0'));
            ta_csv_log_free(&log);
        }
        free(mutant);
    }
    cr_assert_gt(readable, 1000);
    free(text);
}
