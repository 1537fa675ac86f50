/* Modules that are loaded with RTLD_DEEPBIND. They look names up in themselves and what they are
 * linked with first, so their malloc is libc's, past the auditor: their blocks come to our free,
 * and ours to libc's, which over another allocator is a crash. So once such a module is loaded, its
 * import slots for the malloc family are made to lead to us. */
#define _GNU_SOURCE
#include "deepbind.h"

#include "assumptions.h"
#include "audit.h"
#include "elf_tables.h"
#include "lookups.h"
#include "objects.h"

#include <dlfcn.h>
#include <string.h>

static const char *const family[] = {"malloc",        "calloc", "realloc",  "reallocarray",
                                     "free",          "cfree",  "memalign", "posix_memalign",
                                     "aligned_alloc", "valloc", "pvalloc",  "malloc_usable_size"};

/* Not by strcmp, which a sanitizer's runtime may define, and not have begun yet. */
static bool is_same(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool ta_is_of_family(const char *name) {
    for (size_t i = 0; i < sizeof family / sizeof *family; i++)
        if (is_same(family[i], name))
            return true;
    return false;
}

static const struct link_map *last_module(void) {
    const struct link_map *module = ta_objects_first();
    while (module && module->l_next)
        module = module->l_next;
    return module;
}

/* Whether what the module calls malloc is libc's, and not that of a library which it brings along:
 * such an allocator goes with its own free. */
static bool calls_libc(void *module) {
    void *theirs = ta_lookup(module, "malloc"),
         *libcs = dlvsym(RTLD_DEFAULT, "malloc", "GLIBC_2.2.5");
    return theirs && theirs == libcs;
}

static bool redirect(const ElfW(Rela) * r, const ta_elf_tables *tables, const ta_object *module) {
    const ElfW(Sym) *symbol = &tables->symbols[ELF64_R_SYM(r->r_info)];
    const char *name = tables->names + symbol->st_name;
    uintptr_t slot = module->load_bias + r->r_offset;
    if (!ta_elf_is_slot(r) || symbol->st_shndx != SHN_UNDEF || !ta_is_of_family(name))
        return true;
    void *ours = ta_definition_of(name, NULL);
    bool sound = ta_object_import_is_sound(r, module->load_bias);
    ta_assumption_settle(TA_ASSUMPTION_import_slots, sound);
    return ours && ta_assumption_holds(TA_ASSUMPTION_import_slots) &&
           ta_elf_slot_write(slot, (uintptr_t)ours,
                             ta_elf_is_read_only(module->begin, module->load_bias, slot));
}

/* Of one module; false when some of its calls go on past us. */
static bool redirect_all(const struct link_map *map) {
    ta_object module;
    ta_elf_tables tables = ta_elf_tables_of(map->l_ld);
    bool all = ta_object_find(map->l_ld, &module);
    for (int table = 0; all && tables.symbols && table < TA_ELF_RELOCATIONS; table++) {
        const ElfW(Rela) *r = tables.relocations[table];
        for (size_t i = 0; r && i < tables.counts[table]; i++)
            all = redirect(&r[i], &tables, &module) && all;
    }
    return all;
}

/* Those that came behind `before` in the loader's list. Constructors ran before they could be
 * redirected. */
static bool redirect_since(const struct link_map *before) {
    bool all = true;
    for (const struct link_map *map = before ? before->l_next : NULL; map; map = map->l_next) {
        bool redirected = redirect_all(map);
        all = all && redirected && !ta_elf_has_constructors(map->l_ld);
    }
    return all;
}

/* The first of them is named. */
static void note_bypass(const char *file) {
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger || ta_home.present == TA_HOME_ELSEWHERE ||
        (__atomic_fetch_or(&ledger->hooked, TA_HOOKED_BYPASSED, __ATOMIC_RELAXED) &
         TA_HOOKED_BYPASSED))
        return;
    for (unsigned i = 0; file && file[i] && i < sizeof ledger->deepbind_file - 1; i++)
        ledger->deepbind_file[i] = file[i];
}

void *ta_deepbind_open(ta_open_function next, const char *file, int mode) {
    const struct link_map *before = last_module();
    bool may_redirect = ta_assumption_may_hold(TA_ASSUMPTION_import_slots);
    if (!may_redirect && !ta_real_is_libcs())
        mode &= ~RTLD_DEEPBIND; /* else its blocks and the program's would meet in two heaps */
    ta_real_expect_foreign();
    void *module = next(file, mode);
    ta_objects_refresh();
    if (module && before != last_module() && !(calls_libc(module) && redirect_since(before)))
        note_bypass(file);
    return module;
}

void ta_deepbind_pass(const char *file) {
    ta_real_expect_foreign();
    note_bypass(file);
}
