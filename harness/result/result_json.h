/* result_json.h: a whole result as JSON (schema "tickaudit-result/3"), and back.
 *
 *     status = ta_result_save_json("results", result, path);     results/runs/<run_id>.json
 *     status = ta_result_print_json(stdout, result);             the same text
 *     status = ta_result_read_json(path, &result);               ta_result_free(result)
 *
 * docs/results_format.md describes each field. Functions allocate; any thread. Numbers are written
 * with the decimal point of the locale, which must be that of "C". */
#ifndef TA_RESULT_RESULT_JSON_H
#define TA_RESULT_RESULT_JSON_H

#include <stdio.h>

#include "result.h"
#include "results_folder.h"

enum { TA_RESULT_JSON_BYTES_MAX = 1 << 29 }; /* a longer file is refused by the reader */

/* Writes the file, all of it or nothing, and returns when it is on disk. `path`, unless NULL, gets
 * its name. Errors: TA_INTERNAL, or TA_BAD_INPUT for a run id that could not be a file name. */
ta_status ta_result_save_json(const char *folder, const ta_result *result,
                              char path[TA_RESULTS_PATH_MAX]);

/* Prints the same text. Errors: TA_INTERNAL when the stream cannot be written. */
ta_status ta_result_print_json(FILE *out, const ta_result *result);

/* Reads a result that was written by the above; fields it does not know are skipped. On success
 * the caller frees `*result`. Errors: TA_BAD_INPUT, with the JSON path of what is missing or wrong,
 * or with the schema found when it is another; TA_INTERNAL without memory. */
ta_status ta_result_read_json(const char *path, ta_result **result);

/* The same for a text in memory, which need not end in a zero; `path` is for messages only. */
ta_status ta_result_parse_json(const char *text, size_t size, const char *path, ta_result **result);

/* The file of the run that `name` names: a result file's path, else a run id with a file in
 * `folder`/runs. False when there is none; `path` is then undefined. A name with a slash is always
 * a path, whether or not there is such a file. Does not allocate. */
bool ta_result_find(const char *folder, const char *name, char path[TA_RESULTS_PATH_MAX]);

#endif
