/* What there is to draw. */
#include "world.h"

uint32_t sim_view_count(const sim_world *world, sim_tier tier) {
    assert(tier < SIM_TIER_COUNT);
    return world->slots.alive_by_tier[tier];
}

void sim_view_begin(sim_view *view, sim_world *world) {
    sim_alive_walk walk;
    world->habits.alive->begin(world, &walk);
    *view = (sim_view){.world = world, .list = walk.list, .next = walk.next, .count = walk.count};
}

static void fill(const sim_world *world, uint32_t slot, sim_drawable *out) {
    const sim_enemy *enemy = world->enemies[slot];
    *out = (sim_drawable){
        .x = world->bodies.x[slot],
        .y = world->bodies.y[slot],
        .diameter = SIM_ENEMY_DIAMETER * enemy->size,
        .rgb = {enemy->rgb[0], enemy->rgb[1], enemy->rgb[2]},
        .flash = world->bodies.flash[slot] * (1.0f / SIM_FLASH_SECONDS),
        .tier = enemy->tier,
        .faces_left = world->bodies.x[slot] > SIM_PLAYER_X,
    };
}

uint32_t sim_view_next(sim_view *view, sim_drawable batch[SIM_VIEW_BATCH]) {
    _Static_assert((int)SIM_VIEW_BATCH == (int)SIM_ALIVE_BATCH, "a batch is a batch");
    uint32_t slots[SIM_ALIVE_BATCH];
    sim_alive_walk walk = {.list = view->list, .next = view->next, .count = view->count};
    uint32_t count = view->world->habits.alive->next(view->world, &walk, slots);
    view->next = walk.next;
    for (uint32_t i = 0; i < count; i++)
        fill(view->world, slots[i], &batch[i]);
    return count;
}

void sim_view_end(sim_view *view) {
    sim_alive_walk walk = {.list = view->list, .next = view->next, .count = view->count};
    view->world->habits.alive->end(view->world, &walk);
}

uint32_t sim_view_projectiles(const sim_world *world, const float **x, const float **y) {
    *x = world->projectiles.x;
    *y = world->projectiles.y;
    return world->projectiles.count;
}

void sim_view_player(float *x, float *y) {
    *x = SIM_PLAYER_X;
    *y = SIM_PLAYER_Y;
}
