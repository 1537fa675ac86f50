/* 4.3 enemy_pool, off: an object per spawn, let go of at death. */
#include "world.h"

#include <stdlib.h>

static sim_enemy *take(sim_world *world, uint32_t slot) {
    return world->enemies[slot] = sim_take(sizeof(sim_enemy));
}

static void give_back(sim_world *world, uint32_t slot) {
    sim_let_go(world, world->enemies[slot]);
    world->enemies[slot] = NULL;
}

static void destroy(sim_world *world) {
    for (uint32_t slot = 0; slot < world->slots.high; slot++)
        free(world->enemies[slot]);
}

const sim_store_habit sim_store_heap = {.destroy = destroy, .take = take, .give_back = give_back};
