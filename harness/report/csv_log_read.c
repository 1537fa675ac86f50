#include <stdlib.h>
#include <string.h>

#include "csv_log.h"
#include "csv_row.h"
#include "results_folder.h"

/* A line with its newline, if it has one. Lines are cut before libcsv sees them: to it, a quote
 * that is never closed would swallow the rest of the file. */
static size_t line_length(const char *text, size_t left) {
    const char *newline = memchr(text, '\n', left);
    return newline ? (size_t)(newline - text) + 1 : left;
}

static size_t count_lines(const char *text, size_t size) {
    size_t lines = 0;
    for (size_t at = 0; at < size; at += line_length(text + at, size - at))
        lines++;
    return lines;
}

static void read_row(const char *line, size_t length, bool is_last, ta_log_row *row) {
    bool ends = line[length - 1] == '\n';
    if (ta_csv_row_parse(line, length, &row->arm, row->why, sizeof row->why)) {
        row->state = ends ? TA_LOG_ROW_WHOLE : TA_LOG_ROW_TORN;
        if (ends) {
            (void)snprintf(row->arm.source, sizeof row->arm.source, "%s:%zu", TA_CSV_LOG_NAME,
                           row->line);
            return;
        }
        /* All cells are there, but the last may have been longer. */
        memset(&row->arm, 0, sizeof row->arm);
        (void)snprintf(row->why, sizeof row->why, "the line does not end");
        return;
    }
    size_t cells;
    bool closed = ta_csv_count_cells(line, length, &cells);
    bool torn = is_last && (!ends || !closed || cells < TA_CSV_COLUMNS);
    row->state = torn ? TA_LOG_ROW_TORN : TA_LOG_ROW_MALFORMED;
}

static bool is_blank(const char *line, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", line[i]) || line[i] == '\0')
            return false;
    return true;
}

static ta_status read_rows(const char *path, const char *text, size_t size, ta_csv_log *log) {
    size_t header = line_length(text, size);
    bool torn_header =
        header == size && size < strlen(ta_csv_header) && memcmp(text, ta_csv_header, size) == 0;
    if (size == 0 || torn_header)
        return ta_status_ok();
    if (!ta_csv_is_header(text, header))
        return ta_status_make(TA_BAD_INPUT,
                              "%s has other columns than ours; name a folder with a log of ours "
                              "with --results",
                              path);
    size_t lines = count_lines(text + header, size - header);
    log->rows = calloc(lines ? lines : 1, sizeof *log->rows);
    if (!log->rows)
        return ta_status_make(TA_INTERNAL, "no memory for the %zu rows of %s", lines, path);
    size_t line_number = 1;
    for (size_t at = header; at < size;) {
        size_t length = line_length(text + at, size - at);
        line_number++;
        if (!is_blank(text + at, length)) {
            ta_log_row *row = &log->rows[log->count++];
            row->line = line_number;
            read_row(text + at, length, at + length == size, row);
        }
        at += length;
    }
    return ta_status_ok();
}

ta_status ta_csv_log_read(const char *folder, ta_csv_log *log) {
    *log = (ta_csv_log){0};
    char path[TA_RESULTS_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", folder, TA_CSV_LOG_NAME);
    if (length < 0 || (size_t)length >= sizeof path)
        return ta_status_make(TA_BAD_INPUT, "the path of the results folder is too long: %.200s",
                              folder);
    char *text;
    size_t size;
    ta_status status = ta_file_read(path, TA_CSV_LOG_BYTES_MAX, &text, &size);
    if (ta_ok(status) && text)
        status = read_rows(path, text, size, log);
    free(text);
    return status;
}

void ta_csv_log_free(ta_csv_log *log) {
    free(log->rows);
    *log = (ta_csv_log){0};
}
