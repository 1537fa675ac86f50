/* layout_set.h: many ledgers in one file, as layout.h has them: for a program and all that it
 * starts. Plain data and inline look-ups: nothing allocates. */
#ifndef TA_LEDGER_LAYOUT_SET_H
#define TA_LEDGER_LAYOUT_SET_H

#include "layout.h"

#define TA_LEDGER_SET_MAGIC UINT64_C(0x314d414641544154) /* "TATAFAM1" */

enum {
    TA_LEDGER_SET_EXECS_MAX = 256, /* programs that processes are becoming at once, or that were
                                    * not audited */
};

/* A program that a process of the set is about to become, or became without being audited. */
typedef struct ta_exec_record {
    int32_t process; /* 0: free; -1: being written */
    uint32_t reserved;
    uint64_t order; /* of those of one process the last has the highest */
    char program[TA_EXEC_PROGRAM_MAX];
} ta_exec_record;

/* A file of many ledgers: for a program and all that it starts, when its children are followed.
 * Each program that a process is takes the next. */
typedef struct ta_ledger_set {
    /* Written by whoever creates it. */
    uint64_t magic;
    uint32_t version;
    uint32_t ledgers_max;
    uint64_t total_bytes;
    char pid_namespace[TA_LEDGER_SET_NAMESPACE_MAX]; /* of the reader, as /proc/self/ns/pid names it
                                                      */
    ta_ledger plan; /* how each ledger begins; its total_bytes are from one to the next */
    /* Written by the auditors. */
    _Alignas(64) uint32_t taken; /* may count on when there are no more */
    uint32_t lost;               /* programs that found none */
    uint64_t execs_begun;
    uint64_t execs_lost; /* for which there was no record */
    uint32_t bell;       /* changes with `asked` of any of the ledgers; a futex */
    uint32_t reserved;
    ta_exec_record execs[TA_LEDGER_SET_EXECS_MAX];
} ta_ledger_set;

static inline uint64_t ta_ledger_set_ledgers_at(void) {
    return ta_ledger_align(sizeof(ta_ledger_set));
}

static inline ta_ledger *ta_ledger_set_ledger(const ta_ledger_set *set, uint32_t index) {
    return (ta_ledger *)((uintptr_t)set + ta_ledger_set_ledgers_at() +
                         index * set->plan.total_bytes);
}

#endif
