#define _GNU_SOURCE
#include "csv_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv_row.h"
#include "results_folder.h"

/* The log while it is open and locked. Closing the descriptor gives the lock back, and so does the
 * kernel when we are killed. */
typedef struct open_log {
    char path[TA_RESULTS_PATH_MAX];
    int fd;
    off_t size;
} open_log;

static ta_status cannot(const char *what, const char *path) {
    return ta_status_make(TA_INTERNAL, "cannot %s %s: %s; the run's row is not logged", what, path,
                          strerror(errno));
}

/* A lock of the open file description: it works across NFS, unlike flock on older kernels, and,
 * unlike a plain fcntl lock, is not lost when another part of the process closes the same file. */
static bool lock_whole(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    while (fcntl(fd, F_OFD_SETLKW, &lock) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

/* Whether the locked file is still the one that the path names: it may have been moved away while
 * we waited. */
static bool still_there(open_log *log, struct stat *info) {
    struct stat named;
    return fstat(log->fd, info) == 0 && stat(log->path, &named) == 0 &&
           named.st_ino == info->st_ino && named.st_dev == info->st_dev;
}

static ta_status open_and_lock(open_log *log) {
    enum { ATTEMPTS = 100 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        log->fd = open(log->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_CREAT, 0666);
        if (log->fd < 0)
            return cannot("open", log->path);
        struct stat info;
        if (fstat(log->fd, &info) == 0 && !S_ISREG(info.st_mode)) {
            close(log->fd);
            return ta_status_make(TA_BAD_INPUT,
                                  "%s is no regular file; move it away, or choose another folder "
                                  "with --results",
                                  log->path);
        }
        if (!lock_whole(log->fd)) {
            ta_status status = cannot("lock", log->path);
            close(log->fd);
            return status;
        }
        if (still_there(log, &info)) {
            log->size = info.st_size;
            return ta_status_ok();
        }
        close(log->fd);
    }
    errno = EBUSY;
    return cannot("keep hold of", log->path);
}

/* Reads up to `size` bytes at `offset`; fewer at the end of the file. -1 with errno on failure. */
static ssize_t read_at(int fd, char *to, size_t size, off_t offset) {
    size_t got = 0;
    while (got < size) {
        ssize_t n = pread(fd, to + got, size - got, offset + (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static ta_status foreign(const char *path) {
    return ta_status_make(TA_BAD_INPUT,
                          "%s has other columns than ours and was not touched; move it away, or "
                          "choose another folder with --results",
                          path);
}

/* Whether the file begins with our header. A file that is but the beginning of it comes from a
 * first write that was cut short: `torn` says so. */
static ta_status check_header(const open_log *log, bool *torn) {
    char start[2048]; /* the header is a third of it, quoted or not */
    ssize_t got = read_at(log->fd, start, sizeof start, 0);
    if (got < 0)
        return cannot("read", log->path);
    size_t length = (size_t)got;
    const char *newline = memchr(start, '\n', length);
    *torn = !newline && length < strlen(ta_csv_header) && memcmp(start, ta_csv_header, length) == 0;
    if (*torn || (newline && ta_csv_is_header(start, (size_t)(newline - start))))
        return ta_status_ok();
    return foreign(log->path);
}

/* Where the last line begins: after the last newline that is not the file's last byte. The header's
 * newline bounds the search. -1 with errno on failure. */
static off_t last_line_start(const open_log *log) {
    char block[4096];
    off_t end = log->size - 1; /* the file's last byte is not looked at */
    while (end > 0) {
        off_t start = end > (off_t)sizeof block ? end - (off_t)sizeof block : 0;
        ssize_t got = read_at(log->fd, block, (size_t)(end - start), start);
        if (got != end - start)
            return -1;
        const char *newline = memrchr(block, '\n', (size_t)got);
        if (newline)
            return start + (newline - block) + 1;
        end = start;
    }
    return 0;
}

static bool is_cut_short(const char *line, size_t length) {
    size_t cells;
    bool blank = length == 1 || (length == 2 && line[0] == '\r');
    return !blank && (!ta_csv_count_cells(line, length, &cells) || cells < TA_CSV_COLUMNS);
}

/* A line is torn when it does not end, or has too few cells. A line that an editor left blank, or
 * one with too many cells, is no torn one: the reader names it, and here it stays. */
static ta_status last_line_is_torn(const open_log *log, off_t start, bool *torn) {
    enum { LINE_BYTES_MAX = 1 << 16 }; /* far longer than any row: not a beginning of one */
    char last = '\0';
    if (read_at(log->fd, &last, 1, log->size - 1) != 1)
        return cannot("read", log->path);
    *torn = last != '\n';
    size_t length = (size_t)(log->size - start);
    if (*torn || length > LINE_BYTES_MAX)
        return ta_status_ok();
    char *line = malloc(length);
    if (!line)
        return cannot("read the last line of", log->path);
    ta_status status = ta_status_ok();
    if (read_at(log->fd, line, length, start) != (ssize_t)length)
        status = cannot("read", log->path);
    else
        *torn = is_cut_short(line, length);
    free(line);
    return status;
}

/* Copies the log from `start` to its end to the file of torn lines, and brings it to disk. */
static bool copy_to_torn(const open_log *log, off_t start, const char *torn_path) {
    int fd = open(torn_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    char block[4096];
    bool good = true, ended = false;
    for (off_t at = start; good && at < log->size;) {
        ssize_t got = read_at(log->fd, block, sizeof block, at);
        good = got > 0 && write(fd, block, (size_t)got) == got;
        ended = good && block[got - 1] == '\n';
        at += got;
    }
    good = good && (ended || write(fd, "\n", 1) == 1) && fsync(fd) == 0;
    int error = errno;
    close(fd);
    errno = error ? error : ENOSPC; /* a short write sets none */
    return good && ta_folder_sync_of(torn_path);
}

static ta_status set_aside(open_log *log, off_t start, FILE *diagnostics) {
    char torn_path[TA_RESULTS_PATH_MAX + 8];
    (void)snprintf(torn_path, sizeof torn_path, "%s.torn", log->path);
    errno = 0;
    if (!copy_to_torn(log, start, torn_path))
        return cannot("set a torn line aside in", torn_path);
    if (ftruncate(log->fd, start) != 0 || fsync(log->fd) != 0)
        return cannot("cut a torn line from", log->path);
    if (diagnostics)
        (void)fprintf(diagnostics,
                      "tickaudit: the last line of %s was torn (%lld bytes): moved to %s\n",
                      log->path, (long long)(log->size - start), torn_path);
    log->size = start;
    return ta_status_ok();
}

/* Leaves the log empty, or with a header and a last line that is whole. */
static ta_status mend(open_log *log, FILE *diagnostics) {
    if (log->size == 0)
        return ta_status_ok();
    bool torn = false;
    off_t start = 0;
    ta_status status = check_header(log, &torn);
    if (ta_ok(status) && !torn) {
        start = last_line_start(log);
        if (start < 0)
            return cannot("read", log->path);
        status = start > 0 ? last_line_is_torn(log, start, &torn) : ta_status_ok();
    }
    return ta_ok(status) && torn ? set_aside(log, start, diagnostics) : status;
}

/* Either the whole row is in the file and on disk, or the file is as long as before. */
static ta_status write_row(const open_log *log, const char *text, size_t length) {
    errno = 0;
    ssize_t written = write(log->fd, text, length);
    if (written == (ssize_t)length && fsync(log->fd) == 0)
        /* Whoever writes the header may not be who made the file: the entry is new to both. */
        return log->size == 0 && !ta_folder_sync_of(log->path)
                   ? cannot("bring to disk the folder of", log->path)
                   : ta_status_ok();
    int error = errno ? errno : ENOSPC; /* a short write sets none: the disk is full */
    bool undone = ftruncate(log->fd, log->size) == 0;
    errno = error;
    return cannot(undone ? "write (and took back what was written of) a row to"
                         : "write a row (a torn line may be left for the next run to set aside) to",
                  log->path);
}

ta_status ta_csv_log_append(const char *folder, const ta_result *result, FILE *diagnostics) {
    open_log log = {.fd = -1};
    int length = snprintf(log.path, sizeof log.path, "%s/%s", folder, TA_CSV_LOG_NAME);
    if (length < 0 || (size_t)length >= sizeof log.path)
        return ta_status_make(TA_INTERNAL, "the path of the results folder is too long: %.200s",
                              folder);
    ta_status status = ta_folder_make(folder);
    if (ta_ok(status))
        status = open_and_lock(&log);
    if (!ta_ok(status))
        return status;
    status = mend(&log, diagnostics);
    if (ta_ok(status)) {
        char text[1024 + TA_CSV_ROW_BYTES_MAX];
        int written = snprintf(text, sizeof text, "%s", log.size == 0 ? ta_csv_header : "");
        size_t header = written > 0 ? (size_t)written : 0;
        ta_arm arm = ta_arm_from_result(result, "");
        status = write_row(&log, text, header + ta_csv_row_format(&arm, text + header));
    }
    close(log.fd);
    return status;
}
