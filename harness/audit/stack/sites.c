/* The table of sites: each call stack that allocated, once, with its counts. Records lie one after
 * another, and so do their frames; an index of levels finds them (see ta_site_level_entries). What
 * finds no place is counted as lost; that it was allocated was counted before it came here. */
#include "audit.h"

#include <sys/single_threaded.h>

enum { LAST_PROBES_MAX = 128 }; /* entries that are looked at in the last level */

/* Mixes a word into a hash; the multiplier is 2^64 divided by the golden ratio. */
static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* The functions that may turn out to be in a stack, once all of its modules are read. */
static uint32_t unread_of(const ta_stack *stack) {
    if (!(stack->holds & TA_STACK_UNREAD))
        return 0;
    return ((UINT32_C(1) << ta_ledger_mine->stacked_count) - 1) & ~stack->holds;
}

static uint64_t key_of(uint32_t phase, unsigned hot_path, ta_hot_set within,
                       const ta_stack *stack) {
    uint64_t key = mix(stack->hash, (uint64_t)phase << 32 | (hot_path + 1));
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX / 64; i++)
        key = mix(key, within.bits[i]);
    key = mix(key, (uint64_t)unread_of(stack) << 32 | stack->depth);
    return key ? key : 1;
}

/* A place for the frames of a new stack; false when they are all taken. */
static bool take_frames(ta_ledger *ledger, unsigned depth, uint64_t *at) {
    *at = ta_add_shared(&ledger->frames_used, depth);
    return *at + depth <= ledger->frames_max;
}

/* A record for a stack that the index does not have; its number from 1, or 0 without a place. */
static uint32_t make_record(ta_ledger *ledger, uint64_t key, const ta_site_record *about,
                            const ta_stack *stack) {
    uint64_t at, number = ta_add_shared(&ledger->sites_used, 1);
    if (number >= ledger->sites_max || !take_frames(ledger, stack->depth, &at))
        return 0;
    ta_site_record *site = &ta_ledger_sites(ledger)[number];
    *site = *about;
    site->key = key;
    site->depth = (uint16_t)stack->depth;
    site->frames_at = at;
    ta_stack_copy(stack, ta_ledger_frames(ledger) + at);
    __atomic_store_n(&site->state, TA_ENTRY_READY, __ATOMIC_RELEASE);
    return (uint32_t)(number + 1);
}

/* A look-up under way. */
typedef struct look_up {
    ta_ledger *ledger;
    uint64_t key;
    const ta_site_record *about; /* phase and hot paths of a new record */
    const ta_stack *stack;
    uint32_t made; /* the record that was made for it; 0: none yet */
    bool is_full;  /* there is no place for one */
} look_up;

/* What an entry of the index is to us: the record, or NULL. A free entry is taken; when another
 * thread, or a signal handler, takes it meanwhile, that one's is looked at. */
static ta_site_record *look_at(look_up *l, uint64_t *entry) {
    uint64_t seen = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
    if (!seen && !l->made && !l->is_full) {
        l->made = make_record(l->ledger, l->key, l->about, l->stack);
        l->is_full = !l->made;
    }
    if (!seen && l->made) {
        uint64_t mine = (l->key >> 32) << 32 | l->made;
        if (__atomic_compare_exchange_n(entry, &seen, mine, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return &ta_ledger_sites(l->ledger)[l->made - 1];
    }
    if (seen >> 32 != l->key >> 32 || !(uint32_t)seen)
        return NULL;
    ta_site_record *site = &ta_ledger_sites(l->ledger)[(uint32_t)seen - 1];
    return site->key == l->key ? site : NULL;
}

/* Looks at the levels in turn. An entry stays where it is, and is put in the first free place: so a
 * free place ends the search. */
static ta_site_record *search(look_up *l) {
    uint64_t *level = ta_ledger_site_index(l->ledger), sites_max = l->ledger->sites_max;
    for (unsigned n = 0; n < TA_LEDGER_SITE_LEVELS_MAX; n++) {
        uint64_t entries = ta_site_level_entries(sites_max, n);
        bool is_last = entries == 2 * sites_max;
        uint64_t at = (l->key & (entries - 1)) & ~(uint64_t)(TA_LEDGER_SITE_BUCKET - 1);
        unsigned probes = is_last ? LAST_PROBES_MAX : TA_LEDGER_SITE_BUCKET;
        for (unsigned i = 0; i < probes; i++) {
            ta_site_record *site = look_at(l, &level[(at + i) & (entries - 1)]);
            if (site || l->is_full)
                return site;
        }
        if (is_last)
            break;
        level += entries;
    }
    return NULL;
}

/* The record of a key that the index has; NULL for none. */
static ta_site_record *seek(const ta_ledger *ledger, uint64_t key) {
    const uint64_t *level = ta_ledger_site_index(ledger);
    uint64_t sites_max = ledger->sites_max;
    for (unsigned n = 0; n < TA_LEDGER_SITE_LEVELS_MAX; n++) {
        uint64_t entries = ta_site_level_entries(sites_max, n);
        bool is_last = entries == 2 * sites_max;
        uint64_t at = (key & (entries - 1)) & ~(uint64_t)(TA_LEDGER_SITE_BUCKET - 1);
        unsigned probes = is_last ? LAST_PROBES_MAX : TA_LEDGER_SITE_BUCKET;
        for (unsigned i = 0; i < probes; i++) {
            uint64_t seen = __atomic_load_n(&level[(at + i) & (entries - 1)], __ATOMIC_ACQUIRE);
            if (!seen)
                return NULL;
            ta_site_record *site = &ta_ledger_sites(ledger)[(uint32_t)seen - 1];
            if (seen >> 32 == key >> 32 && site->key == key)
                return site;
        }
        if (is_last)
            break;
        level += entries;
    }
    return NULL;
}

static __attribute__((noinline)) ta_site_record *
make(ta_ledger *ledger, uint64_t key, const ta_site_record *about, const ta_stack *stack) {
    look_up l = {.ledger = ledger, .key = key, .about = about, .stack = stack};
    ta_site_record *site = search(&l);
    if (l.made && (!site || site != &ta_ledger_sites(ledger)[l.made - 1]))
        ta_ledger_sites(ledger)[l.made - 1].state = TA_ENTRY_DISCARDED;
    return site;
}

/* The site's record, made if it is new; NULL when there is no place for it. */
static ta_site_record *find(ta_ledger *ledger, unsigned hot_path, ta_hot_set within,
                            const ta_stack *stack) {
    uint32_t phase = __atomic_load_n(&ledger->phase_now, __ATOMIC_RELAXED);
    uint64_t key = key_of(phase, hot_path, within, stack);
    ta_site_record *site = seek(ledger, key);
    if (TA_LIKELY(site != NULL))
        return site;
    const ta_site_record about = {.phase = phase,
                                  .hot_path = (uint16_t)hot_path,
                                  .within = within,
                                  .unread = unread_of(stack)};
    return make(ledger, key, &about, stack);
}

/* libc knows whether a second thread was ever started; until then nobody else writes. */
static inline void add(uint64_t *counter, uint64_t amount) {
    if (__libc_single_threaded)
        ta_add(counter, amount);
    else
        ta_add_shared(counter, amount);
}

void ta_site_note_stack(unsigned hot_path, ta_hot_set within, uint64_t allocs, uint64_t bytes,
                        uint64_t tick, const ta_stack *stack) {
    ta_site_record *site = find(ta_ledger_mine, hot_path, within, stack);
    if (!site) {
        ta_add_shared(&ta_ledger_mine->lost.sites, 1);
        return;
    }
    add(&site->allocs, allocs);
    add(&site->bytes, bytes);
    if (tick)
        ta_tally_add(&site->in_ticks, tick, allocs, bytes);
}

static void note(unsigned hot_path, ta_hot_set within, uint64_t allocs, uint64_t bytes,
                 uint64_t tick, void *const *frame) {
    ta_stack stack;
    ta_stack_take(&stack, frame);
    stack.holds = 0; /* no promise is broken, or all that are known are in `within` */
    ta_site_note_stack(hot_path, within, allocs, bytes, tick, &stack);
    ta_stack_leave(&stack);
}

void ta_site_note(unsigned hot_path, ta_hot_set within, size_t bytes, uint64_t tick,
                  void *const *frame) {
    note(hot_path, within, 1, bytes, tick, frame);
}

/* From a half to one and a half of the mean, so that a program whose habits keep time with the
 * sampling is not seen at the same place each time. The generator is Marsaglia's xorshift64*; each
 * slot has its own, begun from its place alone, so that a run can be repeated. */
static int64_t next_distance(ta_slot *slot, uint64_t mean) {
    uint64_t x = slot->sample_random;
    if (!x)
        x = (uint64_t)(slot - ta_ledger_slots(ta_ledger_mine) + 1) << 20 | 1;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    slot->sample_random = x;
    return (int64_t)(mean / 2 + (x * UINT64_C(2685821657736338717) >> 33) % (mean + 1));
}

/* A sample stands for all that was allocated since the one before it: for so many bytes, and for as
 * many blocks of its own size as they make. A block larger than the distance is its own sample. */
void ta_site_sample(ta_slot *slot, size_t bytes, void *const *frame) {
    uint64_t mean = ta_ledger_mine->sample_bytes, stands_for = bytes > mean ? bytes : mean;
    if (!slot->sample_random)
        slot->sample_left = next_distance(slot, mean);
    slot->sample_left -= (int64_t)bytes;
    if (slot->sample_left > 0 || bytes == 0)
        return;
    slot->sample_left += next_distance(slot, mean);
    if (slot->sample_left <= 0)
        slot->sample_left = next_distance(slot, mean);
    note(TA_LEDGER_SITE_OUTSIDE, (ta_hot_set){{0}}, stands_for / bytes, stands_for, ta_tick_now(),
         frame);
}
