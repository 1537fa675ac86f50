/* host.h: what the host program says by its exit code.
 * Constants only. */
#ifndef TA_HOST_HOST_H
#define TA_HOST_HOST_H

/* Unlikely as exit codes of a workload that calls exit() itself. */
enum {
    TA_HOST_NO_PLAN = 240,
    TA_HOST_NO_WORKLOAD = 241,
    TA_HOST_REFUSED = 242,
    TA_HOST_NO_PICTURE = 243
};

#endif
