/* measure.h: from a ledger to figures.
 *
 *     ta_status status = ta_measure(&scenario, ledger, result);
 *
 * Reads what an audited process counted and fills the figures of a result: whole, phases, ticks,
 * hot paths, allowed stretches, totals, losses. Judges nothing. Allocates the result's arrays; the
 * ledger may be of a process that died at any moment. */
#ifndef TA_MEASURE_MEASURE_H
#define TA_MEASURE_MEASURE_H

#include "layout.h"
#include "result.h"
#include "scenario.h"

/* Fills `result` (fresh from ta_result_new). TA_INTERNAL when there is no memory. */
ta_status ta_measure(const ta_scenario *scenario, const ta_ledger *ledger, ta_result *result);

#endif
