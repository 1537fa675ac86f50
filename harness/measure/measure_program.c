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

static ta_tick_record *records_of(const ta_result *result) {
    ta_tick_record *records = calloc(result->tick_count ? result->tick_count : 1, sizeof *records);
    for (uint64_t i = 0; records && i < result->tick_count; i++) {
        const ta_tick_figures *t = &result->ticks[i];
        records[i] = (ta_tick_record){.wall_ns = t->wall_ns,
                                      .allocs = t->allocs,
                                      .live_bytes = t->live_bytes,
                                      .live_blocks = t->live_blocks};
    }
    return records;
}

static void set(ta_figures *figures, ta_metric metric, double value) {
    figures->value[metric] = value;
    figures->known[metric] = true;
}

static void set_growth(const ta_counters *all, ta_figures *figures) {
    set(figures, TA_METRIC_live_bytes_growth, (double)ta_counters_live_bytes(all));
    set(figures, TA_METRIC_live_blocks_growth, (double)ta_counters_live_blocks(all));
}

/* Where growth is counted from, and the ticks: the ledger's, from what the program held when its
 * first tick began; a reader's samples, from the first of them; or none. */
static void take_ticks(const ta_ledger *ledger, ta_result *result, ta_stretch *whole) {
    if (ledger->reader_tick == 0) {
        whole->first_live_bytes = ledger->first_live_bytes;
        whole->first_live_blocks = ledger->first_live_blocks;
        whole->totals = &ledger->ticks;
    } else if (result->tick_count > 0) {
        whole->first_live_bytes = result->ticks[0].live_bytes;
        whole->first_live_blocks = result->ticks[0].live_blocks;
    }
}

static ta_status measure(const ta_counters *all, ta_stretch *whole, ta_result *result) {
    ta_tick_record *records = records_of(result);
    if (!records)
        return ta_status_make(TA_INTERNAL, "no memory for the ticks");
    whole->ticks = records;
    whole->tick_count = result->tick_count;
    whole->counted = *all;
    snprintf(result->whole.name, sizeof result->whole.name, "whole");
    result->whole.complete = true;
    ta_figures_measure(whole, &result->whole);
    free(records);
    return ta_status_ok();
}

ta_status ta_measure_program(const ta_ledger *ledger, ta_without_ticks without, ta_result *result) {
    ta_counters all;
    ta_ledger_sum(ledger, &all);
    ta_stretch whole = {0};
    ta_status status = ta_measure_process(ledger, result);
    take_ticks(ledger, result, &whole);
    uint64_t ticks = whole.totals ? whole.totals->count : result->tick_count;
    bool has_none = ta_ok(status) && ticks == 0;
    if (has_none && without == TA_WITHOUT_TICKS_ONE) {
        status = make_one_tick(&all, result);
        whole.first_live_bytes = whole.first_live_blocks = 0;
    }
    if (ta_ok(status))
        status = measure(&all, &whole, result);
    if (has_none && ta_ok(status) && without == TA_WITHOUT_TICKS_GROWTH)
        set_growth(&all, &result->whole);
    return status;
}
