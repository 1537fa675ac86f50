/* Who defines a name: the first module in look-up order that has code for it. dlsym will not do: of
 * a program that is not position-independent and takes a function's address it gives a place in the
 * program that only leads on to the definition; and when it fails, it allocates. Read here are the
 * tables of the loaded modules, which need no lock while nothing is being loaded. */
#define _GNU_SOURCE
#include "audit.h"
#include "elf_tables.h"
#include "objects.h"

#include <string.h>

static bool is_definition(const ta_elf_tables *t, uint32_t index, const char *name) {
    const ElfW(Sym) *symbol = &t->symbols[index];
    unsigned type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 && binding != STB_LOCAL &&
           (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE) &&
           strcmp(t->names + symbol->st_name, name) == 0;
}

static uint32_t hash_of(const char *name) {
    uint32_t hash = 5381; /* Bernstein's, as the GNU linker has it */
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* Header of four words; a filter of 64-bit words; the buckets; the hashes of the symbols from
 * `first` on, the last of each bucket marked by its lowest bit. */
static const ElfW(Sym) * find_by_gnu_hash(const ta_elf_tables *t, const char *name) {
    uint32_t bucket_count = t->gnu_hash[0], first = t->gnu_hash[1], filter_words = t->gnu_hash[2];
    const uint32_t *buckets = t->gnu_hash + 4 + 2 * (size_t)filter_words;
    const uint32_t *hashes = buckets + bucket_count;
    uint32_t wanted = hash_of(name);
    uint32_t index = bucket_count ? buckets[wanted % bucket_count] : 0;
    if (index < first)
        return NULL;
    for (;; index++) {
        uint32_t hash = hashes[index - first];
        if ((hash | 1) == (wanted | 1) && is_definition(t, index, name))
            return &t->symbols[index];
        if (hash & 1)
            return NULL;
    }
}

/* The older table; its second word is the number of symbols. */
static const ElfW(Sym) * find_by_count(const ta_elf_tables *t, const char *name) {
    for (uint32_t index = 1; index < t->hash[1]; index++) {
        if (is_definition(t, index, name))
            return &t->symbols[index];
    }
    return NULL;
}

/* The kernel's own module calls nobody, nobody is linked with it, and its entries are not addresses
 * but offsets. */
static bool is_kernels(const struct link_map *module) {
    return strncmp(module->l_name, "linux-vdso", 10) == 0 ||
           strncmp(module->l_name, "linux-gate", 10) == 0;
}

/* What the machine is to run: told by the function at that address, as the loader asks it (an
 * indirect function; on x86-64 it takes no argument). dlsym will not do: of a module that was not
 * opened by dlopen a link_map is no handle. */
static void *resolve(void *address) {
    void *(*resolver)(void);
    memcpy((void *)(uintptr_t)&resolver, &address, sizeof resolver);
    return resolver();
}

void *ta_definition_in(const struct link_map *module, const char *name) {
    if (is_kernels(module))
        return NULL;
    ta_elf_tables t = ta_elf_tables_of(module->l_ld);
    if (!t.symbols || !t.names || (!t.gnu_hash && !t.hash))
        return NULL;
    const ElfW(Sym) *symbol = t.gnu_hash ? find_by_gnu_hash(&t, name) : find_by_count(&t, name);
    if (!symbol)
        return NULL;
    void *address = (void *)(module->l_addr + symbol->st_value);
    return ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC ? resolve(address) : address;
}

void *ta_definition_of(const char *name, const struct link_map **owner) {
    const struct link_map *module = ta_objects_first();
    for (; module; module = module->l_next) {
        void *address = ta_definition_in(module, name);
        if (!address)
            continue;
        if (owner)
            *owner = module;
        return address;
    }
    return NULL;
}

bool ta_leads_here(const char *name) {
    const struct link_map *owner = NULL;
    return ta_definition_of(name, &owner) && owner->l_ld == _DYNAMIC;
}

void *ta_definition_behind_ours(const struct link_map *first, const char *name,
                                const struct link_map **owner) {
    const struct link_map *module = first;
    while (module && module->l_ld != _DYNAMIC)
        module = module->l_next;
    for (module = module ? module->l_next : NULL; module; module = module->l_next) {
        void *address = ta_definition_in(module, name);
        if (address) {
            *owner = module;
            return address;
        }
    }
    return NULL;
}

bool ta_is_libc(const struct link_map *module) {
    const char *slash = strrchr(module->l_name, '/');
    return strncmp(slash ? slash + 1 : module->l_name, "libc.so", 7) == 0;
}
