/* The wave director and the clock: every phase has the population that it promises. */
#include "stress.h"
#include "world.h"

#include <criterion/criterion.h>

static void run(sim_world *world, uint64_t frames) {
    for (uint64_t i = 0; i < frames; i++)
        sim_world_frame(world);
}

Test(phases, gradual_rises_from_the_first_to_the_last_target) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = stress_phase(0, 1);
    sim_world_begin_phase(world, &phase);
    cr_assert_eq(stress_alive(world), 0);
    uint32_t before = 0;
    for (uint64_t frame = 0; frame < phase.frames; frame++) {
        sim_world_frame(world);
        uint32_t alive = stress_alive(world);
        cr_assert(alive >= before && alive - before <= (before ? 2 : 100));
        if (frame == 0)
            cr_assert_eq(alive, 100);
        if (frame == phase.frames / 2)
            cr_assert(alive > 298 && alive < 303, "%u", alive);
        before = alive;
    }
    cr_assert_eq(before, 500);
    sim_world_destroy(world);
}

Test(phases, gradual_reaches_its_last_target_at_any_rate) {
    static const uint32_t rates[] = {1, 7, 29, 30, 31, 59, 60, 61, 144, 1000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        sim_config config = sim_config_default();
        config.frame_hz = rates[i];
        sim_world *world = sim_world_create(&config);
        sim_phase phase = stress_phase(0, 1);
        phase.frames = rates[i] * 2;
        sim_world_begin_phase(world, &phase);
        run(world, phase.frames);
        cr_assert_eq(stress_alive(world), 500, "at %u a second", rates[i]);
        sim_world_destroy(world);
    }
}

Test(phases, burst_spawns_in_the_first_step_and_holds) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = stress_phase(1, 1);
    sim_world_begin_phase(world, &phase);
    for (uint64_t frame = 0; frame < phase.frames; frame++) {
        sim_world_frame(world);
        cr_assert_eq(stress_alive(world), 500);
    }
    cr_assert_eq(sim_world_observe(world).spawned, 500);
    sim_world_destroy(world);
}

Test(phases, combat_refills_whenever_too_few_live_and_all_fight) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = stress_phase(2, 1);
    sim_world_begin_phase(world, &phase);
    uint32_t before = 0;
    int refills = 0;
    for (uint64_t frame = 0; frame < phase.frames; frame++) {
        uint64_t steps = world->clock.steps;
        uint64_t spawned = world->spawned;
        sim_world_frame(world);
        uint32_t alive = stress_alive(world);
        bool stepped = world->clock.steps != steps;
        bool refilled = stepped && (frame == 0 || before < 400);
        cr_assert_eq(world->spawned - spawned, refilled ? 500 - before : 0, "frame %d", (int)frame);
        refills += refilled;
        before = alive;
    }
    sim_observation seen = sim_world_observe(world);
    cr_assert_gt(refills, 5);
    cr_assert_gt(seen.died, 500);
    cr_assert_gt(seen.projectiles_fired, 100);
    cr_assert_gt(seen.criticals, 20);
    cr_assert_gt(seen.orbs_collected, 100);
    cr_assert_gt(seen.experience, seen.orbs_collected);
    cr_assert_gt(seen.damage_taken, 0.0);
    sim_world_destroy(world);
}

Test(phases, combat_without_refill_dies_out) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = {.load = SIM_LOAD_COMBAT, .frames = 1800, .population_last = 100};
    sim_world_begin_phase(world, &phase);
    run(world, 1800);
    cr_assert_eq(sim_world_observe(world).spawned, 100);
    cr_assert_eq(stress_alive(world), 0);
    sim_world_destroy(world);
}

Test(phases, combat_takes_surplus_away_and_keeps_the_rest) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = stress_phase(1, 1);
    sim_world_begin_phase(world, &phase);
    run(world, 1);
    phase = (sim_phase){.load = SIM_LOAD_COMBAT, .frames = 10, .population_last = 120};
    sim_world_begin_phase(world, &phase);
    cr_assert_eq(stress_alive(world), 120);
    cr_assert_eq(sim_world_observe(world).despawned, 380);
    sim_world_destroy(world);
}

Test(phases, mixed_tier_has_its_quota_and_again_after_a_refill) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = stress_phase(3, 1);
    sim_world_begin_phase(world, &phase);
    uint32_t before = 0;
    int refills = 0;
    for (uint64_t frame = 0; frame < phase.frames; frame++) {
        uint64_t spawned = world->spawned, died = world->died;
        sim_world_frame(world);
        sim_observation seen = sim_world_observe(world);
        if (world->spawned != spawned) {
            cr_assert(frame == 0 || before < 400);
            refills++;
        }
        if (world->spawned != spawned && world->died == died) {
            cr_assert_eq(seen.alive[SIM_TIER_SWARM], 300);
            cr_assert_eq(seen.alive[SIM_TIER_REGULAR], 125);
            cr_assert_eq(seen.alive[SIM_TIER_ELITE], 60);
            cr_assert_eq(seen.alive[SIM_TIER_BOSS], 15);
        }
        before = stress_alive(world);
    }
    cr_assert_gt(refills, 1);
    sim_world_destroy(world);
}

Test(phases, an_emptied_arena_counts_its_enemies_as_taken_away) {
    for (uint32_t load = 0; load < SIM_LOAD_COUNT; load++) {
        sim_world *world = stress_world(SIM_SWITCHES_NONE);
        sim_phase phase = stress_phase(2, 1);
        sim_world_begin_phase(world, &phase);
        run(world, 120);
        uint32_t alive = stress_alive(world);
        sim_observation before = sim_world_observe(world);
        sim_world_begin_phase(world, &(sim_phase){.load = (sim_load)load, .frames = 60});
        sim_observation after = sim_world_observe(world);
        cr_assert_eq(stress_alive(world), 0, "a phase of population 0");
        cr_assert_eq(after.despawned - before.despawned, alive);
        cr_assert_eq(after.died, before.died);
        sim_world_destroy(world);
    }
}

Test(phases, a_population_over_the_capacity_is_cut_to_it) {
    sim_config config = sim_config_default();
    config.capacity = 50;
    sim_world *world = sim_world_create(&config);
    sim_phase phase = stress_phase(1, 1);
    sim_world_begin_phase(world, &phase);
    run(world, 2);
    cr_assert_eq(stress_alive(world), 50);
    cr_assert_eq(sim_world_observe(world).spawns_refused, 0);
    sim_world_destroy(world);
}

Test(phases, observed_tiers_add_up_to_spawned_less_gone_on_every_frame) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = stress_world(i ? SIM_SWITCHES_ALL : SIM_SWITCHES_NONE);
        for (uint64_t frame = 0; frame < stress_frames(1); frame++) {
            stress_frame(world, frame, 1);
            sim_observation seen = sim_world_observe(world);
            cr_assert_eq(stress_alive(world), seen.spawned - seen.died - seen.despawned);
            cr_assert_eq(stress_alive(world), world->slots.alive);
            for (int tier = 0; tier < SIM_TIER_COUNT; tier++)
                cr_assert_eq(seen.alive[tier], sim_view_count(world, (sim_tier)tier));
        }
        sim_world_destroy(world);
    }
}

Test(clock, every_second_frame_has_a_combat_step) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    for (uint64_t frame = 1; frame <= 10; frame++) {
        sim_world_frame(world);
        cr_assert_eq(sim_world_observe(world).combat_steps, (frame + 1) / 2);
    }
    sim_world_destroy(world);
}

Test(clock, a_second_has_thirty_steps_at_any_rate_or_says_what_it_dropped) {
    static const uint32_t rates[] = {1, 2, 3, 4, 24, 30, 48, 60, 75, 144, 1000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        sim_config config = sim_config_default();
        config.frame_hz = rates[i];
        sim_world *world = sim_world_create(&config);
        run(world, rates[i]);
        sim_observation seen = sim_world_observe(world);
        uint64_t extra = rates[i] > 30; /* the very first frame has one */
        cr_assert(seen.combat_steps + seen.steps_dropped <= 30 + extra);
        cr_assert(seen.combat_steps + seen.steps_dropped >= 30);
        cr_assert_eq(seen.steps_dropped > 0, rates[i] < 4, "at %u a second", rates[i]);
        sim_world_destroy(world);
    }
}

static void count_step(void *user) {
    ++*(int *)user;
}

Test(clock, the_hook_is_called_once_for_each_step) {
    int calls = 0;
    sim_config config = sim_config_default();
    config.after_combat_step = count_step;
    config.user = &calls;
    sim_world *world = sim_world_create(&config);
    run(world, 60);
    cr_assert_eq(calls, 30);
    sim_world_destroy(world);
}
