/* version.h: which tickaudit this is, and which versions its interfaces have.
 *
 * Constants only: nothing here allocates, and any thread may read it. */
#ifndef TICKAUDIT_VERSION_H
#define TICKAUDIT_VERSION_H

#define TA_VERSION_STRING "0.1.0"

/* Raised when a workload built against an older workload.h could not be driven any more. */
#define TA_WORKLOAD_ABI 1

#endif
