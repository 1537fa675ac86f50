#define _GNU_SOURCE
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages that are there already cost no fault in the middle of a tick. A ledger for more ticks than
 * a scenario has is left to be filled as it is used. */
enum { BACKED_BYTES_MAX = 64 << 20 };

static ta_status cannot(const char *what, ta_ledger_file *file) {
    ta_status status =
        ta_status_make(TA_INTERNAL, "cannot %s the ledger: %s", what, strerror(errno));
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
    return status;
}

ta_status ta_ledger_create(uint32_t flags, uint64_t ticks_max, ta_ledger_file *file) {
    ta_ledger plan = {0};
    ta_ledger_plan(&plan, flags, ticks_max);
    *file = (ta_ledger_file){.descriptor = memfd_create("tickaudit-ledger", MFD_CLOEXEC)};
    if (file->descriptor < 0)
        return cannot("create", file);
    if (ftruncate(file->descriptor, (off_t)plan.total_bytes) != 0)
        return cannot("size", file);
    uint64_t backed = ta_ledger_backed_bytes(&plan);
    if (backed <= BACKED_BYTES_MAX && fallocate(file->descriptor, 0, 0, (off_t)backed) != 0)
        return cannot("reserve memory for", file);
    void *mapped =
        mmap(NULL, plan.total_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
    if (mapped == MAP_FAILED)
        return cannot("map", file);
    file->ledger = mapped;
    *file->ledger = plan;
    snprintf(file->path, sizeof file->path, "/proc/%ld/fd/%d", (long)getpid(), file->descriptor);
    return ta_status_ok();
}

void ta_ledger_close(ta_ledger_file *file) {
    if (file->ledger)
        munmap(file->ledger, file->ledger->total_bytes);
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = (ta_ledger_file){.descriptor = -1};
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
