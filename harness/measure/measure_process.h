/* measure_process.h: what is known of an audited process whatever drove it: totals, hot paths,
 * allowed stretches, losses, ticks. For the files that measure. Allocates the result's arrays. */
#ifndef TA_MEASURE_MEASURE_PROCESS_H
#define TA_MEASURE_MEASURE_PROCESS_H

#include "layout.h"
#include "result.h"

/* Everything but figures and ticks. TA_INTERNAL when there is no memory. */
ta_status ta_measure_process(const ta_ledger *ledger, ta_result *result);

/* Adds what two entries know of one hot path. */
void ta_hot_path_add(ta_hot_path_figures *to, const ta_hot_path_figures *from);

ta_tick_figures ta_measure_tick(const ta_tick_record *record);

/* The ledger's tick records after the warm-up that belong to a phase, while none was drained.
 * TA_INTERNAL when there is no memory. */
ta_status ta_measure_phase_ticks(const ta_ledger *ledger, ta_result *result);

#endif
