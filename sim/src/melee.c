/* The player's blade: twice a second, all in the half circle that he faces. */
#include "world.h"

#include <math.h>

static void strike(sim_world *world, uint32_t slot) {
    float dx = world->bodies.x[slot] - SIM_PLAYER_X, dy = world->bodies.y[slot] - SIM_PLAYER_Y;
    float length = sqrtf(dx * dx + dy * dy);
    float push = length > 1.0f ? SIM_MELEE_KNOCKBACK / length : 0.0f;
    sim_damage damage = {.target = {slot, world->slots.generation[slot]},
                         .amount = SIM_MELEE_DAMAGE,
                         .push_x = dx * push,
                         .push_y = dy * push};
    sim_damage_push(world, &damage);
}

void sim_melee_step(sim_world *world) {
    if (!world->director.fights || world->clock.steps % SIM_MELEE_STEPS != 0)
        return;
    sim_cone cone = {.x = SIM_PLAYER_X,
                     .y = SIM_PLAYER_Y,
                     .range = SIM_MELEE_RANGE,
                     .direction_x = world->player.facing_x,
                     .direction_y = world->player.facing_y,
                     .cos_half = SIM_MELEE_COS_HALF};
    sim_results reached;
    sim_query_cone(world, &reached, &cone);
    for (uint32_t i = 0; i < reached.count; i++)
        strike(world, reached.slots[i]);
    sim_query_end(world, &reached);
}
