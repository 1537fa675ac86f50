/* tick_drain.h: copies a running program's tick records into its result, so that the ledger's ring
 * has room for more.
 *
 *     ta_tick_drain drain = {0};
 *     while (...) ta_tick_drain_take(&drain, ledger, false, result);
 *     ta_tick_drain_take(&drain, ledger, true, result);               when it has ended
 *
 * Allocates; one thread at a time per result. */
#ifndef TA_MEASURE_TICK_DRAIN_H
#define TA_MEASURE_TICK_DRAIN_H

#include "layout.h"
#include "result.h"

typedef struct ta_tick_drain {
    const ta_ledger *ledger; /* the last; NULL: none yet */
    uint32_t images;         /* which program of its process */
} ta_tick_drain;

/* Appends to result->ticks what was recorded since, after the warm-up. The newest record stays
 * until the end: the program may still tell of it (ta_observe). A process that became another
 * program begins anew. What there is no memory for is counted in the ledger's lost records. */
void ta_tick_drain_take(ta_tick_drain *drain, ta_ledger *ledger, bool has_ended, ta_result *result);

#endif
