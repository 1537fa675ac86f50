/* results_folder.h: where results lie, and how a file there is written so that nobody ever sees
 * half of it.
 *
 *     char path[TA_RESULTS_PATH_MAX];
 *     ta_status status = ta_results_path("results", run_id, ".json", path);
 *     if (ta_ok(status))
 *         status = ta_file_replace(path, write_it, context);
 *
 * Functions allocate (stdio's buffer) and may be called from any thread. */
#ifndef TA_RESULT_RESULTS_FOLDER_H
#define TA_RESULT_RESULTS_FOLDER_H

#include <stdio.h>

#include "status.h"

enum { TA_RESULTS_PATH_MAX = 4096 };

/* Makes `path` and the folders above it where they are missing (mode 0777 less the umask), and
 * brings their entries to disk. Errors: TA_INTERNAL. */
ta_status ta_folder_make(const char *path);

/* Writes `folder`/runs/`run_id``suffix` to `path`. TA_BAD_INPUT when the run id could not be a file
 * name: it consists of letters, digits, '.', '_' and '-', and does not begin with '.'. */
ta_status ta_results_path(const char *folder, const char *run_id, const char *suffix,
                          char path[TA_RESULTS_PATH_MAX]);

/* Replaces the file at `path`, whose folder is made when missing: `write` fills a temporary file
 * beside it, which is brought to disk and renamed; then the folder is brought to disk. On failure
 * (also of `write`, which says so by false with errno set, or by the stream's error flag) the
 * temporary file is removed, an older file stays as it was, and the status is TA_INTERNAL. What is
 * a device, a pipe or a link is written to as it is. */
ta_status ta_file_replace(const char *path, bool (*write)(FILE *out, const void *context),
                          const void *context);

/* Reads a whole file of at most `bytes_max` bytes, waiting for a writer that holds a lock on it.
 * The caller frees `*text`, which ends in a zero behind its `*size` bytes; it is NULL when there is
 * no such file. Errors: TA_BAD_INPUT when it cannot be read, TA_INTERNAL without memory. */
ta_status ta_file_read(const char *path, size_t bytes_max, char **text, size_t *size);

/* Brings the entries of the folder that `path` lies in to disk. False with errno on failure; file
 * systems that cannot do it are not a failure. */
bool ta_folder_sync_of(const char *path);

#endif
