/* Which signals are passed on. A signal does not say whether it was sent to one process or to a
 * group, so a witness tells: a process of ours in the same group, which does nothing but note when
 * it gets one. What the witness has noted as well was sent to the group.
 *
 * When we are killed, a guard kills the program: nobody reads what it counts any more. By
 * PR_SET_PDEATHSIG of its own the program would see that it is audited. The guard is in a session
 * of its own: what kills our group (`timeout -s KILL`, a CI runner) leaves it, and a program that
 * has called setsid() is ended as well. */
#define _GNU_SOURCE
#include "pass_on.h"

#include "clock.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Those that end a process and that a program may handle; crashes are the program's own, and what
 * ends a writer or a file that is too large is ours. */
static bool is_taken(int number) {
    static const int taken[] = {SIGINT,  SIGQUIT,   SIGTERM, SIGHUP, SIGUSR1, SIGUSR2,
                                SIGALRM, SIGVTALRM, SIGPROF, SIGIO,  SIGXCPU, SIGPWR};
    for (unsigned i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (taken[i] == number)
            return true;
    }
    return number >= SIGRTMIN && number <= SIGRTMAX;
}

/* By the number of a signal: when the witness last got it, in ms of CLOCK_MONOTONIC. */
enum { SIGNALS_MAX = 65, OUR_DEATH = SIGURG };
typedef struct shared {
    volatile uint64_t noted[SIGNALS_MAX];
    volatile pid_t program; /* 0 while there is none */
    volatile bool guarded;  /* the guard has left our group, or there is none */
} shared;
static shared *common; /* NULL when there is neither witness nor guard */
static pid_t witness, guard;

static struct sigaction before[SIGNALS_MAX];
static volatile sig_atomic_t pid_of_program; /* 0 while there is none */
static volatile sig_atomic_t asked_to_end;   /* the signal that came before there was one */

static uint64_t now_ms(void) {
    return (uint64_t)(ta_clock_seconds() * 1000);
}

/* All members of a group get its signal in one system call, in no order that is promised. */
static bool was_sent_to_group(int signal_number) {
    enum { PATIENCE_MS = 20, SAME_MS = 100 };
    static const struct timespec step = {0, 1000000};
    for (int waited = 0; common && waited < PATIENCE_MS; waited++) {
        if (now_ms() - common->noted[signal_number] < SAME_MS)
            return true;
        nanosleep(&step, NULL);
    }
    return false;
}

static bool shares_our_group(pid_t program) {
    return getpgid(program) == getpgrp();
}

/* Async-signal-safe. */
static void pass_on(int signal_number) {
    int error = errno;
    pid_t program = (pid_t)pid_of_program;
    if (program <= 0)
        asked_to_end = signal_number;
    else if (!shares_our_group(program) || !was_sent_to_group(signal_number))
        kill(program, signal_number);
    errno = error;
}

/* A helper ends when its parent does. Its signals were blocked before it was forked. Its name is
 * another, so that whoever ends all processes of our name leaves it. */
static void begin_helper(const char *name) {
    prctl(PR_SET_NAME, name);
    prctl(PR_SET_PDEATHSIG, OUR_DEATH);
}

static _Noreturn void note_signals(const sigset_t *heard, pid_t parent) {
    begin_helper("ta-witness");
    while (getppid() == parent) {
        int got = 0;
        if (sigwait(heard, &got) == 0 && got > 0 && got < SIGNALS_MAX)
            common->noted[got] = now_ms();
    }
    _exit(0);
}

/* A terminal sends a session of its own nothing: it stays while we are stopped, and when we are
 * hung up on. */
static _Noreturn void guard_program(const sigset_t *heard, pid_t parent) {
    begin_helper("ta-guard");
    setsid();
    common->guarded = true;
    while (getppid() == parent) {
        int got = 0;
        sigwait(heard, &got);
    }
    if (common->program > 0)
        kill(common->program, SIGKILL);
    _exit(0);
}

/* Without the witness each signal is passed on. */
static void start_helpers(const sigset_t *taken) {
    sigset_t mask, heard = *taken;
    void *page =
        mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    common = page;
    pid_t parent = getpid();
    sigaddset(&heard, OUR_DEATH);
    sigprocmask(SIG_BLOCK, &heard, &mask);
    guard = fork();
    if (guard == 0)
        guard_program(&heard, parent);
    witness = fork();
    if (witness == 0)
        note_signals(&heard, parent);
    if (guard < 0)
        common->guarded = true;
    sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void end_helper(pid_t *helper) {
    if (*helper > 0) {
        kill(*helper, SIGKILL);
        waitpid(*helper, NULL, 0);
    }
    *helper = 0;
}

static void end_helpers(void) {
    end_helper(&witness);
    end_helper(&guard);
    if (common)
        munmap(common, sizeof *common);
    common = NULL;
}

/* Until the guard is out of reach of what kills our group. */
static void await_guard(void) {
    enum { PATIENCE_STEPS = 10000 };
    static const struct timespec step = {0, 100000};
    for (int i = 0; i < PATIENCE_STEPS && !common->guarded; i++)
        nanosleep(&step, NULL);
}

void ta_pass_on_begin(void) {
    struct sigaction mine = {.sa_handler = pass_on};
    sigemptyset(&mine.sa_mask);
    for (int number = 1; number < SIGNALS_MAX; number++) {
        if (is_taken(number))
            sigaddset(&mine.sa_mask, number);
    }
    asked_to_end = 0;
    start_helpers(&mine.sa_mask);
    for (int number = 1; number < SIGNALS_MAX; number++) {
        if (!is_taken(number))
            continue;
        sigaction(number, NULL, &before[number]);
        if (before[number].sa_handler != SIG_IGN)
            sigaction(number, &mine, NULL);
    }
}

void ta_pass_on_as_program(pid_t parent) {
    if (!common)
        return;
    await_guard();
    common->program = getpid();
    if (getppid() != parent)
        _exit(1); /* the guard may have looked before */
}

void ta_pass_on_to(pid_t program) {
    pid_of_program = program;
    if (common)
        common->program = program;
    if (asked_to_end && !(shares_our_group(program) && was_sent_to_group(asked_to_end)))
        kill(program, asked_to_end);
}

void ta_pass_on_end(void) {
    for (int number = 1; number < SIGNALS_MAX; number++) {
        if (is_taken(number))
            sigaction(number, &before[number], NULL);
    }
    pid_of_program = 0;
    end_helpers();
}
