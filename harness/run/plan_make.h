/* plan_make.h: a scenario as the flat plan that the host program maps. */
#ifndef TA_RUN_PLAN_MAKE_H
#define TA_RUN_PLAN_MAKE_H

#include "plan.h"
#include "run.h"
#include "scenario.h"

/* A plan in a file without a name, as a ledger is. */
typedef struct ta_plan_file {
    int descriptor;
    char path[64];
} ta_plan_file;

/* The library that the workload is loaded from. TA_INTERNAL when the bundled one is missing. */
ta_status ta_plan_workload(const ta_scenario *scenario, const ta_run_options *options, char *path,
                           size_t size);

/* Writes the plan, and makes the folder for its pictures if there will be any. TA_INTERNAL when the
 * bundled workload is missing or something cannot be made. Allocates; the caller closes the
 * descriptor. */
ta_status ta_plan_make(const ta_scenario *scenario, const ta_run_options *options,
                       const char *run_id, ta_plan_file *file);

#endif
