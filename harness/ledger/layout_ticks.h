/* layout_ticks.h: what the ledger has of ticks: their records, their totals, and what threads,
 * sites and hot paths allocated in them. For layout.h. Plain data. */
#ifndef TA_LEDGER_LAYOUT_TICKS_H
#define TA_LEDGER_LAYOUT_TICKS_H

#include <stdint.h>

/* What a thread allocated in the open tick, as far as stacks are kept of it. An allocation is put
 * in and the whole is taken out by exchanges of all 16 bytes: that an allocation was put in before
 * the tick's end took it out is what makes it the tick's. */
typedef struct ta_tick_share {
    _Alignas(16) uint64_t tick_allocs; /* tick << 32 | allocations */
    uint64_t hot_bytes;                /* of them in hot paths << TA_SHARE_HOT_SHIFT | bytes */
} ta_tick_share;

enum { TA_SHARE_HOT_SHIFT = 36 };

/* What something allocated, tick by tick. The last even and the last odd tick are kept apart until
 * a later one takes their place: so one that is still open is in no sum. */
typedef struct ta_tick_part {
    _Alignas(16) uint64_t tick_allocs; /* tick << 32 | allocations; exchanged together with the */
    uint64_t bytes;                    /* bytes */
} ta_tick_part;

typedef struct ta_tally {
    ta_tick_part last[2];          /* by tick % 2 */
    uint64_t ticks, allocs, bytes; /* of the ticks before */
    uint64_t first_tick;           /* of those; 0: none */
    uint64_t worst;                /* allocations << 32 | tick, the greatest, the first of equals */
    uint64_t in_worst; /* tick << 32 | allocations, in a tick that was the process's worst */
} ta_tally;

/* One tick, closed. Times in ns of CLOCK_MONOTONIC. */
typedef struct ta_tick_record {
    uint64_t begin_ns, wall_ns;
    uint64_t own_allocs;             /* the ticking thread's */
    uint64_t allocs, frees, bytes;   /* all threads' */
    uint64_t hot_allocs;             /* all threads' */
    int64_t live_bytes, live_blocks; /* at its end */
    uint64_t state_hash;
    uint32_t population;
    uint32_t phase; /* index into phases plus one; 0 outside of any */
} ta_tick_record;

/* Longer than a frame at 30 frames per second, and a spike. */
enum { TA_TICK_30_FPS_NS = 33333333, TA_TICK_SPIKE_NS = 50000000 };

/* All ticks that were closed after the warm-up, however many records there are. */
typedef struct ta_tick_totals {
    uint64_t count;
    uint64_t ns_sum, ns_max, below_30, spikes;
    uint64_t allocs_max, allocs_max_tick; /* the first of those with most; from 1 */
    uint64_t allocs_max_own;              /* of these, the ticking thread's */
    int32_t allocs_max_thread;            /* which that is */
    int64_t live_bytes_peak, live_bytes_last, live_blocks_last;
} ta_tick_totals;

/* What a thread allocated in the tick with most allocations. */
typedef struct ta_thread_in_tick {
    int32_t thread_id;
    uint32_t slot;
    uint64_t allocs;
} ta_thread_in_tick;

#endif
