/* The world as a whole: made, begun, observed, taken down. */
#include "world.h"

#include <stdlib.h>

sim_config sim_config_default(void) {
    return (sim_config){
        .seed = 12345, .frame_hz = 60, .capacity = 500, .switches = SIM_SWITCHES_ALL};
}

void *sim_memory(sim_world *world, size_t count, size_t size) {
    assert(world->block_count < SIM_BLOCKS_MAX);
    void *block = calloc(count, size);
    if (block)
        world->blocks[world->block_count++] = block;
    return block;
}

static bool is_sound(const sim_config *config) {
    return config->frame_hz >= 1 && config->frame_hz <= SIM_FRAME_HZ_MAX && config->capacity >= 1 &&
           config->capacity <= SIM_CAPACITY_MAX &&
           (config->switches & ~(uint32_t)SIM_SWITCHES_ALL) == 0;
}

/* At first the arena is empty and stays so, until a phase begins. */
static void begin_nothing(sim_world *world) {
    sim_phase nothing = {.load = SIM_LOAD_BURST};
    sim_director_begin(world, &nothing);
}

sim_world *sim_world_create(const sim_config *config) {
    sim_world *world = is_sound(config) ? calloc(1, sizeof *world) : NULL;
    if (!world)
        return NULL;
    world->config = *config;
    world->habits = sim_habits_select(config->switches);
    world->streams = sim_streams_make(config->seed);
    world->log.level = SIM_LOG_INFO;
    world->clock.due = config->frame_hz > SIM_COMBAT_HZ ? config->frame_hz - SIM_COMBAT_HZ : 0;
    sim_player_create(world);
    if (!sim_entities_create(world) || !sim_damage_create(world) ||
        !sim_projectiles_create(world) || !sim_orbs_create(world) || !sim_contact_create(world) ||
        !sim_knockback_create(world) || !sim_flashes_create(world) || !sim_habits_create(world)) {
        sim_world_destroy(world);
        return NULL;
    }
    begin_nothing(world);
    return world;
}

void sim_world_destroy(sim_world *world) {
    if (!world)
        return;
    sim_habits_destroy(world);
    sim_garbage_destroy(world);
    for (uint32_t i = 0; i < world->block_count; i++)
        free(world->blocks[i]);
    free(world);
}

void sim_world_begin_phase(sim_world *world, const sim_phase *phase) {
    sim_director_begin(world, phase);
    world->habits.delivery->drain(world);
    world->habits.interval->phase_ended(world);
    sim_log(world, SIM_LOG_INFO, "phase: load %d, population %u", (int)phase->load,
            phase->population_last);
}

/* By walking, not from the running counts: those are what a mistake would be in. */
static void count_alive(const sim_world *world, uint32_t alive[SIM_TIER_COUNT]) {
    for (uint32_t slot = 0; slot < world->slots.high; slot++) {
        if (sim_slot_taken(&world->slots, slot))
            alive[world->enemies[slot]->tier]++;
    }
}

sim_observation sim_world_observe(const sim_world *world) {
    sim_observation seen = {
        .frames = world->clock.frames,
        .combat_steps = world->clock.steps,
        .steps_dropped = world->clock.dropped,
        .spawned = world->spawned,
        .died = world->died,
        .despawned = world->despawned,
        .spawns_refused = world->refused,
        .damage_applied = world->damage.applied,
        .damage_stale = world->damage.stale,
        .damage_dropped = world->damage.dropped,
        .damage_queue_high = world->damage.high,
        .criticals = world->damage.criticals,
        .events = world->events,
        .event_queue_high = world->event_queue_high,
        .projectiles_fired = world->projectiles.fired,
        .projectiles_refused = world->projectiles.refused,
        .orbs_dropped = world->orbs.dropped,
        .orbs_collected = world->orbs.collected,
        .orbs_lost = world->orbs.lost,
        .experience = world->player.experience,
        .damage_taken = world->player.damage_taken,
        .player_falls = world->player.falls,
        .log_messages = world->log.count,
        .collections = world->garbage.collections,
        .payload_double_releases = world->payload_double_releases,
    };
    count_alive(world, seen.alive);
    return seen;
}
