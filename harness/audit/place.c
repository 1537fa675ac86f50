/* Which ledger this process writes: the one that it was told of, if it is the first to ask; with a
 * family of ledgers, one of its own; and otherwise memory that nobody reads. */
#define _GNU_SOURCE
#include "audit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The family, mapped; a forked child finds it where its parent had it. */
static ta_family *family;

/* Our own mmap would count this as the program's. Each argument is as wide as syscall() reads it:
 * of an int on the stack it would read what lies beside it, too. */
static void *map(size_t bytes, int flags, int file) {
    return (void *)syscall(SYS_mmap, NULL, bytes, (long)(PROT_READ | PROT_WRITE), (long)flags,
                           (long)file, 0L);
}

/* The named file, mapped; NULL when it cannot be. The descriptor does not stay open: a program that
 * closes all of its descriptors would give the number to another file. */
static void *map_file(const char *path, size_t *bytes) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return NULL;
    struct stat status;
    void *mapped = MAP_FAILED;
    if (fstat(file, &status) == 0 && (size_t)status.st_size > sizeof(ta_ledger)) {
        *bytes = (size_t)status.st_size;
        mapped = map(*bytes, MAP_SHARED, file);
    }
    close(file);
    if (mapped == MAP_FAILED)
        return NULL;
    madvise(mapped, *bytes, MADV_DONTDUMP); /* a core file is about the program */
    return mapped;
}

static bool is_ledger(const ta_ledger *ledger, uint64_t bytes) {
    return ledger->magic == TA_LEDGER_MAGIC && ledger->version == TA_LEDGER_VERSION &&
           ledger->total_bytes == bytes;
}

static bool is_family(const ta_family *f, uint64_t bytes) {
    return f->magic == TA_FAMILY_MAGIC && f->version == TA_LEDGER_VERSION &&
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
    int32_t self = (int32_t)getpid(), owner = 0;
    if (!__atomic_compare_exchange_n(&ledger->owner, &owner, self, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        if (owner != self)
            return false;
        forget_earlier_image(ledger);
    }
    ledger->images++;
    return true;
}

/* The next ledger of the family: each program that a process is by exec has one, and so has each
 * forked child that allocates. NULL when they are all taken. */
static ta_ledger *take_from_family(void) {
    uint32_t index = __atomic_fetch_add(&family->taken, 1, __ATOMIC_ACQ_REL);
    if (index >= family->ledgers_max) {
        __atomic_fetch_add(&family->lost, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    ta_ledger *ledger = ta_family_ledger(family, index);
    memcpy(ledger, &family->plan, sizeof *ledger);
    ledger->images = 1;
    ledger->number = index;
    ledger->parent = (int32_t)getppid();
    __atomic_store_n(&ledger->owner, (int32_t)getpid(), __ATOMIC_RELEASE);
    return ledger;
}

static ta_ledger *map_own_memory(void) {
    ta_ledger plan = {0};
    ta_ledger_plan(&plan, TA_LEDGER_TRACK_LIVE, 0);
    void *mapped = map(plan.total_bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (mapped == MAP_FAILED)
        return NULL;
    ta_ledger *ledger = mapped;
    *ledger = plan;
    ledger->owner = (int32_t)getpid();
    ledger->images = 1;
    return ledger;
}

static ta_ledger *told_ledger(const char *path) {
    size_t bytes;
    void *mapped = path ? map_file(path, &bytes) : NULL;
    if (!mapped)
        return NULL;
    if (is_ledger(mapped, bytes) && claim(mapped))
        return mapped;
    if (is_family(mapped, bytes)) {
        family = mapped;
        ta_ledger *ledger = take_from_family();
        if (ledger && readlink("/proc/self/exe", ledger->program, sizeof ledger->program - 1) < 0)
            ledger->program[0] = 0; /* nobody knows; the end is zero already */
        return ledger;
    }
    syscall(SYS_munmap, mapped, bytes);
    return NULL;
}

ta_ledger *ta_place_at_start(const char *path) {
    ta_ledger *ledger = told_ledger(path);
    return ledger ? ledger : map_own_memory();
}

/* What was found out at the start holds for the child as well, the numbers of modules among it. */
static ta_ledger *take_as_child(const ta_ledger *parents) {
    ta_ledger *ledger = take_from_family();
    if (!ledger)
        return NULL;
    memcpy(ledger->program, parents->program, sizeof ledger->program);
    memcpy(ledger->allocator, parents->allocator, sizeof ledger->allocator);
    ledger->pair_picoseconds = parents->pair_picoseconds;
    ledger->hooked = parents->hooked;
    ledger->auditor = parents->auditor;
    const ta_module *from = ta_ledger_modules(parents);
    ta_module *to = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && from[i].state == 2; i++)
        to[i] = from[i];
    return ledger;
}

ta_ledger *ta_place_of_child(const ta_ledger *parents) {
    ta_ledger *ledger = family ? take_as_child(parents) : NULL;
    return ledger ? ledger : map_own_memory();
}
