#define _GNU_SOURCE
#include "family.h"

#include "bypass.h"
#include "join.h"
#include "sites.h"

#include <signal.h>
#include <stdlib.h>

/* A process that is gone has no number, or somebody else has it: then it is another ledger's owner
 * as a rule, and else a stranger, which we cannot tell. */
static ta_process_end end_of(const ta_ledger *ledger, const ta_ledger_file *file) {
    if (ledger->ended)
        return TA_PROCESS_EXITED;
    bool is_last = ta_ledger_of(file, ledger->owner) == ledger;
    return is_last && kill(ledger->owner, 0) == 0 ? TA_PROCESS_RUNNING : TA_PROCESS_CUT_SHORT;
}

static ta_status join_one(const ta_ledger *ledger, ta_without_ticks without, bool with_sites,
                          ta_result *result) {
    ta_result *child = ta_result_new();
    if (!child)
        return ta_status_make(TA_INTERNAL, "no memory for a result");
    if (without == TA_WITHOUT_TICKS_ONE)
        child->ticks = calloc(1, sizeof *child->ticks); /* none: its marks do not count */
    ta_status status = ta_measure_program(ledger, without, child);
    if (without == TA_WITHOUT_TICKS_ONE)
        child->lost.ticks = 0;
    if (ta_ok(status) && with_sites)
        status = ta_sites_resolve(ledger, child);
    if (with_sites)
        ta_bypass_find(ledger, child);
    if (ta_ok(status))
        status = ta_result_join(result, child);
    ta_result_free(child);
    return status;
}

ta_status ta_family_join(const ta_ledger_file *file, const ta_ledger *own, ta_without_ticks without,
                         bool with_sites, ta_result *result) {
    ta_status status = ta_status_ok();
    for (uint32_t i = 0; ta_ok(status) && i < ta_ledger_count(file); i++) {
        const ta_ledger *ledger = ta_ledger_at(file, i);
        if (ledger->owner == 0) /* just being taken */
            continue;
        status = ta_result_list(result, ledger, end_of(ledger, file));
        if (ta_ok(status) && ledger != own)
            status = join_one(ledger, without, with_sites, result);
    }
    result->lost.processes = file->family->lost;
    ta_sites_sort(result);
    return status;
}
