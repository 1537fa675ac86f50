/* csv_row.h: one row of the performance log as text, and back.
 *
 *     char text[TA_CSV_ROW_BYTES_MAX];
 *     size_t length = ta_csv_row_format(&arm, text);
 *     bool whole = ta_csv_row_parse(text, length, &arm, why, sizeof why);
 *
 * Quoting is libcsv's. Formatting does not allocate, parsing does; any thread. Numbers are written
 * with the decimal point of the locale, which must be that of "C". */
#ifndef TA_REPORT_CSV_ROW_H
#define TA_REPORT_CSV_ROW_H

#include "arm.h"

enum {
    TA_CSV_COLUMNS = 24,
    TA_CSV_ROW_BYTES_MAX = 8192 /* the longest texts, each byte doubled by quoting, need less */
};

/* The header as it stands in the file, with its newline. */
extern const char ta_csv_header[];

/* Writes the row with its newline to `text`, without a zero, and returns its length in bytes. What
 * is not known is an empty cell. Control characters become spaces; a text that a spreadsheet would
 * run as a formula gets an apostrophe in front, which reading takes away again. */
size_t ta_csv_row_format(const ta_arm *arm, char text[TA_CSV_ROW_BYTES_MAX]);

/* Reads one line, with or without its newline. False, and the reason in `why`, when it is not a
 * whole row; `arm` is then all unknown. Texts longer than their field are cut. */
bool ta_csv_row_parse(const char *line, size_t length, ta_arm *arm, char *why, size_t why_size);

/* The cells of a line. False when it is no CSV (a quote that is never closed). May be more than
 * TA_CSV_COLUMNS; a blank line has none. */
bool ta_csv_count_cells(const char *line, size_t length, size_t *cells);

/* Whether a line holds the names of our columns in our order, quoted or not. */
bool ta_csv_is_header(const char *line, size_t length);

#endif
