/* The wave director: which enemies there should be, by the load of the phase. */
#include "world.h"

/* From the highest slot down, so that the lowest are the next to be given. */
static void take_away(sim_world *world, uint32_t keep) {
    for (uint32_t slot = world->slots.high; slot-- > 0 && world->slots.alive > keep;) {
        if (sim_slot_taken(&world->slots, slot))
            sim_despawn(world, (sim_handle){slot, world->slots.generation[slot]});
    }
}

static void empty(sim_world *world) {
    take_away(world, 0);
    world->projectiles.count = 0;
    world->orbs.count = 0;
    world->damage.count = 0;
}

/* A full world ends either loop; the refusal is counted. */
static void spawn_up_to(sim_world *world, uint32_t population) {
    bool room = true;
    while (room && world->slots.alive < population)
        room = sim_spawn(world, sim_template_draw(&world->streams.waves)).generation != 0;
}

static void spawn_quota(sim_world *world) {
    sim_stream *waves = &world->streams.waves;
    bool room = true;
    for (uint32_t tier = 0; tier < SIM_TIER_COUNT; tier++) {
        while (room && world->slots.alive_by_tier[tier] < world->director.quota[tier])
            room = sim_spawn(world, sim_template_draw_tier(waves, (sim_tier)tier)).generation != 0;
    }
}

/* The first step has the first target, the last step the last one. */
static void step_gradual(sim_world *world) {
    const sim_director *director = &world->director;
    uint64_t first = director->phase.population_first, last = director->phase.population_last;
    uint32_t steps = director->steps_planned > 1 ? director->steps_planned - 1 : 0;
    uint64_t done = director->steps < steps ? director->steps : steps;
    if (steps == 0 || done == steps)
        spawn_up_to(world, (uint32_t)last);
    else if (last >= first)
        spawn_up_to(world, (uint32_t)(first + (last - first) * done / steps));
    else
        spawn_up_to(world, (uint32_t)(first - (first - last) * done / steps));
}

static void step_burst(sim_world *world) {
    if (world->director.steps == 0)
        spawn_up_to(world, world->director.phase.population_last);
}

static void step_combat(sim_world *world) {
    const sim_director *director = &world->director;
    if (director->steps == 0 || world->slots.alive < director->phase.refill_below)
        spawn_up_to(world, director->phase.population_last);
}

static void step_mixed_tier(sim_world *world) {
    const sim_director *director = &world->director;
    if (director->steps == 0 || world->slots.alive < director->phase.refill_below)
        spawn_quota(world);
}

static void (*const steps[SIM_LOAD_COUNT])(sim_world *) = {
    [SIM_LOAD_GRADUAL] = step_gradual,
    [SIM_LOAD_BURST] = step_burst,
    [SIM_LOAD_COMBAT] = step_combat,
    [SIM_LOAD_MIXED_TIER] = step_mixed_tier,
};

void sim_director_step(sim_world *world) {
    steps[world->director.phase.load](world);
    world->director.steps++;
}

static uint32_t at_most(uint32_t value, uint32_t limit) {
    return value < limit ? value : limit;
}

void sim_director_begin(sim_world *world, const sim_phase *phase) {
    assert(phase->load < SIM_LOAD_COUNT);
    sim_director *director = &world->director;
    *director = (sim_director){.phase = *phase};
    uint32_t capacity = world->config.capacity;
    director->phase.population_first = at_most(phase->population_first, capacity);
    uint32_t last = at_most(phase->population_last, capacity);
    director->phase.population_last = last;
    director->phase.refill_below = at_most(phase->refill_below, last);
    director->steps_planned = sim_steps_in(world, phase->frames);
    director->fights = phase->load == SIM_LOAD_COMBAT || phase->load == SIM_LOAD_MIXED_TIER;
    if (phase->load == SIM_LOAD_COMBAT) {
        take_away(world, last);
        return;
    }
    empty(world);
    if (phase->load == SIM_LOAD_MIXED_TIER) {
        sim_quota_split(phase->quota, last, director->quota);
        if (phase->refill_below == 0)
            director->phase.refill_below = (uint32_t)((uint64_t)last * 4 / 5);
    }
}
