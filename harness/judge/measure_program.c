#include "measure_program.h"

#include "figures.h"
#include "ledger.h"
#include "measure_process.h"

#include <stdio.h>
#include <stdlib.h>

static const double NS_PER_S = 1e9;

/* The whole run as its one tick. */
static ta_status make_one_tick(const ta_counters *all, ta_result *result) {
    free(result->ticks);
    result->ticks = calloc(1, sizeof *result->ticks);
    if (!result->ticks)
        return ta_status_make(TA_INTERNAL, "no memory for a tick");
    result->tick_count = 1;
    result->ticks[0] = (ta_tick_figures){.wall_ns = (uint64_t)(result->wall_seconds * NS_PER_S),
                                         .allocs = ta_counters_allocs(all),
                                         .frees = ta_counters_frees(all),
                                         .bytes = ta_counters_bytes(all),
                                         .hot_allocs = all->hot_allocs,
                                         .live_bytes = ta_counters_live_bytes(all),
                                         .live_blocks = ta_counters_live_blocks(all)};
    return ta_status_ok();
}

/* The first sample is what the program held before its first tick: nothing for a run that is one
 * tick, else what it held at the end of the first, less nothing that could be known better. */
static ta_stretch stretch_of(const ta_counters *all, const ta_tick_record *records,
                             const ta_result *result) {
    bool is_one = result->tick_count == 1;
    return (ta_stretch){.ticks = records,
                        .tick_count = result->tick_count,
                        .counted = *all,
                        .first_live_bytes = is_one ? 0 : result->ticks[0].live_bytes,
                        .first_live_blocks = is_one ? 0 : result->ticks[0].live_blocks};
}

static ta_tick_record *records_of(const ta_result *result) {
    ta_tick_record *records = calloc(result->tick_count, sizeof *records);
    for (uint64_t i = 0; records && i < result->tick_count; i++) {
        const ta_tick_figures *t = &result->ticks[i];
        records[i] = (ta_tick_record){.wall_ns = t->wall_ns,
                                      .allocs = t->allocs,
                                      .live_bytes = t->live_bytes,
                                      .live_blocks = t->live_blocks};
    }
    return records;
}

ta_status ta_measure_program(const ta_ledger *ledger, ta_result *result) {
    ta_counters all;
    ta_ledger_sum(ledger, &all);
    ta_status status = ta_measure_process(ledger, result);
    if (ta_ok(status) && !result->ticks)
        status = ta_measure_ticks(ledger, false, result);
    if (ta_ok(status) && result->tick_count == 0)
        status = make_one_tick(&all, result);
    if (!ta_ok(status))
        return status;
    ta_tick_record *records = records_of(result);
    if (!records)
        return ta_status_make(TA_INTERNAL, "no memory for the ticks");
    ta_stretch whole = stretch_of(&all, records, result);
    snprintf(result->whole.name, sizeof result->whole.name, "whole");
    result->whole.complete = true;
    ta_figures_measure(&whole, &result->whole);
    free(records);
    return ta_status_ok();
}
