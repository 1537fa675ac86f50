/* audited.h: runs a program under one of the auditor's libraries and hands back what it counted.
 *
 *     audited run = audited_run(AUDITED_SYSTEM, TA_LEDGER_TRACK_LIVE, "forks");
 *     cr_assert_eq(run.sum.aligned_calls, 20);
 *     audited_end(&run);
 *
 * `subject` is a file name in the folder of subjects, or a path. One thread; allocates. */
#ifndef TA_TESTS_AUDITED_H
#define TA_TESTS_AUDITED_H

#include "ledger.h"

#define AUDITED_SYSTEM   "libtickaudit.so"
#define AUDITED_MIMALLOC "libtickaudit-mimalloc.so"

enum {
    AUDITED_TICKS_MAX = 64,
    AUDITED_NOT_STARTED = -1, /* exit codes that are none */
    AUDITED_HUNG = -2         /* killed after half a minute */
};

typedef struct audited {
    ta_ledger_file file;
    const ta_ledger *ledger;
    ta_counters sum; /* of all threads, at the end */
    int exit_code;   /* 128 + n for a signal */
} audited;

audited audited_run(const char *library, uint32_t flags, const char *subject);

/* The same with all of the program's arguments, its own path first, and NULL last. */
audited audited_run_arguments(const char *library, uint32_t flags, char *const *arguments);

void audited_end(audited *run);

/* The hot path of that name, or NULL. */
const ta_hot_path *audited_hot_path(const audited *run, const char *name);

#endif
