#define _GNU_SOURCE
#include "companions.h"

#include "layout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a companion may be, from this program's folder on: beside it in a build folder, or in the
 * private folder of an installation. The build works the way there out from the folders that CMake
 * installs to. */
static const char *const FOLDERS[] = {"", TA_WAY_TO_LIBRARIES "/tickaudit/"};

/* Ends `own`, a path that ends in a slash, before its last folder for each "../" that the way
 * begins with; returns the rest of the way. The kernel's path of a program has no link in it, so it
 * means the same. */
static const char *go_up(char *own, const char *way) {
    while (strncmp(way, "../", 3) == 0 && strcmp(own, "/") != 0) {
        own[strlen(own) - 1] = 0;
        *(strrchr(own, '/') + 1) = 0;
        way += 3;
    }
    return way;
}

/* This program's folder, with a slash at its end. */
static ta_status own_folder(char own[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", own, PATH_MAX - 1);
    if (length <= 0)
        return ta_status_make(TA_INTERNAL, "cannot find out where this program is: %s",
                              strerror(errno));
    own[length] = 0;
    *(strrchr(own, '/') + 1) = 0;
    return ta_status_ok();
}

ta_status ta_companion(const char *name, char *path, size_t size) {
    char own[PATH_MAX];
    ta_status status = own_folder(own);
    if (!ta_ok(status))
        return status;
    for (unsigned i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
        char folder[PATH_MAX];
        memcpy(folder, own, sizeof folder);
        const char *way = go_up(folder, FOLDERS[i]);
        int wanted = snprintf(path, size, "%s%s%s", folder, way, name);
        if (wanted > 0 && (size_t)wanted < size && access(path, R_OK) == 0)
            return ta_status_ok();
    }
    return ta_status_make(TA_INTERNAL,
                          "%s is missing: it belongs beside this program (%s) or in %s "
                          "from there; build or install again",
                          name, own, TA_WAY_TO_LIBRARIES "/tickaudit");
}

/* A name that is none would be a fallback that was never forced. */
static ta_status check_fallbacks(void) {
    static const char *const names[] = {
#define NAME(name, assumed, fallback) #name,
        TA_ASSUMPTION_LIST(NAME)
#undef NAME
            "all"};
    const char *word = getenv(TA_FALLBACK_VARIABLE);
    for (; word && *word; word += *word == ',') {
        size_t length = strcspn(word, ",");
        bool known = false;
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            known = known || (strlen(names[i]) == length && strncmp(names[i], word, length) == 0);
        if (!known)
            return ta_status_make(TA_BAD_INPUT,
                                  TA_FALLBACK_VARIABLE
                                  ": \"%.*s\" is no assumption of the auditor; "
                                  "`tickaudit check` lists them, \"all\" is each",
                                  (int)length, word);
        word += length;
    }
    return ta_status_ok();
}

ta_status ta_auditor_preload(ta_run_allocator allocator, char *path, size_t size) {
    ta_status status = check_fallbacks();
    if (!ta_ok(status))
        return status;
    const char *name =
        allocator == TA_ALLOCATOR_SYSTEM ? "libtickaudit.so" : "libtickaudit-mimalloc.so";
    return ta_companion(name, path, size);
}
