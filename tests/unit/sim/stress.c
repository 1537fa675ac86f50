#include "stress.h"

#include <criterion/criterion.h>

sim_world *stress_world(uint32_t switches) {
    sim_config config = sim_config_default();
    config.switches = switches;
    sim_world *world = sim_world_create(&config);
    cr_assert_not_null(world);
    return world;
}

sim_phase stress_phase(unsigned index, uint64_t scale) {
    sim_phase phases[STRESS_PHASES] = {
        {.load = SIM_LOAD_GRADUAL, .frames = 480, .population_first = 100, .population_last = 500},
        {.load = SIM_LOAD_BURST, .frames = 300, .population_last = 500},
        {.load = SIM_LOAD_COMBAT, .frames = 600, .population_last = 500, .refill_below = 400},
        {.load = SIM_LOAD_MIXED_TIER,
         .frames = 420,
         .population_last = 500,
         .quota = {0.60, 0.25, 0.12, 0.03}},
    };
    sim_phase phase = phases[index];
    phase.frames /= scale;
    return phase;
}

uint64_t stress_frames(uint64_t scale) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < STRESS_PHASES; i++)
        sum += stress_phase(i, scale).frames;
    return sum;
}

void stress_frame(sim_world *world, uint64_t frame, uint64_t scale) {
    uint64_t start = 0;
    for (unsigned i = 0; i < STRESS_PHASES; i++) {
        sim_phase phase = stress_phase(i, scale);
        if (frame == start)
            sim_world_begin_phase(world, &phase);
        start += phase.frames;
    }
    sim_world_frame(world);
}

uint32_t stress_alive(const sim_world *world) {
    sim_observation seen = sim_world_observe(world);
    uint32_t sum = 0;
    for (int tier = 0; tier < SIM_TIER_COUNT; tier++)
        sum += seen.alive[tier];
    return sum;
}
