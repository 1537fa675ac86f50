/* text_file.h: a file that a user wrote, whole, in memory; what is no such file is refused before
 * it is opened.
 *
 *     char *text;
 *     size_t size;
 *     ta_status status = ta_text_file_read("burst.json", "a scenario file", &text, &size);
 *     ...
 *     free(text);
 *
 * Allocates. Safe from any thread. */
#ifndef TA_SCENARIO_TEXT_FILE_H
#define TA_SCENARIO_TEXT_FILE_H

#include "scenario.h"

/* Reads at most TA_SCENARIO_FILE_BYTES_MAX bytes and one, so that the reader of the text sees that
 * it is too long. `what` is for messages. The text has no zero at its end; the caller frees it.
 * Errors, with *text NULL: TA_BAD_INPUT for what is missing, too large, a folder or a device;
 * TA_INTERNAL without memory. */
ta_status ta_text_file_read(const char *path, const char *what, char **text, size_t *size);

#endif
