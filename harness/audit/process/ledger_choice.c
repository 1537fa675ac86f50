/* Which ledger this process writes: the one that it was told of, if it is the first to ask; with a
 * set of ledgers, one of its own; and otherwise memory that nobody reads. */
#define _GNU_SOURCE
#include "audit.h"
#include "execs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int32_t ta_process_self(void) {
    return (int32_t)syscall(SYS_getpid);
}

int32_t ta_process_parent(void) {
    return (int32_t)syscall(SYS_getppid);
}

/* The head of the set's file, mapped; a forked child finds it where its parent had it. Of the
 * ledgers a process maps its own alone: a thousand of them are more than a limit of the address
 * space (RLIMIT_AS) leaves to a program. */
ta_ledger_set *ta_ledger_set_mine;
static char set_path[64]; /* its file, as long as its creator lives and we may look there */

/* Our own mmap would count this as the program's. Each argument is as wide as syscall() reads it:
 * of an int on the stack it would read what lies beside it, too. */
static void *map(size_t bytes, int flags, int file, uint64_t offset) {
    void *mapped = (void *)syscall(SYS_mmap, NULL, bytes, (long)(PROT_READ | PROT_WRITE),
                                   (long)flags, (long)file, offset);
    return mapped == MAP_FAILED ? NULL : mapped;
}

static void unmap(void *mapped, size_t bytes) {
    syscall(SYS_munmap, mapped, bytes);
}

static void *map_shared(size_t bytes, int file, uint64_t offset) {
    void *mapped = map(bytes, MAP_SHARED, file, offset);
    if (mapped)
        madvise(mapped, bytes, MADV_DONTDUMP); /* a core file is about the program */
    return mapped;
}

static bool is_ledger(const ta_ledger *ledger, uint64_t bytes) {
    return ledger->magic == TA_LEDGER_MAGIC && ledger->version == TA_LEDGER_VERSION &&
           ledger->total_bytes == bytes;
}

static bool is_set(const ta_ledger_set *f, uint64_t bytes) {
    return f->magic == TA_LEDGER_SET_MAGIC && f->version == TA_LEDGER_VERSION &&
           f->total_bytes == bytes && f->plan.magic == TA_LEDGER_MAGIC;
}

/* The process was another program before, and became this one by exec: what that one counted, and
 * the addresses that it saw, mean nothing here. */
static void forget_earlier_image(ta_ledger *ledger) {
    __atomic_store_n(&ledger->alive, TA_ALIVE_NO, __ATOMIC_RELEASE);
    char *tables = (char *)ledger + ledger->hot_paths_at;
    size_t bytes = ledger->slots_at - ledger->hot_paths_at;
    if (madvise(tables, bytes, MADV_REMOVE) != 0) /* much of it was never touched */
        memset(tables, 0, bytes);
    memset(ta_ledger_slots(ledger), 0, ledger->slots_used * sizeof(ta_slot));
    memset(&ledger->slots_used, 0,
           sizeof *ledger - offsetof(ta_ledger, slots_used) - sizeof ledger->hooked);
}

/* True when this process is the ledger's own: the first that asks. A program that it starts
 * inherits the variable, and counts for itself. */
static bool claim(ta_ledger *ledger) {
    int32_t self = ta_process_self(), owner = 0;
    if (!__atomic_compare_exchange_n(&ledger->owner, &owner, self, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        if (owner != self)
            return false;
        forget_earlier_image(ledger);
        ta_execs_arrive_alone(ledger);
    }
    ledger->images++;
    return true;
}

static ta_ledger *lost(void) {
    __atomic_fetch_add(&ta_ledger_set_mine->lost, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* The next ledger of the set: each program that a process is by exec has one, and so has each
 * forked child that allocates. False when they are all taken. */
static bool take_from_set(uint32_t *index) {
    *index = __atomic_fetch_add(&ta_ledger_set_mine->taken, 1, __ATOMIC_ACQ_REL);
    return *index < ta_ledger_set_mine->ledgers_max;
}

/* In a container of its own, our number may be that of another process for the reader. */
static bool has_readers_pids(void) {
    char name[TA_LEDGER_SET_NAMESPACE_MAX] = {0};
    return readlink("/proc/self/ns/pid", name, sizeof name - 1) > 0 &&
           strcmp(name, ta_ledger_set_mine->pid_namespace) == 0;
}

static ta_ledger *begin_in_set(ta_ledger *ledger, uint32_t index) {
    memcpy(ledger, &ta_ledger_set_mine->plan, sizeof *ledger);
    ledger->images = 1;
    ledger->number = index;
    ledger->parent = ta_process_parent();
    ledger->foreign_pids = !has_readers_pids();
    __atomic_store_n(&ledger->owner, ta_process_self(), __ATOMIC_RELEASE);
    return ledger;
}

/* The ledger `steps` further on in the file than one that is mapped, without the file: a shared
 * mapping of which nothing is moved is mapped once more, and as long as is asked. What lies between
 * is mapped for a moment, in parts if there is no room for all of it. */
static ta_ledger *map_further_on(const ta_ledger *from, uint32_t steps) {
    size_t bytes = ta_ledger_set_mine->plan.total_bytes;
    char *at = (char *)(uintptr_t)from;
    for (uint32_t stride = steps; steps > 0;) {
        stride = stride < steps ? stride : steps;
        void *next =
            (void *)syscall(SYS_mremap, at, 0L, (stride + 1) * bytes, (long)MREMAP_MAYMOVE, 0L);
        if (next == MAP_FAILED && (stride /= 2) > 0)
            continue;
        if (at != (const char *)from)
            unmap(at, bytes);
        if (next == MAP_FAILED)
            return NULL;
        unmap(next, stride * bytes);
        at = (char *)next + stride * bytes;
        steps -= stride;
    }
    return (ta_ledger *)(void *)at;
}

static ta_ledger *map_own_memory(void) {
    static ta_ledger plan; /* too large for a small stack; a forked child has one thread */
    ta_ledger_plan(&plan, TA_LEDGER_TRACK_LIVE, 0);
    void *mapped = map(plan.total_bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!mapped)
        return NULL;
    ta_locking_spares(mapped, plan.total_bytes);
    ta_ledger *ledger = mapped;
    *ledger = plan;
    ledger->owner = ta_process_self();
    ledger->images = 1;
    return ledger;
}

/* Where mremap() cannot do that: under valgrind, or by a filter of system calls. */
static ta_ledger *map_by_path(uint32_t index) {
    int file = open(set_path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return NULL;
    uint64_t at = ta_ledger_set_ledgers_at() + index * ta_ledger_set_mine->plan.total_bytes;
    void *mapped = map_shared(ta_ledger_set_mine->plan.total_bytes, file, at);
    close(file);
    return mapped;
}

static ta_ledger *single_ledger(int file, uint64_t bytes) {
    ta_ledger *ledger = map_shared(bytes, file, 0);
    if (ledger && is_ledger(ledger, bytes) && claim(ledger))
        return ledger;
    if (ledger)
        unmap(ledger, bytes);
    return NULL;
}

static ta_ledger *next_of_family(int file) {
    uint32_t index;
    if (!take_from_set(&index))
        return lost();
    uint64_t at = ta_ledger_set_ledgers_at() + index * ta_ledger_set_mine->plan.total_bytes;
    void *mapped = map_shared(ta_ledger_set_mine->plan.total_bytes, file, at);
    if (!mapped)
        return lost();
    ta_ledger *ledger = begin_in_set(mapped, index);
    if (readlink("/proc/self/exe", ledger->program, sizeof ledger->program - 1) < 0)
        ledger->program[0] = 0; /* nobody knows; the end is zero already */
    return ledger;
}

static ta_ledger *ledger_in(const char *path, int file, uint64_t bytes) {
    if (bytes <= sizeof(ta_ledger) || bytes <= ta_ledger_set_ledgers_at())
        return NULL;
    void *head = map_shared(ta_ledger_set_ledgers_at(), file, 0);
    if (!head)
        return NULL;
    if (is_set(head, bytes)) {
        ta_ledger_set_mine = head;
        ta_execs_arrive();
        size_t length = strlen(path);
        if (length < sizeof set_path)
            memcpy(set_path, path, length + 1);
        return next_of_family(file);
    }
    unmap(head, ta_ledger_set_ledgers_at());
    return single_ledger(file, bytes);
}

/* The descriptor does not stay open: a program that closes all of its descriptors would give the
 * number to another file. */
static ta_ledger *told_ledger(const char *path) {
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return NULL;
    struct stat status;
    ta_ledger *ledger =
        fstat(file, &status) == 0 ? ledger_in(path, file, (uint64_t)status.st_size) : NULL;
    close(file);
    return ledger;
}

static const ta_ledger *own_memory;

bool ta_ledger_is_private(const ta_ledger *ledger) {
    return ledger == own_memory;
}

ta_ledger *ta_ledger_choose(const char *path) {
    ta_ledger *ledger = told_ledger(path);
    if (!ledger)
        own_memory = ledger = map_own_memory();
    return ledger;
}

/* What was found out at the start holds for the child as well, the numbers of modules among it. */
static ta_ledger *take_as_child(const ta_ledger *parents) {
    uint32_t index;
    if (!take_from_set(&index))
        return lost();
    bool is_listed = parents->flags & TA_LEDGER_OF_SET;
    ta_ledger *mapped = is_listed ? map_further_on(parents, index - parents->number) : NULL;
    if (!mapped && !(mapped = map_by_path(index)))
        return lost();
    ta_ledger *ledger = begin_in_set(mapped, index);
    memcpy(ledger->program, parents->program, sizeof ledger->program);
    memcpy(ledger->allocator, parents->allocator, sizeof ledger->allocator);
    ledger->pair_picoseconds = parents->pair_picoseconds;
    ledger->hooked = parents->hooked;
    ledger->auditor = parents->auditor;
    ledger->ranges_used = parents->ranges_used;
    if (ledger->flags & TA_LEDGER_ASKS)
        memcpy(ta_ledger_ranges(ledger), ta_ledger_ranges(parents),
               parents->ranges_used * sizeof(ta_range));
    const ta_module *from = ta_ledger_modules(parents);
    ta_module *to = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && from[i].state == TA_ENTRY_READY; i++)
        to[i] = from[i];
    return ledger;
}

ta_ledger *ta_ledger_choose_for_child(const ta_ledger *parents) {
    ta_ledger *ledger = ta_ledger_set_mine ? take_as_child(parents) : NULL;
    return ledger ? ledger : map_own_memory();
}
