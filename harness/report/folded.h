/* folded.h: a result's sites as collapsed stacks, the form that flame graph tools take.
 *
 *     status = ta_folded_print(stdout, result);
 *
 *     combat_tick;arena_tick;combat_step;chase;box;sim_take 381653
 *
 * A line is the hot path, the frames from the outermost to the innermost, a blank and the number of
 * allocations. Lines of the same text are added up; lines are in byte order, so that two runs can
 * be compared with diff. The form is that of Brendan Gregg's stackcollapse programs. */
#ifndef TA_REPORT_FOLDED_H
#define TA_REPORT_FOLDED_H

#include <stdio.h>

#include "result.h"

/* Semicolons, blanks and control characters in names become '_', what is not UTF-8 '?'. No sites
 * are no lines. Allocates; any thread. Errors: TA_INTERNAL without memory or when the stream cannot
 * be written; errno says which. */
ta_status ta_folded_print(FILE *out, const ta_result *result);

#endif
