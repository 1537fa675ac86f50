#define _GNU_SOURCE
#include "pass_signals.h"

#include <errno.h>
#include <stdbool.h>

static volatile sig_atomic_t pid_of_program; /* 0 while there is none */
static volatile sig_atomic_t asked_to_end;   /* the signal that came before there was one */

/* A request to end means the program, as a rule: it is asked, and we tell how it ended. */
static void pass_on(int signal_number) {
    int error = errno;
    if (pid_of_program > 0)
        kill((pid_t)pid_of_program, signal_number);
    else
        asked_to_end = signal_number;
    errno = error;
}

/* The signals of whose actions we take care while the program runs. */
static const int TAKEN_SIGNALS[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
_Static_assert(sizeof TAKEN_SIGNALS / sizeof *TAKEN_SIGNALS == TA_PASSED_SIGNAL_COUNT,
               "each has an action to be given back");

void ta_signals_give_back(const ta_signals_before *before) {
    for (int i = 0; i < TA_PASSED_SIGNAL_COUNT; i++)
        sigaction(TAKEN_SIGNALS[i], &before->actions[i], NULL);
    pid_of_program = 0;
}

/* Before the program runs, or one that comes early would end us and leave it behind. What we were
 * started to ignore (by nohup) stays ignored. */
ta_signals_before ta_signals_take(void) {
    ta_signals_before before;
    asked_to_end = 0;
    for (int i = 0; i < TA_PASSED_SIGNAL_COUNT; i++) {
        bool is_terminals = TAKEN_SIGNALS[i] == SIGINT || TAKEN_SIGNALS[i] == SIGQUIT;
        struct sigaction mine = {.sa_handler = is_terminals ? SIG_IGN : pass_on};
        sigemptyset(&mine.sa_mask);
        sigaction(TAKEN_SIGNALS[i], NULL, &before.actions[i]);
        if (before.actions[i].sa_handler != SIG_IGN)
            sigaction(TAKEN_SIGNALS[i], &mine, NULL);
    }
    return before;
}

void ta_signals_pass_to(pid_t program) {
    pid_of_program = program;
    if (asked_to_end)
        kill(program, asked_to_end);
}
