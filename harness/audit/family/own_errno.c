/* An errno of the allocator's own. Keeping the program's around each malloc and free costs more
 * than counting them does, and is of use once in a million calls, when a system call of the
 * allocator fails. So its import slots for functions of libc that set errno are made to lead to
 * functions that restore it; what they found goes where the allocator looks for it.
 * (A program that calls the allocator past us, by its own names, finds no reason in errno.) */
#define _GNU_SOURCE
#include "own_errno.h"

#include "audit.h"
#include "elf_tables.h"
#include "objects.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

ptrdiff_t ta_errno_distance;

void ta_errno_find(void) {
    enum { SENTINEL = 12345 };
    if (!ta_assumption_may_hold(TA_ASSUMPTION_errno_offset))
        return;
    int before = errno;
    ta_errno_distance = (char *)&errno - (char *)__builtin_thread_pointer();
    ta_errno_set(SENTINEL);
    bool holds = errno == SENTINEL;
    errno = SENTINEL + 1;
    holds = holds && ta_errno_get() == SENTINEL + 1;
    ta_errno_distance = holds ? ta_errno_distance : 0;
    ta_assumption_settle(TA_ASSUMPTION_errno_offset, holds);
    errno = before;
}

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

/* The extra `mode` argument is ignored without O_CREAT. */
static int call_open(const char *path, int flags, long mode) {
    return (int)call(SYS_open, (long)path, flags, mode, 0, 0, 0);
}

static ssize_t call_read(int file, void *to, size_t bytes) {
    return call(SYS_read, file, (long)to, (long)bytes, 0, 0, 0);
}

static int call_close(int file) {
    return (int)call(SYS_close, file, 0, 0, 0, 0, 0);
}

static int call_prctl(int option, long a, long b, long c, long d) {
    return (int)call(SYS_prctl, option, a, b, c, d, 0);
}

static int call_getrusage(int who, void *usage) {
    return (int)call(SYS_getrusage, who, (long)usage, 0, 0, 0, 0);
}

static int call_sysinfo(void *info) {
    return (int)call(SYS_sysinfo, (long)info, 0, 0, 0, 0, 0);
}

/* The functions that an allocator calls while it is at work, and that may set errno. */
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
    {"prctl", TO(call_prctl)},
    {"access", TO(call_access)},
    {"open", TO(call_open)},
    {"read", TO(call_read)},
    {"close", TO(call_close)},
    {"getrusage", TO(call_getrusage)},
    {"sysinfo", TO(call_sysinfo)},
    {"syscall", TO(call)},
#undef TO
};

/* What mimalloc 2.0 to 3.6 import beside those. The first lines never set errno. The last are
 * called by its initialization, which we keep errno around, and otherwise only for messages,
 * statistics and the heap profiler, all of which its user has to ask for. */
static const char *const harmless[] = {
    "memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strstr", "strrchr", "getenv",
    "__memcpy_chk", "__memset_chk", "__stack_chk_fail", "abort", "__cxa_finalize", "__cxa_atexit",
    "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable",
    "pthread_mutex_init", "pthread_mutex_destroy", "pthread_mutex_lock", "pthread_mutex_trylock",
    "pthread_mutex_unlock", "pthread_key_create", "pthread_key_delete", "pthread_setspecific",
    "pthread_getspecific", "pthread_self", "clock_gettime", "clock", "time", "getuid", "geteuid",
    "getgid", "getegid", "sched_yield", "__ctype_toupper_loc",
    /* by initialization, or when asked for */
    "sysconf", "pathconf", "realpath", "strtol", "strtoull", "strerror", "fputs", "fputc", "fwrite",
    "fopen", "fdopen", "fclose", "fgets", "ferror", "snprintf", "vsnprintf", "__snprintf_chk",
    "__vsnprintf_chk", "backtrace", "sleep", "__register_atfork"};

static const struct redirection *redirection_of(const char *name) {
    for (size_t i = 0; i < sizeof redirections / sizeof *redirections; i++)
        if (strcmp(redirections[i].name, name) == 0)
            return &redirections[i];
    return NULL;
}

static bool is_harmless(const char *name) {
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strcmp(harmless[i], name) == 0)
            return true;
    return false;
}

typedef struct library {
    const struct link_map *map;
    const char *begin; /* its headers */
} library;

/* Visits the relocations of the slots through which the library calls others, with the names of
 * what is called, until `visit` says false. */
typedef bool (*slot_visitor)(const library *in, const char *name, const ElfW(Rela) * r);

static bool for_each_call(const library *in, slot_visitor visit) {
    ta_elf_tables found = ta_elf_tables_of(in->map->l_ld);
    if (!found.symbols || !found.names)
        return false;
    for (int table = 0; table < TA_ELF_RELOCATIONS; table++) {
        const ElfW(Rela) *r = found.relocations[table];
        for (size_t i = 0; r && i < found.counts[table]; i++) {
            const ElfW(Sym) *symbol = &found.symbols[ELF64_R_SYM(r[i].r_info)];
            unsigned type = ELF64_ST_TYPE(symbol->st_info);
            if (!ta_elf_is_slot(&r[i]) || symbol->st_shndx != SHN_UNDEF || type == STT_OBJECT ||
                type == STT_TLS)
                continue;
            if (!visit(in, found.names + symbol->st_name, &r[i]))
                return false;
        }
    }
    return true;
}

static bool has_errno; /* it calls for errno's place, and does not find it some other way */

static bool check(const library *in, const char *name, const ElfW(Rela) * r) {
    const struct redirection *redirection = redirection_of(name);
    has_errno |= redirection == &redirections[0];
    return redirection ? ta_object_import_is_sound(r, in->map->l_addr) : is_harmless(name);
}

static bool redirect(const library *in, const char *name, const ElfW(Rela) * r) {
    const struct redirection *redirection = redirection_of(name);
    uintptr_t slot = in->map->l_addr + r->r_offset;
    return !redirection || ta_elf_slot_write(slot, (uintptr_t)redirection->to,
                                             ta_elf_is_read_only(in->begin, in->map->l_addr, slot));
}

static bool give(const void *address) {
    struct link_map *map = NULL;
    Dl_info info;
    if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) || !map ||
        memcmp(info.dli_fbase, ELFMAG, SELFMAG) != 0)
        return false;
    library in = {map, info.dli_fbase};
    return for_each_call(&in, check) && has_errno && for_each_call(&in, redirect);
}

bool ta_own_errno_give(const void *address) {
    if (!ta_assumption_may_hold(TA_ASSUMPTION_allocator_errno) ||
        !ta_assumption_may_hold(TA_ASSUMPTION_import_slots))
        return false;
    bool given = give(address);
    ta_assumption_settle(TA_ASSUMPTION_allocator_errno, given);
    return given;
}

#else

bool ta_own_errno_give(const void *address) {
    (void)address;
    return false;
}

#endif
