/* 7.1 packed_registry, on: two packed arrays, indexed by slot, whose places are reused. */
#include "world.h"

typedef struct packed {
    float *hp, *hp_full;
} packed;

static bool create(sim_world *world) {
    packed *p = sim_memory(world, 1, sizeof *p);
    if (!p)
        return false;
    world->habits.registry_state = p;
    p->hp = sim_memory(world, world->config.capacity, sizeof *p->hp);
    p->hp_full = sim_memory(world, world->config.capacity, sizeof *p->hp_full);
    return p->hp && p->hp_full;
}

static void add(sim_world *world, uint32_t slot, float hp) {
    packed *p = world->habits.registry_state;
    p->hp[slot] = p->hp_full[slot] = hp;
}

static void drop(sim_world *world, uint32_t slot) {
    packed *p = world->habits.registry_state;
    p->hp[slot] = p->hp_full[slot] = 0.0f;
}

static float hurt(sim_world *world, uint32_t slot, float amount) {
    packed *p = world->habits.registry_state;
    float left = p->hp[slot] - amount;
    return p->hp[slot] = left > 0.0f ? left : 0.0f;
}

static void look(const sim_world *world, uint32_t slot, float *hp, float *hp_full) {
    const packed *p = world->habits.registry_state;
    *hp = p->hp[slot];
    *hp_full = p->hp_full[slot];
}

const sim_registry_habit sim_registry_packed = {
    .create = create, .add = add, .remove = drop, .hurt = hurt, .look = look};
