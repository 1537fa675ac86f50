#include "measure_process.h"

#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Phases of a scenario all fit. Those that a program marks by itself are told by nobody. */
_Static_assert((int)TA_RESULT_PHASES_MAX <= (int)TA_LEDGER_PHASES_MAX, "the ledger has more");

static int by_name(const void *a, const void *b) {
    return strcmp(((const ta_hot_path_figures *)a)->name, ((const ta_hot_path_figures *)b)->name);
}

void ta_hot_path_add(ta_hot_path_figures *to, const ta_hot_path_figures *from) {
    to->by_stack |= from->by_stack;
    to->spread_known &= from->spread_known;
    to->ticks = from->ticks > to->ticks ? from->ticks : to->ticks;
    to->threads += from->threads;
    to->entries += from->entries;
    to->allocs += from->allocs;
    to->bytes += from->bytes;
    to->frees += from->frees;
    to->tick_allocs += from->tick_allocs;
    for (unsigned p = 0; p < TA_RESULT_PHASES_MAX; p++) {
        to->by_phase[p].allocs += from->by_phase[p].allocs;
        to->by_phase[p].bytes += from->by_phase[p].bytes;
        to->by_phase[p].frees += from->by_phase[p].frees;
    }
    if (from->first_tick && (!to->first_tick || from->first_tick < to->first_tick))
        to->first_tick = from->first_tick;
    if (from->worst_tick_allocs > to->worst_tick_allocs) {
        to->worst_tick_allocs = from->worst_tick_allocs;
        to->worst_tick = from->worst_tick;
    }
}

/* Two threads that named a path at once have made two entries of it. The list is in order. */
static void join_same_names(ta_result *result) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        ta_hot_path_figures *path = &result->hot_paths[i];
        if (kept > 0 && strcmp(result->hot_paths[kept - 1].name, path->name) == 0)
            ta_hot_path_add(&result->hot_paths[kept - 1], path);
        else
            result->hot_paths[kept++] = *path;
    }
    result->hot_path_count = kept;
}

static ta_status measure_hot_paths(const ta_ledger *ledger, ta_result *result) {
    const ta_hot_path *table = ta_ledger_hot_paths(ledger);
    result->hot_paths = calloc(TA_LEDGER_HOT_PATHS_MAX, sizeof *result->hot_paths);
    if (!result->hot_paths)
        return ta_status_make(TA_INTERNAL, "no memory for the hot paths");
    unsigned used = ledger->hot_path_count > 0 ? TA_LEDGER_HOT_PATHS_MAX : 0;
    for (unsigned i = 0; i < used; i++) {
        const ta_hot_path *path = &table[i];
        if (path->state != TA_ENTRY_READY)
            continue;
        ta_hot_path_figures *figures = &result->hot_paths[result->hot_path_count++];
        memcpy(figures->name, path->name, sizeof figures->name);
        figures->by_stack = path->by_stack;
        figures->spread_known = true;
        figures->threads = path->threads;
        figures->entries = path->entries;
        figures->allocs = path->allocs;
        figures->bytes = path->bytes;
        figures->frees = path->frees;
        for (unsigned p = 0; p < TA_RESULT_PHASES_MAX; p++) {
            figures->by_phase[p].allocs = path->by_phase[p].allocs;
            figures->by_phase[p].bytes = path->by_phase[p].bytes;
            figures->by_phase[p].frees = path->by_phase[p].frees;
        }
        ta_tally_sum in_ticks = ta_ledger_tally(ledger, &path->in_ticks);
        figures->ticks = in_ticks.ticks;
        figures->tick_allocs = in_ticks.allocs;
        figures->first_tick = in_ticks.first_tick;
        figures->worst_tick = in_ticks.worst_tick;
        figures->worst_tick_allocs = in_ticks.worst_allocs;
    }
    qsort(result->hot_paths, result->hot_path_count, sizeof *result->hot_paths, by_name);
    join_same_names(result);
    return ta_status_ok();
}

static ta_status measure_allowed(const ta_ledger *ledger, ta_result *result) {
    const ta_allowed *table = ta_ledger_allowed(ledger);
    result->allowed = calloc(TA_LEDGER_ALLOWED_MAX, sizeof *result->allowed);
    if (!result->allowed)
        return ta_status_make(TA_INTERNAL, "no memory for the allowed stretches");
    for (unsigned i = 0; i < TA_LEDGER_ALLOWED_MAX; i++) {
        if (table[i].state != TA_ENTRY_READY)
            continue;
        ta_allowed_figures *figures = &result->allowed[result->allowed_count++];
        memcpy(figures->name, table[i].name, sizeof figures->name);
        memcpy(figures->reason, table[i].reason, sizeof figures->reason);
        figures->entries = table[i].entries;
        figures->allocs = table[i].allocs;
        figures->bytes = table[i].bytes;
    }
    return ta_status_ok();
}

static void measure_totals(const ta_ledger *ledger, ta_result *result) {
    ta_counters sum;
    ta_ledger_sum(ledger, &sum);
    result->totals.allocs = ta_counters_allocs(&sum);
    result->totals.frees = ta_counters_frees(&sum);
    result->totals.bytes = ta_counters_bytes(&sum);
    result->live_at_end.bytes = ta_counters_live_bytes(&sum) + ledger->inherited_bytes;
    result->live_at_end.blocks = ta_counters_live_blocks(&sum) + ledger->inherited_blocks;
    result->live_at_end.known = !ledger->inheritance_unknown;
    result->state_hash = ledger->observation.state_hash;
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        result->final_alive[tier] = ledger->observation.alive[tier];
    result->lost.ticks = ledger->lost.ticks;
    result->lost.records = ledger->lost.records;
    result->lost.unended = ledger->lost.unended;
    result->lost.sites = ledger->lost.sites + ledger->lost.modules;
    result->lost.names = ledger->lost.names;
    result->lost.scopes = ledger->lost.scopes;
    result->lost.threads = ledger->lost.threads;
    if (ledger->defects >> TA_DEFECT_aligned_usable & 1)
        result->blocks_unsteady = sum.aligned_calls;
    result->sizes_untold =
        (ledger->flags & TA_LEDGER_TRACK_LIVE) && !(ledger->hooked & TA_HOOKED_SIZES);
    result->operators_own =
        (ledger->hooked & TA_HOOKED_MALLOC) && !(ledger->hooked & TA_HOOKED_OPERATORS);
    result->forks_in_hot = ledger->forks_in_hot;
    result->mapping_unseen = !(ledger->hooked & TA_HOOKED_MAPPING);
    result->threads_seen = ledger->threads_seen;
    result->audit_ns_per_pair = (double)ledger->pair_picoseconds / 1000.0;
    memcpy(result->allocator, ledger->allocator, sizeof result->allocator);
    snprintf(result->hooks, sizeof result->hooks, "%s%s%s%s",
             ledger->hooked & TA_HOOKED_MALLOC ? "malloc family" : "nothing",
             ledger->hooked & TA_HOOKED_OPERATORS ? ", operators new and delete" : "",
             ledger->hooked & TA_HOOKED_MAPPING ? ", mmap and brk" : "",
             ledger->hooked & TA_HOOKED_FORK ? "; forks told apart" : "");
}

ta_tick_figures ta_measure_tick(const ta_tick_record *r) {
    return (ta_tick_figures){
        .phase = r->phase ? r->phase - 1 : 0,
        .population = r->population,
        .wall_ns = r->wall_ns,
        .own_allocs = r->own_allocs,
        .allocs = r->allocs,
        .frees = r->frees,
        .bytes = r->bytes,
        .hot_allocs = r->hot_allocs,
        .live_bytes = r->live_bytes,
        .live_blocks = r->live_blocks,
        .state_hash = r->state_hash,
    };
}

ta_status ta_measure_phase_ticks(const ta_ledger *ledger, ta_result *result) {
    uint64_t count = ta_ledger_tick_count(ledger);
    const ta_tick_record *records = ta_ledger_ticks(ledger);
    result->ticks = calloc(count ? count : 1, sizeof *result->ticks);
    if (!result->ticks)
        return ta_status_make(TA_INTERNAL, "no memory for %llu ticks", (unsigned long long)count);
    for (uint64_t i = ledger->warmup_ticks; i < count; i++) {
        if (records[i].phase)
            result->ticks[result->tick_count++] = ta_measure_tick(&records[i]);
    }
    return ta_status_ok();
}

static int most_allocs_first(const void *a, const void *b) {
    const ta_thread_share *x = a, *y = b;
    if (x->allocs != y->allocs)
        return x->allocs < y->allocs ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static void measure_worst_tick(const ta_ledger *ledger, ta_result *result) {
    ta_thread_share all[TA_LEDGER_TICK_THREADS_MAX];
    uint32_t count = 0;
    result->worst_tick.known = ledger->ticks.allocs_max > 0;
    result->worst_tick.tick = ledger->ticks.allocs_max_tick;
    result->worst_tick.allocs = ledger->ticks.allocs_max;
    result->worst_tick.ticking_thread = ledger->ticks.allocs_max_thread;
    result->worst_tick.own_allocs = ledger->ticks.allocs_max_own;
    for (uint32_t i = 0; i < TA_LEDGER_TICK_THREADS_MAX; i++) {
        const ta_thread_in_tick *t = &ledger->worst_threads[i];
        if (t->allocs > 0)
            all[count++] = (ta_thread_share){t->thread_id, t->allocs};
    }
    qsort(all, count, sizeof *all, most_allocs_first);
    for (uint32_t i = 0; i < count && i < TA_RESULT_THREADS_MAX; i++)
        result->worst_tick.threads[i] = all[i];
    result->worst_tick.thread_count = count;
}

ta_status ta_measure_process(const ta_ledger *ledger, ta_result *result) {
    measure_totals(ledger, result);
    measure_worst_tick(ledger, result);
    ta_status status = measure_hot_paths(ledger, result);
    return ta_ok(status) ? measure_allowed(ledger, result) : status;
}
