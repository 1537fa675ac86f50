/* 9.2 query_reuse, off: each query has an array of its own, which grows as it finds. */
#include "world.h"

enum { ROOM_FIRST = 8 };

static void begin(sim_world *world, sim_results *results) {
    (void)world;
    *results = (sim_results){.slots = sim_take(ROOM_FIRST * sizeof(uint32_t)), .room = ROOM_FIRST};
}

static void grow(sim_results *results) {
    results->room *= 2;
    results->slots = sim_take_more(results->slots, results->room * sizeof(uint32_t));
}

static void end(sim_world *world, sim_results *results) {
    sim_let_go(world, results->slots);
    *results = (sim_results){0};
}

const sim_query_habit sim_query_new = {.begin = begin, .grow = grow, .end = end};
