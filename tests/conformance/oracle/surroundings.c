/* Prints all that a program can find out about how it was started, a line each: descriptors,
 * signals, environment, limits and so on. What is printed without the auditor and with it must be
 * the same. The auditor's two variables are left out, and what is made anew each time (process ids,
 * clocks). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 256 };

static void print_arguments(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        printf("argv[%d] %s\n", i, argv[i]);
    printf("executed as %s\n", (const char *)getauxval(AT_EXECFN));
    printf("short name %s", program_invocation_short_name);
    char name[32] = "";
    prctl(PR_GET_NAME, name);
    printf(", comm %s\n", name);
}

static void print_environment(char **environment) {
    for (; *environment; environment++) {
        if (strncmp(*environment, "LD_PRELOAD=", 11) != 0 &&
            strncmp(*environment, "TICKAUDIT_LEDGER=", 17) != 0)
            printf("environment %s\n", *environment);
    }
}

static void print_descriptors(void) {
    for (int i = 0; i < DESCRIPTORS_MAX; i++) {
        int flags = fcntl(i, F_GETFD), status = fcntl(i, F_GETFL);
        if (flags < 0)
            continue;
        char link[64], target[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", i);
        ssize_t length = readlink(link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        printf("descriptor %d: %s, flags %d, status %o, at %lld\n", i, target, flags,
               (unsigned)status, i > 2 ? (long long)lseek(i, 0, SEEK_CUR) : 0);
    }
}

static void print_signals(void) {
    sigset_t blocked, pending;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    sigpending(&pending);
    for (int i = 1; i < NSIG; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) != 0)
            continue;
        printf("signal %d: %s%s%s, flags %x\n", i,
               action.sa_handler == SIG_DFL   ? "default"
               : action.sa_handler == SIG_IGN ? "ignored"
                                              : "handled",
               sigismember(&blocked, i) ? ", blocked" : "",
               sigismember(&pending, i) ? ", pending" : "", (unsigned)action.sa_flags);
    }
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("alternate stack: flags %d\n", stack.ss_flags);
}

static void print_limits(void) {
    for (int i = 0; i < (int)RLIMIT_NLIMITS; i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
            printf("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
                   (unsigned long long)limit.rlim_max);
    }
    struct itimerval timer;
    for (int i = ITIMER_REAL; i <= ITIMER_PROF; i++) {
        getitimer((__itimer_which_t)i, &timer);
        printf("timer %d: %s\n", i, timer.it_value.tv_sec || timer.it_value.tv_usec ? "on" : "off");
    }
}

static void print_file(const char *path) {
    char text[4096] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
    printf("%s: %s\n", path, length >= 0 ? text : "cannot be read");
    if (file >= 0)
        close(file);
}

static void print_place(void) {
    char folder[4096] = "";
    printf("folder %s\n", getcwd(folder, sizeof folder) ? folder : "none");
    mode_t mask = umask(0);
    umask(mask);
    printf("umask %o\n", (unsigned)mask);
    printf("in the foreground: %d\n", tcgetpgrp(STDIN_FILENO) == getpgrp());
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    printf("controlling terminal: %s\n", terminal >= 0 ? "yes" : strerror(errno));
    if (terminal >= 0)
        close(terminal);
    printf("ids %u %u %u %u\n", getuid(), geteuid(), getgid(), getegid());
}

static void print_rights(void) {
    int value = -1;
    prctl(PR_GET_PDEATHSIG, &value);
    printf("signal at the parent's death %d\n", value);
    printf("dumpable %d, no new privileges %d, subreaper-free %d, slack %d, thp %d\n",
           prctl(PR_GET_DUMPABLE), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
           prctl(PR_GET_CHILD_SUBREAPER, &value) == 0 ? value : -1, prctl(PR_GET_TIMERSLACK),
           prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    printf("personality %x\n", (unsigned)personality(0xffffffff));
    printf("nice %d, policy %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    printf("processors %d\n", CPU_COUNT(&cpus));
    printf("secure %lu\n", getauxval(AT_SECURE));
}

int main(int argc, char **argv, char **environment) {
    print_arguments(argc, argv);
    print_descriptors();
    print_environment(environment);
    print_signals();
    print_limits();
    print_place();
    print_rights();
    print_file("/proc/self/oom_score_adj");
    print_file("/proc/self/coredump_filter");
    print_file("/proc/self/timerslack_ns");
    print_file("/proc/self/cgroup");
    printf("errno at main %d\n", errno);
    return 0;
}
