/* compare_text.h: a comparison as a page that a person reads, and as JSON.
 *
 *     status = ta_arm_load("results", argv[1], &pre, &pre_result);
 *     ... ta_compare(), ta_compare_results(), ta_compare_sites() ...
 *     ta_compare_print(stdout, &comparison, &changes, (ta_compare_style){.colour = true});
 *     status = ta_compare_json(stdout, &comparison, &changes);     schema "tickaudit-compare/2"
 *
 * Any thread. Printing text allocates no more than stdio does; the others allocate. */
#ifndef TA_REPORT_COMPARE_TEXT_H
#define TA_REPORT_COMPARE_TEXT_H

#include <stdio.h>

#include "compare.h"
#include "compare_sites.h"

#define TA_COMPARE_SCHEMA "tickaudit-compare/2"

typedef struct ta_compare_style {
    bool colour;
    unsigned width; /* columns; 0 means 80, the least is 60 */
    bool quiet;     /* the gates that do not pass and the verdict only */
} ta_compare_style;

/* A table of the metrics (pre, post, difference), the gates, the notes, the verdict. ASCII only.
 * Write errors are left in the stream's error flag. */
void ta_compare_print(FILE *out, const ta_comparison *comparison, const ta_site_changes *changes,
                      ta_compare_style style);

/* The sites that changed and the first tick that differs; nothing when there are none. */
void ta_compare_print_sites(FILE *out, const ta_comparison *comparison,
                            const ta_site_changes *changes, ta_compare_style style);

/* The same as JSON; docs/results_format.md has the fields. Errors: TA_INTERNAL. */
ta_status ta_compare_json(FILE *out, const ta_comparison *comparison,
                          const ta_site_changes *changes);

/* The run that `name` names: a result file's path, else a run id with a file in `folder`/runs, else
 * a run id with a row in the log of `folder`. Errors: TA_BAD_INPUT that says where it was looked
 * for, or what is wrong with what was found. `kept`, unless NULL, gets the result when there is a
 * file, for the caller to free; else NULL. */
ta_status ta_arm_load(const char *folder, const char *name, ta_arm *arm, ta_result **kept);

/* Adds to an arm from a log row what only the run's result file knows (the content hash of the
 * scenario, more metrics), when that file is there and is of this run. Its source stays. `kept` as
 * above. */
void ta_arm_complete(const char *folder, ta_arm *arm, ta_result **kept);

#endif
