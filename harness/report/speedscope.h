/* speedscope.h: a result's sites as a profile that speedscope (www.speedscope.app) opens.
 *
 *     status = ta_speedscope_print(stdout, result);
 *
 * The form is speedscope's own, https://www.speedscope.app/file-format-schema.json: each frame once
 * in shared.frames (name, file, line), and two profiles of type "sampled" with one sample a site,
 * the outermost frame first: one weighted by allocations (unit "none"), one by bytes. The root of
 * each stack is the hot path. */
#ifndef TA_REPORT_SPEEDSCOPE_H
#define TA_REPORT_SPEEDSCOPE_H

#include <stdio.h>

#include "result.h"

/* Allocates; any thread. Numbers need the decimal point of the locale "C". Errors: TA_INTERNAL
 * without memory or when the stream cannot be written; errno says which. */
ta_status ta_speedscope_print(FILE *out, const ta_result *result);

#endif
