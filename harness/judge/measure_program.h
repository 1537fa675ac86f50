/* measure_program.h: figures of a program that was audited from outside, without a scenario.
 *
 *     status = ta_measure_program(ledger, result);
 *
 * Fills the same fields as ta_measure(), but no phases: the whole is the whole process. The ticks
 * may be in the result already (samples that the reader took); else they are the ledger's. */
#ifndef TA_JUDGE_MEASURE_PROGRAM_H
#define TA_JUDGE_MEASURE_PROGRAM_H

#include "layout.h"
#include "result.h"

/* TA_INTERNAL when there is no memory. A program without ticks has one: its whole run, which began
 * with nothing allocated and took `result->wall_seconds`. Allocates. */
ta_status ta_measure_program(const ta_ledger *ledger, ta_result *result);

#endif
