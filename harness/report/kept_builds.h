/* kept_builds.h: copies of workload libraries and programs, so that a run before a change can be
 * made again after it. They lie in `folder`/builds, each named by the hash of its content, so that
 * none is kept twice.
 *
 * Functions allocate; any thread. */
#ifndef TA_REPORT_KEPT_BUILDS_H
#define TA_REPORT_KEPT_BUILDS_H

#include "result.h"
#include "results_folder.h"

enum { TA_KEPT_BUILD_BYTES_MAX = 1 << 28 }; /* a larger file is not kept */

/* The path of the copy with this hash, whether or not it is there; false when it is too long. */
bool ta_kept_build_path(const char *folder, uint64_t hash, char path[TA_RESULTS_PATH_MAX]);

/* Copies the file that a result's record names, unless it is there or too large. A file that has
 * changed since it was recorded is not kept. Errors: TA_INTERNAL. */
ta_status ta_kept_build_save(const char *folder, const ta_record *record);

#endif
