/* Which tick an allocation belongs to, once for its tick's record and for its sites and hot paths:
 * words that threads exchange 16 bytes at a time. No thread ever waits for another. */
#include "audit.h"

#include <sys/single_threaded.h>

/* Stands for a ta_tick_share or a ta_tick_part. */
typedef struct __attribute__((may_alias)) pair {
    uint64_t low, high;
} pair;

/* Sets `at` to `wanted` if it holds `seen`, which is otherwise what it holds. On x86-64 by
 * cmpxchg16b (all but the first of these processors have it). Elsewhere by two words one after the
 * other, so that figures of one tick may be found in the next. */
static bool exchange(pair *at, pair *seen, pair wanted, bool is_shared) {
    bool same;
#if defined(__x86_64__)
    if (is_shared)
        __asm__ volatile("lock cmpxchg16b %1"
                         : "=@ccz"(same), "+m"(*at), "+a"(seen->low), "+d"(seen->high)
                         : "b"(wanted.low), "c"(wanted.high)
                         : "memory");
    else /* a signal handler sees it whole as well */
        __asm__ volatile("cmpxchg16b %1"
                         : "=@ccz"(same), "+m"(*at), "+a"(seen->low), "+d"(seen->high)
                         : "b"(wanted.low), "c"(wanted.high)
                         : "memory");
#else
    (void)is_shared;
    same = __atomic_compare_exchange_n(&at->low, &seen->low, wanted.low, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
    if (same)
        __atomic_fetch_add(&at->high, wanted.high - seen->high, __ATOMIC_SEQ_CST);
    else
        seen->high = __atomic_load_n(&at->high, __ATOMIC_SEQ_CST);
#endif
    return same;
}

/* Perhaps torn: whoever exchanges it finds out. */
static pair look(const pair *at) {
    return (pair){__atomic_load_n(&at->low, __ATOMIC_RELAXED),
                  __atomic_load_n(&at->high, __ATOMIC_RELAXED)};
}

/* ---- a thread's share in the open tick ---- */

static const uint64_t HOT_ONE = UINT64_C(1) << TA_SHARE_HOT_SHIFT;

/* What one allocation adds. Of more bytes than fit, as many as fit. */
static pair amount_of(size_t bytes, bool is_hot) {
    uint64_t most = HOT_ONE / 4;
    return (pair){1, (bytes < most ? bytes : most) + (is_hot ? HOT_ONE : 0)};
}

/* Whether a share that has come near to its limits would overflow: the rest of the tick then counts
 * for the sites alone. */
static bool is_full(pair share) {
    return (uint32_t)share.low >= UINT32_MAX / 2 || (share.high & (HOT_ONE - 1)) >= HOT_ONE / 2 ||
           share.high >> 63;
}

static uint64_t tick_open(void) {
    return __atomic_load_n(&ta_ledger_mine->tick_open, __ATOMIC_SEQ_CST);
}

/* The tick has been closed since it was looked at. Whether its end has already taken the allocation
 * along: then it is that tick's; else it is taken back. */
static bool was_taken(pair *share, uint64_t tick, pair amount) {
    pair seen = look(share);
    while (seen.low >> 32 == tick) {
        if (exchange(share, &seen, (pair){seen.low - amount.low, seen.high - amount.high}, true))
            return false;
    }
    return true;
}

uint64_t ta_tick_claim(ta_slot *slot, size_t bytes, bool is_hot) {
    uint64_t by_reader = __atomic_load_n(&ta_ledger_mine->reader_tick, __ATOMIC_RELAXED);
    if (by_reader)
        return by_reader;
    pair *share = (pair *)(void *)&slot->share, amount = amount_of(bytes, is_hot);
    uint64_t tick = tick_open();
    pair seen = look(share);
    while (tick) {
        bool goes_on = seen.low >> 32 == (uint32_t)tick;
        pair wanted = goes_on ? (pair){seen.low + amount.low, seen.high + amount.high}
                              : (pair){tick << 32 | amount.low, amount.high};
        if (goes_on && is_full(seen))
            return tick;
        if (!exchange(share, &seen, wanted, !__libc_single_threaded))
            continue;
        uint64_t now = tick_open();
        if (now == tick || was_taken(share, (uint32_t)tick, amount))
            return tick;
        tick = now;
        seen = look(share);
    }
    return 0;
}

ta_tick_share ta_share_take(ta_slot *slot, uint64_t tick) {
    pair *share = (pair *)(void *)&slot->share, seen = look(share);
    while (seen.low >> 32 == (uint32_t)tick) {
        if (exchange(share, &seen, (pair){0, 0}, true))
            return (ta_tick_share){seen.low, seen.high};
    }
    return (ta_tick_share){0};
}

/* ---- tallies ---- */

static inline void add(uint64_t *counter, uint64_t amount) {
    if (__libc_single_threaded)
        ta_add(counter, amount);
    else
        ta_add_shared(counter, amount);
}

static void keep_first(uint64_t *first, uint64_t tick) {
    uint64_t seen = __atomic_load_n(first, __ATOMIC_RELAXED);
    while (
        (seen == 0 || tick < seen) &&
        !__atomic_compare_exchange_n(first, &seen, tick, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

static void keep_worst(uint64_t *worst, uint64_t tick, uint64_t allocs) {
    uint64_t seen = __atomic_load_n(worst, __ATOMIC_RELAXED), candidate = allocs << 32 | tick;
    while ((allocs > seen >> 32 || (allocs == seen >> 32 && tick < (uint32_t)seen)) &&
           !__atomic_compare_exchange_n(worst, &seen, candidate, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        continue;
}

/* A tick goes into the sums, when it is over. `is_late`: it is in them already, but for these. */
static void fold(ta_tally *tally, pair part, bool is_late) {
    uint64_t tick = part.low >> 32, allocs = (uint32_t)part.low;
    if (allocs == 0)
        return;
    if (!is_late)
        add(&tally->ticks, 1);
    add(&tally->allocs, allocs);
    add(&tally->bytes, part.high);
    keep_first(&tally->first_tick, tick);
    keep_worst(&tally->worst, tick, allocs);
    if (tick != __atomic_load_n(&ta_ledger_mine->ticks.allocs_max_tick, __ATOMIC_RELAXED))
        return;
    if (tally->in_worst >> 32 == tick)
        add(&tally->in_worst, allocs);
    else
        tally->in_worst = part.low;
}

void ta_tally_add(ta_tally *tally, uint64_t tick, uint64_t allocs, uint64_t bytes) {
    pair *last = (pair *)(void *)&tally->last[tick % 2], seen = look(last);
    allocs = allocs < UINT32_MAX ? allocs : UINT32_MAX;
    for (;;) {
        uint64_t kept = seen.low >> 32;
        bool goes_on = kept == (uint32_t)tick;
        bool is_full = goes_on && (uint32_t)seen.low + allocs > UINT32_MAX;
        if (kept > (uint32_t)tick || is_full) { /* its thread stood still for whole ticks */
            fold(tally, (pair){tick << 32 | allocs, bytes}, true);
            return;
        }
        pair wanted = goes_on ? (pair){seen.low + allocs, seen.high + bytes}
                              : (pair){tick << 32 | allocs, bytes};
        if (!exchange(last, &seen, wanted, !__libc_single_threaded))
            continue;
        if (!goes_on)
            fold(tally, seen, false);
        return;
    }
}
