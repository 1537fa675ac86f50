/* A signal arrives again and again in the middle of counted calls, and its handler makes such calls
 * too: those that are safe there, free(NULL) and a request that no allocator looks at twice. */
#include "subject.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

enum { ROUNDS_MIN = 200000, SIGNALS = 400, HOT = 2 };

static atomic_uint handled;

static void fail_once(void) {
    void *volatile none = malloc(SIZE_MAX - 1);
    ta_sink(none);
}

static void on_alarm(int number) {
    (void)number;
    free(NULL);
    fail_once();
    TA_HOT_PATH("handler") {
        TA_ALLOW("inner", "to be in the way") {
            free(NULL);
        }
    }
    atomic_fetch_add(&handled, 1);
}

int main(void) {
    signal(SIGALRM, on_alarm);
    struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    uint64_t rounds = 0;
    while (rounds < ROUNDS_MIN || atomic_load(&handled) < SIGNALS) {
        free(NULL);
        fail_once();
        TA_HOT_PATH("main") {
            if (rounds % 1000 == 0)
                free(NULL);
        }
        rounds++;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    TA_HOT_PATH("after") {
        for (int i = 0; i < HOT; i++)
            free(take_aligned(10));
    }
    ta_observation seen = {.spawned = rounds, .died = atomic_load(&handled)};
    if (ta_observe)
        ta_observe(&seen);
    return 0;
}
