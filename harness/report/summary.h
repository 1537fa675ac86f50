/* summary.h: a run as a page that a person reads.
 *
 *     ta_summary_print(stdout, result, (ta_summary_style){.colour = true});
 *     status = ta_summary_save("results", result);     results/runs/<run_id>_summary.txt
 *
 * The form is that of the first project's stress test, line by line, with a block for allocations
 * that it did not have. ASCII only, 80 columns. Allocates for the trees of sites; any thread. */
#ifndef TA_REPORT_SUMMARY_H
#define TA_REPORT_SUMMARY_H

#include <stdio.h>

#include "result.h"

typedef struct ta_summary_style {
    bool colour;         /* green and red, as terminals know them */
    unsigned width;      /* columns for rules and long texts; 0 means 80, the least is 60 */
    bool quiet;          /* the failed criteria and the verdict only */
    bool no_details;     /* nothing was saved: no last line */
    const char *details; /* the path of the JSON for the last line; NULL: runs/<run_id>.json */
} ta_summary_style;

/* Write errors are left in the stream's error flag. */
void ta_summary_print(FILE *out, const ta_result *result, ta_summary_style style);

/* The same text without colour as a file, all of it or nothing. Errors: TA_INTERNAL, or
 * TA_BAD_INPUT for a run id that could not be a file name. */
ta_status ta_summary_save(const char *folder, const ta_result *result);

#endif
