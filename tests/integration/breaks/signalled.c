/* What signals reach a program: `signalled leave` goes into a session of its own, if it can, and
 * waits for the signal that ends it; `signalled count` prints how often SIGTERM, SIGUSR1 or
 * SIGRTMIN+3 came, half a second after the first. Both print "ready" first. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t terms;

static void on_term(int signal_number) {
    (void)signal_number;
    terms++;
}

static void pass(long ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

int main(int argc, char **argv) {
    (void)signal(SIGTERM, on_term);
    (void)signal(SIGUSR1, on_term);
    (void)signal(SIGRTMIN + 3, on_term);
    if (argc > 1 && strcmp(argv[1], "leave") == 0) {
        (void)signal(SIGTERM, SIG_DFL);
        setsid();
    }
    puts("ready");
    (void)fflush(stdout);
    for (int waited = 0; !terms && waited < 1000; waited++)
        pass(10);
    pass(500);
    printf("%d\n", (int)terms);
    return 0;
}
