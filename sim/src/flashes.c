/* Hit flashes: whoever was hit is drawn bright for a moment. */
#include "world.h"

bool sim_flashes_create(sim_world *world) {
    world->flashing.at = sim_memory(world, world->config.capacity, sizeof(sim_handle));
    return world->flashing.at != NULL;
}

/* Called for a hit that is told of later, when its target may be dead by now. */
void sim_flashes_start(sim_world *world, sim_handle target) {
    if (!sim_is_alive(world, target))
        return;
    float *flash = &world->bodies.flash[target.slot];
    if (*flash <= 0.0f) {
        world->habits.flags->set(world, target.slot, SIM_FLAG_HURT);
        assert(world->flashing.count < world->config.capacity);
        world->flashing.at[world->flashing.count++] = target;
    }
    *flash = SIM_FLASH_SECONDS;
}

static bool fade(sim_world *world, uint32_t slot) {
    float *flash = &world->bodies.flash[slot];
    *flash -= SIM_STEP_SECONDS;
    if (*flash > 0.0f)
        return true;
    *flash = 0.0f;
    world->habits.flags->clear(world, slot, SIM_FLAG_HURT);
    return false;
}

void sim_flashes_step(sim_world *world) {
    sim_handles *list = &world->flashing;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (sim_is_alive(world, list->at[i]) && fade(world, list->at[i].slot))
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}
