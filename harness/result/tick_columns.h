/* tick_columns.h: the per-tick vectors of a result's JSON, {"phase":[0,0,...], "wall_ns":[...],
 * ...}, written and read without a tree: a run may have two million ticks.
 *
 * Any thread. Printing does not allocate beyond stdio; reading allocates the ticks. */
#ifndef TA_RESULT_TICK_COLUMNS_H
#define TA_RESULT_TICK_COLUMNS_H

#include <stdio.h>

#include "result.h"

/* Prints the object, a line per column. False when the stream cannot be written. */
bool ta_tick_columns_print(FILE *out, const ta_result *result);

/* Reads such an object into the result's ticks, which must be none. Columns of other names are
 * skipped; ours must all be there, of one length and with every number in its field's range. On
 * failure the ticks stay none, and `why` says what is wrong. */
bool ta_tick_columns_read(const char *text, size_t size, ta_result *result, char *why,
                          size_t why_size);

#endif
