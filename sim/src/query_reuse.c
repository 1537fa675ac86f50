/* 9.2 query_reuse, on: one buffer with room for everybody, cleared and refilled. */
#include "world.h"

static bool create(sim_world *world) {
    world->habits.query_state = sim_memory(world, world->config.capacity, sizeof(uint32_t));
    return world->habits.query_state != NULL;
}

static void begin(sim_world *world, sim_results *results) {
    *results = (sim_results){.slots = world->habits.query_state, .room = world->config.capacity};
}

static void grow(sim_results *results) {
    (void)results;
    assert(false && "a query cannot find more than there are");
}

static void end(sim_world *world, sim_results *results) {
    (void)world;
    results->count = 0;
}

const sim_query_habit sim_query_reuse = {
    .create = create, .begin = begin, .grow = grow, .end = end};
