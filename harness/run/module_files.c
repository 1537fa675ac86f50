/* The executable files of audited processes. */
#define _GNU_SOURCE
#include "module_files.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

typedef struct listed_file {
    ta_module_file file; /* first: one leads to the other */
    UT_hash_handle hh;
} listed_file;

struct ta_module_files {
    listed_file *by_path; /* in the order of their arrival too */
};

ta_module_files *ta_module_files_new(void) {
    return calloc(1, sizeof(ta_module_files));
}

/* The analyzer does not follow uthash's macros. NOLINTBEGIN(clang-analyzer-unix.Malloc) */
void ta_module_files_free(ta_module_files *files) {
    listed_file *listed, *next;
    if (!files)
        return;
    HASH_ITER(hh, files->by_path, listed, next) {
        HASH_DEL(files->by_path, listed);
        free(listed);
    }
    free(files);
}

static bool add(ta_module_files *files, const char *path, bool is_program) {
    listed_file *listed;
    HASH_FIND_STR(files->by_path, path, listed);
    if (listed) {
        listed->file.is_program |= is_program;
        return true;
    }
    listed = calloc(1, sizeof *listed);
    if (!listed)
        return false;
    memcpy(listed->file.path, path, strnlen(path, sizeof listed->file.path - 1));
    listed->file.is_program = is_program;
    HASH_ADD_STR(files->by_path, file.path, listed);
    return true;
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

bool ta_module_files_add(ta_module_files *files, const ta_ledger *ledger) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state; i++) {
        bool is_file = modules[i].state == TA_ENTRY_READY && i + 1 != ledger->auditor &&
                       *modules[i].path == '/';
        if (is_file && !add(files, modules[i].path, i == 0))
            return false;
    }
    return true;
}

const ta_module_file *ta_module_files_next(const ta_module_files *files,
                                           const ta_module_file *after) {
    const void *whole = after;
    const listed_file *listed = whole;
    const listed_file *next = listed ? listed->hh.next : files->by_path;
    return next ? &next->file : NULL;
}
