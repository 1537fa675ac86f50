#include "sites.h"

#include "ledger.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

static int most_allocs_first(const void *a, const void *b) {
    const ta_site *x = a, *y = b;
    if (x->tick_allocs != y->tick_allocs)
        return x->tick_allocs < y->tick_allocs ? 1 : -1;
    if (x->allocs != y->allocs)
        return x->allocs < y->allocs ? 1 : -1;
    return (x->first_tick > y->first_tick) - (x->first_tick < y->first_tick);
}

/* A record and its stack, within the ledger. */
typedef struct found_site {
    const ta_site_record *record;
    const uint64_t *frames;
} found_site;

/* Orders records so that those of one stack in the same hot paths, over all phases, lie
 * together. */
static int by_stack(const void *a, const void *b) {
    const found_site *x = a, *y = b;
    if (x->record->hot_path != y->record->hot_path)
        return x->record->hot_path < y->record->hot_path ? -1 : 1;
    if (x->record->depth != y->record->depth)
        return x->record->depth < y->record->depth ? -1 : 1;
    int within = memcmp(&x->record->within, &y->record->within, sizeof x->record->within);
    if (within != 0)
        return within;
    return memcmp(x->frames, y->frames, x->record->depth * sizeof *x->frames);
}

/* The numbers come from a process that may have been killed, or have written over them. */
static bool is_whole(const ta_ledger *ledger, const ta_site_record *record) {
    return record->state == 2 && record->depth > 0 && record->depth <= TA_LEDGER_STACK_MAX &&
           record->frames_at + record->depth <= ledger->frames_max;
}

static size_t collect(const ta_ledger *ledger, found_site *found) {
    const ta_site_record *records = ta_ledger_sites(ledger);
    size_t count = 0;
    uint64_t used = ta_ledger_site_count(ledger);
    for (uint64_t i = 0; i < used; i++) {
        if (!is_whole(ledger, &records[i]))
            continue;
        if (found)
            found[count] =
                (found_site){&records[i], ta_ledger_frames(ledger) + records[i].frames_at};
        count++;
    }
    return count;
}

/* Room for the frames of one more stack; false without memory. */
static bool make_room(ta_result *result, uint32_t *room) {
    if (*room - result->stack_words >= TA_RESULT_STACK_MAX)
        return true;
    uint32_t wanted = *room * 2 + TA_RESULT_STACK_MAX;
    uint32_t *stacks = realloc(result->stacks, wanted * sizeof *stacks);
    if (!stacks)
        return false;
    result->stacks = stacks;
    *room = wanted;
    return true;
}

/* From places in the ledger's table of hot paths to places in the result's list, where those of
 * one name are one. */
static void fill_within(const ta_ledger *ledger, const ta_site_record *record,
                        const ta_result *result, ta_site *site) {
    const ta_hot_path *table = ta_ledger_hot_paths(ledger);
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++) {
        if (!(record->within.bits[i / 64] >> i % 64 & 1))
            continue;
        for (uint32_t path = 0; path < result->hot_path_count; path++) {
            if (strcmp(result->hot_paths[path].name, table[i].name) == 0)
                ta_site_add_path(site, path);
        }
    }
}

static bool begin_site(const ta_ledger *ledger, ta_symbols *symbols, const found_site *found,
                       ta_result *result) {
    const ta_site_record *record = found->record;
    ta_site *site = &result->sites[result->site_count++];
    if (record->hot_path < TA_LEDGER_HOT_PATHS_MAX)
        memcpy(site->hot_path, ta_ledger_hot_paths(ledger)[record->hot_path].name,
               sizeof site->hot_path);
    if (record->hot_path == TA_LEDGER_SITE_OF_FAULT)
        memcpy(site->hot_path, TA_SITE_OF_FAULT, sizeof TA_SITE_OF_FAULT);
    fill_within(ledger, record, result, site);
    site->stack_at = result->stack_words;
    for (unsigned i = 0; i < record->depth; i++) {
        uint32_t first, count;
        if (!ta_symbols_frames(symbols, found->frames[i], result, &first, &count))
            return false;
        for (uint32_t f = 0; f < count && site->frame_count < TA_RESULT_STACK_MAX; f++)
            result->stacks[site->stack_at + site->frame_count++] = first + f;
    }
    result->stack_words += site->frame_count;
    return true;
}

static void add_to_site(const ta_site_record *record, ta_site *site) {
    site->allocs += record->allocs;
    site->bytes += record->bytes;
    site->tick_allocs += record->tick_allocs;
    site->tick_bytes += record->tick_bytes;
    site->ticks += record->ticks;
    if (record->phase > 0 && record->phase <= TA_RESULT_PHASES_MAX) {
        site->allocs_by_phase[record->phase - 1] += record->allocs;
        site->bytes_by_phase[record->phase - 1] += record->bytes;
    }
    if (record->first_tick && (!site->first_tick || record->first_tick < site->first_tick))
        site->first_tick = record->first_tick;
    if (record->worst >> 32 > site->worst_tick_allocs) {
        site->worst_tick_allocs = record->worst >> 32;
        site->worst_tick = record->worst & UINT32_MAX;
    }
}

static bool resolve(const ta_ledger *ledger, const found_site *found, size_t count,
                    ta_result *result) {
    ta_symbols *symbols = count > 0 ? ta_symbols_open(ledger) : NULL;
    uint32_t room = 0;
    bool good = count == 0 || symbols;
    for (size_t i = 0; good && i < count; i++) {
        if (i == 0 || by_stack(&found[i - 1], &found[i]) != 0)
            good = make_room(result, &room) && begin_site(ledger, symbols, &found[i], result);
        if (good)
            add_to_site(found[i].record, &result->sites[result->site_count - 1]);
    }
    if (symbols)
        ta_symbols_close(symbols);
    return good;
}

ta_status ta_sites_resolve(const ta_ledger *ledger, ta_result *result) {
    size_t count = collect(ledger, NULL);
    found_site *found = calloc(count + 1, sizeof *found);
    result->sites = calloc(count + 1, sizeof *result->sites);
    bool good = found && result->sites;
    if (good) {
        count = collect(ledger, found);
        qsort(found, count, sizeof *found, by_stack);
        good = resolve(ledger, found, count, result);
    }
    free(found);
    if (!good)
        return ta_status_make(TA_INTERNAL, "no memory for %zu sites", count);
    ta_sites_sort(result);
    return ta_status_ok();
}

void ta_sites_sort(ta_result *result) {
    if (result->site_count > 0)
        qsort(result->sites, result->site_count, sizeof *result->sites, most_allocs_first);
}
