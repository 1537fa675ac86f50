#define _GNU_SOURCE
#include "exec_watch.h"

#include "clock.h"

#include <math.h>
#include <stdlib.h>

/* Samples of a running program: each a tick that lasted from the one before it. */
typedef struct sampler {
    ta_result *result;
    uint64_t room;
    ta_counters before;
    double before_seconds;
} sampler;

static bool make_room(sampler *s) {
    if (s->result->tick_count < s->room)
        return true;
    uint64_t room = s->room ? s->room * 2 : 1024;
    ta_tick_figures *ticks = realloc(s->result->ticks, room * sizeof *ticks);
    if (!ticks || room > (uint64_t)TA_EXEC_TICKS_MAX * 2)
        return false;
    s->result->ticks = ticks;
    s->room = room;
    return true;
}

static void sample(sampler *s, const ta_ledger *ledger) {
    ta_counters now = {0};
    if (ledger) /* under --follow it is there when the program has begun */
        ta_ledger_sum(ledger, &now);
    double seconds = ta_clock_seconds();
    if (!make_room(s)) {
        s->result->lost.ticks++;
        return;
    }
    const ta_counters *b = &s->before;
    s->result->ticks[s->result->tick_count++] = (ta_tick_figures){
        .wall_ns = (uint64_t)((seconds - s->before_seconds) * 1e9),
        .allocs = ta_counters_allocs(&now) - ta_counters_allocs(b),
        .frees = ta_counters_frees(&now) - ta_counters_frees(b),
        .bytes = ta_counters_bytes(&now) - ta_counters_bytes(b),
        .hot_allocs = now.hot_allocs - b->hot_allocs,
        .live_bytes = ta_counters_live_bytes(&now),
        .live_blocks = ta_counters_live_blocks(&now),
    };
    s->before = now;
    s->before_seconds = seconds;
}

/* The program's own ticks, before their ring is full. How many ms until the next look. */
static int drain(ta_exec_ledgers *ledgers, const ta_child *child, ta_result *result) {
    enum { SOON_MS = 5, LATER_MS = 50, MANY = 1 << 12 };
    ta_ledger *ledger = ta_ledger_of(&ledgers->file, child->pid);
    if (!ledger || ledger->reader_tick != 0)
        return LATER_MS;
    uint64_t before = result->tick_count;
    ta_tick_drain_take(&ledgers->drain, ledger, false, result);
    return result->tick_count - before > MANY ? SOON_MS : LATER_MS;
}

/* When to look next: at the next sample, at the end of the time, or now and then; soon when the
 * program may ask for something. */
static int wait_ms(double next_sample, double deadline, bool serves) {
    enum { NOW_AND_THEN_MS = 1000, SERVE_MS = 2 };
    double now = ta_clock_seconds(), left_ms = serves ? SERVE_MS : NOW_AND_THEN_MS;
    if ((next_sample - now) * 1000 < left_ms)
        left_ms = (next_sample - now) * 1000;
    if ((deadline - now) * 1000 < left_ms)
        left_ms = (deadline - now) * 1000;
    return left_ms > 1 ? (int)left_ms : 1;
}

/* Each process notes the tick that it is in with what it allocates. */
static void tell_tick(ta_ledger_file *file, uint64_t tick) {
    if (file->set) /* those that begin later */
        __atomic_store_n(&file->set->plan.reader_tick, tick, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < ta_ledger_count(file); i++) {
        ta_ledger *ledger = ta_ledger_at(file, i);
        if (ledger)
            __atomic_store_n(&ledger->reader_tick, tick, __ATOMIC_RELAXED);
    }
}

/* Up to `pause_ms`; who asks meanwhile is answered at once. True when the program has ended. */
static bool wait_and_answer(ta_exec_ledgers *ledgers, ta_child *child, int pause_ms) {
    const uint32_t *bell = ta_stacked_bell(&ledgers->file);
    double until = ta_clock_seconds() + pause_ms / 1000.0, left_ms = pause_ms;
    bool ended = false;
    do {
        uint32_t seen = __atomic_load_n(bell, __ATOMIC_ACQUIRE);
        ta_stacked_serve(ledgers->stacked, &ledgers->file, TA_STACKED_ASKING);
        ended = ta_child_wait_or_bell(child, (int)ceil(left_ms), bell, seen);
        left_ms = (until - ta_clock_seconds()) * 1000;
    } while (!ended && left_ms > 0);
    return ended;
}

bool ta_exec_watch(const ta_exec_options *options, ta_exec_ledgers *ledgers, ta_child *child,
                   ta_result *result) {
    ta_ledger_file *file = &ledgers->file;
    bool timed = options->ticks == TA_TICKS_TIMED;
    sampler s = {.result = result, .before_seconds = ta_clock_seconds()};
    double due = timed ? s.before_seconds + options->tick_seconds : HUGE_VAL;
    double deadline =
        options->timeout_seconds > 0 ? s.before_seconds + options->timeout_seconds : HUGE_VAL;
    bool ended = false, timed_out = false;
    while (!ended) {
        int pause_ms = wait_ms(due, deadline, ledgers->stacked != NULL);
        if (ledgers->followed) {
            int sweep_ms = ta_followed_sweep(ledgers->followed, child->pid);
            pause_ms = sweep_ms < pause_ms ? sweep_ms : pause_ms;
        }
        if (!timed && options->ticks != TA_TICKS_WHOLE) {
            int drain_ms = drain(ledgers, child, result);
            pause_ms = drain_ms < pause_ms ? drain_ms : pause_ms;
        }
        if (ledgers->stacked)
            ended = wait_and_answer(ledgers, child, pause_ms);
        else
            ended = ta_child_wait(child, pause_ms);
        if (ledgers->stacked && !ended)
            ta_stacked_serve(ledgers->stacked, file, TA_STACKED_ALL);
        if (timed && (ended || ta_clock_seconds() >= due)) {
            sample(&s, ta_ledger_of(file, child->pid));
            tell_tick(file, result->tick_count + 1);
            due += options->tick_seconds;
        }
        if (!ended && ta_clock_seconds() >= deadline) {
            ta_child_kill(child);
            ended = timed_out = true;
        }
    }
    return timed_out;
}
