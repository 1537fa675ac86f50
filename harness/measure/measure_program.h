/* measure_program.h: figures of a program that was audited from outside, without a scenario.
 *
 *     status = ta_measure_program(ledger, TA_WITHOUT_TICKS_GROWTH, result);
 *
 * Fills the same fields as ta_measure(), but no phases: the whole is the whole process. */
#ifndef TA_MEASURE_MEASURE_PROGRAM_H
#define TA_MEASURE_MEASURE_PROGRAM_H

#include "layout.h"
#include "result.h"

/* What a run without ticks is. Nothing is said per tick of it but in the first case. */
typedef enum ta_without_ticks {
    TA_WITHOUT_TICKS_ONE,    /* one tick, which began with nothing allocated */
    TA_WITHOUT_TICKS_GROWTH, /* a run that began with nothing: its growth is what is live at its end
                              */
    TA_WITHOUT_TICKS_UNKNOWN /* a run whose ticks were named and did not come: its growth over them
                                is not known */
} ta_without_ticks;

/* TA_INTERNAL when there is no memory. The ticks are in the result: the ledger's, drained
 * (tick_drain.h), or a reader's samples. Without those of the ledger, percentiles are not known.
 * The one tick takes `result->wall_seconds`. Allocates. */
ta_status ta_measure_program(const ta_ledger *ledger, ta_without_ticks without, ta_result *result);

#endif
