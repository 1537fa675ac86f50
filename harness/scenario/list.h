/* list.h: what scenarios a folder holds, for those who cannot find one.
 *
 *     char nearest[TA_SCENARIO_PATH_MAX];
 *     if (ta_scenario_nearest_file("scenarios/brust.json", nearest)) ...
 *
 * Allocates and frees. Safe from any thread. */
#ifndef TA_SCENARIO_LIST_H
#define TA_SCENARIO_LIST_H

#include "scenario.h"

/* The scenario in the folder of `path` whose name is nearest to that of `path`, as a path. False
 * when none is near or the folder cannot be read. */
bool ta_scenario_nearest_file(const char *path, char nearest[TA_SCENARIO_PATH_MAX]);

#endif
