#include "sites.h"

#include "site_pool.h"

#include <stdlib.h>

static int most_allocs_first(const void *a, const void *b) {
    const ta_site *x = a, *y = b;
    if (x->tick_allocs != y->tick_allocs)
        return x->tick_allocs < y->tick_allocs ? 1 : -1;
    if (x->allocs != y->allocs)
        return x->allocs < y->allocs ? 1 : -1;
    return (x->first_tick > y->first_tick) - (x->first_tick < y->first_tick);
}

ta_status ta_sites_resolve(const ta_ledger *ledger, ta_result *result) {
    ta_site_pool *pool = ta_site_pool_new();
    bool good = pool && ta_site_pool_add(pool, ledger);
    ta_status status = good ? ta_site_pool_resolve(pool, result)
                            : ta_status_make(TA_INTERNAL, "no memory for the sites");
    ta_site_pool_free(pool);
    return status;
}

void ta_sites_sort(ta_result *result) {
    if (result->site_count > 0)
        qsort(result->sites, result->site_count, sizeof *result->sites, most_allocs_first);
}
