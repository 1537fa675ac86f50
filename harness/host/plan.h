/* plan.h: what the host program is told to do, as one flat struct in a file.
 *
 *     ta_plan plan = ta_plan_from_scenario(&scenario);   (in run/)
 *     const ta_plan *plan = ta_plan_map(path);           (in host/)
 *
 * The CLI parses and checks a scenario; the audited process must not, since that would allocate
 * in it. So the checked values cross over as plain data. Both sides are of one build. */
#ifndef TA_HOST_PLAN_H
#define TA_HOST_PLAN_H

#include "tickaudit/workload.h"

enum { TA_PLAN_PHASES_MAX = 32, TA_PLAN_PATH_MAX = 1024 };

#define TA_PLAN_MAGIC UINT64_C(0x31304e414c504154) /* "TAPLAN01" */

typedef struct ta_plan {
    uint64_t magic;
    uint64_t size; /* sizeof(ta_plan): a host of another build refuses it */
    char workload_path[TA_PLAN_PATH_MAX];
    ta_workload_setup setup;
    uint64_t warmup_ticks;
    bool realtime;           /* ticks are paced to tick_hz */
    uint64_t snapshot_every; /* ticks between pictures; zero means none */
    char snapshot_folder[TA_PLAN_PATH_MAX];
    uint32_t phase_count;
    ta_phase_plan phases[TA_PLAN_PHASES_MAX];
} ta_plan;

#endif
