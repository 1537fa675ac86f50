#define _GNU_SOURCE
#include "own_malloc.h"

#include "function_code.h"
#include "patch_code.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char *const names[TA_OWN_COUNT] = {
// clang-format off
#define NAME(name) [TA_OWN_##name] = #name,
    TA_OWN_FAMILY_LIST(NAME)
    TA_OWN_NEW_LIST(NAME)
    TA_OWN_NEW_ALIGNED_LIST(NAME)
    TA_OWN_FREE_LIST(NAME)
    NAME(reallocarray)
#undef NAME
    // clang-format on
};

static ta_status cannot(const char *name, const char *why) {
    return ta_status_make(TA_BAD_INPUT, "%s: %s", name, why);
}

static int number_of(const char *name) {
    for (int i = 0; i < (int)TA_OWN_COUNT; i++) {
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    return -1;
}

/* Two names of one function (tcmalloc's free is its operator delete) are watched once. */
static bool is_known(const ta_ledger *ledger, uint64_t address) {
    for (unsigned i = 0; i < (unsigned)TA_OWN_COUNT; i++) {
        if (ledger->own_family[i].address == address)
            return true;
    }
    return false;
}

static ta_status take(Elf *elf, const GElf_Sym *symbol, int number, ta_ledger *ledger) {
    Elf_Scn *section = elf_getscn(elf, symbol->st_shndx);
    GElf_Shdr header;
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    bool is_code = data && data->d_buf && gelf_getshdr(section, &header) && symbol->st_size > 0 &&
                   symbol->st_value >= header.sh_addr;
    uint64_t offset = is_code ? symbol->st_value - header.sh_addr : 0;
    if (!is_code || offset > data->d_size || symbol->st_size > data->d_size - offset)
        return cannot(names[number], "its symbol has no size, or lies in no code");
    const char *why =
        ta_patch_code_make(symbol->st_value, (const uint8_t *)data->d_buf + offset, symbol->st_size,
                           data->d_size - offset, &ledger->own_family[number]);
    return why ? cannot(names[number], why) : ta_status_ok();
}

/* In order of the list, so that of two names the family's own is taken. */
static ta_status look_for(Elf *elf, Elf_Scn *section, const GElf_Shdr *table, int number,
                          ta_ledger *ledger) {
    Elf_Data *data = elf_getdata(section, NULL);
    for (size_t i = 0; data && i < table->sh_size / table->sh_entsize; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE)
            continue;
        const char *name = elf_strptr(elf, table->sh_link, symbol.st_name);
        if (name && number_of(name) == number)
            return is_known(ledger, symbol.st_value) ? ta_status_ok()
                                                     : take(elf, &symbol, number, ledger);
    }
    return ta_status_ok();
}

static bool has_sanitizer(Elf *elf, Elf_Scn *section, const GElf_Shdr *table) {
    static const char *const marks[] = {"__asan_init", "__tsan_init", "__msan_init", "__lsan_init",
                                        "__hwasan_init"};
    Elf_Data *data = elf_getdata(section, NULL);
    for (size_t i = 0; data && i < table->sh_size / table->sh_entsize; i++) {
        GElf_Sym symbol;
        const char *name = gelf_getsym(data, (int)i, &symbol)
                               ? elf_strptr(elf, table->sh_link, symbol.st_name)
                               : NULL;
        for (unsigned m = 0; name && m < sizeof marks / sizeof *marks; m++) {
            if (strcmp(name, marks[m]) == 0)
                return true;
        }
    }
    return false;
}

static ta_status find(Elf *elf, Elf_Scn *section, const GElf_Shdr *table, ta_ledger *ledger) {
    ta_status status = ta_status_ok();
    if (has_sanitizer(elf, section, table))
        return ta_status_make(TA_BAD_INPUT, "a sanitizer is linked into it");
    for (int i = 0; ta_ok(status) && i < (int)TA_OWN_COUNT; i++)
        status = look_for(elf, section, table, i, ledger);
    if (ta_ok(status) && !ledger->own_family[TA_OWN_malloc].address)
        status = ta_status_make(TA_BAD_INPUT, "it keeps malloc to itself, so that libraries use "
                                              "another heap");
    return status;
}

/* The names that other modules see: those that its libraries call, too. */
static ta_status find_in_elf(Elf *elf, ta_ledger *ledger) {
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_entsize && header.sh_type == SHT_DYNSYM)
            return find(elf, section, &header, ledger);
    }
    return ta_status_make(TA_BAD_INPUT, "it has no dynamic symbols");
}

ta_status ta_own_malloc_find(const char *path, ta_ledger *ledger) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return ta_status_make(TA_BAD_INPUT, "it cannot be read");
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    ta_status status = elf && elf_kind(elf) == ELF_K_ELF
                           ? find_in_elf(elf, ledger)
                           : ta_status_make(TA_BAD_INPUT, "it is no ELF file");
    elf_end(elf);
    close(file);
    ledger->own_malloc = ta_ok(status);
    if (!ta_ok(status))
        memset(ledger->own_family, 0, sizeof ledger->own_family);
    return status;
}

/* ---- inlined copies ---- */

enum { ALLOCATING = TA_OWN__ZnamRKSt9nothrow_t + 1 }; /* the first of the names */
_Static_assert((int)ALLOCATING <= (int)TA_LEDGER_STACKED_MAX, "they are looked for at once");

static bool is_within(const ta_function_code *code, const ta_range *range) {
    for (unsigned n = 0; n < (unsigned)ALLOCATING; n++) {
        const ta_function_found *found = &code->found[n];
        for (uint32_t i = 0; i < found->symbols && i < TA_FUNCTION_ENTRIES_MAX; i++) {
            if (range->begin >= found->entries[i].address &&
                range->begin < found->entries[i].address + found->entries[i].size)
                return true;
        }
    }
    return false;
}

static void add_copies(ta_own_malloc_copies *copies, unsigned function, uint32_t count) {
    if (count && !copies->count)
        copies->name = names[function];
    copies->count += count;
}

/* A copy of malloc within calloc is the allocator's own business. A clone (.constprop, .isra) and
 * the outlined rest of a function (.part) are called in its place. */
static void count_copies(const ta_function_code *code, ta_own_malloc_copies *copies) {
    for (unsigned n = 0; n < (unsigned)ALLOCATING; n++) {
        const ta_function_found *found = &code->found[n];
        add_copies(copies, n, found->parts + (found->symbols ? found->symbols - 1 : 0));
    }
    for (uint32_t i = 0; i < code->range_count; i++) {
        const ta_range *range = &code->ranges[i];
        unsigned function = (unsigned)__builtin_ctz(range->functions);
        if (code->found[function].inlined == 0 || is_within(code, range))
            continue;
        add_copies(copies, function, 1);
    }
}

ta_status ta_own_malloc_find_copies(const char *path, ta_own_malloc_copies *copies) {
    ta_function_name wanted[ALLOCATING];
    ta_function_code code;
    for (unsigned n = 0; n < (unsigned)ALLOCATING; n++)
        ta_function_name_read(names[n], &wanted[n]);
    *copies = (ta_own_malloc_copies){0};
    ta_status status =
        ta_function_code_find(path, wanted, ALLOCATING, TA_CODE_EVERYWHERE, 0, &code);
    if (!ta_ok(status))
        return status;
    copies->known = code.has_debug;
    count_copies(&code, copies);
    ta_function_code_free(&code);
    return status;
}
