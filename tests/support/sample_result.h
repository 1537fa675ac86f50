/* sample_result.h: results with every field filled, for tests that need one.
 *
 *     ta_result *result = sample_result_new(SAMPLE_FAILING);
 *     ta_result_free(result);
 *
 * The same kind is the same to the last bit each time. */
#ifndef TA_TESTS_SAMPLE_RESULT_H
#define TA_TESTS_SAMPLE_RESULT_H

#include "result.h"

typedef enum sample_kind {
    SAMPLE_WHOLE,     /* all budgets hold */
    SAMPLE_FAILING,   /* two budgets fail; sites, lost sites, texts that need care */
    SAMPLE_PARTIAL,   /* killed in its third phase */
    SAMPLE_SUPPRESSED /* the failing one, with some of its sites suppressed */
} sample_kind;

/* Never NULL: without memory the test aborts. */
ta_result *sample_result_new(sample_kind kind);

/* Gives a result `count` made-up ticks in place of its own. */
void sample_result_set_ticks(ta_result *result, uint64_t count);

/* Whether two results are equal in every field. On a difference `what` names the field. */
bool sample_results_equal(const ta_result *a, const ta_result *b, const char **what);

/* A further frame, outwards, of the site that was last given one, or of a later one. */
ta_frame *sample_frame_add(ta_result *result, uint32_t site, const char *function,
                           const char *file);

#endif
