#define _GNU_SOURCE
#include "own_limits.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define KIB (UINT64_C(1) << 10)

/* What we need. Symbols take most of it: libdw ends the process when it finds no memory. */
static const rlim_t STACK_BYTES = 8 * MIB, STACK_BYTES_MIN = MIB, OWN_BYTES = 64 * MIB;

/* In the program, beside the ledger: the auditor, and libc with a small program. */
static const rlim_t BESIDE_BYTES = 32 * MIB;

typedef struct lifted {
    __rlimit_resource_t resource;
    rlim_t wanted;
    struct rlimit before;
    bool is_lifted;
} lifted;

enum { STACK, DATA, SPACE, LIMITS };
static lifted limits[LIMITS] = {[STACK] = {.resource = RLIMIT_STACK, .wanted = 8 * MIB},
                                [DATA] = {.resource = RLIMIT_DATA, .wanted = RLIM_INFINITY},
                                [SPACE] = {.resource = RLIMIT_AS, .wanted = RLIM_INFINITY}};

static void lift(lifted *limit) {
    if (getrlimit(limit->resource, &limit->before) != 0 || limit->before.rlim_cur >= limit->wanted)
        return;
    struct rlimit higher = {limit->wanted, limit->before.rlim_max};
    if (higher.rlim_max < higher.rlim_cur)
        higher.rlim_max = higher.rlim_cur;
    limit->is_lifted = setrlimit(limit->resource, &higher) == 0;
    if (limit->is_lifted)
        return;
    higher = (struct rlimit){limit->before.rlim_max, limit->before.rlim_max};
    limit->is_lifted = setrlimit(limit->resource, &higher) == 0;
}

void ta_own_limits_lift(void) {
    for (int i = 0; i < LIMITS; i++)
        lift(&limits[i]);
}

void ta_own_limits_restore(void) {
    for (int i = 0; i < LIMITS; i++) {
        if (limits[i].is_lifted)
            setrlimit(limits[i].resource, &limits[i].before);
    }
}

/* ---- a stack of our own ---- */

static struct {
    ucontext_t outside, inside;
    int (*work)(void);
    int result;
} call;

static void run_work(void) {
    call.result = call.work();
}

int ta_own_limits_call(int (*work)(void)) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= STACK_BYTES_MIN)
        return work();
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED || getcontext(&call.inside) != 0)
        return work();
    call.work = work;
    call.inside.uc_stack.ss_sp = stack;
    call.inside.uc_stack.ss_size = STACK_BYTES;
    call.inside.uc_link = &call.outside;
    makecontext(&call.inside, run_work, 0);
    swapcontext(&call.outside, &call.inside);
    munmap(stack, STACK_BYTES);
    return call.result;
}

/* ---- whether they leave room ---- */

static rlim_t limit_of(__rlimit_resource_t resource) {
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

/* What this process has mapped by now. */
static rlim_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file &&
        fscanf(file, "%lu", &pages) != 1) /* NOLINT(cert-err34-c): a number of the kernel's */
        pages = 0;
    if (file)
        fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static ta_status too_small(const char *what, const char *option, rlim_t limit, rlim_t needed) {
    return ta_status_make(
        TA_INTERNAL, "%s is limited to %llu KiB, and an audit needs %llu KiB: `ulimit -%s %llu`",
        what, (unsigned long long)limit / KIB, (unsigned long long)(needed + KIB - 1) / KIB, option,
        (unsigned long long)(needed + KIB - 1) / KIB);
}

ta_status ta_own_limits_check_symbols(void) {
    rlim_t data = limit_of(RLIMIT_DATA);
    return data < OWN_BYTES ? too_small("data", "d", data, OWN_BYTES) : ta_status_ok();
}

ta_status ta_own_limits_check(uint64_t ledger_bytes) {
    rlim_t space = limit_of(RLIMIT_AS);
    rlim_t ours = mapped_bytes() + ledger_bytes + OWN_BYTES;
    rlim_t of_program = limits[SPACE].is_lifted ? limits[SPACE].before.rlim_cur : space;
    if (space < ours)
        return too_small("the address space", "v", space, ours);
    if (of_program < ledger_bytes + BESIDE_BYTES)
        return too_small("the address space (in which the program's ledger lies)", "v", of_program,
                         ledger_bytes + BESIDE_BYTES);
    return ta_status_ok();
}
