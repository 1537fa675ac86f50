/* site_pool.h: the sites of one or more ledgers, those of equal stacks added up.
 *
 *     ta_site_pool *pool = ta_site_pool_new();
 *     good = ta_site_pool_add(pool, ledger);              of each process, when it has ended
 *     status = ta_site_pool_resolve(pool, result);        its hot paths are there
 *     ta_site_pool_free(pool);
 *
 * Frames are kept as modules (by path and build id) and offsets in them, so that processes of one
 * program have equal stacks wherever they were loaded: the pool grows with the stacks that differ,
 * not with the processes. A ledger is not needed any more when it was added. Allocates; one thread
 * at a time per pool. */
#ifndef TA_RUN_SITE_POOL_H
#define TA_RUN_SITE_POOL_H

#include "layout.h"
#include "result.h"

typedef struct ta_site_pool ta_site_pool;

/* NULL without memory. */
ta_site_pool *ta_site_pool_new(void);
void ta_site_pool_free(ta_site_pool *pool);

/* False without memory: some of the ledger's sites may then be missing. */
bool ta_site_pool_add(ta_site_pool *pool, const ta_ledger *ledger);

/* Fills the result's sites, stacks and frames; those with most allocations first. Reads the
 * modules' files, and asks no network. TA_INTERNAL when there is no memory. */
ta_status ta_site_pool_resolve(const ta_site_pool *pool, ta_result *result);

#endif
