/* The first counted call of a thread is made by its vfork child, in the thread's own memory and
 * under a number that is gone a moment later; and there are threads enough for slots to be looked
 * over for those of the dead. */
#include "subject.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLEEPERS = 100, FORKERS = 20, BLOCKS = 20000, LATE = 40 };

static pthread_barrier_t begin, all_begun, finish;

static void *sleeper(void *unused) {
    churn_aligned(1, 10);
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&finish);
    churn_aligned(1, 10);
    return unused;
}

static void *forker(void *unused) {
    pid_t child = vfork();
    if (child == 0) {
        free(NULL);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    pthread_barrier_wait(&all_begun);
    churn_aligned(BLOCKS, 10);
    return unused;
}

static void *late(void *unused) {
    churn_aligned(BLOCKS / 10, 10);
    return unused;
}

static void start(pthread_t *thread, void *(*work)(void *)) {
    REQUIRE(pthread_create(thread, NULL, work, NULL) == 0);
}

int main(void) {
    static pthread_t sleepers[SLEEPERS], forkers[FORKERS], latecomers[LATE];
    pthread_barrier_init(&begin, NULL, SLEEPERS + 1);
    pthread_barrier_init(&finish, NULL, SLEEPERS + 1);
    pthread_barrier_init(&all_begun, NULL, FORKERS + 1);
    for (int i = 0; i < SLEEPERS; i++)
        start(&sleepers[i], sleeper);
    pthread_barrier_wait(&begin);
    for (int i = 0; i < FORKERS; i++)
        start(&forkers[i], forker);
    pthread_barrier_wait(&all_begun);
    for (int i = 0; i < LATE; i++) /* these look for slots of the dead */
        start(&latecomers[i], late);
    for (int i = 0; i < LATE; i++)
        pthread_join(latecomers[i], NULL);
    for (int i = 0; i < FORKERS; i++)
        pthread_join(forkers[i], NULL);
    pthread_barrier_wait(&finish);
    for (int i = 0; i < SLEEPERS; i++)
        pthread_join(sleepers[i], NULL);
    return 0;
}
