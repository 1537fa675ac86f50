/* scratch_folder.h: a folder of its own for each test, removed with all that is in it.
 *
 *     TestSuite(cli, .init = scratch_make, .fini = scratch_remove);
 *     ... scratch_path("results/runs") ...
 *
 * One at a time in a process; Criterion gives each test a process. Aborts when it cannot. */
#ifndef TA_TESTS_SCRATCH_FOLDER_H
#define TA_TESTS_SCRATCH_FOLDER_H

#include "skip.h"

#include <stdbool.h>

void scratch_make(void);
void scratch_remove(void);

/* Criterion runs no .fini of a test that is skipped. Needs criterion/criterion.h. */
#define scratch_skip(...)                                                                          \
    do {                                                                                           \
        scratch_remove();                                                                          \
        ta_skip(__VA_ARGS__);                                                                      \
    } while (0)

/* The path of `name` in the folder ("" for the folder itself). Eight such texts live at a time. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, const char *text);

/* The file's text, for the caller to free; NULL when it cannot be read. */
char *scratch_read(const char *name);

/* How many files of the folder `name` end in `suffix` ("" for all; names with a leading dot
 * included); 0 when there is no such folder. */
unsigned scratch_count(const char *name, const char *suffix);

/* The path of the only file of the folder `name` that ends in `suffix`; NULL when there is none, or
 * more. As long-lived as scratch_path(). */
const char *scratch_only(const char *name, const char *suffix);

#endif
