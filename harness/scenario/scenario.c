#define _GNU_SOURCE /* O_CLOEXEC, O_NOCTTY and their kind */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert.h"
#include "list.h"
#include "override.h"

uint64_t ta_scenario_ticks(const ta_scenario *scenario) {
    uint64_t ticks = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++)
        ticks += scenario->phases[i].plan.ticks;
    return ticks;
}

static ta_status apply_overrides(ta_document *document, const char *const *overrides,
                                 unsigned count) {
    ta_status status = ta_status_ok();
    if (count > TA_SCENARIO_OVERRIDES_MAX)
        return ta_status_make(TA_BAD_INPUT, "%u times --set; at most %d are taken", count,
                              TA_SCENARIO_OVERRIDES_MAX);
    for (unsigned i = 0; i < count && ta_ok(status); i++)
        status = ta_override_apply(document, overrides[i]);
    return status;
}

ta_status ta_scenario_parse(const char *text, size_t size, const char *path,
                            const char *const *overrides, unsigned override_count,
                            ta_scenario *scenario) {
    ta_document *document;
    if (strlen(path) >= TA_SCENARIO_PATH_MAX)
        return ta_status_make(TA_BAD_INPUT, "%.128s...: a path of more than %d bytes", path,
                              TA_SCENARIO_PATH_MAX - 1);
    ta_status status = ta_document_open(text, size, path, &document);
    if (!ta_ok(status))
        return status;
    status = apply_overrides(document, overrides, override_count);
    ta_scenario *made = ta_ok(status) ? calloc(1, sizeof *made) : NULL;
    if (made)
        status = ta_scenario_convert(document, path, made);
    else if (ta_ok(status))
        status = ta_status_make(TA_INTERNAL, "%.300s: out of memory", path);
    if (made && ta_ok(status))
        *scenario = *made;
    free(made);
    ta_document_close(document);
    return status;
}

static ta_status cannot(const char *path, const char *what) {
    return ta_status_make(TA_BAD_INPUT, "%.300s: cannot be %s: %s", path, what, strerror(errno));
}

/* Most missing files are misspelt: looks for the nearest name beside. */
static ta_status missing(const char *path) {
    char nearest[TA_SCENARIO_PATH_MAX];
    if (ta_scenario_nearest_file(path, nearest))
        return ta_status_make(TA_BAD_INPUT, "%.300s: no such file; did you mean \"%.300s\"?", path,
                              nearest);
    return ta_status_make(
        TA_BAD_INPUT, "%.300s: no such file; `tickaudit list` names the scenarios that there are",
        path);
}

static ta_status check_kind(const char *path, const struct stat *info) {
    if (S_ISDIR(info->st_mode))
        return ta_status_make(
            TA_BAD_INPUT, "%.300s: is a folder; expected a scenario file, as in %.300s/NAME.json",
            path, path);
    if (!S_ISREG(info->st_mode))
        return ta_status_make(TA_BAD_INPUT, "%.300s: is not a regular file", path);
    if (info->st_size > TA_SCENARIO_FILE_BYTES_MAX)
        return ta_status_make(TA_BAD_INPUT, "%.300s: %lld bytes; a scenario has at most %d", path,
                              (long long)info->st_size, TA_SCENARIO_FILE_BYTES_MAX);
    return ta_status_ok();
}

/* Asks before opening, since opening a device or a pipe may do things or wait; and again after. */
static ta_status open_regular(const char *path, int *file) {
    struct stat info;
    *file = -1;
    if (stat(path, &info) != 0)
        return errno == ENOENT ? missing(path) : cannot(path, "read");
    ta_status status = check_kind(path, &info);
    if (!ta_ok(status))
        return status;
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*file < 0)
        return cannot(path, "opened");
    return fstat(*file, &info) == 0 ? check_kind(path, &info) : cannot(path, "read");
}

/* Reads to the end, but never more than one byte beyond the limit: a file may grow meanwhile. */
static ta_status read_all(int file, const char *path, char *text, size_t *size) {
    *size = 0;
    while (*size <= TA_SCENARIO_FILE_BYTES_MAX) {
        ssize_t got = read(file, text + *size, TA_SCENARIO_FILE_BYTES_MAX + 1 - *size);
        if (got < 0 && errno != EINTR)
            return cannot(path, "read");
        if (got == 0)
            break;
        *size += got > 0 ? (size_t)got : 0;
    }
    return ta_status_ok();
}

ta_status ta_scenario_load(const char *path, const char *const *overrides, unsigned override_count,
                           ta_scenario *scenario) {
    int file;
    size_t size;
    ta_status status = open_regular(path, &file);
    char *text = ta_ok(status) ? malloc(TA_SCENARIO_FILE_BYTES_MAX + 1) : NULL;
    if (ta_ok(status) && !text)
        status = ta_status_make(TA_INTERNAL, "%.300s: out of memory", path);
    if (ta_ok(status))
        status = read_all(file, path, text, &size);
    if (ta_ok(status))
        status = ta_scenario_parse(text, size, path, overrides, override_count, scenario);
    free(text);
    if (file >= 0)
        close(file);
    return status;
}
