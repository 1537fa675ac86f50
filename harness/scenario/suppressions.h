/* suppressions.h: a file of known allocations in hot paths that are not to be held against a run,
 * each with the reason.
 *
 *     ta_suppressions suppressions;
 *     ta_status status = ta_suppressions_load("known.json", &suppressions);
 *     ...
 *     ta_suppressions_free(&suppressions);
 *
 * Loading allocates. Safe from any thread. The format is told in docs/suppressions.md. */
#ifndef TA_SCENARIO_SUPPRESSIONS_H
#define TA_SCENARIO_SUPPRESSIONS_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TA_SUPPRESSIONS_MAX = 512, /* of one file */
    TA_SUPPRESSION_PATTERN_MAX = 256,
    TA_SUPPRESSION_REASON_MAX = 512,
    TA_SUPPRESSION_DATE_MAX = 11, /* "2027-01-31" */
    TA_SUPPRESSIONS_PATH_MAX = 1024
};

#define TA_SUPPRESSIONS_SCHEMA "tickaudit-suppressions/1"

/* Patterns as fnmatch() knows them; "" when not given. At least one is, and all that are must
 * match. */
typedef struct ta_suppression {
    char hot_path[TA_SUPPRESSION_PATTERN_MAX]; /* of the innermost hot path */
    char function[TA_SUPPRESSION_PATTERN_MAX]; /* this and the next: of one and the same frame */
    char module[TA_SUPPRESSION_PATTERN_MAX];
    char reason[TA_SUPPRESSION_REASON_MAX];
    char expires[TA_SUPPRESSION_DATE_MAX]; /* the last day on which it holds, UTC; "": it does not
                                            * expire */
} ta_suppression;

typedef struct ta_suppressions {
    char path[TA_SUPPRESSIONS_PATH_MAX];
    uint32_t count;
    ta_suppression *items; /* in the order of the file */
} ta_suppressions;

/* Reads and checks a file. Errors: TA_BAD_INPUT with file:line:column, JSON path and what was
 * expected, TA_INTERNAL without memory; *suppressions is then empty. */
ta_status ta_suppressions_load(const char *path, ta_suppressions *suppressions);

/* The same for a text in memory, which need not end with a zero; `path` is for messages. */
ta_status ta_suppressions_parse(const char *text, size_t size, const char *path,
                                ta_suppressions *suppressions);

void ta_suppressions_free(ta_suppressions *suppressions);

#endif
