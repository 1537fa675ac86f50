/* Enemies as entities: slots that are reused, with a generation that makes old handles void. */
#include "world.h"

#include <math.h>

bool sim_entities_create(sim_world *world) {
    uint32_t capacity = world->config.capacity;
    sim_slots *slots = &world->slots;
    sim_bodies *bodies = &world->bodies;
    slots->generation = sim_memory(world, capacity, sizeof(uint32_t));
    slots->free = sim_memory(world, capacity, sizeof(uint32_t));
    world->enemies = sim_memory(world, capacity, sizeof(sim_enemy *));
    float **const arrays[] = {&bodies->x,       &bodies->y,       &bodies->speed,
                              &bodies->knock_x, &bodies->knock_y, &bodies->flash};
    bool all = slots->generation && slots->free && world->enemies;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        all = (*arrays[i] = sim_memory(world, capacity, sizeof(float))) != NULL && all;
    if (!all)
        return false;
    for (uint32_t i = 0; i < capacity; i++) /* the lowest slot is given first */
        slots->free[i] = capacity - 1 - i;
    slots->free_count = capacity;
    return true;
}

bool sim_is_alive(const sim_world *world, sim_handle handle) {
    return handle.slot < world->config.capacity && (handle.generation & 1u) != 0 &&
           world->slots.generation[handle.slot] == handle.generation;
}

/* On the spawn circle. A crowd too large for it is spread evenly over a ring outside of it, at the
 * density that the circle's own crowd would have: a million on one circle would be one heap. */
static void place(sim_world *world, uint32_t slot) {
    float dx, dy;
    sim_stream_direction(&world->streams.waves, &dx, &dy);
    float inner = SIM_SPAWN_RADIUS * SIM_SPAWN_RADIUS;
    float crowd = (float)world->config.capacity / (float)SIM_SPAWN_CROWD;
    float wanted = crowd > 1.0f ? inner * crowd : inner;
    float most = SIM_SPAWN_RADIUS_MAX * SIM_SPAWN_RADIUS_MAX;
    float outer = wanted < most ? wanted : most;
    float distance = sqrtf(inner + (outer - inner) * sim_stream_unit(&world->streams.waves));
    world->bodies.x[slot] = SIM_PLAYER_X + dx * distance;
    world->bodies.y[slot] = SIM_PLAYER_Y + dy * distance;
}

/* The order of the draws is part of the game: hp, damage, speed, size, hue, saturation, value. */
static float draw_enemy(sim_stream *waves, sim_enemy *enemy, const sim_template *kind) {
    float hp = sim_stream_range(waves, kind->hp_low, kind->hp_high);
    enemy->damage = sim_stream_range(waves, kind->damage_low, kind->damage_high);
    enemy->speed = sim_stream_range(waves, kind->speed_low, kind->speed_high);
    enemy->size = kind->size * sim_stream_range(waves, 0.9f, 1.1f);
    float hue = kind->hue + sim_stream_range(waves, -0.04f, 0.04f);
    enemy->hue = hue < 0.0f ? hue + 1.0f : (hue >= 1.0f ? hue - 1.0f : hue);
    enemy->saturation = sim_stream_range(waves, 0.55f, 0.9f);
    enemy->value = sim_stream_range(waves, 0.65f, 1.0f);
    sim_colour_from_hsv(enemy->hue, enemy->saturation, enemy->value, enemy->rgb);
    return hp;
}

static void log_enemy(sim_world *world, const char *what, uint32_t slot) {
    const char *name = world->habits.ids->name(world, slot);
    sim_log(world, SIM_LOG_DEBUG, "%s %s", name, what);
    world->habits.ids->end(world, name);
}

sim_handle sim_spawn(sim_world *world, uint32_t template_index) {
    sim_slots *slots = &world->slots;
    if (slots->free_count == 0) {
        world->refused++;
        return (sim_handle){0, 0};
    }
    uint32_t slot = slots->free[--slots->free_count];
    sim_handle handle = {slot, ++slots->generation[slot]};
    slots->high = slot >= slots->high ? slot + 1 : slots->high;

    const sim_template *kind = sim_template_at(template_index);
    sim_enemy *enemy = world->habits.store->take(world, slot);
    *enemy = (sim_enemy){.handle = handle, .template_index = template_index};
    enemy->tier = (uint8_t)kind->tier;
    enemy->serial = ++world->spawned;
    float hp = draw_enemy(&world->streams.waves, enemy, kind);
    place(world, slot);
    world->bodies.speed[slot] = enemy->speed;
    world->bodies.knock_x[slot] = world->bodies.knock_y[slot] = world->bodies.flash[slot] = 0.0f;

    world->habits.registry->add(world, slot, hp);
    world->habits.alive->born(world, slot);
    slots->alive++;
    slots->alive_by_tier[enemy->tier]++;
    log_enemy(world, kind->name, slot);
    sim_events_send(world, SIM_EVENT_SPAWNED, handle, hp);
    return handle;
}

static void release(sim_world *world, uint32_t slot) {
    sim_slots *slots = &world->slots;
    slots->alive--;
    slots->alive_by_tier[world->enemies[slot]->tier]--;
    world->habits.flags->clear(world, slot, ~0u);
    world->habits.registry->remove(world, slot);
    world->habits.alive->gone(world, slot);
    world->habits.store->give_back(world, slot);
    slots->generation[slot]++;
    slots->free[slots->free_count++] = slot;
}

void sim_kill(sim_world *world, sim_handle handle) {
    assert(sim_is_alive(world, handle));
    uint32_t slot = handle.slot;
    sim_payload told = {.enemy = handle,
                        .x = world->bodies.x[slot],
                        .y = world->bodies.y[slot],
                        .tier = world->enemies[slot]->tier};
    log_enemy(world, "died", slot);
    world->died++;
    release(world, slot);
    sim_events_send_whole(world, SIM_EVENT_DIED, &told);
}

void sim_despawn(sim_world *world, sim_handle handle) {
    assert(sim_is_alive(world, handle));
    world->despawned++;
    release(world, handle.slot);
}
