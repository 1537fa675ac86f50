/* The program that is audited by `tickaudit run`: maps a plan, loads a workload, and drives its
 * phases and ticks between the markers. It parses nothing and prints nothing but errors; what it
 * allocates itself (the loader's few blocks for the workload) is counted like everything else.
 *
 *     tickaudit-host PLAN */
#define _GNU_SOURCE
#include "host.h"
#include "plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The auditor's; not in the public interface, whose phases are not ours. */
TA_WEAK void ta_planned_phase_begin(const char *name);
TA_WEAK void ta_planned_phase_end(void);

enum { RSS_EVERY_TICKS = 8 };

typedef struct host {
    const ta_plan *plan;
    const ta_workload *workload;
    void *state;
    int statm; /* descriptor of /proc/self/statm, or -1 */
    uint64_t tick;
    struct timespec next_tick; /* when the next one is due, if paced */
} host;

static const ta_plan *map_plan(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || (size_t)status.st_size != sizeof(ta_plan))
        return NULL;
    void *mapped = mmap(NULL, sizeof(ta_plan), PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    const ta_plan *plan = mapped;
    bool whole = mapped != MAP_FAILED && plan->magic == TA_PLAN_MAGIC && plan->size == sizeof *plan;
    return whole ? plan : NULL;
}

static void load_workload(host *h) {
    const char *path = h->plan->workload_path;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "tickaudit-host: cannot load the workload: %s\n", dlerror());
        exit(TA_HOST_NO_WORKLOAD);
    }
    const ta_workload *(*entry)(void);
    void *address = dlsym(library, "ta_workload_entry");
    memcpy(&entry, &address, sizeof address);
    h->workload = entry ? entry() : NULL;
    if (!h->workload || h->workload->abi != TA_WORKLOAD_ABI) {
        fprintf(stderr, "tickaudit-host: %s: %s\n", path,
                entry ? "was built against another version of tickaudit/workload.h; build it again"
                      : "exports no ta_workload_entry(); see tickaudit/workload.h");
        exit(TA_HOST_NO_WORKLOAD);
    }
    char error[512] = "no reason given";
    h->state = h->workload->create(&h->plan->setup, error, sizeof error);
    if (!h->state) {
        fprintf(stderr, "tickaudit-host: the workload \"%s\" refuses: %s\n", h->workload->name,
                error);
        exit(TA_HOST_REFUSED);
    }
}

/* Resident memory in bytes, 0 when it cannot be read. Two microseconds, so not at every tick. */
static uint64_t sample_rss(const host *h) {
    char text[64] = "";
    if (pread(h->statm, text, sizeof text - 1, 0) <= 0)
        return 0;
    const char *second = strchr(text, ' '); /* pages: total, then resident */
    return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void observe(const host *h, bool with_rss) {
    ta_observation observation = {0};
    if (h->workload->observe)
        h->workload->observe(h->state, &observation);
    observation.rss_bytes = with_rss ? sample_rss(h) : 0;
    if (ta_observe)
        ta_observe(&observation);
}

static void snapshot(const host *h, const char *phase) {
    char path[TA_PLAN_PATH_MAX + 128], error[512] = "no reason given";
    snprintf(path, sizeof path, "%s/%06" PRIu64 "_%s.png", h->plan->snapshot_folder, h->tick,
             phase);
    if (h->workload->snapshot && !h->workload->snapshot(h->state, path, error, sizeof error)) {
        fprintf(stderr, "tickaudit-host: no picture: %s\n", error);
        exit(TA_HOST_NO_PICTURE);
    }
}

/* Sleeps until the tick is due. Behind time it does not sleep, and does not catch up either. */
static void pace(host *h) {
    long period = 1000000000L / (long)h->plan->setup.tick_hz;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &h->next_tick, NULL);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool late = now.tv_sec > h->next_tick.tv_sec ||
                (now.tv_sec == h->next_tick.tv_sec && now.tv_nsec > h->next_tick.tv_nsec + period);
    if (late)
        h->next_tick = now;
    h->next_tick.tv_nsec += period;
    if (h->next_tick.tv_nsec >= 1000000000L) {
        h->next_tick.tv_nsec -= 1000000000L;
        h->next_tick.tv_sec++;
    }
}

/* The warm-up is driven like a phase but is none: it has no name. */
static void drive(host *h, const ta_phase_plan *phase, const char *name, uint64_t ticks) {
    const ta_plan *plan = h->plan;
    if (ta_planned_phase_begin && name)
        ta_planned_phase_begin(name);
    if (h->workload->begin_phase)
        h->workload->begin_phase(h->state, phase);
    for (uint64_t i = 0; i < ticks; i++) {
        if (plan->realtime)
            pace(h);
        TA_TICK() {
            h->workload->tick(h->state);
        }
        h->tick++;
        observe(h, i % RSS_EVERY_TICKS == 0 || i + 1 == ticks);
        if (plan->snapshot_every && h->tick % plan->snapshot_every == 0)
            snapshot(h, name ? name : "warm-up");
    }
    if (ta_planned_phase_end && name)
        ta_planned_phase_end();
}

int main(int argc, char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would read what it counts any more */
    host h = {.plan = argc == 2 ? map_plan(argv[1]) : NULL};
    if (!h.plan) {
        fprintf(stderr,
                "tickaudit-host: started by `tickaudit run`, with a plan of the same build; "
                "%s is none\n",
                argc == 2 ? argv[1] : "this");
        return TA_HOST_NO_PLAN;
    }
    h.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    load_workload(&h);
    clock_gettime(CLOCK_MONOTONIC, &h.next_tick);
    if (h.plan->warmup_ticks)
        drive(&h, &h.plan->phases[0], NULL, h.plan->warmup_ticks);
    for (uint32_t i = 0; i < h.plan->phase_count; i++)
        drive(&h, &h.plan->phases[i], h.plan->phases[i].name, h.plan->phases[i].ticks);
    if (h.workload->destroy)
        h.workload->destroy(h.state);
    return 0;
}
