/* identity.h: what a result is tied to: when, which code, which machine, which build.
 *
 * Each function fills a text of `size` bytes, cut off where it is too long. May allocate and read
 * files; ta_identity_revision() asks git. */
#ifndef TA_RUN_IDENTITY_H
#define TA_RUN_IDENTITY_H

#include "layout.h"
#include "result.h"

#include <stddef.h>

/* "2026-01-31T12:00:00Z", UTC, and a run id that starts with the same moment and that no other run
 * has: "20260131T120000Z-1a2b3c4d". */
void ta_identity_moment(char *timestamp, size_t timestamp_size, char *run_id, size_t run_id_size);

/* The commit of the folder that we are in, 12 digits, with "+changes" when tracked files differ
 * from it; "" where there is no repository or no git. */
void ta_identity_revision(char *text, size_t size);

/* "AMD EPYC 7B13; 2 cores; 24 GiB". */
void ta_identity_machine(char *text, size_t size);

/* "gcc 12.2.0" or "clang 14.0.6": what this program and the arena were built with. */
void ta_identity_compiler(char *text, size_t size);

/* "Release", "RelWithDebInfo with asserts", ... */
void ta_identity_build_type(char *text, size_t size);

/* FNV-1a 64 of a file's content; 0 when it cannot be read. */
uint64_t ta_identity_content(const char *path);

/* Notes the folder that we are in, and the file that the run depends on most, in a result. */
void ta_identity_record(const char *workload_file, ta_result *result);

/* Notes what the run is made of beside the program, as `inputs_hash`: before the program runs its
 * arguments (without its own name; NULL for none) and the content of files that they name; after it
 * the modules that it loaded, by path and build id. Two runs of one program file with the same hash
 * that count differently do not differ by a change of the program. */
void ta_identity_inputs(char *const *arguments, ta_result *result);
void ta_identity_add(ta_result *result, const char *text); /* an option that changes counts */
void ta_identity_modules(const ta_ledger *ledger, ta_result *result);

/* All of the above but the record, into a result. */
void ta_identity_fill(ta_result *result);

#endif
