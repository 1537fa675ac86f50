/* summary_blocks.h: the blocks that a summary consists of, in their order. For summary.c only.
 *
 * Each prints to its stream; some allocate for the time. */
#ifndef TA_REPORT_SUMMARY_BLOCKS_H
#define TA_REPORT_SUMMARY_BLOCKS_H

#include "summary.h"

/* The stream and style that a page is printed with; the width is settled. */
typedef struct ta_page {
    FILE *out;
    const ta_result *result;
    ta_summary_style style;
} ta_page;

void ta_page_allocations(const ta_page *page);
void ta_page_processes(const ta_page *page);
void ta_page_suppressions(const ta_page *page); /* nothing when there was no such file */
/* Where it allocates: trees of callers, in about sixty lines at most. Allocates; without memory it
 * says so. In summary_sites.c. */
void ta_page_sites(const ta_page *page);
void ta_page_evidence(const ta_page *page); /* nothing when all of it is complete */
void ta_page_criteria(const ta_page *page, bool failed_only);
void ta_page_phases(const ta_page *page);

/* How many of the judgements are not well (fail or inconclusive). */
unsigned ta_page_failed(const ta_page *page);

#endif
