/* Experience: orbs lie where enemies died, and fly to a player who is near. */
#include "world.h"

#include <math.h>

bool sim_orbs_create(sim_world *world) {
    sim_orbs *orbs = &world->orbs;
    orbs->x = sim_memory(world, SIM_ORBS_MAX, sizeof(float));
    orbs->y = sim_memory(world, SIM_ORBS_MAX, sizeof(float));
    orbs->worth = sim_memory(world, SIM_ORBS_MAX, sizeof(uint32_t));
    return orbs->x && orbs->y && orbs->worth;
}

static void lose_oldest(sim_orbs *orbs) {
    orbs->count--;
    memmove(orbs->x, orbs->x + 1, orbs->count * sizeof *orbs->x);
    memmove(orbs->y, orbs->y + 1, orbs->count * sizeof *orbs->y);
    memmove(orbs->worth, orbs->worth + 1, orbs->count * sizeof *orbs->worth);
    orbs->lost++;
}

void sim_orbs_drop(sim_world *world, float x, float y, uint32_t worth) {
    sim_orbs *orbs = &world->orbs;
    sim_stream *loot = &world->streams.loot;
    if (orbs->count == SIM_ORBS_MAX)
        lose_oldest(orbs);
    uint32_t i = orbs->count++;
    orbs->x[i] = x + sim_stream_range(loot, -SIM_ORB_SCATTER, SIM_ORB_SCATTER);
    orbs->y[i] = y + sim_stream_range(loot, -SIM_ORB_SCATTER, SIM_ORB_SCATTER);
    orbs->worth[i] = worth;
    orbs->dropped++;
}

/* True when the orb is still on its way, or lying. */
static bool pull(sim_world *world, float *x, float *y) {
    float dx = SIM_PLAYER_X - *x, dy = SIM_PLAYER_Y - *y;
    float square = dx * dx + dy * dy;
    if (square > SIM_ORB_MAGNET * SIM_ORB_MAGNET)
        return true;
    if (square <= SIM_ORB_PICKUP * SIM_ORB_PICKUP)
        return false;
    float length = sqrtf(square);
    float vx = dx / length * SIM_ORB_SPEED, vy = dy / length * SIM_ORB_SPEED;
    world->habits.movement->advance(world, x, y, &vx, &vy, SIM_STEP_SECONDS, 1);
    return true;
}

void sim_orbs_step(sim_world *world) {
    sim_orbs *orbs = &world->orbs;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < orbs->count; i++) {
        if (!pull(world, &orbs->x[i], &orbs->y[i])) {
            orbs->collected++;
            sim_events_send(world, SIM_EVENT_ORB_COLLECTED, (sim_handle){0, 0},
                            (float)orbs->worth[i]);
            continue;
        }
        orbs->x[kept] = orbs->x[i];
        orbs->y[kept] = orbs->y[i];
        orbs->worth[kept++] = orbs->worth[i];
    }
    orbs->count = kept;
}
