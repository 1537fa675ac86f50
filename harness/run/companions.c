#define _GNU_SOURCE
#include "companions.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const FOLDERS[] = {"", "../lib/tickaudit/"};

ta_status ta_companion(const char *name, char *path, size_t size) {
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length <= 0)
        return ta_status_make(TA_INTERNAL, "cannot find out where this program is: %s",
                              strerror(errno));
    own[length] = 0;
    *(strrchr(own, '/') + 1) = 0;
    for (unsigned i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
        int wanted = snprintf(path, size, "%s%s%s", own, FOLDERS[i], name);
        if (wanted > 0 && (size_t)wanted < size && access(path, R_OK) == 0)
            return ta_status_ok();
    }
    return ta_status_make(
        TA_INTERNAL,
        "%s is missing: it belongs beside this program (%s) or in ../lib/tickaudit "
        "from there; build or install again",
        name, own);
}

ta_status ta_auditor_preload(ta_run_allocator allocator, char *path, size_t size) {
    const char *name =
        allocator == TA_ALLOCATOR_SYSTEM ? "libtickaudit.so" : "libtickaudit-mimalloc.so";
    return ta_companion(name, path, size);
}
