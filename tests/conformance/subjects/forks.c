/* Children by every way there is, from a program whose other threads are busy; each child counts
 * for itself, and the parent's count stays what the parent did. */
#include "subject.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, BLOCKS = 20000, CHILD_BLOCKS = 500, CHILDREN = 8 };

extern char **environ;

static void *busy(void *unused) {
    churn_aligned(BLOCKS, 48);
    return unused;
}

/* What the child counts is its own: it begins at nothing. */
static _Noreturn void be_child(void) {
    churn_aligned(CHILD_BLOCKS, 32);
    TA_HOT_PATH("child") {
        churn_aligned(CHILD_BLOCKS, 32);
    }
    if (ta_tick_begin) {
        ta_tick_begin();
        ta_tick_end();
    }
    ta_counts counts;
    if (ta_process_counts && (!ta_process_counts(&counts) || counts.allocs != 2 * CHILD_BLOCKS ||
                              counts.hot_allocs != CHILD_BLOCKS))
        _exit(9);
    _exit(0);
}

static void wait_for(pid_t child) {
    int status = -1;
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static pid_t by_raw_clone(void) {
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

int main(int argc, char **argv) {
    if (argc > 1)
        be_child(); /* by exec: another program as far as the ledger is concerned */
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, busy, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child;
        if ((child = fork()) == 0)
            be_child();
        wait_for(child);
        if ((child = _Fork()) == 0)
            be_child();
        wait_for(child);
        if ((child = by_raw_clone()) == 0)
            be_child();
        wait_for(child);
        if ((child = vfork()) == 0)
            _exit(0);
        wait_for(child);
        char *arguments[] = {argv[0], (char[]){"child"}, NULL};
        REQUIRE(posix_spawn(&child, argv[0], NULL, NULL, arguments, environ) == 0);
        wait_for(child);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
