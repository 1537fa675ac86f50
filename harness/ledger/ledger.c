#define _GNU_SOURCE
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages that are there already cost no fault in the middle of a tick. A ledger for more ticks than
 * a scenario has is left to be filled as it is used. */
enum { BACKED_BYTES_MAX = 64 << 20 };

static ta_status cannot(const char *what, ta_ledger_file *file) {
    const char *limit = errno == EFBIG    ? " (a limit of the size of files: `ulimit -f unlimited`)"
                        : errno == ENOMEM ? " (or a limit of the address space: see `ulimit -v`)"
                                          : "";
    ta_status status =
        ta_status_make(TA_INTERNAL, "cannot %s the ledger: %s%s", what, strerror(errno), limit);
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
    return status;
}

/* A file of so many bytes, the first `backed` of them reserved, the first `mapped_bytes` mapped. */
static ta_status create(uint64_t bytes, uint64_t backed, uint64_t mapped_bytes,
                        ta_ledger_file *file) {
    *file = (ta_ledger_file){.descriptor = memfd_create(TA_LEDGER_FILE, MFD_CLOEXEC)};
    if (file->descriptor < 0)
        return cannot("create", file);
    if (ftruncate(file->descriptor, (off_t)bytes) != 0)
        return cannot("size", file);
    if (backed > 0 && fallocate(file->descriptor, 0, 0, (off_t)backed) != 0)
        return cannot("reserve memory for", file);
    void *mapped =
        mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
    if (mapped == MAP_FAILED)
        return cannot("map", file);
    file->mapped = mapped;
    file->mapped_bytes = mapped_bytes;
    snprintf(file->path, sizeof file->path, "/proc/%ld/fd/%d", (long)getpid(), file->descriptor);
    return ta_status_ok();
}

ta_status ta_ledger_create(uint32_t flags, uint64_t ticks_max, ta_ledger_file *file) {
    ta_ledger plan = {0};
    ta_ledger_plan(&plan, flags, ticks_max);
    uint64_t backed = ta_ledger_backed_bytes(&plan);
    ta_status status =
        create(plan.total_bytes, backed <= BACKED_BYTES_MAX ? backed : 0, plan.total_bytes, file);
    if (ta_ok(status)) {
        file->ledger = file->mapped;
        *file->ledger = plan;
    }
    return status;
}

ta_status ta_ledger_create_set(uint32_t flags, ta_ledger_file *file) {
    ta_ledger_set plan = {.magic = TA_LEDGER_SET_MAGIC,
                          .version = TA_LEDGER_VERSION,
                          .ledgers_max = TA_LEDGER_SET_LEDGERS_MAX};
    ta_ledger_plan(&plan.plan, flags | TA_LEDGER_OF_SET, TA_LEDGER_SET_TICKS_MAX);
    plan.total_bytes = ta_ledger_set_ledgers_at() + plan.ledgers_max * plan.plan.total_bytes;
    ta_status status = create(plan.total_bytes, 0, ta_ledger_set_ledgers_at(), file);
    if (!ta_ok(status))
        return status;
    file->set = file->mapped;
    *file->set = plan;
    if (readlink("/proc/self/ns/pid", file->set->pid_namespace, TA_LEDGER_SET_NAMESPACE_MAX - 1) <
        0)
        file->set->pid_namespace[0] = 0; /* then no process is known to be gone before the end */
    file->members = calloc(plan.ledgers_max, sizeof *file->members);
    return file->members ? status : ta_status_make(TA_INTERNAL, "no memory for a set of ledgers");
}

static void unmap_member(ta_ledger_file *file, uint32_t index) {
    if (file->members[index].mapped)
        munmap(file->members[index].mapped, file->set->plan.total_bytes);
    file->members[index].mapped = NULL;
}

void ta_ledger_close(ta_ledger_file *file) {
    for (uint32_t i = 0; file->members && i < ta_ledger_count(file); i++)
        unmap_member(file, i);
    free(file->members);
    if (file->mapped)
        munmap(file->mapped, file->mapped_bytes);
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = (ta_ledger_file){.descriptor = -1};
}

uint32_t ta_ledger_count(const ta_ledger_file *file) {
    if (!file->set)
        return 1;
    uint32_t taken = __atomic_load_n(&file->set->taken, __ATOMIC_ACQUIRE);
    return taken < file->set->ledgers_max ? taken : file->set->ledgers_max;
}

static off_t place_of(const ta_ledger_file *file, uint32_t index) {
    return (off_t)(ta_ledger_set_ledgers_at() + index * file->set->plan.total_bytes);
}

ta_ledger *ta_ledger_at(ta_ledger_file *file, uint32_t index) {
    if (!file->set)
        return file->ledger;
    ta_ledger_member *member = &file->members[index];
    if (member->mapped || member->released)
        return member->mapped;
    void *mapped = mmap(NULL, file->set->plan.total_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                        file->descriptor, place_of(file, index));
    member->mapped = mapped == MAP_FAILED ? NULL : mapped;
    return member->mapped;
}

void ta_ledger_release(ta_ledger_file *file, uint32_t index) {
    unmap_member(file, index);
    file->members[index].released = true;
    /* Where that is not possible the memory stays until the end. */
    (void)fallocate(file->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    place_of(file, index), (off_t)file->set->plan.total_bytes);
}

ta_ledger *ta_ledger_of(ta_ledger_file *file, int32_t process) {
    if (!file->set)
        return file->ledger;
    for (uint32_t i = ta_ledger_count(file); i-- > 0;) {
        ta_ledger *ledger = ta_ledger_at(file, i);
        if (ledger && __atomic_load_n(&ledger->owner, __ATOMIC_ACQUIRE) == process)
            return ledger;
    }
    return NULL;
}

void ta_ledger_sum(const ta_ledger *ledger, ta_counters *sum) {
    enum { WORDS = sizeof(ta_counters) / sizeof(uint64_t) };
    *sum = (ta_counters){0};
    uint64_t *total = (uint64_t *)sum;
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used && i < ledger->slots_max; i++) {
        const uint64_t *words = (const uint64_t *)&ta_ledger_slots(ledger)[i].counters;
        for (unsigned w = 0; w < WORDS; w++)
            total[w] += __atomic_load_n(&words[w], __ATOMIC_RELAXED);
    }
}

uint64_t ta_ledger_tick_count(const ta_ledger *ledger) {
    uint64_t done = __atomic_load_n(&ledger->ticks_done, __ATOMIC_ACQUIRE);
    return done < ledger->ticks_max ? done : ledger->ticks_max;
}

uint64_t ta_ledger_site_count(const ta_ledger *ledger) {
    uint64_t used = __atomic_load_n(&ledger->sites_used, __ATOMIC_ACQUIRE);
    return used < ledger->sites_max ? used : ledger->sites_max;
}

/* The number of the last tick that was closed. By the reader's clock all are. */
static uint64_t last_closed(const ta_ledger *ledger) {
    if (ledger->reader_tick)
        return UINT32_MAX;
    uint64_t done = __atomic_load_n(&ledger->ticks_done, __ATOMIC_ACQUIRE);
    return done > ledger->warmup_ticks ? done - ledger->warmup_ticks : 0;
}

static void note_tick(ta_tally_sum *sum, uint64_t tick, uint64_t allocs) {
    if (!sum->first_tick || tick < sum->first_tick)
        sum->first_tick = tick;
    if (allocs > sum->worst_allocs || (allocs == sum->worst_allocs && tick < sum->worst_tick)) {
        sum->worst_allocs = allocs;
        sum->worst_tick = tick;
    }
}

ta_tally_sum ta_ledger_tally(const ta_ledger *ledger, const ta_tally *tally) {
    ta_tally_sum sum = {.ticks = tally->ticks,
                        .allocs = tally->allocs,
                        .bytes = tally->bytes,
                        .first_tick = tally->first_tick,
                        .worst_tick = tally->worst & UINT32_MAX,
                        .worst_allocs = tally->worst >> 32};
    uint64_t closed = last_closed(ledger), worst = ledger->ticks.allocs_max_tick;
    if (worst && tally->in_worst >> 32 == worst)
        sum.in_worst = tally->in_worst & UINT32_MAX;
    for (int i = 0; i < 2; i++) {
        uint64_t tick = tally->last[i].tick_allocs >> 32;
        uint64_t allocs = tally->last[i].tick_allocs & UINT32_MAX;
        if (allocs == 0 || tick > closed)
            continue;
        sum.ticks++;
        sum.allocs += allocs;
        sum.bytes += tally->last[i].bytes;
        note_tick(&sum, tick, allocs);
        if (tick == worst)
            sum.in_worst += allocs;
    }
    for (int i = 0; i < 2 && sum.ticks == 0;
         i++) { /* the open one is at least where it was first */
        uint64_t allocs = tally->last[i].tick_allocs & UINT32_MAX;
        if (allocs > 0)
            note_tick(&sum, tally->last[i].tick_allocs >> 32, allocs);
    }
    return sum;
}

bool ta_ledger_is_unfit(const ta_ledger *ledger) {
    return ledger->alive == TA_ALIVE_UNFIT || ledger->alive == TA_ALIVE_TESTING ||
           ledger->alive == TA_ALIVE_MIXED;
}

ta_status ta_ledger_tell_unfit(const ta_ledger *ledger) {
    if (ledger->alive == TA_ALIVE_MIXED)
        return ta_status_make(TA_INTERNAL,
                              "the program calls another allocator by its own names (%.*s), whose "
                              "blocks would meet those of %.*s, so it was not run; use --allocator "
                              "system",
                              (int)sizeof ledger->foreign_call, ledger->foreign_call,
                              TA_LEDGER_ALLOCATOR_MAX, ledger->allocator);
    return ta_status_make(
        TA_INTERNAL,
        "%.*s %s its self-test at the start, so the program was not run: this build of it, or a "
        "tool that stands in for it (valgrind?), is no malloc to audit over; use "
        "--allocator system, or install another version",
        TA_LEDGER_ALLOCATOR_MAX, ledger->allocator,
        ledger->alive == TA_ALIVE_TESTING ? "crashed in" : "failed");
}
