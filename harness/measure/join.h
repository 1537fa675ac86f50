/* join.h: what a program's children did, added to what is known of the program itself.
 *
 *     ta_process_figures row = ta_process_of(ledger, end);   in the list of processes
 *     status = ta_result_join(result, child);                the child's figures into the result's
 *
 * One thread at a time per result. */
#ifndef TA_MEASURE_JOIN_H
#define TA_MEASURE_JOIN_H

#include "layout.h"
#include "result.h"

/* What a process did, as far as its ledger tells. Does not allocate. */
ta_process_figures ta_process_of(const ta_ledger *ledger, ta_process_end end);

/* Counts (allocations, frees, bytes, those in hot paths, mappings) and losses are added up; of what
 * is said per tick, and of growth, the greatest is kept; hot paths and allowed stretches of one
 * name become one. Ticks, times and sites stay the result's own. Allocates. TA_INTERNAL when there
 * is no memory. */
ta_status ta_result_join(ta_result *result, const ta_result *child);

/* Adds to what a module of that name mapped. Does not allocate. */
void ta_result_add_mapped(ta_result *result, const ta_mapped_figures *mapped);

#endif
