#define _GNU_SOURCE
#include "bypass.h"

#include "join.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The functions by which well-known allocators give memory, beside malloc. */
static const char *const direct[] = {
    "mi_malloc",       "mi_calloc",      "mi_zalloc",         "mi_realloc",      "mi_new",
    "mi_malloc_small", "mi_heap_malloc", "mi_malloc_aligned", "je_malloc",       "je_calloc",
    "je_realloc",      "mallocx",        "rallocx",           "tc_malloc",       "tc_calloc",
    "tc_realloc",      "tc_new",         "scalable_malloc",   "scalable_calloc", "rpmalloc",
    "__libc_malloc",   "__libc_calloc",  "__libc_realloc",    "__libc_memalign"};

static const char *find_direct(const char *name) {
    for (unsigned i = 0; i < sizeof direct / sizeof direct[0]; i++) {
        if (strcmp(name, direct[i]) == 0)
            return direct[i];
    }
    return NULL;
}

/* The first such import of a module; NULL when it has none. */
static const char *direct_import(Elf *elf) {
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM || !header.sh_entsize)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (size_t i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
            GElf_Sym symbol;
            if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx != SHN_UNDEF)
                continue;
            const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (name && find_direct(name))
                return find_direct(name);
        }
    }
    return NULL;
}

static void tell(const char *path, const char *what, ta_result *result) {
    const char *slash = strrchr(path, '/');
    size_t used = strlen(result->bypassed);
    snprintf(result->bypassed + used, sizeof result->bypassed - used, "%s%.120s calls %s",
             used ? "; " : "", slash ? slash + 1 : path, what);
}

/* Whose imports were read, since followed processes share most modules; a row more than the last
 * takes the place of the first. */
typedef struct module_seen {
    char path[TA_LEDGER_MODULE_PATH_MAX];
    const char *import; /* an entry of `direct`; NULL: none */
    bool is_read;
} module_seen;

static void read_module(module_seen *module) {
    int file = open(module->path, O_RDONLY | O_CLOEXEC);
    elf_version(EV_CURRENT);
    Elf *elf = file >= 0 ? elf_begin(file, ELF_C_READ, NULL) : NULL;
    module->is_read = elf && elf_kind(elf) == ELF_K_ELF;
    module->import = module->is_read ? direct_import(elf) : NULL;
    elf_end(elf);
    if (file >= 0)
        close(file);
}

static const module_seen *see(const char *path) {
    enum { MODULES_KEPT = 512 };
    static module_seen seen[MODULES_KEPT];
    static unsigned count;
    for (unsigned i = 0; i < count && i < MODULES_KEPT; i++) {
        if (strcmp(seen[i].path, path) == 0)
            return &seen[i];
    }
    module_seen *row = &seen[count++ % MODULES_KEPT];
    snprintf(row->path, sizeof row->path, "%s", path);
    read_module(row);
    return row;
}

/* What the kernel maps has no file (linux-vdso.so.1), and allocates nothing. */
static void look_at(const char *path, ta_result *result) {
    if (*path != '/')
        return;
    const module_seen *module = see(path);
    result->modules_unread += !module->is_read;
    if (module->import)
        tell(path, module->import, result);
}

/* Allocators call one another's functions: those are not the program's. */
static bool is_allocator(const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    return strstr(base, "mimalloc") || strstr(base, "jemalloc") || strstr(base, "tcmalloc") ||
           strncmp(base, "libc.so", 7) == 0 || strncmp(base, "ld-linux", 8) == 0;
}

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What libc and the loader map is not seen by name; what other allocators map backs blocks that are
 * counted, or are told of above. */
static void find_mapped(const ta_ledger *ledger, ta_result *result) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned number = 0; number <= TA_LEDGER_MODULES_MAX; number++) {
        const ta_mapped *mapped = &ledger->mapped[number];
        const char *path = number ? modules[number - 1].path : "";
        if (mapped->calls == 0 || is_allocator(path))
            continue;
        ta_mapped_figures figures = {
            .calls = mapped->calls, .bytes = mapped->bytes, .by_break = mapped->break_calls > 0};
        snprintf(figures.module, sizeof figures.module, "%.63s", base_of(path));
        ta_result_add_mapped(result, &figures);
    }
    if (ledger->namespaces)
        snprintf(result->namespaces, sizeof result->namespaces, "%.255s",
                 *ledger->namespace_file ? ledger->namespace_file : "(the program itself)");
}

void ta_bypass_find(const ta_ledger *ledger, ta_result *result) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state != TA_ENTRY_FREE; i++) {
        if (modules[i].state == TA_ENTRY_READY && i + 1 != ledger->auditor &&
            !is_allocator(modules[i].path))
            look_at(modules[i].path, result);
    }
    result->modules_unread += ledger->lost.modules;
    find_mapped(ledger, result);
    size_t used = strlen(result->bypassed);
    if (ledger->alive == TA_ALIVE_FOREIGN) {
        const char *slash = strrchr(ledger->program, '/');
        snprintf(result->bypassed + used, sizeof result->bypassed - used,
                 "%s%.120s has a malloc of its own", used ? "; " : "",
                 slash ? slash + 1 : "the program");
        used = strlen(result->bypassed);
    }
    if (ledger->hooked & TA_HOOKED_BYPASSED)
        snprintf(result->bypassed + used, sizeof result->bypassed - used,
                 "%s%.120s was loaded with RTLD_DEEPBIND and calls libc's malloc", used ? "; " : "",
                 *ledger->deepbind_file ? base_of(ledger->deepbind_file) : "a module");
    used = strlen(result->bypassed);
    if (ledger->hooked & TA_HOOKED_TAKEN)
        snprintf(result->bypassed + used, sizeof result->bypassed - used,
                 "%sdlsym was asked for libc's malloc by a private name (__libc_malloc)",
                 used ? "; " : "");
}
