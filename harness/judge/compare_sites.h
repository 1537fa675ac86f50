/* compare_sites.h: which call sites are new, gone, or allocate more than before.
 *
 *     ta_site_changes changes;
 *     status = ta_compare_sites(pre, post, &changes);   ta_site_changes_free(&changes)
 *
 * Sites are the same when their stacks hold the same functions, called from the same offsets in
 * them. What is left is matched by what a reader knows of it, the strictest likeness first: the
 * functions that are no runtime's, without what compilers append to their names; what they called
 * of a runtime; how many lines into its function each call is; the counts; and at last the order of
 * the code. So code that only moved, or is inlined otherwise, is not new. Sites that are alike in
 * all of that are one: their counts are summed, so that the changes, and what fell and is not among
 * them, add up to the difference of the runs. Neither module, nor address, nor line as such is
 * asked: another build changes those. Any thread. */
#ifndef TA_JUDGE_COMPARE_SITES_H
#define TA_JUDGE_COMPARE_SITES_H

#include "result.h"

typedef enum ta_site_change_kind { TA_SITE_NEW, TA_SITE_GROWN, TA_SITE_GONE } ta_site_change_kind;

/* "new", "grown", "gone": the one spelling for every output. */
const char *ta_site_change_name(ta_site_change_kind kind);

typedef struct ta_site_change {
    ta_site_change_kind kind;
    const ta_result
        *result; /* whose site it is: the post run's, of one that is gone the pre run's */
    const ta_site *site;
    uint64_t pre_allocs, post_allocs, pre_bytes, post_bytes;
} ta_site_change;

/* Sites without the name of any function but the runtimes', and those of the other run when one of
 * the two has no others: what they were in the other run cannot be told. */
typedef struct ta_sites_unmatched {
    uint64_t sites, allocs, bytes;
} ta_sites_unmatched;

typedef struct ta_site_changes {
    uint32_t count;
    ta_site_change *items; /* hot paths first; then new, grown, gone; then the largest rise */
    bool compared;         /* false: the runs kept stacks of different allocations, or samples only;
                            * then only sites of hot paths are compared */
    ta_sites_unmatched pre_unmatched, post_unmatched; /* not among the items */
} ta_site_changes;

/* Suppressed sites are left out. The changes point into the results. TA_INTERNAL without memory. */
ta_status ta_compare_sites(const ta_result *pre, const ta_result *post, ta_site_changes *changes);
void ta_site_changes_free(ta_site_changes *changes);

#endif
