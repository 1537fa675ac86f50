/* Which file lies where in the address space, for the frames of sites: asked of the loader when an
 * address is first seen, so that plugins are known, and kept when they are gone. */
#define _GNU_SOURCE
#include "audit.h"
#include "objects.h"
#include "sanitizer.h"
#include "text.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_relative(const char *name) {
    return name[0] != '/' && strchr(name, '/') != NULL; /* the kernel's module has no file */
}

/* A relative path means a file in the folder that the program is in now. */
static void copy_path(char *to, const char *from) {
    ta_text path = {to, to + TA_LEDGER_MODULE_PATH_MAX - 1};
    long length = is_relative(from) ? syscall(SYS_getcwd, to, (long)TA_LEDGER_MODULE_PATH_MAX) : 0;
    if (length > 1 && to[0] == '/') { /* "(unreachable)" otherwise */
        path.at += length - 1;
        ta_text_add(&path, "/");
    }
    ta_text_add(&path, from);
    *path.at = 0;
}

/* Whether a path that was copied was this name. */
static bool is_path_of(const char *path, const char *name) {
    size_t length = strlen(path), end = strlen(name);
    if (!is_relative(name) || path[0] != '/' || length < end)
        return strncmp(path, name, TA_LEDGER_MODULE_PATH_MAX - 1) == 0;
    return strcmp(path + length - end, name) == 0;
}

static size_t padded(uint32_t bytes) {
    return ((size_t)bytes + 3) / 4 * 4;
}

/* The note that the linker made (ELF gABI, "Note Section"; the name is GNU and its zero). */
static bool take_build_id(const char *at, const char *end, ta_module *module) {
    while ((size_t)(end - at) >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const void *)at;
        const char *name = at + sizeof *note, *text = name + padded(note->n_namesz);
        if ((size_t)(end - name) < note->n_namesz || text > end ||
            (size_t)(end - text) < note->n_descsz)
            return false;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
            note->n_descsz <= TA_LEDGER_BUILD_ID_MAX) {
            memcpy(module->build_id, text, note->n_descsz);
            module->build_id_bytes = note->n_descsz;
            return true;
        }
        at = text + padded(note->n_descsz);
    }
    return false;
}

/* A module begins with its headers, as linkers lay it out; one that does not is not asked. */
static void find_build_id(const ta_object *found, ta_module *module) {
    enum { PAGE = 4096 };
    const ElfW(Ehdr) *file = (const void *)found->begin;
    size_t bytes = (size_t)(found->end - found->begin);
    if (bytes < PAGE || memcmp(file->e_ident, ELFMAG, SELFMAG) != 0 || file->e_phoff > PAGE ||
        file->e_phnum * sizeof(ElfW(Phdr)) > PAGE - file->e_phoff)
        return;
    const ElfW(Phdr) *headers = (const void *)((const char *)file + file->e_phoff);
    for (unsigned i = 0; i < file->e_phnum; i++) {
        if (headers[i].p_type != PT_NOTE)
            continue;
        const char *note = (const char *)(found->load_bias + headers[i].p_vaddr);
        bool inside = note >= found->begin && note + headers[i].p_memsz <= found->end;
        if (inside && take_build_id(note, note + headers[i].p_memsz, module))
            return;
    }
}

static void fill(ta_module *module, const ta_object *found) {
    module->begin = (uint64_t)(uintptr_t)found->begin;
    module->end = (uint64_t)(uintptr_t)found->end;
    module->load_bias = found->load_bias;
    find_build_id(found, module);
    const char *name = ta_object_is_ours(found) ? ta_sanitizer_own_path() : found->name;
    int before = errno;
    if (name[0]) {
        copy_path(module->path, name);
    } else { /* the program itself has no name in the loader's list */
        ssize_t length = readlink("/proc/self/exe", module->path, TA_LEDGER_MODULE_PATH_MAX - 1);
        module->path[length < 0 ? 0 : length] = 0;
    }
    errno = before;
    __atomic_store_n(&module->state, TA_ENTRY_READY, __ATOMIC_RELEASE);
}

/* Whether what was recorded is what lies there now, and not one that lay there before it. */
static bool is_same(const ta_module *module, const ta_object *found) {
    const char *name = found->name;
    return module->begin == (uint64_t)(uintptr_t)found->begin &&
           module->end == (uint64_t)(uintptr_t)found->end &&
           (!name[0] || is_path_of(module->path, name));
}

unsigned ta_module_of(uint64_t address) {
    ta_module *modules = ta_ledger_modules(ta_ledger_mine);
    ta_object found;
    if (!ta_object_find((void *)(uintptr_t)address, &found))
        return 0;
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX; i++) {
        uint32_t state = __atomic_load_n(&modules[i].state, __ATOMIC_ACQUIRE);
        if (state == TA_ENTRY_READY && is_same(&modules[i], &found))
            return i + 1;
        if (state == TA_ENTRY_FREE &&
            __atomic_compare_exchange_n(&modules[i].state, &state, TA_ENTRY_WRITTEN, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            fill(&modules[i], &found);
            return i + 1;
        }
    }
    ta_add_shared(&ta_ledger_mine->lost.modules, 1);
    return 0;
}

/* Its program headers lie in the module itself. */
static int note_one(struct dl_phdr_info *module, size_t size, void *context) {
    (void)size;
    (void)context;
    ta_module_of((uint64_t)(uintptr_t)module->dlpi_phdr);
    return 0;
}

void ta_modules_note_all(void) {
    ta_objects_refresh();
    dl_iterate_phdr(note_one, NULL);
}
