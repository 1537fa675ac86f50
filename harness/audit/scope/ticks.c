/* Ticks, phases, and what the program tells of them: the record of each tick is the difference of
 * two sums over all threads. */
#define _GNU_SOURCE
#include "audit.h"
#include "objects.h"
#include "watch.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

TA_EXPORT void ta_tick_begin(void);
TA_EXPORT void ta_tick_end(void);
TA_EXPORT void ta_observe(const ta_observation *observation);
TA_EXPORT void ta_phase_begin(const char *name);
TA_EXPORT void ta_phase_end(void);
TA_EXPORT void ta_planned_phase_begin(const char *name);
TA_EXPORT void ta_planned_phase_end(void);

/* The one open tick. Written by the thread that holds it (ledger->tick_thread). */
static struct {
    ta_counters all;
    const ta_slot *slot; /* its thread's */
    uint64_t own_allocs;
    uint64_t begin_ns;
    uint32_t nested;     /* lost ticks that its thread has begun within it */
    uint32_t slots_used; /* at its begin */
    uint64_t allocs[TA_LEDGER_TICK_THREADS_MAX]; /* of each slot, at its begin */
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
    return __atomic_load_n(&ledger->tick_open, __ATOMIC_RELAXED);
}

bool ta_tick_is_warmup(void) {
    const ta_ledger *ledger = ta_ledger_mine;
    return ledger->warmup_ticks &&
           __atomic_load_n(&ledger->ticks_begun, __ATOMIC_RELAXED) <= ledger->warmup_ticks;
}

static bool has_own_ticks(const ta_ledger *ledger) {
    return __atomic_load_n(&ledger->reader_tick, __ATOMIC_RELAXED) == 0;
}

/* ---- the end of a tick ---- */

static void fill_record(ta_tick_record *record, const ta_ledger *ledger, const ta_counters *all,
                        uint64_t end_ns) {
    const ta_counters *before = &open_tick.all;
    *record = (ta_tick_record){
        .begin_ns = open_tick.begin_ns,
        .wall_ns = end_ns - open_tick.begin_ns,
        .own_allocs = ta_counters_allocs(&open_tick.slot->counters) - open_tick.own_allocs,
        .allocs = ta_counters_allocs(all) - ta_counters_allocs(before),
        .frees = ta_counters_frees(all) - ta_counters_frees(before),
        .bytes = ta_counters_bytes(all) - ta_counters_bytes(before),
        .hot_allocs = all->hot_allocs - before->hot_allocs,
        .live_bytes = ta_counters_live_bytes(all),
        .live_blocks = ta_counters_live_blocks(all),
        .phase = ledger->phase_now,
    };
}

/* What threads have put in with the sites' knowledge counts as they did. Two sums of counters that
 * change meanwhile could have them in the tick before or after. */
static void take_shares(ta_ledger *ledger, uint64_t tick, ta_tick_record *record) {
    uint64_t allocs = 0, bytes = 0, hot = 0;
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used; i++) {
        ta_slot *slot = &ta_ledger_slots(ledger)[i];
        if (__atomic_load_n(&slot->share.tick_allocs, __ATOMIC_RELAXED) >> 32 != (uint32_t)tick)
            continue;
        ta_tick_share share = ta_share_take(slot, tick);
        allocs += (uint32_t)share.tick_allocs;
        bytes += share.hot_bytes & ((UINT64_C(1) << TA_SHARE_HOT_SHIFT) - 1);
        hot += share.hot_bytes >> TA_SHARE_HOT_SHIFT;
    }
    record->hot_allocs = hot;
    if (ledger->flags & TA_LEDGER_STACKS_ALL) {
        record->allocs = allocs;
        record->bytes = bytes;
    } else if (record->allocs < hot) {
        record->allocs = hot; /* one was counted before the tick, and noted within it */
    }
}

static void note_threads(ta_ledger *ledger) {
    for (uint32_t i = 0; i < TA_LEDGER_TICK_THREADS_MAX; i++) {
        const ta_slot *slot = &ta_ledger_slots(ledger)[i];
        uint64_t before = i < open_tick.slots_used ? open_tick.allocs[i] : 0;
        bool is_there = i < ledger->slots_used;
        ledger->worst_threads[i] = (ta_thread_in_tick){
            .thread_id = is_there ? slot->thread_id : 0,
            .slot = i,
            .allocs = is_there ? ta_counters_allocs(&slot->counters) - before : 0};
    }
}

/* A tick that was not ended is a tick, but how long it was is not known. */
static void add_up(ta_ledger *ledger, uint64_t tick, const ta_tick_record *record, bool is_ended) {
    ta_tick_totals *t = &ledger->ticks;
    t->count++;
    if (!is_ended)
        return;
    bool is_first = t->ns_sum == 0;
    t->ns_sum += record->wall_ns;
    t->ns_max = record->wall_ns > t->ns_max ? record->wall_ns : t->ns_max;
    t->below_30 += record->wall_ns > TA_TICK_30_FPS_NS;
    t->spikes += record->wall_ns > TA_TICK_SPIKE_NS;
    if (is_first || record->live_bytes > t->live_bytes_peak)
        t->live_bytes_peak = record->live_bytes;
    t->live_bytes_last = record->live_bytes;
    t->live_blocks_last = record->live_blocks;
    if (record->allocs > t->allocs_max) {
        t->allocs_max = record->allocs;
        t->allocs_max_own = record->own_allocs;
        t->allocs_max_thread = open_tick.slot->thread_id;
        note_threads(ledger);
        __atomic_store_n(&t->allocs_max_tick, tick, __ATOMIC_RELAXED);
    }
}

static void keep_record(ta_ledger *ledger, const ta_tick_record *record) {
    uint64_t drained = __atomic_load_n(&ledger->ticks_drained, __ATOMIC_ACQUIRE);
    uint64_t done = ledger->ticks_done;
    if (ledger->ticks_max == 0)
        return;
    if (done - (drained <= done ? drained : 0) < ledger->ticks_max)
        *ta_ledger_tick(ledger, done) = *record;
    else
        ta_add_shared(&ledger->lost.records, 1);
}

/* By the thread that has the tick, or that took it over. */
static void close_tick(ta_ledger *ledger, uint64_t end_ns, bool is_ended) {
    uint64_t tick = ledger->tick_open;
    ta_counters all;
    ta_tick_record record;
    __atomic_store_n(&ledger->tick_open, 0, __ATOMIC_SEQ_CST);
    ta_slots_sum(&all);
    fill_record(&record, ledger, &all, end_ns);
    if (tick) {
        take_shares(ledger, tick, &record);
        add_up(ledger, tick, &record, is_ended);
    }
    keep_record(ledger, &record);
    ta_phase *phase = current_phase(ledger);
    if (phase) {
        phase->ticks++;
        phase->at_end = all;
    }
    __atomic_store_n(&ledger->ticks_done, ledger->ticks_done + 1, __ATOMIC_RELEASE);
}

void ta_watch_tick_end(void) {
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
    close_tick(ledger, end_ns, true);
    __atomic_store_n(&ledger->tick_thread, 0, __ATOMIC_RELEASE);
    ta_stacked_catch_up();
}

/* ---- the begin of one ---- */

/* The tick of a thread that has ended in it lasts until here. */
static bool take_from_gone(ta_ledger *ledger, int32_t holder, int32_t self) {
    if (!ta_thread_is_gone(holder) ||
        !__atomic_compare_exchange_n(&ledger->tick_thread, &holder, self, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    close_tick(ledger, ta_now_ns(), false);
    ta_add_shared(&ledger->lost.unended, 1);
    return true;
}

/* One thread has the tick; another's, or one within it, is counted as lost. */
static bool take_tick(ta_ledger *ledger, const ta_slot *slot) {
    int32_t holder = 0;
    if (__atomic_compare_exchange_n(&ledger->tick_thread, &holder, slot->thread_id, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return true;
    if (holder == slot->thread_id && slot == open_tick.slot)
        open_tick.nested++;
    else if (take_from_gone(ledger, holder, slot->thread_id))
        return true;
    ta_add_shared(&ledger->lost.ticks, 1);
    return false;
}

static void note_begin(ta_ledger *ledger, const ta_slot *slot) {
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE);
    ta_slots_sum(&open_tick.all);
    open_tick.slot = slot;
    open_tick.own_allocs = ta_counters_allocs(&slot->counters);
    open_tick.slots_used = used < TA_LEDGER_TICK_THREADS_MAX ? used : TA_LEDGER_TICK_THREADS_MAX;
    for (uint32_t i = 0; i < open_tick.slots_used; i++)
        open_tick.allocs[i] = ta_counters_allocs(&ta_ledger_slots(ledger)[i].counters);
}

void ta_watch_tick_begin(void) {
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    if (TA_UNLIKELY(__atomic_load_n(&ta_watch_is_behind, __ATOMIC_RELAXED)))
        ta_watch_catch_up();
    if (!ledger || !take_tick(ledger, slot))
        return;
    open_tick.nested = 0;
    ledger->ticks_begun++;
    note_begin(ledger, slot);
    if (ledger->ticks_begun == ledger->warmup_ticks + 1) {
        ledger->first_live_bytes = ta_counters_live_bytes(&open_tick.all);
        ledger->first_live_blocks = ta_counters_live_blocks(&open_tick.all);
    }
    ta_phase *phase = current_phase(ledger);
    if (phase && phase->ticks == 0) {
        phase->first_live_bytes = ta_counters_live_bytes(&open_tick.all);
        phase->first_live_blocks = ta_counters_live_blocks(&open_tick.all);
    }
    if (ledger->ticks_begun > ledger->warmup_ticks && has_own_ticks(ledger))
        __atomic_store_n(&ledger->tick_open, ledger->ticks_begun - ledger->warmup_ticks,
                         __ATOMIC_RELEASE);
    open_tick.begin_ns =
        ta_now_ns(); /* last, and first at the end: the sums are not the tick's time */
}

/* Where calls of a function are the ticks, the program's own marks are none. */
void ta_tick_begin(void) {
    if (TA_LIKELY(!ta_watch_has_ticks))
        ta_watch_tick_begin();
}

void ta_tick_end(void) {
    if (TA_LIKELY(!ta_watch_has_ticks))
        ta_watch_tick_end();
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
    if (done > 0 && ledger->ticks_max > 0 && ledger->lost.records == 0) {
        ta_tick_record *record = ta_ledger_tick(ledger, done - 1);
        record->state_hash = observation->state_hash;
        record->population = (uint32_t)population(observation);
    }
}

void ta_planned_phase_end(void) {
    ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    ta_phase *phase = ledger ? current_phase(ledger) : NULL;
    if (!phase)
        return;
    ta_slots_sum(&phase->at_end);
    __atomic_store_n(&phase->state, TA_PHASE_DONE, __ATOMIC_RELEASE);
    ledger->phase_now = 0;
}

/* Where the phases are planned, the workload's own are none. */
static bool has_plan(void) {
    return ta_ledger_mine && (ta_ledger_mine->flags & TA_LEDGER_PLANNED);
}

void ta_phase_begin(const char *name) {
    if (!has_plan())
        ta_planned_phase_begin(name);
}

void ta_phase_end(void) {
    if (!has_plan())
        ta_planned_phase_end();
}

void ta_planned_phase_begin(const char *name) {
    ta_planned_phase_end();
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
