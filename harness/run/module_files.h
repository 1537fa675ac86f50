/* module_files.h: the executable files that audited processes had mapped, each once.
 *
 *     ta_module_files *files = ta_module_files_new();
 *     good = ta_module_files_add(files, ledger);                of each process
 *     const ta_module_file *file = NULL;
 *     while ((file = ta_module_files_next(files, file)))
 *         ... file->path ...
 *     ta_module_files_free(files);
 *
 * A ledger is not needed any more when it was added. Allocates; one thread at a time per list. */
#ifndef TA_RUN_MODULE_FILES_H
#define TA_RUN_MODULE_FILES_H

#include "layout.h"

typedef struct ta_module_files ta_module_files;

typedef struct ta_module_file {
    char path[TA_LEDGER_MODULE_PATH_MAX];
    bool is_program; /* of a process, rather than a library alone */
} ta_module_file;

/* NULL without memory. */
ta_module_files *ta_module_files_new(void);
void ta_module_files_free(ta_module_files *files);

/* Adds the files of a process, the auditor's and the kernel's left out. False without memory. */
bool ta_module_files_add(ta_module_files *files, const ta_ledger *ledger);

/* The file that came after this one; the first for NULL, NULL after the last. */
const ta_module_file *ta_module_files_next(const ta_module_files *files,
                                           const ta_module_file *after);

#endif
