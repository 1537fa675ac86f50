/* 8.1 gc_tuning, on: few collections, and thorough ones. The list is made once, for a threshold
 * that is seldom reached; a collection frees all there is, and needs nothing to do it. */
#include "world.h"

#include <stdlib.h>

enum { THRESHOLD = 65536 };

static bool create(sim_world *world) {
    world->garbage.blocks = malloc(THRESHOLD * sizeof(void *));
    world->garbage.room = world->garbage.blocks ? THRESHOLD : 0;
    return world->garbage.blocks != NULL;
}

/* Only when collections wait for the end of a phase. */
static void grow(sim_world *world) {
    sim_garbage *garbage = &world->garbage;
    garbage->room *= 2;
    garbage->blocks = sim_take_more(garbage->blocks, garbage->room * sizeof(void *));
}

static void collect(sim_world *world) {
    sim_garbage *garbage = &world->garbage;
    for (size_t i = 0; i < garbage->count; i++)
        free(garbage->blocks[i]);
    garbage->count = 0;
    garbage->collections++;
}

const sim_collect_habit sim_collect_tuned = {
    .create = create, .threshold = THRESHOLD, .grow = grow, .collect = collect};
