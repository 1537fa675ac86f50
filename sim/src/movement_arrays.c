/* 9.1 soa_positions, on: positions computed in the arrays where they lie. */
#include "chase.h"
#include "world.h"

#include <math.h>

static inline void chase_one(float *x, float *y, float speed) {
    float dx = SIM_PLAYER_X - *x, dy = SIM_PLAYER_Y - *y;
    float share = sim_chase_share(sqrtf(dx * dx + dy * dy), speed);
    *x += dx * share;
    *y += dy * share;
}

/* A batch without gaps is a run of the arrays, of a known length: four at a time. */
static void chase_run(float *restrict x, float *restrict y, const float *restrict speed) {
    for (uint32_t i = 0; i < SIM_ALIVE_BATCH; i++) {
        float dx = SIM_PLAYER_X - x[i], dy = SIM_PLAYER_Y - y[i];
        float share = sim_chase_share(sqrtf(dx * dx + dy * dy), speed[i]);
        x[i] += dx * share;
        y[i] += dy * share;
    }
}

static void chase(sim_world *world) {
    const sim_bodies *bodies = &world->bodies;
    uint32_t slots[SIM_ALIVE_BATCH];
    sim_alive_walk walk;
    world->habits.alive->begin(world, &walk);
    for (uint32_t n; (n = world->habits.alive->next(world, &walk, slots)) != 0;) {
        uint32_t first = slots[0];
        if (n == SIM_ALIVE_BATCH && slots[n - 1] - first == n - 1) {
            chase_run(bodies->x + first, bodies->y + first, bodies->speed + first);
            continue;
        }
        for (uint32_t i = 0; i < n; i++)
            chase_one(&bodies->x[slots[i]], &bodies->y[slots[i]], bodies->speed[slots[i]]);
    }
    world->habits.alive->end(world, &walk);
}

static void advance(sim_world *world, float *x, float *y, const float *vx, const float *vy,
                    float factor, uint32_t count) {
    (void)world;
    for (uint32_t i = 0; i < count; i++) {
        x[i] += vx[i] * factor;
        y[i] += vy[i] * factor;
    }
}

const sim_movement_habit sim_movement_arrays = {chase, advance};
