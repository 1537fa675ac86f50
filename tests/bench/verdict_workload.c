/* A workload of known work, for `./dev bench verdicts`: the same library is built with more work in
 * each tick (WORK_PERCENT), and with one allocation in one tick (PLANTED_TICK). It mixes numbers
 * over a table that stays in the cache, so that its time is the processor's alone. */
#include "tickaudit/workload.h"

#include <stdlib.h>

enum { WORDS = 4096, STEPS = 60000 };

typedef struct work {
    uint64_t tick, hash;
    uint64_t words[WORDS];
} work;

static void *create(const ta_workload_setup *setup, char *error, size_t error_size) {
    (void)error;
    (void)error_size;
    work *w = calloc(1, sizeof *w);
    if (w)
        w->hash = setup->seed;
    return w;
}

/* Ticks differ in length, as frames do. */
static void mix(work *w) {
    uint64_t steps = STEPS / 4 + STEPS * 3 / 4 * (w->tick * 7 % 16) / 16;
    steps = steps * WORK_PERCENT / 100;
    uint64_t state = w->hash;
    for (uint64_t i = 0; i < steps; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        w->words[state >> 52] += state;
    }
    ta_sink(&w->words[state >> 52]);
}

static void tick(void *state) {
    work *w = state;
    w->tick++;
    TA_HOT_PATH("work") {
        mix(w);
        if (w->tick == PLANTED_TICK) {
            void *block = malloc(48); /* PLANTED */
            ta_sink(block);
            free(block);
        }
    }
    w->hash = w->hash * 31 + w->tick; /* the same however much work it was */
}

static void observe(void *state, ta_observation *observation) {
    const work *w = state;
    observation->state_hash = w->hash;
}

static const ta_workload workload = {TA_WORKLOAD_ABI, "verdicts", create, NULL, tick,
                                     observe,         free,       NULL};

const ta_workload *ta_workload_entry(void) {
    return &workload;
}
