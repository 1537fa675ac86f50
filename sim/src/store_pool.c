/* 4.3 enemy_pool, on: an object for each slot, made at the start, reset and reused. */
#include "world.h"

static bool create(sim_world *world) {
    sim_enemy *all = sim_memory(world, world->config.capacity, sizeof *all);
    if (!all)
        return false;
    for (uint32_t slot = 0; slot < world->config.capacity; slot++)
        world->enemies[slot] = &all[slot];
    return true;
}

static sim_enemy *take(sim_world *world, uint32_t slot) {
    return world->enemies[slot];
}

static void give_back(sim_world *world, uint32_t slot) {
    (void)world;
    (void)slot;
}

const sim_store_habit sim_store_pool = {.create = create, .take = take, .give_back = give_back};
