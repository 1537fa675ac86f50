/* 8.1 gc_tuning, off: an engine's defaults. A small threshold, so that collections are many; each
 * makes a work list of what it looks at, frees the older half only, and leaves a list that has to
 * grow again. */
#include "world.h"

#include <stdlib.h>

enum { THRESHOLD = 16384, ROOM_FIRST = 256 };

static void grow(sim_world *world) {
    sim_garbage *garbage = &world->garbage;
    garbage->room = garbage->room ? garbage->room * 2 : ROOM_FIRST;
    garbage->blocks = sim_take_more(garbage->blocks, garbage->room * sizeof(void *));
}

static void collect(sim_world *world) {
    sim_garbage *garbage = &world->garbage;
    size_t old = (garbage->count + 1) / 2, young = garbage->count - old;
    void **work = sim_take((garbage->count + 1) * sizeof(void *));
    memcpy(work, garbage->blocks, garbage->count * sizeof(void *));
    for (size_t i = 0; i < old; i++)
        free(work[i]);
    garbage->room = young > ROOM_FIRST ? young : ROOM_FIRST;
    void **kept = sim_take(garbage->room * sizeof(void *));
    memcpy(kept, work + old, young * sizeof(void *));
    free(garbage->blocks);
    free(work);
    garbage->blocks = kept;
    garbage->count = young;
    garbage->collections++;
}

const sim_collect_habit sim_collect_default = {
    .threshold = THRESHOLD, .grow = grow, .collect = collect};
