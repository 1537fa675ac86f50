/* The player. He stands where he stands; when his health runs out that is counted, and he gets up
 * whole at once, because a scenario runs to its end. */
#include "world.h"

void sim_player_create(sim_world *world) {
    world->player = (sim_player){.health = SIM_PLAYER_HEALTH, .facing_x = 1.0f};
}

void sim_player_hurt(sim_world *world, float amount) {
    sim_player *player = &world->player;
    player->damage_taken += (double)amount;
    player->health -= amount;
    if (player->health > 0.0f)
        return;
    player->health = SIM_PLAYER_HEALTH;
    player->falls++;
    sim_log(world, SIM_LOG_INFO, "the player fell for the %llu. time",
            (unsigned long long)player->falls);
}
