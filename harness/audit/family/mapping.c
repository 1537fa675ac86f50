/* Memory that does not come from malloc: the program's own mmap, mremap, munmap, brk and sbrk. Only
 * observed, and only where they are called by name: glibc's allocator maps by calls of its own, and
 * what the allocator underneath maps is not the program's. */
#define _GNU_SOURCE
#include "audit.h"
#include "objects.h"
#include "own_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

TA_EXPORT void *mmap(void *address, size_t length, int protection, int flags, int file, off_t at);
TA_EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int file,
                       off64_t at);
TA_EXPORT void *mremap(void *address, size_t length, size_t new_length, int flags, ...);
TA_EXPORT int munmap(void *address, size_t length);
TA_EXPORT int brk(void *address);
TA_EXPORT void *sbrk(intptr_t increment);

/* What a mapping may be used for. */
typedef enum purpose {
    NO_HEAP, /* a file, code, a stack */
    MAYBE_HEAP,
    THE_BREAK
} purpose;

/* Modules have no numbers when stacks are not wanted. */
static void count_for_module(size_t bytes, const void *caller, bool is_break) {
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger || !(ledger->flags & TA_LEDGER_SITES))
        return;
    ta_mapped *mapped = &ledger->mapped[ta_module_of((uint64_t)(uintptr_t)caller)];
    ta_add_shared(&mapped->calls, 1);
    ta_add_shared(&mapped->bytes, bytes);
    if (is_break)
        ta_add_shared(&mapped->break_calls, 1);
}

static void count_mapped(size_t bytes, purpose use, const void *caller) {
    if (ta_real_owns(caller) || ta_own_malloc_is_running())
        return;
    ta_slot *slot = ta_slot_here();
    ta_add(&slot->counters.mapped_calls, 1);
    ta_add(&slot->counters.mapped_bytes, bytes);
    if (use != NO_HEAP)
        count_for_module(bytes, caller, use == THE_BREAK);
}

/* A private mapping of it is anonymous memory (mem(4)). */
static bool is_dev_zero(int file) {
    int before = errno;
    struct stat status;
    bool is_zero =
        fstat(file, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 5);
    errno = before;
    return is_zero;
}

static purpose purpose_of(int protection, int flags, int file) {
    bool is_anonymous = (flags & MAP_ANONYMOUS) ||
                        ((flags & MAP_PRIVATE) && (protection & PROT_WRITE) && is_dev_zero(file));
    bool is_heap =
        is_anonymous && !(flags & (MAP_STACK | MAP_GROWSDOWN)) && !(protection & PROT_EXEC);
    return is_heap ? MAYBE_HEAP : NO_HEAP;
}

/* ---- where they lead on to: the next definition, when it is not libc's (a system call) ---- */

static struct {
    void *(*mmap)(void *, size_t, int, int, int, off_t);
    void *(*mremap)(void *, size_t, size_t, int, ...);
    int (*munmap)(void *, size_t);
} next;

/* NULL when it is libc's. */
static void *next_definition(const char *name) {
    const struct link_map *owner = NULL;
    void *address = ta_definition_behind_ours(ta_objects_first(), name, &owner);
    return address && !ta_is_libc(owner) ? address : NULL;
}

void ta_mapping_begin(void) {
#define FIND(name)                                                                                 \
    do {                                                                                           \
        void *found_ = next_definition(#name);                                                     \
        memcpy((void *)(uintptr_t)&next.name, &found_, sizeof found_);                             \
    } while (0)
    FIND(mmap);
    FIND(mremap);
    FIND(munmap);
#undef FIND
}

/* The allocator underneath maps before the constructor of whoever stands between was run. */
static void *map_beneath(void *address, size_t length, int protection, int flags, int file,
                         off64_t at, const void *caller) {
    if (next.mmap && !ta_real_owns(caller))
        return next.mmap(address, length, protection, flags, file, at);
    return (void *)syscall(SYS_mmap, address, length, (long)protection, (long)flags, (long)file,
                           (long)at);
}

/* ---- what the program calls ---- */

static void *map(void *address, size_t length, int protection, int flags, int file, off64_t at,
                 const void *caller) {
    void *mapped = map_beneath(address, length, protection, flags, file, at, caller);
    if (mapped != MAP_FAILED)
        count_mapped(length, purpose_of(protection, flags, file), caller);
    return mapped;
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t at) {
    return map(address, length, protection, flags, file, at, __builtin_return_address(0));
}

void *mmap64(void *address, size_t length, int protection, int flags, int file, off64_t at) {
    return map(address, length, protection, flags, file, at, __builtin_return_address(0));
}

void *mremap(void *address, size_t length, size_t new_length, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    void *wanted = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? va_arg(rest, void *) : NULL;
    va_end(rest);
    bool passes_on = next.mremap && !ta_real_owns(__builtin_return_address(0));
    void *mapped =
        passes_on ? next.mremap(address, length, new_length, flags, wanted)
                  : (void *)syscall(SYS_mremap, address, length, new_length, (long)flags, wanted);
    if (mapped != MAP_FAILED && new_length > length)
        count_mapped(new_length - length, MAYBE_HEAP, __builtin_return_address(0));
    return mapped;
}

int munmap(void *address, size_t length) {
    const void *caller = __builtin_return_address(0);
    bool passes_on = next.munmap && !ta_real_owns(caller);
    int failed =
        passes_on ? next.munmap(address, length) : (int)syscall(SYS_munmap, address, length);
    if (!failed && !ta_real_owns(caller)) {
        ta_slot *slot = ta_slot_here();
        ta_add(&slot->counters.unmapped_calls, 1);
        ta_add(&slot->counters.unmapped_bytes, length);
    }
    return failed;
}

/* libc keeps where the break is, so these two must be libc's. */
static void *libc_function(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

static void *libc_sbrk(intptr_t increment) {
    static void *(*volatile real_sbrk)(intptr_t);
    if (!real_sbrk) {
        void *found = libc_function("sbrk");
        memcpy((void *)(uintptr_t)&real_sbrk, &found, sizeof found);
    }
    return real_sbrk(increment);
}

int brk(void *address) {
    static int (*volatile real_brk)(void *);
    if (!real_brk) {
        void *found = libc_function("brk");
        memcpy((void *)(uintptr_t)&real_brk, &found, sizeof found);
    }
    uintptr_t before = (uintptr_t)libc_sbrk(0), wanted = (uintptr_t)address;
    int failed = real_brk(address);
    if (!failed && wanted > before)
        count_mapped(wanted - before, THE_BREAK, __builtin_return_address(0));
    return failed;
}

void *sbrk(intptr_t increment) {
    void *before = libc_sbrk(increment);
    if (increment > 0 && before != MAP_FAILED)
        count_mapped((size_t)increment, THE_BREAK, __builtin_return_address(0));
    return before;
}
