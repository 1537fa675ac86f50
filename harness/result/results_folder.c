#define _GNU_SOURCE
#include "results_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ta_folder_sync_of(const char *path) {
    char folder[TA_RESULTS_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) : 0;
    if (!slash)
        (void)snprintf(folder, sizeof folder, ".");
    else
        (void)snprintf(folder, sizeof folder, "%.*s", length ? length : 1, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
    int error = errno;
    close(fd);
    errno = error;
    return synced;
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Another process may make the same folder at the same moment: that is as good. */
static bool make_one(const char *path) {
    if (is_folder(path))
        return true;
    if (mkdir(path, 0777) == 0)
        return ta_folder_sync_of(path);
    if (errno == EEXIST && is_folder(path))
        return true;
    if (errno == EEXIST)
        errno = ENOTDIR;
    return false;
}

ta_status ta_folder_make(const char *path) {
    char partial[TA_RESULTS_PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial)
        return ta_status_make(TA_INTERNAL, "cannot make the folder \"%.64s\": %s", path,
                              length ? "its path is too long" : "its name is empty");
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        partial[i] = '\0';
        if (!make_one(partial))
            return ta_status_make(TA_INTERNAL,
                                  "cannot make the folder %s: %s; choose another with --results",
                                  partial, strerror(errno));
        partial[i] = path[i];
    }
    return ta_status_ok();
}

ta_status ta_results_path(const char *folder, const char *run_id, const char *suffix,
                          char path[TA_RESULTS_PATH_MAX]) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (!*run_id || *run_id == '.' || run_id[strspn(run_id, allowed)] != '\0')
        return ta_status_make(TA_BAD_INPUT,
                              "\"%.64s\" is no run id: one has letters, digits, '.', '_', '-' only",
                              run_id);
    int length = snprintf(path, TA_RESULTS_PATH_MAX, "%s/runs/%s%s", folder, run_id, suffix);
    if (length < 0 || length >= TA_RESULTS_PATH_MAX)
        return ta_status_make(TA_BAD_INPUT, "the path of the results folder is too long: %.200s",
                              folder);
    return ta_status_ok();
}

/* A name of its own beside the target, so that the rename stays within one file system. What a
 * killed process of the same id left behind is stepped over. */
static int open_temporary(const char *path, char temporary[TA_RESULTS_PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        int length = snprintf(temporary, TA_RESULTS_PATH_MAX, "%.*s.%s.%ld-%u.tmp", folder, path,
                              path + folder, (long)getpid(), attempt);
        if (length < 0 || length >= TA_RESULTS_PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* A device, a pipe or a link (/dev/stdout is one) is not ours to put a file in the place of. */
static bool is_written_in_place(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

/* Closes the stream in every case; errno tells what went wrong first. */
static bool write_and_sync(int fd, bool (*write)(FILE *out, const void *context),
                           const void *context) {
    FILE *out = fdopen(fd, "w");
    if (!out) {
        close(fd);
        return false;
    }
    errno = 0;
    bool good = write(out, context);
    good = good && fflush(out) == 0 && !ferror(out);
    good = good && (fsync(fileno(out)) == 0 || errno == EINVAL || errno == EROFS); /* a pipe */
    int error = errno;
    if (fclose(out) != 0 && good) {
        good = false;
        error = errno;
    }
    errno = error ? error : EIO;
    return good;
}

static ta_status write_in_place(const char *path, bool (*write)(FILE *out, const void *context),
                                const void *context) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0 || !write_and_sync(fd, write, context))
        return ta_status_make(TA_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return ta_status_ok();
}

ta_status ta_file_replace(const char *path, bool (*write)(FILE *out, const void *context),
                          const void *context) {
    if (is_written_in_place(path))
        return write_in_place(path, write, context);
    const char *slash = strrchr(path, '/');
    if (slash && slash != path) {
        char folder[TA_RESULTS_PATH_MAX];
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        ta_status status = ta_folder_make(folder);
        if (!ta_ok(status))
            return status;
    }
    char temporary[TA_RESULTS_PATH_MAX];
    int fd = open_temporary(path, temporary);
    if (fd < 0)
        return ta_status_make(TA_INTERNAL, "cannot write beside %s: %s", path, strerror(errno));
    if (!write_and_sync(fd, write, context) || rename(temporary, path) != 0) {
        int error = errno;
        unlink(temporary);
        return ta_status_make(TA_INTERNAL, "cannot write %s: %s; nothing of it was kept", path,
                              strerror(error));
    }
    if (!ta_folder_sync_of(path))
        return ta_status_make(TA_INTERNAL, "%s is written, but may not be on disk: %s", path,
                              strerror(errno));
    return ta_status_ok();
}

/* So that no half of a row is seen. A file system without locks must not keep anybody from reading,
 * so a failure is none. */
static void wait_for_writer(int fd) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    while (fcntl(fd, F_OFD_SETLKW, &lock) != 0 && errno == EINTR)
        ;
}

static ta_status unreadable(const char *path, const char *why) {
    return ta_status_make(TA_BAD_INPUT, "cannot read %s: %s", path, why);
}

/* Up to `room` bytes; the file may have become shorter. */
static bool read_fully(int fd, char *text, size_t room, size_t *size) {
    for (*size = 0; *size < room;) {
        ssize_t got = read(fd, text + *size, room - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        *size += (size_t)got;
    }
    return true;
}

static ta_status read_open(int fd, const char *path, size_t bytes_max, char **text, size_t *size) {
    struct stat info;
    wait_for_writer(fd);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return unreadable(path, "it is no regular file");
    size_t room = (size_t)info.st_size;
    if (room > bytes_max)
        return ta_status_make(TA_BAD_INPUT, "cannot read %s: it is longer than %zu MiB", path,
                              bytes_max >> 20);
    char *block = malloc(room + 1);
    if (!block)
        return ta_status_make(TA_INTERNAL, "no memory to read %s", path);
    if (!read_fully(fd, block, room, size)) {
        free(block);
        return unreadable(path, strerror(errno));
    }
    block[*size] = '\0';
    *text = block;
    return ta_status_ok();
}

ta_status ta_file_read(const char *path, size_t bytes_max, char **text, size_t *size) {
    *text = NULL;
    *size = 0;
    /* A pipe put in the file's place must not make us wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? ta_status_ok() : unreadable(path, strerror(errno));
    ta_status status = read_open(fd, path, bytes_max, text, size);
    close(fd);
    return status;
}
