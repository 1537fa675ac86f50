/* convert.h: from a document to the checked struct, room by room.
 *
 *     status = ta_scenario_convert(document, path, &scenario);
 *
 * Allocates nothing but for the current folder's name. One thread at a time per document. */
#ifndef TA_SCENARIO_CONVERT_H
#define TA_SCENARIO_CONVERT_H

#include "reader.h"

/* Fills a zeroed scenario from a whole document, overrides applied; partly on failure. */
ta_status ta_scenario_convert(const ta_document *document, const char *path, ta_scenario *scenario);

/* "phases": each phase with its load, population, budgets. */
bool ta_convert_phases(ta_reader *reader, const ta_object *root, ta_scenario *scenario);

/* "budgets" of the whole, or of a phase. */
bool ta_convert_budgets(ta_reader *reader, const ta_object *owner, const ta_key *key,
                        ta_budget *budgets, uint32_t *count);

/* "workload", to "arena" or an absolute path. `path` is the scenario's. */
bool ta_convert_workload(ta_reader *reader, const ta_object *root, const char *path,
                         ta_scenario *scenario);

/* What no key alone can tell: populations and pool, faults and ticks, arena and parameters. */
bool ta_convert_check(ta_reader *reader, const ta_object *root, const ta_scenario *scenario);

/* "parameters". */
bool ta_convert_parameters(ta_reader *reader, const ta_object *root, ta_scenario *scenario);

/* The name of a scenario whose file does not give one: "stress_500" of "a/stress_500.json", other
 * characters than letters, digits, '_', '-' and '.' replaced by '_'. */
void ta_scenario_name_of(const char *path, char name[TA_NAME_MAX]);

bool ta_scenario_is_arena(const ta_scenario *scenario);

/* The hash that scenario.h promises. `workload` as it was written. */
uint64_t ta_scenario_hash(const ta_scenario *scenario, const char *workload);

#endif
