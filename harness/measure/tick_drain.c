#include "tick_drain.h"

#include "measure_process.h"

#include <stdlib.h>

/* 60 in a second for three days. */
enum { TICKS_KEPT_MAX = 1 << 24 };

static bool make_room(ta_result *result) {
    if (result->tick_count < result->tick_room)
        return true;
    uint64_t room = result->tick_room ? result->tick_room * 2 : 1024;
    if (room > TICKS_KEPT_MAX)
        return false;
    ta_tick_figures *ticks = realloc(result->ticks, room * sizeof *ticks);
    if (!ticks)
        return false;
    result->ticks = ticks;
    result->tick_room = room;
    return true;
}

static void begin_anew(ta_tick_drain *drain, const ta_ledger *ledger, ta_result *result) {
    uint32_t images = __atomic_load_n(&ledger->images, __ATOMIC_ACQUIRE);
    if (drain->ledger == ledger && drain->images == images)
        return;
    *drain = (ta_tick_drain){ledger, images};
    result->tick_count = 0;
}

void ta_tick_drain_take(ta_tick_drain *drain, ta_ledger *ledger, bool has_ended,
                        ta_result *result) {
    begin_anew(drain, ledger, result);
    uint64_t done = __atomic_load_n(&ledger->ticks_done, __ATOMIC_ACQUIRE);
    uint64_t kept = done - (done > 0 && !has_ended), at = ledger->ticks_drained;
    if (ledger->ticks_max == 0 || ledger->lost.records > 0)
        kept = at; /* what follows is not in one piece */
    for (; at < kept && at < ledger->ticks_drained + ledger->ticks_max; at++) {
        if (at < ledger->warmup_ticks)
            continue;
        if (!make_room(result)) {
            __atomic_fetch_add(&ledger->lost.records, 1, __ATOMIC_RELAXED);
            continue;
        }
        ta_tick_figures *tick = &result->ticks[result->tick_count++];
        *tick = ta_measure_tick(ta_ledger_tick(ledger, at));
        tick->phase = 0; /* phases that a program marks by itself are none that are planned */
    }
    __atomic_store_n(&ledger->ticks_drained, at, __ATOMIC_RELEASE);
}
