#define _GNU_SOURCE
#include "run_program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUT = 0, ERR = 1, CHUNK = 1 << 16 };

typedef struct stream {
    int reader; /* -1 when it has ended, or goes elsewhere */
    char *text;
    size_t used;
} stream;

struct program {
    pid_t pid;
    double deadline;
    stream streams[2];
};

static void give_up(const char *what) {
    fprintf(stderr, "run_program: %s: %s\n", what, strerror(errno));
    abort();
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void open_terminal(int ends[2], unsigned short columns) {
    struct winsize size = {.ws_row = 24, .ws_col = columns ? columns : 80};
    if (openpty(&ends[0], &ends[1], NULL, NULL, &size) != 0)
        give_up("openpty");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

/* Where the program writes, and where we read: ends[1] and ends[0]. */
static void open_stream(int index, const program_options *options, int ends[2]) {
    ends[0] = -1;
    if (index == OUT && options->out_path) {
        ends[1] = open(options->out_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (ends[1] < 0)
            give_up(options->out_path);
    } else if (options->terminals & (index == OUT ? PROGRAM_TERMINAL_OUT : PROGRAM_TERMINAL_ERR)) {
        open_terminal(ends, options->columns);
    } else if (pipe2(ends, O_CLOEXEC) != 0) {
        give_up("pipe");
    }
    if (index == OUT && options->out_closed_pipe) {
        close(ends[0]);
        ends[0] = -1;
    }
}

static void become(const char *const *arguments, const program_options *options, int out, int err) {
    setpgid(0, 0);
    int nothing = open("/dev/null", O_RDONLY);
    if (dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    if (options->folder && chdir(options->folder) != 0)
        _exit(126);
    for (unsigned i = 0; options->environment && options->environment[i]; i++)
        putenv((char *)(size_t)options->environment[i]);
    if (options->file_bytes_max) {
        struct rlimit limit = {options->file_bytes_max, options->file_bytes_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        signal(SIGXFSZ, SIG_IGN);
    }
    /* Whoever runs the tests may ignore or block signals; the program must not inherit that. */
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(arguments[0], (char *const *)(size_t)arguments);
    _exit(127);
}

program *program_start(const char *const *arguments, program_options options) {
    program *p = calloc(1, sizeof *p);
    if (!p)
        give_up("memory");
    int out[2], err[2];
    open_stream(OUT, &options, out);
    open_stream(ERR, &options, err);
    p->deadline = now() + (options.seconds_max > 0 ? options.seconds_max : 60);
    p->pid = fork();
    if (p->pid < 0)
        give_up("fork");
    if (p->pid == 0)
        become(arguments, &options, out[1], err[1]);
    setpgid(p->pid, p->pid); /* whoever comes first */
    close(out[1]);
    close(err[1]);
    p->streams[OUT].reader = out[0];
    p->streams[ERR].reader = err[0];
    return p;
}

pid_t program_id(const program *p) {
    return p->pid;
}

static void read_some(stream *s) {
    s->text = realloc(s->text, s->used + CHUNK + 1);
    if (!s->text)
        give_up("memory");
    ssize_t got = read(s->reader, s->text + s->used, CHUNK);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) { /* a terminal whose other side is gone says EIO */
        close(s->reader);
        s->reader = -1;
        return;
    }
    s->used += (size_t)got;
}

/* Reads both streams until they end; false when the time was up before. */
static bool read_all(program *p) {
    while (p->streams[OUT].reader >= 0 || p->streams[ERR].reader >= 0) {
        struct pollfd ready[2];
        for (int i = 0; i < 2; i++)
            ready[i] = (struct pollfd){.fd = p->streams[i].reader, .events = POLLIN};
        double left = p->deadline - now();
        if (left <= 0)
            return false;
        if (poll(ready, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
            give_up("poll");
        for (int i = 0; i < 2; i++) {
            if (ready[i].fd >= 0 && ready[i].revents)
                read_some(&p->streams[i]);
        }
    }
    return true;
}

static char *take_text(stream *s, size_t *bytes) {
    char *text = s->text ? s->text : calloc(1, 1);
    if (!text)
        give_up("memory");
    text[s->used] = 0;
    *bytes = s->used;
    return text;
}

program_end program_wait(program *p) {
    program_end end = {.code = -1};
    end.timed_out = !read_all(p);
    if (end.timed_out)
        kill(-p->pid, SIGKILL);
    for (int i = 0; i < 2; i++) {
        if (p->streams[i].reader >= 0)
            close(p->streams[i].reader);
    }
    int status = 0;
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status))
        end.code = WEXITSTATUS(status);
    else
        end.signal = WTERMSIG(status);
    end.out = take_text(&p->streams[OUT], &end.out_bytes);
    end.err = take_text(&p->streams[ERR], &end.err_bytes);
    free(p);
    return end;
}

program_end program_run(const char *const *arguments, program_options options) {
    return program_wait(program_start(arguments, options));
}

void program_end_free(program_end *end) {
    free(end->out);
    free(end->err);
    *end = (program_end){0};
}

/* A whole small file of /proc; zeros in it become spaces. */
static void read_proc(const char *pid, const char *name, char *text, size_t size) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, size - 1);
    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = 0;
    for (ssize_t i = 0; i + 1 < got; i++) {
        if (text[i] == 0)
            text[i] = ' ';
    }
}

/* The fields of /proc/PID/stat that we need. False when there is no such process. */
typedef struct process {
    char name[16], state;
    int parent;
} process;

static bool read_process(const char *pid, process *found) {
    char text[512];
    read_proc(pid, "stat", text, sizeof text);
    char *name = strchr(text, '('), *name_end = strrchr(text, ')'); /* it may hold brackets too */
    if (!name || !name_end)
        return false;
    *name_end = 0;
    snprintf(found->name, sizeof found->name, "%.15s", name + 1);
    return sscanf(name_end + 1, " %c %d", &found->state, &found->parent) == 2;
}

bool program_wait_stopped(pid_t pid, double seconds) {
    double deadline = now() + seconds;
    char number[16];
    process it;
    snprintf(number, sizeof number, "%ld", (long)pid);
    do {
        if (!read_process(number, &it))
            return false;
        if (it.state == 'T')
            return true;
        usleep(1000);
    } while (now() < deadline);
    return false;
}

static bool is_child(const char *pid, pid_t parent, const char *name) {
    process it;
    return read_process(pid, &it) && it.parent == parent && it.state != 'Z' &&
           strncmp(it.name, name, sizeof it.name - 1) == 0;
}

pid_t program_child_named(pid_t parent, const char *name, double seconds) {
    double deadline = now() + seconds;
    do {
        DIR *proc = opendir("/proc");
        if (!proc)
            give_up("/proc");
        pid_t found = 0;
        for (struct dirent *entry; !found && (entry = readdir(proc));) {
            if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
                is_child(entry->d_name, parent, name))
                found = (pid_t)atoi(entry->d_name);
        }
        closedir(proc);
        if (found)
            return found;
        usleep(2000);
    } while (now() < deadline);
    return 0;
}

static unsigned visit_with(const char *wanted, bool ends_them) {
    static char text[1 << 16];
    DIR *proc = opendir("/proc");
    if (!proc)
        give_up("/proc");
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(proc));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        read_proc(entry->d_name, "cmdline", text, sizeof text);
        if (!strstr(text, wanted))
            continue;
        count++;
        if (ends_them)
            kill((pid_t)atoi(entry->d_name), SIGKILL);
    }
    closedir(proc);
    return count;
}

unsigned program_count_with(const char *text) {
    return visit_with(text, false);
}

void program_kill_with(const char *text) {
    visit_with(text, true);
}
