/* Projectiles: fired at targets in range, flying straight, spent on the first enemy they meet. */
#include "world.h"

#include <math.h>

bool sim_projectiles_create(sim_world *world) {
    sim_projectiles *all = &world->projectiles;
    all->x = sim_memory(world, SIM_PROJECTILES_MAX, sizeof(float));
    all->y = sim_memory(world, SIM_PROJECTILES_MAX, sizeof(float));
    all->vx = sim_memory(world, SIM_PROJECTILES_MAX, sizeof(float));
    all->vy = sim_memory(world, SIM_PROJECTILES_MAX, sizeof(float));
    all->life = sim_memory(world, SIM_PROJECTILES_MAX, sizeof(float));
    return all->x && all->y && all->vx && all->vy && all->life;
}

static void fire(sim_world *world, uint32_t target) {
    sim_projectiles *all = &world->projectiles;
    if (all->count == SIM_PROJECTILES_MAX) {
        all->refused++;
        return;
    }
    float dx = world->bodies.x[target] - SIM_PLAYER_X, dy = world->bodies.y[target] - SIM_PLAYER_Y;
    float length = sqrtf(dx * dx + dy * dy);
    if (length > 1.0f) {
        world->player.facing_x = dx / length;
        world->player.facing_y = dy / length;
    }
    uint32_t i = all->count++;
    all->x[i] = SIM_PLAYER_X;
    all->y[i] = SIM_PLAYER_Y;
    all->vx[i] = world->player.facing_x * SIM_PROJECTILE_SPEED;
    all->vy[i] = world->player.facing_y * SIM_PROJECTILE_SPEED;
    all->life[i] = SIM_PROJECTILE_LIFE;
    all->fired++;
}

/* Which of those in range are shot at is up to the stream of the player's mind. */
static void volley(sim_world *world) {
    sim_results in_range;
    sim_query_radius(world, &in_range, SIM_PLAYER_X, SIM_PLAYER_Y, SIM_TARGET_RANGE, 0);
    for (uint32_t i = 0; i < SIM_VOLLEY_SIZE && in_range.count > 0; i++)
        fire(world, in_range.slots[sim_stream_below(&world->streams.ai, in_range.count)]);
    sim_query_end(world, &in_range);
}

static bool hits(sim_world *world, uint32_t i) {
    sim_results hit;
    sim_query_radius(world, &hit, world->projectiles.x[i], world->projectiles.y[i],
                     SIM_PROJECTILE_RADIUS + SIM_ENEMY_RADIUS, 1);
    bool any = hit.count > 0;
    if (any) {
        uint32_t slot = hit.slots[0];
        sim_damage damage = {.target = {slot, world->slots.generation[slot]},
                             .amount = SIM_PROJECTILE_DAMAGE};
        sim_damage_push(world, &damage);
    }
    sim_query_end(world, &hit);
    return any;
}

static bool outside(float coordinate) {
    return coordinate < -SIM_PROJECTILE_BOUND || coordinate > SIM_PROJECTILE_BOUND;
}

/* Ten pixels a step, less than the sixteen of a meeting: nothing is flown through. */
static void fly(sim_world *world) {
    sim_projectiles *all = &world->projectiles;
    world->habits.movement->advance(world, all->x, all->y, all->vx, all->vy, SIM_STEP_SECONDS,
                                    all->count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        float life = all->life[i] - SIM_STEP_SECONDS;
        if (life <= 0.0f || outside(all->x[i]) || outside(all->y[i]) || hits(world, i))
            continue;
        all->x[kept] = all->x[i];
        all->y[kept] = all->y[i];
        all->vx[kept] = all->vx[i];
        all->vy[kept] = all->vy[i];
        all->life[kept++] = life;
    }
    all->count = kept;
}

void sim_projectiles_step(sim_world *world) {
    if (world->director.fights && world->clock.steps % SIM_VOLLEY_STEPS == 0)
        volley(world);
    fly(world);
}
