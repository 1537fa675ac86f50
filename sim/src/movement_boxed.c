/* 9.1 soa_positions, off: a vector is an object, and each computation makes a new one. */
#include "chase.h"
#include "world.h"

#include <math.h>

typedef struct boxed {
    float x, y;
} boxed;

static boxed *box(float x, float y) {
    boxed *made = sim_take(sizeof *made);
    *made = (boxed){x, y};
    return made;
}

static boxed *less(const boxed *a, const boxed *b) {
    return box(a->x - b->x, a->y - b->y);
}

static boxed *plus(const boxed *a, const boxed *b) {
    return box(a->x + b->x, a->y + b->y);
}

static boxed *times(const boxed *a, float factor) {
    return box(a->x * factor, a->y * factor);
}

static float length(const boxed *a) {
    return sqrtf(a->x * a->x + a->y * a->y);
}

static void chase_one(sim_world *world, const boxed *player, uint32_t slot) {
    sim_bodies *bodies = &world->bodies;
    boxed *from = box(bodies->x[slot], bodies->y[slot]);
    boxed *way = less(player, from);
    boxed *step = times(way, sim_chase_share(length(way), bodies->speed[slot]));
    boxed *to = plus(from, step);
    bodies->x[slot] = to->x;
    bodies->y[slot] = to->y;
    sim_let_go(world, from);
    sim_let_go(world, way);
    sim_let_go(world, step);
    sim_let_go(world, to);
}

static void chase(sim_world *world) {
    uint32_t slots[SIM_ALIVE_BATCH];
    sim_alive_walk walk;
    boxed *player = box(SIM_PLAYER_X, SIM_PLAYER_Y);
    world->habits.alive->begin(world, &walk);
    for (uint32_t n; (n = world->habits.alive->next(world, &walk, slots)) != 0;) {
        for (uint32_t i = 0; i < n; i++)
            chase_one(world, player, slots[i]);
    }
    world->habits.alive->end(world, &walk);
    sim_let_go(world, player);
}

static void advance(sim_world *world, float *x, float *y, const float *vx, const float *vy,
                    float factor, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        boxed *from = box(x[i], y[i]);
        boxed *velocity = box(vx[i], vy[i]);
        boxed *step = times(velocity, factor);
        boxed *to = plus(from, step);
        x[i] = to->x;
        y[i] = to->y;
        sim_let_go(world, from);
        sim_let_go(world, velocity);
        sim_let_go(world, step);
        sim_let_go(world, to);
    }
}

const sim_movement_habit sim_movement_boxed = {chase, advance};
