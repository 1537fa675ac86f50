/* Knockback: each step an enemy goes half of the way that it is still to be pushed. */
#include "world.h"

#define SPENT_PX 0.5f /* what is left is too little to see */

bool sim_knockback_create(sim_world *world) {
    world->knocked.at = sim_memory(world, world->config.capacity, sizeof(sim_handle));
    return world->knocked.at != NULL;
}

/* An enemy stands in the list once, because its flag says so; a dead one stays until the next step,
 * and no slot is taken again before that. */
void sim_knockback_start(sim_world *world, sim_handle target, float x, float y) {
    uint32_t slot = target.slot;
    bool listed = (world->habits.flags->all(world, slot) & SIM_FLAG_KNOCKED) != 0;
    if (!listed) {
        world->habits.flags->set(world, slot, SIM_FLAG_KNOCKED);
        assert(world->knocked.count < world->config.capacity);
        world->knocked.at[world->knocked.count++] = target;
    }
    world->bodies.knock_x[slot] = x;
    world->bodies.knock_y[slot] = y;
}

static bool push(sim_world *world, uint32_t slot) {
    sim_bodies *bodies = &world->bodies;
    float *x = &bodies->knock_x[slot], *y = &bodies->knock_y[slot];
    world->habits.movement->advance(world, &bodies->x[slot], &bodies->y[slot], x, y, 0.5f, 1);
    *x *= 0.5f;
    *y *= 0.5f;
    bool spent = *x * *x + *y * *y < SPENT_PX * SPENT_PX;
    if (spent) {
        *x = *y = 0.0f;
        world->habits.flags->clear(world, slot, SIM_FLAG_KNOCKED);
    }
    return !spent;
}

void sim_knockback_step(sim_world *world) {
    sim_handles *list = &world->knocked;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (sim_is_alive(world, list->at[i]) && push(world, list->at[i].slot))
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}
