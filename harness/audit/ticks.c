/* Ticks, phases, and what the program tells of them: the record of each tick is the difference of
 * two sums over all threads. */
#define _GNU_SOURCE
#include "audit.h"
#include "objects.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

TA_EXPORT void ta_tick_begin(void);
TA_EXPORT void ta_tick_end(void);
TA_EXPORT void ta_observe(const ta_observation *observation);
TA_EXPORT void ta_phase_begin(const char *name);
TA_EXPORT void ta_phase_end(void);

/* The one open tick. Written by the thread that holds it (ledger->tick_thread). */
static struct {
    ta_counters all;
    uint64_t own_allocs;
    uint64_t begin_ns;
    uint32_t nested; /* lost ticks that its thread has begun within it */
} open_tick;

uint64_t ta_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static ta_phase *current_phase(ta_ledger *ledger) {
    return ledger->phase_now ? &ta_ledger_phases(ledger)[ledger->phase_now - 1] : NULL;
}

uint64_t ta_tick_now(void) {
    const ta_ledger *ledger = ta_ledger_mine;
    if (!ledger)
        return 0;
    uint64_t by_reader = __atomic_load_n(&ledger->reader_tick, __ATOMIC_RELAXED);
    if (by_reader)
        return by_reader;
    if (!__atomic_load_n(&ledger->tick_thread, __ATOMIC_RELAXED))
        return 0;
    uint64_t begun = __atomic_load_n(&ledger->ticks_begun, __ATOMIC_RELAXED);
    return begun > ledger->warmup_ticks ? begun - ledger->warmup_ticks : 0;
}

/* Tick and count share a word, so that threads in the same tick cannot mix them up. */
bool ta_note_in_tick(uint64_t *this_tick, uint64_t *worst, uint64_t tick, uint64_t amount) {
    uint64_t seen = __atomic_load_n(this_tick, __ATOMIC_RELAXED), now;
    do {
        now = (seen >> 32) == tick ? seen + amount : tick << 32 | amount;
    } while (!__atomic_compare_exchange_n(this_tick, &seen, now, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    uint64_t candidate = (now & UINT32_MAX) << 32 | tick;
    uint64_t most = __atomic_load_n(worst, __ATOMIC_RELAXED);
    while (candidate >> 32 > most >> 32 &&
           !__atomic_compare_exchange_n(worst, &most, candidate, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        continue;
    return seen >> 32 != tick;
}

bool ta_tick_is_warmup(void) {
    const ta_ledger *ledger = ta_ledger_mine;
    return ledger->warmup_ticks &&
           __atomic_load_n(&ledger->ticks_begun, __ATOMIC_RELAXED) <= ledger->warmup_ticks;
}

/* One thread has the tick; another's, or one within it, is counted as lost. */
static bool take_tick(ta_ledger *ledger, const ta_slot *slot) {
    int32_t nobody = 0;
    if (__atomic_compare_exchange_n(&ledger->tick_thread, &nobody, slot->thread_id, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return true;
    if (nobody == slot->thread_id)
        open_tick.nested++;
    ta_add_shared(&ledger->lost.ticks, 1);
    return false;
}

void ta_tick_begin(void) {
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger || !take_tick(ledger, slot))
        return;
    open_tick.nested = 0;
    ledger->ticks_begun++;
    ta_slots_sum(&open_tick.all);
    open_tick.own_allocs = ta_counters_allocs(&slot->counters);
    if (ledger->ticks_begun == ledger->warmup_ticks + 1) {
        ledger->first_live_bytes = ta_counters_live_bytes(&open_tick.all);
        ledger->first_live_blocks = ta_counters_live_blocks(&open_tick.all);
    }
    ta_phase *phase = current_phase(ledger);
    if (phase && phase->ticks == 0) {
        phase->first_live_bytes = ta_counters_live_bytes(&open_tick.all);
        phase->first_live_blocks = ta_counters_live_blocks(&open_tick.all);
    }
    open_tick.begin_ns =
        ta_now_ns(); /* last, and first at the end: the sums are not the tick's time */
}

static void fill_record(ta_tick_record *record, const ta_ledger *ledger, const ta_slot *slot,
                        const ta_counters *all, uint64_t end_ns) {
    const ta_counters *before = &open_tick.all;
    *record = (ta_tick_record){
        .begin_ns = open_tick.begin_ns,
        .wall_ns = end_ns - open_tick.begin_ns,
        .own_allocs = ta_counters_allocs(&slot->counters) - open_tick.own_allocs,
        .allocs = ta_counters_allocs(all) - ta_counters_allocs(before),
        .frees = ta_counters_frees(all) - ta_counters_frees(before),
        .bytes = ta_counters_bytes(all) - ta_counters_bytes(before),
        .hot_allocs = all->hot_allocs - before->hot_allocs,
        .live_bytes = ta_counters_live_bytes(all),
        .live_blocks = ta_counters_live_blocks(all),
        .phase = ledger->phase_now,
    };
}

void ta_tick_end(void) {
    uint64_t end_ns = ta_now_ns();
    ta_objects_refresh();
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger || ledger->tick_thread != slot->thread_id)
        return; /* the begin was lost, and counted there */
    if (open_tick.nested > 0) {
        open_tick.nested--;
        return;
    }
    ta_counters all;
    ta_slots_sum(&all);
    if (ledger->ticks_done < ledger->ticks_max)
        fill_record(&ta_ledger_ticks(ledger)[ledger->ticks_done], ledger, slot, &all, end_ns);
    else if (ledger->ticks_max > 0)
        ta_add_shared(&ledger->lost.ticks, 1);
    ta_phase *phase = current_phase(ledger);
    if (phase) {
        phase->ticks++;
        phase->at_end = all;
    }
    __atomic_store_n(&ledger->ticks_done, ledger->ticks_done + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&ledger->tick_thread, 0, __ATOMIC_RELEASE);
    ta_stacked_catch_up();
}

static uint64_t population(const ta_observation *o) {
    uint64_t alive = 0;
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        alive += o->alive[tier];
    return alive;
}

static void observe_in_phase(ta_phase *phase, const ta_observation *o) {
    uint64_t alive = population(o);
    phase->last = *o;
    phase->observations++;
    phase->population_mismatches += alive != o->spawned - o->died - o->despawned;
    phase->population_peak = alive > phase->population_peak ? alive : phase->population_peak;
    if (o->rss_bytes) {
        phase->rss_first = phase->rss_first ? phase->rss_first : o->rss_bytes;
        phase->rss_peak = o->rss_bytes > phase->rss_peak ? o->rss_bytes : phase->rss_peak;
    }
}

void ta_observe(const ta_observation *observation) {
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger || slot == &ta_slot_early)
        return;
    ledger->observation = *observation;
    ta_phase *phase = current_phase(ledger);
    if (phase)
        observe_in_phase(phase, observation);
    uint64_t done = ledger->ticks_done;
    if (done > 0 && done <= ledger->ticks_max) {
        ta_tick_record *record = &ta_ledger_ticks(ledger)[done - 1];
        record->state_hash = observation->state_hash;
        record->population = (uint32_t)population(observation);
    }
}

void ta_phase_end(void) {
    ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    ta_phase *phase = ledger ? current_phase(ledger) : NULL;
    if (!phase)
        return;
    ta_slots_sum(&phase->at_end);
    __atomic_store_n(&phase->state, TA_PHASE_DONE, __ATOMIC_RELEASE);
    ledger->phase_now = 0;
}

void ta_phase_begin(const char *name) {
    ta_phase_end();
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger)
        return;
    if (ledger->phase_count == TA_LEDGER_PHASES_MAX) {
        ta_add_shared(&ledger->lost.names, 1);
        return;
    }
    ta_phase *phase = &ta_ledger_phases(ledger)[ledger->phase_count];
    for (unsigned i = 0; i < TA_NAME_MAX - 1 && name[i]; i++)
        phase->name[i] = name[i];
    phase->first_tick = ledger->ticks_done;
    ta_slots_sum(&phase->at_begin);
    phase->at_end = phase->at_begin;
    phase->first = phase->last = ledger->observation;
    phase->state = TA_PHASE_OPEN;
    ledger->phase_count++;
    __atomic_store_n(&ledger->phase_now, ledger->phase_count, __ATOMIC_RELEASE);
}
