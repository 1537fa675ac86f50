/* elf_tables.h: what a loaded module says of its symbols and imports (ELF gABI, "Dynamic Section"),
 * and changing where one of its imports leads. Nothing is locked: not while modules are loaded. */
#ifndef TA_AUDIT_ELF_TABLES_H
#define TA_AUDIT_ELF_TABLES_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TA_ELF_CALLS = 0, TA_ELF_DATA = 1, TA_ELF_RELOCATIONS = 2 };

typedef struct ta_elf_tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *gnu_hash, *hash; /* NULL where there is none */
    const ElfW(Rela) * relocations[TA_ELF_RELOCATIONS];
    size_t counts[TA_ELF_RELOCATIONS];
} ta_elf_tables;

/* glibc has made addresses of the entries; but not for the kernel's own module. */
static inline ta_elf_tables ta_elf_tables_of(const ElfW(Dyn) * entry) {
    ta_elf_tables found = {0};
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        uintptr_t address = (uintptr_t)entry->d_un.d_ptr;
        size_t count = entry->d_un.d_val / sizeof(ElfW(Rela));
        if (entry->d_tag == DT_SYMTAB)
            found.symbols = (const ElfW(Sym) *)address;
        else if (entry->d_tag == DT_STRTAB)
            found.names = (const char *)address;
        else if (entry->d_tag == DT_GNU_HASH)
            found.gnu_hash = (const uint32_t *)address;
        else if (entry->d_tag == DT_HASH)
            found.hash = (const uint32_t *)address;
        else if (entry->d_tag == DT_JMPREL)
            found.relocations[TA_ELF_CALLS] = (const ElfW(Rela) *)address;
        else if (entry->d_tag == DT_PLTRELSZ)
            found.counts[TA_ELF_CALLS] = count;
        else if (entry->d_tag == DT_RELA)
            found.relocations[TA_ELF_DATA] = (const ElfW(Rela) *)address;
        else if (entry->d_tag == DT_RELASZ)
            found.counts[TA_ELF_DATA] = count;
    }
    return found;
}

/* A slot may be called through, or hold the address that a pointer is to have. */
static inline bool ta_elf_is_slot(const ElfW(Rela) * relocation) {
    uint64_t kind = ELF64_R_TYPE(relocation->r_info);
    return kind == R_X86_64_JUMP_SLOT || kind == R_X86_64_GLOB_DAT ||
           (kind == R_X86_64_64 && relocation->r_addend == 0);
}

/* More than the compiler's own, which is one. */
static inline bool ta_elf_has_constructors(const ElfW(Dyn) * entry) {
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_INIT_ARRAYSZ && entry->d_un.d_val > sizeof(void *))
            return true;
    }
    return false;
}

/* Whether a module has a search path that those which it loads inherit (DT_RPATH). */
static inline bool ta_elf_has_rpath(const ElfW(Dyn) * entry) {
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RPATH)
            return true;
    }
    return false;
}

/* Whether `address` is in what the loader has made read-only once it was filled. `begin` is where
 * the module's headers are. */
static inline bool ta_elf_is_read_only(const char *begin, uintptr_t bias, uintptr_t address) {
    const ElfW(Ehdr) *head = (const void *)begin;
    const ElfW(Phdr) *part = (const void *)(begin + head->e_phoff);
    for (unsigned i = 0; i < head->e_phnum; i++)
        if (part[i].p_type == PT_GNU_RELRO && address - bias - part[i].p_vaddr < part[i].p_memsz)
            return true;
    return false;
}

/* Makes a slot hold `value`. Its table may have been made read-only once it was filled: the page is
 * then opened for the one word, and closed again. False when it cannot be. */
static inline bool ta_elf_slot_write(uintptr_t slot, uintptr_t value, bool read_only) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)(slot / page * page);
    if (read_only && mprotect(start, page, PROT_READ | PROT_WRITE) != 0)
        return false;
    __atomic_store_n((uintptr_t *)slot, value, __ATOMIC_RELEASE);
    return !read_only || mprotect(start, page, PROT_READ) == 0;
}

#endif
