/* The table of sites: each call stack that broke a hot path's promise, once, with its counts. Open
 * addressing in the ledger; what finds no place is counted as lost, and the violation itself was
 * counted before it came here. */
#include "audit.h"

enum { PROBES_MAX = 128 };
enum { SITE_FREE = 0, SITE_BUSY = 1, SITE_USED = 2 };

/* Mixes a word into a hash; the multiplier is 2^64 divided by the golden ratio. */
static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t key_of(uint32_t phase, unsigned hot_path, const uint64_t *frames, unsigned depth) {
    uint64_t key = mix((uint64_t)phase << 32 | (hot_path + 1), depth);
    for (unsigned i = 0; i < depth; i++)
        key = mix(key, frames[i]);
    return key ? key : 1;
}

static void fill(ta_site_record *site, uint64_t key, uint32_t phase, unsigned hot_path,
                 const uint64_t *frames, unsigned depth) {
    site->phase = phase;
    site->hot_path = (uint16_t)hot_path;
    site->depth = (uint16_t)depth;
    site->first_tick = ta_tick_now();
    for (unsigned i = 0; i < depth; i++) {
        site->frames[i] = frames[i];
        ta_module_note(frames[i]);
    }
    site->key = key;
    __atomic_store_n(&site->state, SITE_USED, __ATOMIC_RELEASE);
}

/* The site's record, made if it is new; NULL when the table has no place near its key. A record
 * that is just being filled is passed over, as it may be by the code that this signal interrupted.
 */
static ta_site_record *find(ta_ledger *ledger, unsigned hot_path, const uint64_t *frames,
                            unsigned depth) {
    uint32_t phase = __atomic_load_n(&ledger->phase_now, __ATOMIC_RELAXED);
    uint64_t key = key_of(phase, hot_path, frames, depth), mask = ledger->sites_max - 1;
    ta_site_record *table = ta_ledger_sites(ledger);
    for (unsigned probe = 0; probe < PROBES_MAX; probe++) {
        ta_site_record *site = &table[(key + probe) & mask];
        uint32_t state = __atomic_load_n(&site->state, __ATOMIC_ACQUIRE);
        if (state == SITE_FREE &&
            __atomic_compare_exchange_n(&site->state, &state, SITE_BUSY, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            fill(site, key, phase, hot_path, frames, depth);
            return site;
        }
        if (state == SITE_USED && site->key == key)
            return site;
    }
    return NULL;
}

void ta_site_note_frames(unsigned hot_path, size_t bytes, const uint64_t *frames, unsigned depth) {
    ta_site_record *site = find(ta_ledger_mine, hot_path, frames, depth);
    if (site) {
        ta_add_shared(&site->allocs, 1);
        ta_add_shared(&site->bytes, bytes);
    } else {
        ta_add_shared(&ta_ledger_mine->lost.sites, 1);
    }
}

void ta_site_note(unsigned hot_path, size_t bytes, void *const *frame) {
    uint64_t frames[TA_LEDGER_SITE_FRAMES_MAX];
    unsigned depth = ta_stack_walk(frame, frames, TA_LEDGER_SITE_FRAMES_MAX);
    ta_site_note_frames(hot_path, bytes, frames, depth);
}
