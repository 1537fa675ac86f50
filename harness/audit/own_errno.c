/* An errno of the allocator's own. Keeping the program's around each malloc and free costs more
 * than counting them does, and is of use once in a million calls, when a system call of the
 * allocator fails. So the addresses through which it calls libc are made to lead through functions
 * that put errno back; what they found goes where the allocator looks for it.
 * (A program that calls the allocator past us, by its own names, finds no reason in errno.) */
#define _GNU_SOURCE
#include "own_errno.h"

#include "audit.h"
#include "elf_tables.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)

static __thread int errno_of_allocator __attribute__((tls_model("initial-exec")));

static int *place_of_errno(void) {
    return &errno_of_allocator;
}

/* By number, since some of libc's functions of these names are ours, and count. */
static long call(long number, long a, long b, long c, long d, long e, long f) {
    int before = errno;
    long result = syscall(number, a, b, c, d, e, f);
    errno_of_allocator = errno;
    errno = before;
    return result;
}

static void *call_mmap(void *address, size_t length, int protection, int flags, int file,
                       off_t at) {
    return (void *)call(SYS_mmap, (long)address, (long)length, protection, flags, file, at);
}

static int call_munmap(void *address, size_t length) {
    return (int)call(SYS_munmap, (long)address, (long)length, 0, 0, 0, 0);
}

static int call_madvise(void *address, size_t length, int advice) {
    return (int)call(SYS_madvise, (long)address, (long)length, advice, 0, 0, 0);
}

static int call_mprotect(void *address, size_t length, int protection) {
    return (int)call(SYS_mprotect, (long)address, (long)length, protection, 0, 0, 0);
}

static int call_access(const char *path, int mode) {
    return (int)call(SYS_access, (long)path, mode, 0, 0, 0, 0);
}

/* Which open takes a mode of a new file is of no matter: an argument too many harms nobody. */
static int call_open(const char *path, int flags, long mode) {
    return (int)call(SYS_open, (long)path, flags, mode, 0, 0, 0);
}

static ssize_t call_read(int file, void *to, size_t bytes) {
    return call(SYS_read, file, (long)to, (long)bytes, 0, 0, 0);
}

static int call_close(int file) {
    return (int)call(SYS_close, file, 0, 0, 0, 0, 0);
}

/* The functions that an allocator calls while it is at work, and that may leave an errno. */
static const struct redirection {
    const char *name;
    void (*to)(void);
} redirections[] = {
#define TO(function) (void (*)(void))(function)
    {"__errno_location", TO(place_of_errno)},
    {"mmap", TO(call_mmap)},
    {"munmap", TO(call_munmap)},
    {"madvise", TO(call_madvise)},
    {"mprotect", TO(call_mprotect)},
    {"access", TO(call_access)},
    {"open", TO(call_open)},
    {"read", TO(call_read)},
    {"close", TO(call_close)},
    {"syscall", TO(call)},
#undef TO
};

static const struct redirection *redirection_of(const char *name) {
    for (size_t i = 0; i < sizeof redirections / sizeof *redirections; i++)
        if (strcmp(redirections[i].name, name) == 0)
            return &redirections[i];
    return NULL;
}

static bool is_read_only(const struct dl_find_object *library, uintptr_t address) {
    const char *begin = library->dlfo_map_start;
    const ElfW(Ehdr) *head = (const void *)begin;
    const ElfW(Phdr) *part = (const void *)(begin + head->e_phoff);
    uintptr_t bias = library->dlfo_link_map->l_addr;
    for (unsigned i = 0; i < head->e_phnum; i++)
        if (part[i].p_type == PT_GNU_RELRO && address - bias - part[i].p_vaddr < part[i].p_memsz)
            return true;
    return false;
}

bool ta_own_errno_give(const void *address) {
    struct dl_find_object library;
    if (_dl_find_object((void *)(uintptr_t)address, &library) != 0)
        return false;
    ta_elf_tables found = ta_elf_tables_of(library.dlfo_link_map->l_ld);
    const ElfW(Rela) *calls = found.relocations[TA_ELF_CALLS];
    bool has_errno = false;
    for (size_t i = 0; calls && found.symbols && found.names && i < found.counts[TA_ELF_CALLS];
         i++) {
        const ElfW(Rela) *r = &calls[i];
        uintptr_t slot = library.dlfo_link_map->l_addr + r->r_offset;
        const char *name = found.names + found.symbols[ELF64_R_SYM(r->r_info)].st_name;
        const struct redirection *redirection = redirection_of(name);
        if (!redirection || ELF64_R_TYPE(r->r_info) != R_X86_64_JUMP_SLOT)
            continue;
        if (!ta_elf_slot_write(slot, (uintptr_t)redirection->to, is_read_only(&library, slot)))
            return false;
        has_errno |= redirection == &redirections[0];
    }
    return has_errno; /* or it finds errno some other way than by calling for it */
}

#else

bool ta_own_errno_give(const void *address) {
    (void)address;
    return false;
}

#endif
