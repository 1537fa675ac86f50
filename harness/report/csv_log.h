/* csv_log.h: results/perf_phase_log.csv, a row per run.
 *
 *     ta_status status = ta_csv_log_append("results", result, stderr);
 *
 *     ta_csv_log log;
 *     ta_status status = ta_csv_log_read("results", &log);
 *     ... log.rows[i], i < log.count ...
 *     ta_csv_log_free(&log);
 *
 * Any number of processes may append at the same time, and any of them may be killed at any moment.
 * Functions allocate; any thread. */
#ifndef TA_REPORT_CSV_LOG_H
#define TA_REPORT_CSV_LOG_H

#include <stdio.h>

#include "arm.h"

#define TA_CSV_LOG_NAME "perf_phase_log.csv"

enum { TA_CSV_LOG_BYTES_MAX = 1 << 28 }; /* a longer log is refused by the reader */

typedef struct ta_csv_log {
    ta_log_row *rows; /* in the order of the file; blank lines are left out */
    size_t count;
} ta_csv_log;

/* Appends the row of `result` to the log in `folder`, which is made when missing, and returns when
 * it is on disk. The row is one write on a descriptor opened for appending, under an exclusive
 * lock; a first row brings the header in the same write.
 *
 * A torn last line (another program's crash, a full disk) is moved to perf_phase_log.csv.torn, and
 * `diagnostics` (stderr, or NULL for none) gets a line about it. The order is: append it there,
 * bring that to disk, cut it from the log. So a kill in between can leave it in both files, but
 * never in neither.
 *
 * Errors: TA_INTERNAL when it cannot be written; a part that was written is taken back.
 * TA_BAD_INPUT when the file there is not our log; it is not touched. */
ta_status ta_csv_log_append(const char *folder, const ta_result *result, FILE *diagnostics);

/* Reads the log in `folder`. Lines that are not whole rows are in `rows` too, with their state and
 * what is wrong. A missing or empty file has no rows. Errors: TA_BAD_INPUT when it is not our log
 * or cannot be read, TA_INTERNAL without memory; then nothing needs to be freed. */
ta_status ta_csv_log_read(const char *folder, ta_csv_log *log);
void ta_csv_log_free(ta_csv_log *log);

#endif
