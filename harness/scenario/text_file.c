#define _GNU_SOURCE /* O_CLOEXEC, O_NOCTTY and their kind */
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ta_status cannot(const char *path, const char *what) {
    return ta_status_make(TA_BAD_INPUT, "%.300s: cannot be %s: %s", path, what, strerror(errno));
}

static ta_status check_kind(const char *path, const char *what, const struct stat *info) {
    if (S_ISDIR(info->st_mode))
        return ta_status_make(TA_BAD_INPUT,
                              "%.300s: is a folder; expected %s, as in %.300s/NAME.json", path,
                              what, path);
    if (!S_ISREG(info->st_mode))
        return ta_status_make(TA_BAD_INPUT, "%.300s: is not a regular file", path);
    if (info->st_size > TA_SCENARIO_FILE_BYTES_MAX)
        return ta_status_make(TA_BAD_INPUT, "%.300s: %lld bytes; %s has at most %d", path,
                              (long long)info->st_size, what, TA_SCENARIO_FILE_BYTES_MAX);
    return ta_status_ok();
}

/* Asks before opening, since opening a device or a pipe may do things or wait; and again after. */
static ta_status open_regular(const char *path, const char *what, int *file) {
    struct stat info;
    *file = -1;
    if (stat(path, &info) != 0)
        return errno == ENOENT ? ta_status_make(TA_BAD_INPUT, "%.300s: no such file", path)
                               : cannot(path, "read");
    ta_status status = check_kind(path, what, &info);
    if (!ta_ok(status))
        return status;
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*file < 0)
        return cannot(path, "opened");
    return fstat(*file, &info) == 0 ? check_kind(path, what, &info) : cannot(path, "read");
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

ta_status ta_text_file_read(const char *path, const char *what, char **text, size_t *size) {
    int file;
    *text = NULL;
    ta_status status = open_regular(path, what, &file);
    char *read_text = ta_ok(status) ? malloc(TA_SCENARIO_FILE_BYTES_MAX + 1) : NULL;
    if (ta_ok(status) && !read_text)
        status = ta_status_make(TA_INTERNAL, "%.300s: out of memory", path);
    if (ta_ok(status))
        status = read_all(file, path, read_text, size);
    if (file >= 0)
        close(file);
    if (ta_ok(status))
        *text = read_text;
    else
        free(read_text);
    return status;
}
