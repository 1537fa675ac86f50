/* sites.h: from addresses in a ledger to functions, files and lines, with libdw. */
#ifndef TA_RUN_SITES_H
#define TA_RUN_SITES_H

#include "layout.h"
#include "result.h"

/* Stands in the place of a hot path's name at a site whose allocation was made to fail. */
#define TA_SITE_OF_FAULT "(made to fail)"

/* Fills the result's sites, those with most allocations first. What has no name keeps its module
 * and offset. Sites of one stack that came into two records are added up. Allocates; reads the
 * modules' files, and asks no network. TA_INTERNAL when there is no memory. */
ta_status ta_sites_resolve(const ta_ledger *ledger, ta_result *result);

/* Orders a result's sites again, when some were added. */
void ta_sites_sort(ta_result *result);

#endif
