#define _GNU_SOURCE
#include "child.h"

#include "layout.h"
#include "own_limits.h"
#include "pass_on.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char PRELOAD_VARIABLE[] = "LD_PRELOAD";

static bool is_variable(const char *entry, const char *name) {
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* Our environment with the two variables set. The texts are put in `preload_entry` and
 * `ledger_entry`; the array is the caller's to free. */
static char **make_environment(char *preload_entry, char *ledger_entry) {
    size_t count = 0;
    while (environ[count])
        count++;
    char **environment = calloc(count + 3, sizeof *environment);
    if (!environment)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_variable(environ[i], PRELOAD_VARIABLE) &&
            !is_variable(environ[i], TA_LEDGER_VARIABLE))
            environment[used++] = environ[i];
    }
    environment[used++] = preload_entry;
    environment[used++] = ledger_entry;
    return environment;
}

/* LD_PRELOAD takes no path with a space or a colon: such a library is reached by a descriptor of
 * ours, which stays open for the next child. */
static const char *preloadable(const char *library) {
    static char named[4096], by_descriptor[64];
    static int descriptor = -1;
    if (!strpbrk(library, " :"))
        return library;
    if (descriptor >= 0 && strcmp(named, library) == 0)
        return by_descriptor;
    if (descriptor >= 0)
        close(descriptor);
    descriptor = open(library, O_RDONLY | O_CLOEXEC);
    snprintf(named, sizeof named, "%s", library);
    snprintf(by_descriptor, sizeof by_descriptor, "/proc/%ld/fd/%d", (long)getpid(), descriptor);
    return descriptor >= 0 ? by_descriptor : library;
}

/* Whoever audits us with a preloaded library of its own (valgrind does) keeps it, after ours. */
static char *make_preload_entry(const char *preload) {
    const char *before = getenv(PRELOAD_VARIABLE);
    char *entry = NULL;
    bool also = before && before[0];
    if (asprintf(&entry, "%s=%s%s%s", PRELOAD_VARIABLE, preload, also ? ":" : "",
                 also ? before : "") < 0)
        return NULL;
    return entry;
}

/* Where a child's standard streams lead. */
typedef enum streams { STREAMS_TO_STDERR, STREAMS_OURS, STREAMS_SILENT } streams;

/* The signals whose actions we change for ourselves, and which of them we were started to ignore.
 * An ignored SIGCHLD would have the kernel bury our child before we could ask how it ended. */
static const int OUR_SIGNALS[] = {SIGPIPE, SIGINT, SIGQUIT, SIGCHLD, SIGXFSZ};
enum { OUR_SIGNAL_COUNT = sizeof OUR_SIGNALS / sizeof *OUR_SIGNALS };
static bool ignored_at_start[OUR_SIGNAL_COUNT];

__attribute__((constructor)) static void note_ignored(void) {
    for (int i = 0; i < OUR_SIGNAL_COUNT; i++) {
        struct sigaction action;
        ignored_at_start[i] =
            sigaction(OUR_SIGNALS[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN;
    }
}

static void restore_signals(void) {
    for (int i = 0; i < OUR_SIGNAL_COUNT; i++)
        signal(OUR_SIGNALS[i], ignored_at_start[i] ? SIG_IGN : SIG_DFL);
}

static bool lead(int descriptor, const char *path, int flags) {
    int file = open(path, flags);
    return file >= 0 && (file == descriptor || (dup2(file, descriptor) >= 0 && close(file) == 0));
}

static bool lead_streams(streams whose) {
    return whose == STREAMS_OURS ||
           (lead(STDIN_FILENO, "/dev/null", O_RDONLY) &&
            (whose != STREAMS_SILENT || lead(STDERR_FILENO, "/dev/null", O_WRONLY)) &&
            dup2(STDERR_FILENO, STDOUT_FILENO) >= 0);
}

/* In the child. Returns only when it failed, with errno. */
static void become(const char *program, char *const *arguments, char **environment, streams whose) {
    restore_signals();
    ta_own_limits_restore();
    if (lead_streams(whose))
        execve(program, arguments, environment);
}

/* By fork and not by posix_spawn, which can make a signal's action the default, but not ignored.
 * The pipe closes when the program runs, or brings why it does not. */
static int spawn(const char *program, char *const *arguments, char **environment, streams whose,
                 pid_t *pid) {
    int ends[2], error = 0;
    signal(SIGCHLD, SIG_DFL);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0) {
        ta_pass_on_as_program(parent);
        become(program, arguments, environment, whose);
        error = errno;
        _exit(write(ends[1], &error, sizeof error) == sizeof error ? 127 : 126);
    }
    error = *pid < 0 ? errno : 0;
    close(ends[1]);
    if (!error && read(ends[0], &error, sizeof error) > 0)
        waitpid(*pid, NULL, 0);
    close(ends[0]);
    return error;
}

static ta_status start(const char *program, char *const *arguments, const char *preload,
                       const char *ledger_path, streams whose, ta_child *child) {
    *child = (ta_child){.pidfd = -1};
    char *preload_entry = make_preload_entry(preloadable(preload)), *ledger_entry = NULL;
    if (asprintf(&ledger_entry, "%s=%s", TA_LEDGER_VARIABLE, ledger_path) < 0)
        ledger_entry = NULL;
    char **environment = NULL;
    if (preload_entry && ledger_entry)
        environment = make_environment(preload_entry, ledger_entry);
    int error = environment ? spawn(program, arguments, environment, whose, &child->pid) : ENOMEM;
    free(environment);
    free(ledger_entry);
    free(preload_entry);
    if (error)
        return ta_status_make(TA_INTERNAL, "cannot start %s: %s", program, strerror(error));
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return ta_status_ok();
}

ta_status ta_child_start(const char *program, char *const *arguments, const char *preload,
                         const char *ledger_path, ta_child *child) {
    return start(program, arguments, preload, ledger_path, STREAMS_TO_STDERR, child);
}

ta_status ta_child_start_in_our_place(const char *program, char *const *arguments,
                                      const char *preload, const char *ledger_path,
                                      ta_child *child) {
    return start(program, arguments, preload, ledger_path, STREAMS_OURS, child);
}

ta_status ta_child_start_silent(const char *program, char *const *arguments, const char *preload,
                                const char *ledger_path, ta_child *child) {
    return start(program, arguments, preload, ledger_path, STREAMS_SILENT, child);
}

/* /proc/PID/stat: "PID (name) state ppid pgrp session tty tpgid flags minflt cminflt ...", where a
 * name may have brackets too. Page faults of children are of those that it has waited for. */
static void read_stat(char *stat, ta_child *child) {
    enum { FIELDS_BEFORE = 8 }; /* between the name and the faults of children */
    char *name = strchr(stat, '('), *end = strrchr(stat, ')'), *rest;
    if (!name || !end || end < name)
        return;
    *end = 0;
    snprintf(child->last_name, sizeof child->last_name, "%s", name + 1);
    char *field = strtok_r(end + 1, " ", &rest);
    for (int i = 0; i < FIELDS_BEFORE && field; i++)
        field = strtok_r(NULL, " ", &rest);
    child->had_children = field && strtoul(field, NULL, 10) > 0;
}

/* Before it is reaped, after which its number has no entry in /proc. */
static void note_last(ta_child *child) {
    char path[64], stat[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)child->pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file >= 0 ? read(file, stat, sizeof stat - 1) : 0;
    stat[bytes > 0 ? bytes : 0] = 0;
    read_stat(stat, child);
    if (file >= 0)
        close(file);
}

static bool reap(ta_child *child, int options) {
    siginfo_t info = {0};
    int found;
    do {
        found = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT | options);
    } while (found != 0 && errno == EINTR && options == 0);
    if (found == 0 && info.si_pid == child->pid)
        note_last(child);
    pid_t ended;
    do {
        ended = waitpid(child->pid, &child->status, options);
    } while (ended < 0 && errno == EINTR && options == 0);
    child->ended = ended == child->pid;
    if (child->ended && child->pidfd >= 0) {
        close(child->pidfd);
        child->pidfd = -1;
    }
    return child->ended;
}

bool ta_child_wait(ta_child *child, int milliseconds) {
    enum { STEP_MS = 5 }; /* where the kernel cannot tell us, we look that often */
    if (child->ended || reap(child, WNOHANG))
        return true;
    struct pollfd ready = {.fd = child->pidfd, .events = POLLIN};
    bool blind = child->pidfd < 0;
    poll(&ready, blind ? 0 : 1, blind && milliseconds > STEP_MS ? STEP_MS : milliseconds);
    return reap(child, WNOHANG);
}

/* SIGCHLD is to interrupt the wait: ignored, or by default, it would not. */
static void wake(int number) {
    (void)number;
}

bool ta_child_wait_or_bell(ta_child *child, int milliseconds, const uint32_t *bell, uint32_t seen) {
    const struct timespec timeout = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    signal(SIGCHLD, wake);
    if (child->ended || reap(child, WNOHANG))
        return true;
    syscall(SYS_futex, bell, FUTEX_WAIT, seen, &timeout, NULL, 0);
    return reap(child, WNOHANG);
}

void ta_child_kill(ta_child *child) {
    if (child->ended)
        return;
    kill(child->pid, SIGKILL);
    reap(child, 0);
}
