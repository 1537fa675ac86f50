/* exec_support.h: `tickaudit exec` in the scratch folder, and what it wrote to result.json there.
 */
#ifndef TA_TESTS_EXEC_SUPPORT_H
#define TA_TESTS_EXEC_SUPPORT_H

#include "run_program.h"

#include <cjson/cJSON.h>

/* `tickaudit exec` with these arguments, NULL at their end. */
program_end exec_audited(const char *const *arguments);

#define AUDITED(...) exec_audited((const char *const[]){__VA_ARGS__, NULL})

/* The same with --json result.json before them, which must end with code 0: what was written. The
 * caller deletes it. */
cJSON *exec_result_of(const char *const *arguments);

#define RESULT_OF_EXEC(...) exec_result_of((const char *const[]){__VA_ARGS__, NULL})

/* result.json, which must be there. The caller deletes it. */
cJSON *exec_result(void);

double exec_total(const cJSON *root, const char *name);
double exec_whole(const cJSON *root, const char *metric);

/* Frame `depth` of a site, 0 the innermost; NULL beyond the last. */
const cJSON *exec_frame(const cJSON *root, const cJSON *site, int depth);

/* Allocations in the first hot path of result.json; 0 when there is none. */
double exec_first_path_allocs(void);

/* The first site that has this function in its stack; NULL when none has. */
const cJSON *exec_site_with(const cJSON *root, const char *function);

/* A field of a site or a frame. */
double exec_number(const cJSON *item, const char *field);
const char *exec_text(const cJSON *item, const char *field);

/* Whether a site's stack has these functions, NULL at their end, in this order from the inside,
 * perhaps with others between them; compilers may lengthen a name ("sort.constprop.0"). */
void exec_expect_stack(const cJSON *root, const cJSON *site, const char *const *functions);

/* The first entry of evidence of a fact; NULL when there is none. */
const cJSON *exec_evidence(const cJSON *root, const char *what);

/* By result.json, a fact's state, a part of its detail, and that what is not complete has a remedy.
 */
void exec_expect_evidence(const char *what, const char *state, const char *detail);

#endif
