/* 9.5 flag_bits, on: one mask per enemy. */
#include "world.h"

static bool create(sim_world *world) {
    world->habits.flags_state = sim_memory(world, world->config.capacity, sizeof(uint8_t));
    return world->habits.flags_state != NULL;
}

static void set(sim_world *world, uint32_t slot, uint32_t flag) {
    uint8_t *masks = world->habits.flags_state;
    masks[slot] = (uint8_t)(masks[slot] | flag);
}

static void clear(sim_world *world, uint32_t slot, uint32_t flags) {
    uint8_t *masks = world->habits.flags_state;
    masks[slot] = (uint8_t)(masks[slot] & ~flags);
}

static uint32_t all(const sim_world *world, uint32_t slot) {
    const uint8_t *masks = world->habits.flags_state;
    return masks[slot];
}

const sim_flags_habit sim_flags_bits = {.create = create, .set = set, .clear = clear, .all = all};
