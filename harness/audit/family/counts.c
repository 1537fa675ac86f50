/* What a program may ask about itself. */
#include "audit.h"

TA_EXPORT bool ta_thread_counts(ta_counts *counts);
TA_EXPORT bool ta_process_counts(ta_counts *counts);

static ta_counts from_counters(const ta_counters *c) {
    return (ta_counts){.allocs = ta_counters_allocs(c),
                       .frees = ta_counters_frees(c),
                       .bytes = ta_counters_bytes(c),
                       .failed = c->failed_calls,
                       .hot_allocs = c->hot_allocs,
                       .hot_frees = c->hot_frees,
                       .live_bytes = ta_counters_live_bytes(c),
                       .live_blocks = ta_counters_live_blocks(c)};
}

bool ta_thread_counts(ta_counts *counts) {
    *counts = (ta_counts){0};
    if (!ta_attached_and_hooked())
        return false;
    *counts = from_counters(&ta_slot_here()->counters);
    return true;
}

bool ta_process_counts(ta_counts *counts) {
    *counts = (ta_counts){0};
    if (!ta_attached_and_hooked())
        return false;
    ta_counters sum;
    ta_slots_sum(&sum);
    *counts = from_counters(&sum);
    return true;
}
