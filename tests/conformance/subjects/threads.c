/* Ten thousand threads in a life, three hundred alive at once, some detached; each leaves a block
 * to the destructor of a key, which runs when the thread is all but gone. */
#include "subject.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { AT_ONCE = 300, GENERATIONS = 33, DETACHED = 100, BLOCKS = 3 };

static pthread_key_t key;
static pthread_barrier_t all_there;
static atomic_uint detached_gone;

static void release(void *block) {
    TA_HOT_PATH("thread's end") {
        free(block);
    }
}

static void *work(void *together) {
    churn_aligned(BLOCKS - 1, 100);
    pthread_setspecific(key, take_aligned(100));
    if (together)
        pthread_barrier_wait(&all_there);
    else
        atomic_fetch_add(&detached_gone, 1);
    return NULL;
}

static void start(pthread_t *thread, pthread_attr_t *attributes, void *argument) {
    REQUIRE(pthread_create(thread, attributes, work, argument) == 0);
}

int main(void) {
    static pthread_t threads[AT_ONCE];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    pthread_key_create(&key, release);
    pthread_barrier_init(&all_there, NULL, AT_ONCE);
    for (int g = 0; g < GENERATIONS; g++) {
        for (int i = 0; i < AT_ONCE; i++)
            start(&threads[i], &small, threads);
        for (int i = 0; i < AT_ONCE; i++)
            pthread_join(threads[i], NULL);
    }
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < DETACHED; i++)
        start(&threads[0], &small, NULL);
    ta_counts counts = {0};
    while (ta_process_counts && counts.hot_frees < AT_ONCE * GENERATIONS + DETACHED) {
        sched_yield();
        ta_process_counts(&counts);
    }
    while (atomic_load(&detached_gone) < DETACHED)
        sched_yield();
    return 0;
}
