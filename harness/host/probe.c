/* The program that `tickaudit check` audits: it uses everything that the auditor makes assumptions
 * about, a known number of times (probe.h). Started by hand it does nothing that can be seen. */
#define _GNU_SOURCE
#include "probe.h"

#include "tickaudit/tickaudit.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Through a volatile pointer, or the compiler removes what is allocated and not used. */
static void *(*volatile allocate)(size_t) = malloc;
static void (*volatile give_back)(void *) = free;

static void pair(size_t size) {
    give_back(allocate(size));
}

/* Small and large blocks, more than are tried before an assumption about blocks holds. */
static void use_blocks(void) {
    for (unsigned i = 0; i < TA_PROBE_BLOCKS; i++)
        pair(1 + i * 37 % 4000);
}

static void handle(int number) {
    (void)number;
    TA_HOT_PATH(TA_PROBE_HANDLER) {
        pair(24);
    }
}

/* Exported and not inlined, like the watched function below: its name has to be found in a stripped
 * program too. */
__attribute__((visibility("default"))) void ta_probe_raise(void);

__attribute__((noinline)) void ta_probe_raise(void) {
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    for (unsigned i = 0; i < TA_PROBE_SIGNALS; i++)
        raise(SIGUSR1);
}

static void *thread(void *nothing) {
    TA_HOT_PATH(TA_PROBE_THREAD) {
        pair(40);
    }
    return nothing;
}

static bool run_thread(void) {
    pthread_t id;
    return pthread_create(&id, NULL, thread, NULL) == 0 && pthread_join(id, NULL) == 0;
}

static jmp_buf way_out;

/* Watched by its name, and left by a jump. */
__attribute__((visibility("default"))) void ta_probe_watched(void);

__attribute__((noinline)) void ta_probe_watched(void) {
    pair(56);
    longjmp(way_out, 1);
}

static void (*volatile watched)(void) = ta_probe_watched;

static void leave_by_jump(void) {
    for (volatile unsigned i = 0; i < TA_PROBE_JUMPS; i++) {
        if (setjmp(way_out) == 0)
            watched();
        /* Not the watched function's. Called from here at any level of optimization: where jumps
         * are not seen, it takes a frame further out to tell that the call was left. */
        give_back(allocate(72));
    }
}

/* An imported function that allocates, watched by its name. */
static char *(*volatile duplicate)(const char *) = strdup;

static void use_import(void) {
    for (unsigned i = 0; i < TA_PROBE_IMPORT_CALLS; i++)
        give_back(duplicate("an imported function"));
}

int main(void) {
    for (int tick = 0; tick < TA_PROBE_TICKS; tick++) {
        TA_TICK() {
            use_blocks();
            leave_by_jump();
        }
    }
    ta_probe_raise();
    use_import();
    return run_thread() ? 0 : 1;
}
