/* companions.h: where the files are that belong to this program: beside it in a build folder, or
 * once installed in lib/tickaudit (as GNUInstallDirs has it) of whatever prefix it now has.
 * Allocates nothing; any thread. */
#ifndef TA_RUN_COMPANIONS_H
#define TA_RUN_COMPANIONS_H

#include "run.h"
#include "status.h"

#include <stddef.h>

/* The path of the companion `name` ("libtickaudit.so"). TA_INTERNAL, with where it was looked for,
 * when there is none. */
ta_status ta_companion(const char *name, char *path, size_t size);

/* The library to preload, so that the auditor over this allocator is loaded. */
ta_status ta_auditor_preload(ta_run_allocator allocator, char *path, size_t size);

#endif
