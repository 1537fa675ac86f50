/* Ticks of two threads at once, a tick within a tick, and more ticks than the ledger has room for.
 */
#include "subject.h"

#include <pthread.h>

enum { TICKS = 100 };

static pthread_barrier_t step;

static void *other(void *unused) {
    pthread_barrier_wait(&step); /* the main thread's tick is open */
    ta_tick_begin();             /* lost */
    churn_aligned(3, 10);
    ta_tick_end();
    pthread_barrier_wait(&step);
    return unused;
}

int main(void) {
    if (!ta_tick_begin)
        return 0;
    pthread_t thread;
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&thread, NULL, other, NULL);
    TA_TICK() {
        pthread_barrier_wait(&step);
        pthread_barrier_wait(&step);
        churn_aligned(2, 10);
        TA_TICK() { /* lost */
            churn_aligned(1, 10);
        }
        churn_aligned(1, 10); /* still in the outer one */
    }
    pthread_join(thread, NULL);
    for (int i = 1; i < TICKS; i++) {
        TA_TICK() {
            churn_aligned(i % 3, 10);
        }
    }
    return 0;
}
