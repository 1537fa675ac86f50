/* The log as one process writes it: columns, cells, what is refused and what is set aside. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare.h"
#include "csv_log.h"
#include "csv_row.h"
#include "sample_result.h"
#include "scratch.h"

TestSuite(csv_log, .init = scratch_make, .fini = scratch_remove);

static const char header[] =
    "timestamp,phase,pre_post,avg_fps,p95_ms,mem_growth_mb,enemy_final,enemy_peak,frames_below_30,"
    "spikes_over_50ms,notes,scenario,seed,run_id,hot_allocs,allocs_per_tick_max,live_bytes_growth,"
    "rss_growth_mb,fps_stability_pct,state_hash,allocator,revision,machine,verdict\n";

static void append(sample_kind kind) {
    ta_result *result = sample_result_new(kind);
    ta_status status = ta_csv_log_append(scratch_folder, result, NULL);
    cr_assert(ta_ok(status), "%s", status.text);
    ta_result_free(result);
}

/* Appends one row with these notes and gives the only row that was read back. */
static ta_log_row notes_there_and_back(const char *notes) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    (void)snprintf(result->notes, sizeof result->notes, "%s", notes);
    cr_assert(ta_ok(ta_csv_log_append(scratch_folder, result, NULL)));
    ta_result_free(result);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 1);
    ta_log_row row = log.rows[0];
    ta_csv_log_free(&log);
    return row;
}

Test(csv_log, first_row_brings_the_header_in_the_order_of_the_format) {
    append(SAMPLE_WHOLE);
    append(SAMPLE_FAILING);
    size_t size;
    char *text = scratch_read(TA_CSV_LOG_NAME, &size);
    cr_assert_eq(strncmp(text, header, strlen(header)), 0, "%s", text);
    cr_assert_null(strstr(text + 1, "timestamp,phase"));
    cr_assert_str_eq(
        strchr(text, '\n') + 1,
        "2026-01-31T12:00:00Z,PHASE_4,pre,1234.568,1.234567,1.2397795,488,500,0,0,first run on the "
        "quiet machine,stress_500,12345,20260131T120000Z-4242,0,48,-1024,2.5,100,"
        "0xfedcba9876543210,mimalloc 2.0.9,4bf532d,Example Processor 9000; 2 cores; Release,pass\n"
        "2026-01-31T12:00:00Z,PHASE_4,post,1234.568,1.234567,62.5,488,500,0,0,\"'=1+2, with a "
        "\"\"quote\"\", a comma, and gr\xc3\xbc\xc3\x9f\",stress_500,12345,20260131T130000Z-4243,"
        "812,48,-1024,2.5,100,0xfedcba9876543210,mimalloc 2.0.9,5aa0001+changes,"
        "Example Processor 9000; 2 cores; Release,fail\n");
    free(text);
}

Test(csv_log, unknown_values_are_empty_cells_and_come_back_unknown) {
    append(SAMPLE_PARTIAL);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 1);
    const ta_arm *arm = &log.rows[0].arm;
    cr_assert_eq(log.rows[0].state, TA_LOG_ROW_WHOLE, "%s", log.rows[0].why);
    cr_assert_not(arm->known[TA_METRIC_avg_fps]);
    cr_assert_not(arm->state_hash_known);
    cr_assert(arm->known[TA_METRIC_p95_ms]);
    cr_assert(ta_arm_is_partial(arm));
    ta_csv_log_free(&log);
}

Test(csv_log, row_comes_back_as_it_was) {
    append(SAMPLE_WHOLE);
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    append(SAMPLE_FAILING);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 2);
    cr_assert_eq(log.rows[1].line, 3);
    const ta_arm *arm = &log.rows[1].arm;
    ta_arm expected = ta_arm_from_result(result, TA_CSV_LOG_NAME ":3");
    cr_assert_str_eq(arm->source, expected.source);
    cr_assert_str_eq(arm->notes, expected.notes);
    cr_assert_str_eq(arm->machine, expected.machine);
    cr_assert_str_eq(arm->allocator, expected.allocator);
    cr_assert_str_eq(arm->revision, expected.revision);
    cr_assert_str_eq(arm->run_id, expected.run_id);
    cr_assert_eq(arm->seed, expected.seed);
    cr_assert_eq(arm->state_hash, expected.state_hash);
    cr_assert_eq(arm->verdict, TA_VERDICT_FAIL);
    unsigned known = 0;
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        if (!arm->known[m])
            continue;
        known++;
        cr_assert_eq(ta_compare_metric(arm, &expected, (ta_metric)m), 0, "%s",
                     ta_metric_table[m].name);
    }
    cr_assert_eq(known, 12);
    ta_result_free(result);
    ta_csv_log_free(&log);
}

Test(csv_log, formulas_are_neutralized_and_come_back_as_text) {
    static const char *const notes[] = {"=1+2",  "+1", "-1", "@SUM(A1)", "\tx",
                                        " =1+2", "'=", "''", "'plain",   "-"};
    for (unsigned i = 0; i < sizeof notes / sizeof *notes; i++) {
        ta_log_row row = notes_there_and_back(notes[i]);
        cr_assert_str_eq(row.arm.notes, notes[i]);
        char *text = scratch_read(TA_CSV_LOG_NAME, NULL);
        const char *cell = strstr(text, ",488,500,0,0,") + strlen(",488,500,0,0,");
        char first = *cell == '"' ? cell[1] : cell[0];
        cr_assert_null(strchr("=+-@\t ", first), "a bare formula in %s", text);
        free(text);
        unlink(scratch_path(TA_CSV_LOG_NAME));
    }
}

Test(csv_log, negative_numbers_stay_numbers) {
    append(SAMPLE_WHOLE);
    char *text = scratch_read(TA_CSV_LOG_NAME, NULL);
    cr_assert_not_null(strstr(text, ",-1024,"));
    free(text);
}

Test(csv_log, line_breaks_in_notes_become_spaces) {
    ta_log_row row = notes_there_and_back("one\ntwo\r\nthree\033[31m");
    cr_assert_str_eq(row.arm.notes, "one two  three [31m");
}

Test(csv_log, blanks_quotes_and_commas_are_kept) {
    ta_log_row row = notes_there_and_back("  \"a\", \"b\",, \xf0\x9f\x8e\xae  ");
    cr_assert_str_eq(row.arm.notes, "  \"a\", \"b\",, \xf0\x9f\x8e\xae  ");
}

Test(csv_log, blanks_alone_are_kept_too) {
    ta_log_row row = notes_there_and_back("  nothing to quote here but blanks ");
    cr_assert_str_eq(row.arm.notes, "  nothing to quote here but blanks ");
}

Test(csv_log, longest_texts_fit_into_a_row) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    char *const texts[] = {result->label,    result->notes,   result->scenario, result->allocator,
                           result->revision, result->machine, result->run_id,   result->build_type};
    const size_t sizes[] = {sizeof result->label,    sizeof result->notes,
                            sizeof result->scenario, sizeof result->allocator,
                            sizeof result->revision, sizeof result->machine,
                            sizeof result->run_id,   sizeof result->build_type};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        memset(texts[i], '"', sizes[i] - 1);
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        result->whole.value[m] = -1.7e308;
    cr_assert(ta_ok(ta_csv_log_append(scratch_folder, result, NULL)));
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.rows[0].state, TA_LOG_ROW_WHOLE, "%s", log.rows[0].why);
    cr_assert_str_eq(log.rows[0].arm.notes, result->notes);
    ta_csv_log_free(&log);
    ta_result_free(result);
}

Test(csv_log, folders_are_made) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    cr_assert(ta_ok(ta_csv_log_append(scratch_path("a/b//c"), result, NULL)));
    cr_assert_eq(scratch_count("a/b/c"), 1);
    ta_result_free(result);
}

static void expect_refused(const char *text, size_t size) {
    scratch_write(TA_CSV_LOG_NAME, text, size);
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    ta_status status = ta_csv_log_append(scratch_folder, result, NULL);
    cr_assert_eq(status.code, TA_BAD_INPUT, "%s", text);
    cr_assert_not_null(strstr(status.text, "was not touched"));
    ta_csv_log log;
    cr_assert_eq(ta_csv_log_read(scratch_folder, &log).code, TA_BAD_INPUT);
    size_t now;
    char *after = scratch_read(TA_CSV_LOG_NAME, &now);
    cr_assert(now == size && memcmp(after, text, size) == 0);
    cr_assert_eq(scratch_count("."), 1, "nothing beside it");
    free(after);
    ta_result_free(result);
}

Test(csv_log, file_with_other_columns_is_refused_and_not_damaged) {
    static const char eleven[] = "timestamp,phase,pre_post,avg_fps,p95_ms,mem_growth_mb\n1,2,3\n";
    expect_refused(eleven, strlen(eleven));
    expect_refused("\x89PNG\r\n\x1a\n\0\0\0", 11);
    expect_refused("hello", 5);
    expect_refused("\n", 1);
    char *more = NULL;
    cr_assert_geq(asprintf(&more, "%.*s,more\n", (int)strlen(header) - 1, header), 0);
    expect_refused(more, strlen(more));
    free(more);
}

Test(csv_log, log_saved_by_a_spreadsheet_is_still_ours) {
    char quoted[2048] = "\"", *to = quoted + 1;
    for (const char *c = header; *c != '\n'; c++)
        to += sprintf(to, *c == ',' ? "\",\"" : "%c", *c);
    (void)sprintf(to, "\"\r\n");
    scratch_write(TA_CSV_LOG_NAME, quoted, strlen(quoted));
    append(SAMPLE_WHOLE);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 1);
    ta_csv_log_free(&log);
}

/* What stands behind a whole row is set aside, byte for byte, and the next row is whole. */
static void expect_set_aside(const char *tail, size_t size) {
    append(SAMPLE_WHOLE);
    size_t whole;
    free(scratch_read(TA_CSV_LOG_NAME, &whole));
    FILE *log_file = fopen(scratch_path(TA_CSV_LOG_NAME), "a");
    cr_assert_eq(fwrite(tail, 1, size, log_file), size);
    fclose(log_file);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 2);
    cr_assert_eq(log.rows[1].state, TA_LOG_ROW_TORN);
    ta_csv_log_free(&log);

    char *said = NULL;
    size_t said_size;
    FILE *diagnostics = open_memstream(&said, &said_size);
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    cr_assert(ta_ok(ta_csv_log_append(scratch_folder, result, diagnostics)));
    ta_result_free(result);
    fclose(diagnostics);
    cr_assert_not_null(strstr(said, "perf_phase_log.csv.torn"), "%s", said);
    free(said);

    size_t torn_size;
    char *torn = scratch_read(TA_CSV_LOG_NAME ".torn", &torn_size);
    cr_assert_eq(torn_size, size + (tail[size - 1] != '\n'));
    cr_assert_eq(memcmp(torn, tail, size), 0);
    free(torn);
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 2);
    cr_assert_eq(log.rows[1].state, TA_LOG_ROW_WHOLE);
    ta_csv_log_free(&log);
    unlink(scratch_path(TA_CSV_LOG_NAME));
    unlink(scratch_path(TA_CSV_LOG_NAME ".torn"));
}

Test(csv_log, torn_last_line_is_set_aside_and_never_joined) {
    static const char cut[] = "2026-01-31T12:00:00Z,PHASE_4,pre,12";
    expect_set_aside(cut, strlen(cut));
    expect_set_aside("2026,PHASE_4\n", 13);
    expect_set_aside("x,\"an open quote\n", 17);
    char zeros[5000] = {0};
    expect_set_aside(zeros, sizeof zeros);
}

Test(csv_log, every_cut_of_a_first_write_is_mended) {
    append(SAMPLE_WHOLE);
    size_t size;
    char *text = scratch_read(TA_CSV_LOG_NAME, &size);
    for (size_t cut = 1; cut < size; cut++) {
        scratch_write(TA_CSV_LOG_NAME, text, cut);
        append(SAMPLE_WHOLE);
        size_t mended_size;
        char *mended = scratch_read(TA_CSV_LOG_NAME, &mended_size);
        cr_assert(mended_size == size && memcmp(mended, text, size) == 0, "cut at %zu", cut);
        free(mended);
    }
    free(text);
}

Test(csv_log, blank_line_left_by_an_editor_stays) {
    append(SAMPLE_WHOLE);
    FILE *log_file = fopen(scratch_path(TA_CSV_LOG_NAME), "a");
    fputs("\n", log_file);
    fclose(log_file);
    append(SAMPLE_WHOLE);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 2);
    cr_assert_eq(log.rows[1].line, 4);
    cr_assert_eq(scratch_count("."), 1);
    ta_csv_log_free(&log);
}

/* The disk is full after `room` more bytes, as far as the writer can tell. */
static void expect_taken_back(size_t room) {
    size_t before;
    char *text = scratch_read(TA_CSV_LOG_NAME, &before);
    struct rlimit limit = {before + room, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    ta_status status = ta_csv_log_append(scratch_folder, result, NULL);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_assert_eq(status.code, TA_INTERNAL);
    cr_assert_not_null(strstr(status.text, "not logged"));
    size_t after;
    char *now = scratch_read(TA_CSV_LOG_NAME, &after);
    cr_assert(after == before && memcmp(now, text, before) == 0, "room %zu", room);
    free(now);
    free(text);
    ta_result_free(result);
}

Test(csv_log, full_disk_leaves_the_log_as_it_was) {
    signal(SIGXFSZ, SIG_IGN);
    append(SAMPLE_WHOLE);
    expect_taken_back(0);
    expect_taken_back(1);
    expect_taken_back(100);
    append(SAMPLE_WHOLE);
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 2);
    ta_csv_log_free(&log);
}

Test(csv_log, torn_line_stays_where_it_is_when_it_cannot_be_copied) {
    append(SAMPLE_WHOLE);
    FILE *log_file = fopen(scratch_path(TA_CSV_LOG_NAME), "a");
    fputs("torn", log_file);
    fclose(log_file);
    cr_assert_eq(mkdir(scratch_path(TA_CSV_LOG_NAME ".torn"), 0777), 0);
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    cr_assert_eq(ta_csv_log_append(scratch_folder, result, NULL).code, TA_INTERNAL);
    ta_result_free(result);
    size_t size;
    char *text = scratch_read(TA_CSV_LOG_NAME, &size);
    cr_assert_str_eq(text + size - 4, "torn");
    free(text);
}

Test(csv_log, what_is_no_file_is_refused) {
    cr_assert_eq(mkfifo(scratch_path(TA_CSV_LOG_NAME), 0666), 0);
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    cr_assert_eq(ta_csv_log_append(scratch_folder, result, NULL).code, TA_BAD_INPUT);
    cr_assert_eq(ta_csv_log_append("/proc/none/such", result, NULL).code, TA_INTERNAL);
    cr_assert_eq(ta_csv_log_append("", result, NULL).code, TA_INTERNAL);
    ta_result_free(result);
}

Test(csv_log, missing_log_has_no_rows) {
    ta_csv_log log;
    cr_assert(ta_ok(ta_csv_log_read(scratch_folder, &log)));
    cr_assert_eq(log.count, 0);
    ta_csv_log_free(&log);
}
