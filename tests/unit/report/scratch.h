/* scratch.h: a folder of a test's own, and files in it.
 *
 *     TestSuite(csv_log, .init = scratch_make, .fini = scratch_remove);
 *     scratch_write("perf_phase_log.csv", text, strlen(text)); */
#ifndef TA_TESTS_REPORT_SCRATCH_H
#define TA_TESTS_REPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

extern char scratch_folder[256];

void scratch_make(void);
void scratch_remove(void);

/* The path of `name` in the folder; valid until the next call but three. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, const char *text, size_t size);

/* The whole file with a zero behind it; the caller frees it. NULL when there is none. */
char *scratch_read(const char *name, size_t *size);

/* How many entries a folder below ours has, hidden ones too. */
unsigned scratch_count(const char *name);

/* xorshift: the same numbers on every machine. */
unsigned scratch_random(unsigned *state);

#endif
