/* mlockall() of present mappings is meant for the program. What we have mapped in its address space
 * counts for the kernel as well, most of which is never touched: beyond a small RLIMIT_MEMLOCK the
 * call would fail where it does not without us, and where it does not, it would fill a hundred MB.
 * So the program's mappings are locked one by one; MCL_FUTURE is left to the kernel, since we map
 * nothing after the start, and a forked child inherits no locks. A raw system call is not seen. */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

TA_EXPORT int mlockall(int flags);

enum { SPARED_MAX = 32, NAME_MAX_BYTES = 24 };

/* The library itself, whose tables are the larger part of it. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

typedef struct extent {
    uint64_t begin, end;
} extent;

/* Anonymous memory of ours, that of the processes this one was forked from included. Ledgers are
 * known by the name of their file. */
static struct {
    extent extents[SPARED_MAX];
    uint32_t count;
} spared;

void ta_locking_spares(const void *mapped, size_t bytes) {
    uint64_t begin = (uint64_t)(uintptr_t)mapped;
    if (spared.count < SPARED_MAX)
        spared.extents[spared.count++] = (extent){begin, begin + bytes};
}

/* ---- the mappings of this process ---- */

/* /proc/self/maps as it is read. Not by libc's functions: those are cancellation points. */
typedef struct listing {
    long file;
    long at, used;
    unsigned char text[512];
} listing;

enum { END = -1 };

typedef struct mapping {
    extent where;
    char name[NAME_MAX_BYTES]; /* its beginning */
} mapping;

static int next_byte(listing *l) {
    if (l->at == l->used) {
        l->at = 0;
        do {
            l->used = syscall(SYS_read, l->file, l->text, sizeof l->text);
        } while (l->used < 0 && errno == EINTR);
    }
    if (l->used > 0)
        return l->text[l->at++];
    l->used = 0;
    return END;
}

/* A hexadecimal number and the byte that ends it. */
static uint64_t next_number(listing *l) {
    uint64_t number = 0;
    for (int byte = next_byte(l); byte > 0; byte = next_byte(l)) {
        if (byte >= '0' && byte <= '9')
            number = number << 4 | (uint64_t)(byte - '0');
        else if (byte >= 'a' && byte <= 'f')
            number = number << 4 | (uint64_t)(byte - 'a' + 10);
        else
            break;
    }
    return number;
}

/* "begin-end rights offset device inode   name", where there may be no name. */
static bool next_mapping(listing *l, mapping *found) {
    enum { FIELDS = 4 };
    size_t length = 0;
    *found = (mapping){.where.begin = next_number(l)};
    found->where.end = next_number(l);
    int byte = ' ';
    for (int field = 0; field < FIELDS && byte > 0; field++) {
        while ((byte = next_byte(l)) > 0 && byte != ' ' && byte != '\n') {
        }
    }
    while (byte == ' ')
        byte = next_byte(l);
    for (; byte > 0 && byte != '\n'; byte = next_byte(l)) {
        if (length + 1 < sizeof found->name)
            found->name[length++] = (char)byte;
    }
    return found->where.end != 0;
}

static uint64_t page_bytes(void) {
    return getauxval(AT_PAGESZ);
}

static bool is_ledger(const mapping *m) {
    static const char ledger[] = "/memfd:" TA_LEDGER_FILE;
    return strncmp(m->name, ledger, sizeof ledger - 1) == 0;
}

static extent library(void) {
    uint64_t page = page_bytes();
    return (extent){(uint64_t)(uintptr_t)__ehdr_start / page * page,
                    ((uint64_t)(uintptr_t)_end + page - 1) / page * page};
}

/* The first extent of ours that reaches beyond `at`; an empty one at `end` when there is none. */
static extent first_of_ours(uint64_t at, uint64_t end) {
    extent first = {end, end};
    for (uint32_t i = 0; i <= spared.count; i++) {
        extent e = i < spared.count ? spared.extents[i] : library();
        if (e.end > at && e.begin < first.begin)
            first = e;
    }
    return first;
}

/* A page of the kernel's, in no process's size. */
static bool is_gate(const mapping *m) {
    return strncmp(m->name, "[vsyscall]", sizeof m->name) == 0;
}

typedef uint64_t visitor(extent where, int flags);

/* The kernel joins neighbours: a mapping may be ours in part. */
static uint64_t visit_parts(extent where, visitor *visit, int flags) {
    uint64_t sum = 0;
    while (where.begin < where.end) {
        extent ours = first_of_ours(where.begin, where.end);
        if (ours.begin > where.begin)
            sum += visit((extent){where.begin, ours.begin}, flags);
        where.begin = ours.end;
    }
    return sum;
}

/* Calls `visit` for each part of the address space that is the program's, and sums up what it said.
 * False when the mappings cannot be listed. */
static bool visit_programs(visitor *visit, int flags, uint64_t *sum) {
    listing l = {.file = syscall(SYS_openat, (long)AT_FDCWD, "/proc/self/maps",
                                 (long)(O_RDONLY | O_CLOEXEC), 0L)};
    mapping found;
    *sum = 0;
    if (l.file < 0)
        return false;
    while (next_mapping(&l, &found)) {
        if (!is_ledger(&found) && !is_gate(&found))
            *sum += visit_parts(found.where, visit, flags);
    }
    syscall(SYS_close, l.file);
    return *sum > 0;
}

/* ---- as the kernel does it ---- */

static uint64_t size_of(extent where, int flags) {
    (void)flags;
    return where.end - where.begin;
}

/* That a page cannot be brought in is no failure of mlockall(). */
static uint64_t lock(extent where, int flags) {
    long how = flags & MCL_ONFAULT ? (long)MLOCK_ONFAULT : 0L;
    if (how)
        syscall(SYS_mlock2, where.begin, where.end - where.begin, how);
    else
        syscall(SYS_mlock, where.begin, where.end - where.begin);
    return 1;
}

/* Whether the kernel exempts us from the limit (CAP_IPC_LOCK in the first user namespace, which
 * capget() does not tell): by locking more than it, of which no page is there. */
static bool is_exempt(uint64_t limit) {
    uint64_t bytes = (limit / page_bytes() + 1) * page_bytes();
    void *probe = (void *)syscall(SYS_mmap, NULL, bytes, (long)PROT_NONE,
                                  (long)(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1L, 0L);
    if (probe == MAP_FAILED)
        return false;
    bool locked = syscall(SYS_mlock2, probe, bytes, (long)MLOCK_ONFAULT) == 0;
    syscall(SYS_munmap, probe, bytes);
    return locked;
}

/* Whether the program may lock all that it has mapped; else with the kernel's errno. */
static bool may_lock(uint64_t bytes) {
    struct rlimit limit = {0};
    syscall(SYS_prlimit64, 0L, (long)RLIMIT_MEMLOCK, NULL, &limit);
    uint64_t whole_pages = limit.rlim_cur / page_bytes() * page_bytes();
    if ((limit.rlim_cur > 0 && bytes <= whole_pages) || is_exempt(limit.rlim_cur))
        return true;
    errno = limit.rlim_cur == 0 ? EPERM : ENOMEM;
    return false;
}

/* Of what is mapped later; without MCL_FUTURE it is no longer locked. That the kernel offers for
 * present mappings at once alone: these are locked again right after. */
static int set_later(int flags) {
    static volatile bool is_set;
    int failed = 0;
    if (flags & MCL_FUTURE)
        failed = (int)syscall(SYS_mlockall, (long)(flags & ~MCL_CURRENT));
    else if (is_set)
        failed = (int)syscall(SYS_munlockall);
    if (!failed)
        is_set = flags & MCL_FUTURE;
    return failed;
}

/* Where the mappings cannot be listed all are locked, and ours are let go. */
static int lock_all(int flags) {
    int failed = (int)syscall(SYS_mlockall, (long)flags);
    if (!failed && ta_ledger_mine)
        syscall(SYS_munlock, ta_ledger_mine, ta_ledger_mine->total_bytes);
    return failed;
}

/* What comes later is set first: what is mapped meanwhile would be missed else. */
int mlockall(int flags) {
    const int known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
    int before = errno;
    uint64_t bytes;
    if ((flags & ~known) || !(flags & (MCL_CURRENT | MCL_FUTURE)))
        return (int)syscall(SYS_mlockall, (long)flags); /* refused */
    if (!(flags & MCL_CURRENT))
        return set_later(flags);
    if (!visit_programs(size_of, flags, &bytes)) {
        errno = before;
        return lock_all(flags);
    }
    if (!may_lock(bytes) || set_later(flags) != 0)
        return -1;
    visit_programs(lock, flags, &bytes);
    errno = before;
    return 0;
}
