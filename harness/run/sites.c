#include "sites.h"

#include "symbols.h"

#include <stdlib.h>
#include <string.h>

static int most_allocs_first(const void *a, const void *b) {
    const ta_site *x = a, *y = b;
    if (x->allocs != y->allocs)
        return x->allocs < y->allocs ? 1 : -1;
    return (x->first_tick > y->first_tick) - (x->first_tick < y->first_tick);
}

/* Orders records so that those of one stack in one hot path, over all phases, lie together. */
static int by_stack(const void *a, const void *b) {
    const ta_site_record *x = *(const ta_site_record *const *)a;
    const ta_site_record *y = *(const ta_site_record *const *)b;
    if (x->hot_path != y->hot_path)
        return x->hot_path < y->hot_path ? -1 : 1;
    return memcmp(x->frames, y->frames, sizeof x->frames);
}

static void begin_site(const ta_ledger *ledger, ta_symbols *symbols, const ta_site_record *record,
                       ta_site *site) {
    if (record->hot_path < TA_LEDGER_HOT_PATHS_MAX)
        memcpy(site->hot_path, ta_ledger_hot_paths(ledger)[record->hot_path].name,
               sizeof site->hot_path);
    if (record->hot_path == TA_LEDGER_SITE_OF_FAULT)
        memcpy(site->hot_path, TA_SITE_OF_FAULT, sizeof TA_SITE_OF_FAULT);
    site->first_tick = record->first_tick;
    for (unsigned i = 0; i < record->depth; i++)
        site->frame_count +=
            ta_symbols_frames(symbols, record->frames[i], &site->frames[site->frame_count],
                              TA_RESULT_FRAMES_MAX - site->frame_count);
}

static void add_to_site(const ta_site_record *record, ta_site *site) {
    site->allocs += record->allocs;
    site->bytes += record->bytes;
    if (record->phase > 0 && record->phase <= TA_RESULT_PHASES_MAX)
        site->allocs_by_phase[record->phase - 1] += record->allocs;
    if (record->first_tick < site->first_tick)
        site->first_tick = record->first_tick;
}

static size_t collect(const ta_ledger *ledger, const ta_site_record **found) {
    const ta_site_record *records = ta_ledger_sites(ledger);
    size_t count = 0;
    for (uint64_t i = 0; i < ledger->sites_max; i++) {
        if (records[i].state == 2)
            found[count++] = &records[i];
    }
    qsort(found, count, sizeof(void *), by_stack);
    return count;
}

ta_status ta_sites_resolve(const ta_ledger *ledger, ta_result *result) {
    const ta_site_record **found = calloc(ledger->sites_max + 1, sizeof(void *));
    size_t count = found ? collect(ledger, found) : 0;
    result->sites = calloc(count + 1, sizeof *result->sites);
    ta_symbols *symbols = count > 0 ? ta_symbols_open(ledger) : NULL;
    if (!found || !result->sites || (count > 0 && !symbols)) {
        free(found);
        return ta_status_make(TA_INTERNAL, "no memory for %zu sites", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_stack(&found[i - 1], &found[i]) != 0)
            begin_site(ledger, symbols, found[i], &result->sites[result->site_count++]);
        add_to_site(found[i], &result->sites[result->site_count - 1]);
    }
    qsort(result->sites, result->site_count, sizeof *result->sites, most_allocs_first);
    if (symbols)
        ta_symbols_close(symbols);
    free(found);
    return ta_status_ok();
}
