/* 6.1 payload_pool, on: payloads from a stack of free ones. */
#include "event_queue.h"
#include "world.h"

typedef struct pool {
    sim_payload payload[SIM_PAYLOADS_MAX];
    uint32_t free[SIM_PAYLOADS_MAX];
    uint32_t free_count;
} pool;

static bool create(sim_world *world) {
    pool *p = sim_memory(world, 1, sizeof *p);
    world->habits.payload_state = p;
    for (uint32_t i = 0; p && i < SIM_PAYLOADS_MAX; i++)
        p->free[p->free_count++] = SIM_PAYLOADS_MAX - 1 - i;
    return p != NULL;
}

/* There is one for every event that can wait, so the pool cannot run dry. */
static sim_payload *take(sim_world *world) {
    pool *p = world->habits.payload_state;
    assert(p->free_count > 0);
    sim_payload *payload = &p->payload[p->free[--p->free_count]];
    *payload = (sim_payload){.in_use = true};
    return payload;
}

/* A second release would hand one payload to two events: it is counted, and does nothing. */
static void release(sim_world *world, sim_payload *payload) {
    pool *p = world->habits.payload_state;
    if (!payload->in_use) {
        world->payload_double_releases++;
        return;
    }
    payload->in_use = false;
    p->free[p->free_count++] = (uint32_t)(payload - p->payload);
}

const sim_payload_habit sim_payload_pool = {.create = create, .take = take, .release = release};
