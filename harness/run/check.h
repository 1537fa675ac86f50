/* check.h: whether the auditor can be trusted on this system: a program whose allocations are known
 * (harness/host/probe.c) is audited over one allocator, and what was counted is compared.
 *
 *     ta_check check;
 *     ta_check_allocator(TA_ALLOCATOR_SYSTEM, &check);
 *     if (!ta_check_passed(&check)) ...
 *
 * Allocates; one at a time in a process. */
#ifndef TA_RUN_CHECK_H
#define TA_RUN_CHECK_H

#include "layout.h"
#include "run.h"

enum { TA_CHECK_COUNTS_MAX = 8 };

/* A number that the auditor had to come to. */
typedef struct ta_check_count {
    const char *what;
    uint64_t expected, counted;
} ta_check_count;

typedef struct ta_check {
    ta_run_allocator allocator;
    char allocator_name[TA_LEDGER_ALLOCATOR_MAX]; /* with its version; "" when unknown */
    ta_status status; /* not ok: it could not be audited over, and nothing below is known */
    uint32_t assumptions[TA_ASSUMPTION_COUNT]; /* a ta_assumption_state each */
    uint32_t defects;                          /* a bit per ta_defect, each made up for */
    unsigned count_count;
    ta_check_count counts[TA_CHECK_COUNTS_MAX];
} ta_check;

void ta_check_allocator(ta_run_allocator allocator, ta_check *check);

/* Whether it can be audited over and every count is right. Fallbacks are right, too. */
bool ta_check_passed(const ta_check *check);

/* "unused", "pending", "holds", "failed", "forced": the one spelling for every output. */
const char *ta_assumption_state_name(uint32_t state);

#endif
