/* 6.1 payload_pool, off: a payload object per event. */
#include "world.h"

static sim_payload *take(sim_world *world) {
    (void)world;
    sim_payload *payload = sim_take(sizeof *payload);
    *payload = (sim_payload){.in_use = true};
    return payload;
}

static void release(sim_world *world, sim_payload *payload) {
    sim_let_go(world, payload);
}

const sim_payload_habit sim_payload_heap = {.take = take, .release = release};
