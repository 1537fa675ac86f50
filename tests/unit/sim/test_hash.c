/* Same seed, same world: whatever the switches. The golden hash also holds for gcc and clang at
 * every level of optimization; when it moves, the changelog says who meant it. */
#include "stress.h"
#include "world.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define GOLDEN_FRAME 1800
#define GOLDEN_FIRST UINT64_C(0x9b1fd249d3d4b5a6)
#define GOLDEN_HASH  UINT64_C(0xc25274f67c9af2d5)

Test(hash, is_the_golden_one) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    stress_frame(world, 0, 1);
    uint64_t hash = sim_world_hash(world);
    cr_assert_eq(hash, GOLDEN_FIRST, "first %016llx", (unsigned long long)hash);
    for (uint64_t frame = 1; frame < GOLDEN_FRAME; frame++)
        stress_frame(world, frame, 1);
    hash = sim_world_hash(world);
    cr_assert_eq(hash, GOLDEN_HASH, "last %016llx", (unsigned long long)hash);
    sim_world_destroy(world);
}

static void expect_same(uint32_t a, uint32_t b, uint64_t scale) {
    sim_world *one = stress_world(a), *other = stress_world(b);
    for (uint64_t frame = 0; frame < stress_frames(scale); frame++) {
        stress_frame(one, frame, scale);
        stress_frame(other, frame, scale);
        cr_assert_eq(sim_world_hash(one), sim_world_hash(other), "0x%x and 0x%x at frame %d", a, b,
                     (int)frame);
    }
    sim_world_destroy(one);
    sim_world_destroy(other);
}

Test(hash, of_none_is_that_of_all_on_every_frame) {
    expect_same(SIM_SWITCHES_NONE, SIM_SWITCHES_ALL, 1);
}

Test(hash, is_the_same_with_each_switch_alone_on) {
    for (int i = 0; i < SIM_SWITCH_COUNT; i++)
        expect_same(1u << i, SIM_SWITCHES_ALL, 4);
}

Test(hash, is_the_same_with_each_switch_alone_off) {
    for (int i = 0; i < SIM_SWITCH_COUNT; i++)
        expect_same(SIM_SWITCHES_ALL & ~(1u << i), SIM_SWITCHES_ALL, 4);
}

Test(hash, is_the_same_for_any_combination) {
    sim_stream choice = sim_stream_make(2, "test");
    for (int i = 0; i < 64; i++)
        expect_same(sim_stream_below(&choice, SIM_SWITCHES_ALL + 1), SIM_SWITCHES_ALL, 4);
}

/* Large enough for the ring of events and the queue of damage to run full. */
Test(hash, is_the_same_for_a_crowd_that_fills_every_queue) {
    sim_world *world[2];
    for (int i = 0; i < 2; i++) {
        sim_config config = sim_config_default();
        config.capacity = 20000;
        config.switches = i ? SIM_SWITCHES_ALL : SIM_SWITCHES_NONE;
        world[i] = sim_world_create(&config);
        sim_phase phase = {.load = SIM_LOAD_COMBAT,
                           .frames = 240,
                           .population_last = 20000,
                           .refill_below = 19900};
        sim_world_begin_phase(world[i], &phase);
        sim_world_frame(world[i]);
        for (uint32_t slot = 0; slot < 6000; slot++) { /* all upon the player, within his reach */
            world[i]->bodies.x[slot] = 400.0f + (float)(slot % 80);
            world[i]->bodies.y[slot] = 300.0f + (float)(slot / 80);
        }
    }
    for (int frame = 1; frame < 240; frame++) {
        sim_world_frame(world[0]);
        sim_world_frame(world[1]);
        cr_assert_eq(sim_world_hash(world[0]), sim_world_hash(world[1]), "frame %d", frame);
    }
    sim_observation seen = sim_world_observe(world[1]);
    cr_assert_eq(seen.event_queue_high, 8192);
    cr_assert_eq(seen.damage_queue_high, 4096);
    cr_assert_gt(seen.damage_dropped, 0);
    sim_world_destroy(world[0]);
    sim_world_destroy(world[1]);
}

Test(hash, is_another_for_another_seed) {
    sim_config config = sim_config_default();
    uint64_t hash[3];
    for (int i = 0; i < 3; i++) {
        config.seed = (uint64_t[]){12345, 12346, 0}[i];
        sim_world *world = sim_world_create(&config);
        for (uint64_t frame = 0; frame < 60; frame++)
            stress_frame(world, frame, 1);
        hash[i] = sim_world_hash(world);
        sim_world_destroy(world);
    }
    cr_assert(hash[0] != hash[1] && hash[0] != hash[2] && hash[1] != hash[2]);
}

Test(hash, does_not_move_by_being_looked_at) {
    sim_world *world = stress_world(SIM_SWITCHES_NONE);
    stress_frame(world, 0, 1);
    uint64_t before = sim_world_hash(world);
    sim_view view;
    sim_drawable batch[SIM_VIEW_BATCH];
    uint32_t count = 0;
    sim_view_begin(&view, world);
    for (uint32_t n; (n = sim_view_next(&view, batch)) != 0;)
        count += n;
    sim_view_end(&view);
    sim_world_observe(world);
    cr_assert_eq(count, 100);
    cr_assert_eq(sim_world_hash(world), before);
    sim_world_destroy(world);
}

/* Each of these is one bit of one enemy, shot or total. */
Test(hash, moves_with_every_part_of_the_state) {
    sim_world *world = stress_world(SIM_SWITCHES_ALL);
    sim_phase phase = stress_phase(2, 1);
    sim_world_begin_phase(world, &phase);
    for (int frame = 0; frame < 241; frame++)
        sim_world_frame(world);
    uint32_t slot = 3;
    cr_assert(sim_slot_taken(&world->slots, slot) && world->projectiles.count > 0);
    cr_assert_gt(world->orbs.count, 0);
    sim_enemy *enemy = world->enemies[slot];
    float *const numbers[] = {&world->bodies.x[slot],
                              &world->bodies.y[slot],
                              &world->bodies.speed[slot],
                              &world->bodies.knock_x[slot],
                              &world->bodies.knock_y[slot],
                              &world->bodies.flash[slot],
                              &enemy->damage,
                              &enemy->size,
                              &enemy->hue,
                              &enemy->saturation,
                              &enemy->value,
                              &enemy->rgb[0],
                              &enemy->rgb[1],
                              &enemy->rgb[2],
                              &enemy->speed,
                              &world->projectiles.x[0],
                              &world->projectiles.y[0],
                              &world->projectiles.vx[0],
                              &world->projectiles.vy[0],
                              &world->projectiles.life[0],
                              &world->orbs.x[0],
                              &world->orbs.y[0],
                              &world->player.health,
                              &world->player.facing_x,
                              &world->player.facing_y};
    uint64_t before = sim_world_hash(world);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        float kept = *numbers[i];
        *numbers[i] = -kept - 1.0f;
        cr_assert_neq(sim_world_hash(world), before, "number %zu is not in the hash", i);
        *numbers[i] = kept;
    }
    cr_assert_eq(sim_world_hash(world), before);
    world->habits.registry->hurt(world, slot, 0.5f);
    cr_assert_neq(sim_world_hash(world), before);
    sim_world_destroy(world);
}
