/* The table of sites: each call stack that allocated, once, with its counts. Open addressing in the
 * ledger; the frames lie apart, one stack after another. What finds no place is counted as lost;
 * that it was allocated was counted before it came here. */
#include "audit.h"

#include <sys/single_threaded.h>

enum { PROBES_MAX = 128 };
enum { SITE_FREE = 0, SITE_BUSY = 1, SITE_USED = 2 };

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

/* The site's record, made if it is new; NULL when there is no place for it. A record that is just
 * being filled is passed over, as it may be by the code that this signal interrupted. */
static ta_site_record *find(ta_ledger *ledger, unsigned hot_path, ta_hot_set within,
                            const ta_stack *stack) {
    uint32_t phase = __atomic_load_n(&ledger->phase_now, __ATOMIC_RELAXED);
    uint64_t key = key_of(phase, hot_path, within, stack), mask = ledger->sites_max - 1, at;
    ta_site_record *table = ta_ledger_sites(ledger);
    for (unsigned probe = 0; probe < PROBES_MAX; probe++) {
        ta_site_record *site = &table[(key + probe) & mask];
        uint32_t state = __atomic_load_n(&site->state, __ATOMIC_ACQUIRE);
        if (state == SITE_USED && site->key == key)
            return site;
        if (state != SITE_FREE)
            continue;
        if (!__atomic_compare_exchange_n(&site->state, &state, SITE_BUSY, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE))
            continue;
        if (!take_frames(ledger, stack->depth, &at))
            return NULL; /* the record stays busy: nothing more would fit in any case */
        site->key = key;
        site->phase = phase;
        site->hot_path = (uint16_t)hot_path;
        site->depth = (uint16_t)stack->depth;
        site->within = within;
        site->unread = unread_of(stack);
        site->frames_at = at;
        ta_stack_copy(stack, ta_ledger_frames(ledger) + at);
        __atomic_store_n(&site->state, SITE_USED, __ATOMIC_RELEASE);
        return site;
    }
    return NULL;
}

/* libc knows whether a second thread was ever started; until then nobody else writes. */
static inline uint64_t add(uint64_t *counter, uint64_t amount) {
    if (!__libc_single_threaded)
        return ta_add_shared(counter, amount);
    uint64_t before = *counter;
    ta_add(counter, amount);
    return before;
}

static void note_in_tick(ta_site_record *site, uint64_t allocs, uint64_t bytes, uint64_t tick) {
    add(&site->tick_allocs, allocs);
    add(&site->tick_bytes, bytes);
    if (ta_note_in_tick(&site->this_tick, &site->worst, tick, allocs))
        __atomic_fetch_add(&site->ticks, 1, __ATOMIC_RELAXED);
    if (!site->first_tick)
        site->first_tick = tick;
}

void ta_site_note_stack(unsigned hot_path, ta_hot_set within, uint64_t allocs, uint64_t bytes,
                        const ta_stack *stack) {
    ta_site_record *site = find(ta_ledger_mine, hot_path, within, stack);
    if (!site) {
        ta_add_shared(&ta_ledger_mine->lost.sites, 1);
        return;
    }
    add(&site->allocs, allocs);
    add(&site->bytes, bytes);
    uint64_t tick = ta_tick_now();
    if (tick)
        note_in_tick(site, allocs, bytes, tick);
}

static void note(unsigned hot_path, ta_hot_set within, uint64_t allocs, uint64_t bytes,
                 void *const *frame) {
    ta_stack stack;
    ta_stack_take(&stack, frame);
    stack.holds = 0; /* no promise is broken, or all that are known are in `within` */
    ta_site_note_stack(hot_path, within, allocs, bytes, &stack);
    ta_stack_leave(&stack);
}

void ta_site_note(unsigned hot_path, ta_hot_set within, size_t bytes, void *const *frame) {
    note(hot_path, within, 1, bytes, frame);
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
    note(TA_LEDGER_SITE_OUTSIDE, (ta_hot_set){{0}}, stands_for / bytes, stands_for, frame);
}
