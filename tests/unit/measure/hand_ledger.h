/* hand_ledger.h: a ledger in memory, for a test to write by hand what a process would have counted.
 *
 *     ta_ledger *ledger = hand_ledger_new(0, ticks_max);
 *     ta_counters *counters = hand_slot(ledger, thread);
 *     ...
 *     hand_ledger_free(ledger);
 *
 * Needs criterion/criterion.h and, in the first lines of the source, _GNU_SOURCE. */
#ifndef TA_TESTS_HAND_LEDGER_H
#define TA_TESTS_HAND_LEDGER_H

#include "layout.h"

#include <stdio.h>
#include <sys/mman.h>

static inline ta_ledger *hand_ledger_new(uint32_t flags, uint64_t ticks_max) {
    static ta_ledger plan;
    ta_ledger_plan(&plan, flags | TA_LEDGER_OF_SET, ticks_max);
    ta_ledger *ledger = mmap(NULL, plan.total_bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(ledger, MAP_FAILED);
    ta_ledger_plan(ledger, flags | TA_LEDGER_OF_SET, ticks_max);
    ledger->hooked = TA_HOOKED_MALLOC | TA_HOOKED_MAPPING | TA_HOOKED_SIZES;
    return ledger;
}

static inline void hand_ledger_free(ta_ledger *ledger) {
    munmap(ledger, ledger->total_bytes);
}

/* The counters of a thread, from 0. */
static inline ta_counters *hand_slot(ta_ledger *ledger, unsigned thread) {
    if (ledger->slots_used <= thread)
        ledger->slots_used = ledger->threads_seen = thread + 1;
    return &ta_ledger_slots(ledger)[thread].counters;
}

/* A named hot path in use, at a place of the table. */
static inline ta_hot_path *hand_hot_path(ta_ledger *ledger, unsigned index, const char *name) {
    ta_hot_path *path = &ta_ledger_hot_paths(ledger)[index];
    snprintf(path->name, sizeof path->name, "%s", name);
    path->state = 2;
    ledger->hot_path_count++;
    return path;
}

#endif
