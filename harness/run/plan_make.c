#define _GNU_SOURCE
#include "plan_make.h"

#include "companions.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ARENA_LIBRARY[] = "libtickaudit-arena.so";

/* A scenario counts its ticks after the warm-up; the workload counts all of them. */
static void delay_faults(ta_fault_plan *faults, uint64_t warmup_ticks) {
    uint64_t *const at[] = {&faults->alloc_at_tick,    &faults->end_at_tick,
                            &faults->crash_at_tick,    &faults->hang_at_tick,
                            &faults->miscount_at_tick, &faults->slow_at_tick};
    for (unsigned i = 0; i < sizeof at / sizeof at[0]; i++)
        *at[i] += *at[i] ? warmup_ticks : 0;
}

static ta_status plan_pictures(const ta_scenario *scenario, const ta_run_options *options,
                               const char *run_id, ta_plan *plan) {
    double ticks = round(options->snapshot_every_seconds * scenario->tick_hz);
    plan->snapshot_every = ticks < 1 ? 1 : (uint64_t)ticks;
    snprintf(plan->snapshot_folder, sizeof plan->snapshot_folder, "%s/%s_frames",
             options->snapshot_folder, run_id);
    if (mkdir(plan->snapshot_folder, 0777) != 0)
        return ta_status_make(TA_INTERNAL, "cannot make %s: %s", plan->snapshot_folder,
                              strerror(errno));
    return ta_status_ok();
}

ta_status ta_plan_workload(const ta_scenario *scenario, const ta_run_options *options, char *path,
                           size_t size) {
    if (!options->workload_file && strcmp(scenario->workload, "arena") == 0)
        return ta_companion(ARENA_LIBRARY, path, size);
    snprintf(path, size, "%s",
             options->workload_file ? options->workload_file : scenario->workload);
    return ta_status_ok();
}

static ta_status fill(const ta_scenario *scenario, const ta_run_options *options,
                      const char *run_id, ta_plan *plan) {
    plan->magic = TA_PLAN_MAGIC;
    plan->size = sizeof *plan;
    ta_status status =
        ta_plan_workload(scenario, options, plan->workload_path, sizeof plan->workload_path);
    plan->setup = (ta_workload_setup){.seed = scenario->seed,
                                      .tick_hz = scenario->tick_hz,
                                      .capacity = scenario->capacity,
                                      .switches = scenario->switches,
                                      .render = scenario->render,
                                      .faults = scenario->faults,
                                      .parameter_count = scenario->parameter_count};
    memcpy(plan->setup.parameters, scenario->parameters, sizeof plan->setup.parameters);
    plan->warmup_ticks = scenario->warmup_ticks;
    delay_faults(&plan->setup.faults, scenario->warmup_ticks);
    plan->realtime = options->realtime;
    plan->phase_count = scenario->phase_count;
    for (uint32_t i = 0; i < scenario->phase_count; i++)
        plan->phases[i] = scenario->phases[i].plan;
    if (ta_ok(status) && options->snapshot_every_seconds > 0)
        status = plan_pictures(scenario, options, run_id, plan);
    return status;
}

ta_status ta_plan_make(const ta_scenario *scenario, const ta_run_options *options,
                       const char *run_id, ta_plan_file *file) {
    _Static_assert(sizeof((ta_plan *)0)->workload_path == sizeof scenario->workload, "same limit");
    ta_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return ta_status_make(TA_INTERNAL, "no memory for the plan");
    ta_status status = fill(scenario, options, run_id, plan);
    file->descriptor = ta_ok(status) ? memfd_create("tickaudit-plan", MFD_CLOEXEC) : -1;
    if (ta_ok(status) && (file->descriptor < 0 ||
                          write(file->descriptor, plan, sizeof *plan) != (ssize_t)sizeof *plan)) {
        status = ta_status_make(TA_INTERNAL, "cannot write the plan: %s", strerror(errno));
        if (file->descriptor >= 0)
            close(file->descriptor);
    }
    snprintf(file->path, sizeof file->path, "/proc/%ld/fd/%d", (long)getpid(), file->descriptor);
    free(plan);
    return status;
}
