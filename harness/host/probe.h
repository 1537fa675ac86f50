/* probe.h: what the program of `tickaudit check` does, for whoever audits it to compare. */
#ifndef TA_HOST_PROBE_H
#define TA_HOST_PROBE_H

#define TA_PROBE_HANDLER "signal handler"
#define TA_PROBE_THREAD  "thread"
#define TA_PROBE_WATCHED "ta_probe_watched"
#define TA_PROBE_IMPORT  "strdup"
#define TA_PROBE_RAISER  "ta_probe_raise" /* where TA_PROBE_HANDLER comes from */

enum {
    TA_PROBE_TICKS = 3,
    TA_PROBE_BLOCKS = 500,     /* in each tick, beside those around the watched function */
    TA_PROBE_JUMPS = 4,        /* calls of the watched function in each tick, an allocation each */
    TA_PROBE_IMPORT_CALLS = 6, /* of TA_PROBE_IMPORT, an allocation each */
    TA_PROBE_SIGNALS = 5,      /* an allocation each in TA_PROBE_HANDLER */
    TA_PROBE_TICK_ALLOCS = TA_PROBE_BLOCKS + 2 * TA_PROBE_JUMPS
};

#endif
