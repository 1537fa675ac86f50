/* The executable files of audited processes. */
#define _GNU_SOURCE
#include "module_files.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

typedef struct listed_file {
    ta_module_file file;
    UT_hash_handle hh;
} listed_file;

struct ta_module_files {
    listed_file *by_path;
    listed_file **list;
    uint32_t count, room;
};

ta_module_files *ta_module_files_new(void) {
    return calloc(1, sizeof(ta_module_files));
}

void ta_module_files_free(ta_module_files *files) {
    if (!files)
        return;
    HASH_CLEAR(hh, files->by_path);
    for (uint32_t i = 0; i < files->count; i++)
        free(files->list[i]);
    free(files->list);
    free(files);
}

static bool make_room(ta_module_files *files) {
    if (files->count < files->room)
        return true;
    uint32_t room = files->room ? files->room * 2 : 64;
    listed_file **list = realloc(files->list, room * sizeof *list);
    if (!list)
        return false;
    files->list = list;
    files->room = room;
    return true;
}

/* The analyzer does not follow uthash's macros. NOLINTBEGIN(clang-analyzer-unix.Malloc) */
static bool add(ta_module_files *files, const char *path, bool is_program) {
    listed_file *listed;
    HASH_FIND_STR(files->by_path, path, listed);
    if (listed) {
        listed->file.is_program |= is_program;
        return true;
    }
    listed = make_room(files) ? calloc(1, sizeof *listed) : NULL;
    if (!listed)
        return false;
    memcpy(listed->file.path, path, strnlen(path, sizeof listed->file.path - 1));
    listed->file.is_program = is_program;
    HASH_ADD_STR(files->by_path, file.path, listed);
    files->list[files->count++] = listed;
    return true;
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

bool ta_module_files_add(ta_module_files *files, const ta_ledger *ledger) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state; i++) {
        bool is_file = modules[i].state == 2 && i + 1 != ledger->auditor && *modules[i].path == '/';
        if (is_file && !add(files, modules[i].path, i == 0))
            return false;
    }
    return true;
}

uint32_t ta_module_files_count(const ta_module_files *files) {
    return files->count;
}

const ta_module_file *ta_module_files_at(const ta_module_files *files, uint32_t index) {
    return &files->list[index]->file;
}
