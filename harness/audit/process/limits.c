/* A limit on the address space that a program sets for itself is meant for the program. What we
 * have mapped in it, most of which is never touched, counts as well: so the limit is set that much
 * higher, and told without it. */
#define _GNU_SOURCE
#include "audit.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

TA_EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits);
TA_EXPORT int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limits);
TA_EXPORT int getrlimit(__rlimit_resource_t resource, struct rlimit *limits);
TA_EXPORT int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *limits);
TA_EXPORT int prlimit(pid_t process, __rlimit_resource_t resource, const struct rlimit *wanted,
                      struct rlimit *before);
TA_EXPORT int prlimit64(pid_t process, __rlimit_resource_t resource, const struct rlimit64 *wanted,
                        struct rlimit64 *before);

_Static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "one kind on 64-bit machines");

/* What was added to each of the two limits that are in force; 0 when they are not ours. */
static rlim_t added_to_soft, added_to_hard;

static rlim_t our_bytes(void) {
    enum { BESIDE_THE_LEDGER = 16 << 20 }; /* the library, its tables, the walks of threads */
    return ta_ledger_mine ? ta_ledger_mine->total_bytes + BESIDE_THE_LEDGER : 0;
}

static rlim_t plus(rlim_t limit, rlim_t more) {
    return limit < RLIM_INFINITY - more ? limit + more : RLIM_INFINITY;
}

static rlim_t less(rlim_t limit, rlim_t added) {
    return limit == RLIM_INFINITY ? limit : limit > added ? limit - added : 0;
}

static int change(pid_t process, int resource, const struct rlimit *wanted, struct rlimit *before) {
    bool is_ours = resource == RLIMIT_AS && (process == 0 || process == ta_process_self());
    if (!is_ours)
        return (int)syscall(SYS_prlimit64, process, resource, wanted, before);
    struct rlimit raised = {0};
    rlim_t soft = added_to_soft, hard = added_to_hard, ours = our_bytes();
    if (wanted) {
        raised = (struct rlimit){plus(wanted->rlim_cur, ours), plus(wanted->rlim_max, ours)};
        if (wanted->rlim_cur > wanted->rlim_max) /* refused, whatever is added */
            raised.rlim_max = 0;
    }
    long failed = syscall(SYS_prlimit64, process, resource, wanted ? &raised : NULL, before);
    if (failed)
        return -1;
    if (wanted) {
        added_to_soft = raised.rlim_cur == RLIM_INFINITY ? 0 : ours;
        added_to_hard = raised.rlim_max == RLIM_INFINITY ? 0 : ours;
    }
    if (before)
        *before = (struct rlimit){less(before->rlim_cur, soft), less(before->rlim_max, hard)};
    return 0;
}

int prlimit(pid_t process, __rlimit_resource_t resource, const struct rlimit *wanted,
            struct rlimit *before) {
    return change(process, (int)resource, wanted, before);
}

int prlimit64(pid_t process, __rlimit_resource_t resource, const struct rlimit64 *wanted,
              struct rlimit64 *before) {
    return change(process, (int)resource, (const struct rlimit *)(const void *)wanted,
                  (struct rlimit *)(void *)before);
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits) {
    return change(0, (int)resource, limits, NULL);
}

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limits) {
    return change(0, (int)resource, (const struct rlimit *)(const void *)limits, NULL);
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *limits) {
    return change(0, (int)resource, NULL, limits);
}

int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *limits) {
    return change(0, (int)resource, NULL, (struct rlimit *)(void *)limits);
}
