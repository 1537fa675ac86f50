/* Projectiles, melee, contact, knockback, flashes, orbs and the chase, each by its figures. */
#include "world.h"

#include <criterion/criterion.h>
#include <math.h>

static const uint32_t both[] = {SIM_SWITCHES_NONE, SIM_SWITCHES_ALL};

static sim_world *fighting_world(uint32_t switches) {
    sim_config config = sim_config_default();
    config.capacity = 64;
    config.switches = switches;
    sim_world *world = sim_world_create(&config);
    world->director.fights = true;
    return world;
}

static sim_handle put(sim_world *world, uint32_t kind, float x, float y) {
    sim_handle handle = sim_spawn(world, kind);
    world->bodies.x[handle.slot] = x;
    world->bodies.y[handle.slot] = y;
    world->habits.spatial->rebuild(world);
    return handle;
}

static uint32_t flags_of(const sim_world *world, sim_handle handle) {
    return world->habits.flags->all(world, handle.slot);
}

Test(combat, projectiles_fly_at_their_speed_and_hit_for_their_damage) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        sim_handle dragon = put(world, 7, 400.0f + 100.0f, 300.0f);
        sim_projectiles_step(world); /* a volley, one step flown */
        cr_assert_eq(world->projectiles.count, SIM_VOLLEY_SIZE);
        cr_assert_float_eq(world->projectiles.x[0], 400.0f + 320.0f / 30.0f, 1e-3f);
        cr_assert_eq(world->projectiles.y[0], 300.0f);
        cr_assert_eq(world->player.facing_x, 1.0f);
        world->clock.steps = 1; /* no more volleys */
        int steps = 0;
        for (; world->damage.count == 0 && steps < 100; steps++)
            sim_projectiles_step(world);
        /* it meets the enemy 16 px before its centre, at 84 of 10.67 a step */
        cr_assert_eq(steps, 7);
        cr_assert_eq(world->damage.count, SIM_VOLLEY_SIZE);
        cr_assert_eq(world->projectiles.count, 0);
        cr_assert_eq(world->damage.ring[0].amount, 25.0f);
        cr_assert_eq(world->damage.ring[0].target.slot, dragon.slot);
        sim_world_destroy(world);
    }
}

Test(combat, projectiles_end_with_their_life_and_at_the_bounds) {
    sim_world *world = fighting_world(SIM_SWITCHES_ALL);
    sim_handle far_off = put(world, 7, 400.0f, 300.0f + 390.0f);
    sim_projectiles_step(world);
    sim_despawn(world, far_off);
    world->habits.spatial->rebuild(world);
    world->clock.steps = 1;
    int steps = 1;
    for (; world->projectiles.count > 0 && steps < 1000; steps++)
        sim_projectiles_step(world);
    cr_assert(steps >= 135 && steps <= 136, "4.5 s are 135 steps, not %d", steps);
    world->projectiles.x[0] = 2999.0f;
    world->projectiles.y[0] = 0.0f;
    world->projectiles.vx[0] = 320.0f;
    world->projectiles.life[0] = 4.0f;
    world->projectiles.count = 1;
    sim_projectiles_step(world);
    cr_assert_eq(world->projectiles.count, 0);
    sim_world_destroy(world);
}

Test(combat, projectiles_are_refused_when_all_fly) {
    sim_world *world = fighting_world(SIM_SWITCHES_ALL);
    put(world, 7, 600.0f, 300.0f);
    for (uint32_t i = 0; i < SIM_PROJECTILES_MAX; i++) {
        world->projectiles.x[i] = -1000.0f;
        world->projectiles.life[i] = 100.0f;
    }
    world->projectiles.count = SIM_PROJECTILES_MAX;
    sim_projectiles_step(world);
    cr_assert_eq(world->projectiles.refused, SIM_VOLLEY_SIZE);
    cr_assert_eq(world->projectiles.count, SIM_PROJECTILES_MAX);
    sim_world_destroy(world);
}

Test(combat, melee_strikes_the_half_circle_ahead_and_within_range) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        sim_handle ahead = put(world, 7, 400.0f + 119.0f, 300.0f);
        sim_handle beside = put(world, 7, 400.0f + 1.0f, 300.0f - 100.0f);
        put(world, 7, 400.0f + 121.0f, 300.0f); /* too far */
        put(world, 7, 400.0f - 50.0f, 300.0f);  /* behind */
        sim_melee_step(world);
        cr_assert_eq(world->damage.count, 2);
        for (int k = 0; k < 2; k++) {
            const sim_damage *damage = &world->damage.ring[k];
            cr_assert(damage->target.slot == ahead.slot || damage->target.slot == beside.slot);
            cr_assert_eq(damage->amount, 55.0f);
            float push = sqrtf(damage->push_x * damage->push_x + damage->push_y * damage->push_y);
            cr_assert_float_eq(push, 20.0f, 1e-3f);
        }
        world->clock.steps = 14;
        sim_melee_step(world);
        cr_assert_eq(world->damage.count, 2, "two a second, not more");
        world->clock.steps = 15;
        sim_melee_step(world);
        cr_assert_eq(world->damage.count, 4);
        sim_world_destroy(world);
    }
}

Test(combat, knockback_pushes_twenty_pixels_and_ends) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        sim_handle dragon = put(world, 7, 500.0f, 300.0f);
        sim_knockback_start(world, dragon, 20.0f, 0.0f);
        cr_assert(flags_of(world, dragon) & SIM_FLAG_KNOCKED);
        for (int step = 0; step < 10; step++)
            sim_knockback_step(world);
        cr_assert_float_eq(world->bodies.x[dragon.slot], 520.0f, 0.5f);
        cr_assert_eq(flags_of(world, dragon), 0);
        cr_assert_eq(world->knocked.count, 0);
        sim_world_destroy(world);
    }
}

Test(combat, contact_hurts_by_the_second_within_its_radius) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        sim_handle near = put(world, 0, 400.0f + 27.0f, 300.0f);
        sim_handle off = put(world, 0, 400.0f - 29.0f, 300.0f);
        double a_second = (double)world->enemies[near.slot]->damage;
        for (int step = 0; step < 30; step++)
            sim_contact_step(world);
        world->habits.delivery->drain(world);
        cr_assert_float_eq(world->player.damage_taken, a_second, 1e-3);
        cr_assert_eq(flags_of(world, near), SIM_FLAG_TOUCHING);
        cr_assert_eq(flags_of(world, off), 0);
        world->bodies.x[near.slot] += 10.0f;
        world->habits.spatial->rebuild(world);
        sim_contact_step(world);
        cr_assert_eq(flags_of(world, near), 0);
        sim_world_destroy(world);
    }
}

Test(combat, the_player_falls_is_counted_and_gets_up) {
    sim_world *world = fighting_world(SIM_SWITCHES_ALL);
    sim_player_hurt(world, 999.0f);
    cr_assert_eq(world->player.falls, 0);
    sim_player_hurt(world, 1.0f);
    cr_assert_eq(world->player.falls, 1);
    cr_assert_eq(world->player.health, 1000.0f);
    cr_assert_float_eq(world->player.damage_taken, 1000.0, 1e-9);
    sim_world_destroy(world);
}

Test(combat, a_hit_flashes_for_its_time) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        sim_handle dragon = put(world, 7, 500.0f, 300.0f);
        sim_flashes_start(world, dragon);
        sim_flashes_start(world, dragon);
        cr_assert_eq(world->flashing.count, 1);
        cr_assert_eq(flags_of(world, dragon), SIM_FLAG_HURT);
        int steps = 0;
        for (; world->bodies.flash[dragon.slot] > 0.0f && steps < 100; steps++)
            sim_flashes_step(world);
        cr_assert_eq(steps, 4, "0.12 s are 3.6 steps");
        cr_assert_eq(flags_of(world, dragon), 0);
        sim_world_destroy(world);
    }
}

Test(combat, orbs_lie_until_the_magnet_reaches_them) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        world->orbs.x[0] = 400.0f + 121.0f;
        world->orbs.x[1] = 400.0f + 119.0f;
        world->orbs.y[0] = world->orbs.y[1] = 300.0f;
        world->orbs.worth[0] = 2;
        world->orbs.worth[1] = 5;
        world->orbs.count = 2;
        sim_orbs_step(world);
        cr_assert_eq(world->orbs.x[0], 521.0f);
        cr_assert_float_eq(world->orbs.x[1], 519.0f - 180.0f / 30.0f, 1e-3f);
        int steps = 1;
        for (; world->orbs.count == 2 && steps < 100; steps++)
            sim_orbs_step(world);
        world->habits.delivery->drain(world);
        cr_assert_eq(steps, 19, "107 px at 6 a step, then the pickup");
        cr_assert_eq(world->orbs.x[0], 521.0f, "the other one still lies there");
        cr_assert_eq(world->player.experience, 5);
        sim_world_destroy(world);
    }
}

Test(combat, too_many_orbs_lose_the_oldest) {
    sim_world *world = fighting_world(SIM_SWITCHES_ALL);
    for (uint32_t i = 0; i < SIM_ORBS_MAX + 3; i++)
        sim_orbs_drop(world, 2000.0f, 2000.0f, i);
    cr_assert_eq(world->orbs.count, SIM_ORBS_MAX);
    cr_assert_eq(world->orbs.worth[0], 3);
    cr_assert_eq(world->orbs.lost, 3);
    sim_world_destroy(world);
}

Test(combat, enemies_chase_at_their_speed_stop_short_and_stay_when_far) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = fighting_world(both[i]);
        sim_handle goblin = put(world, 0, 400.0f, 300.0f + 200.0f);
        sim_handle lost = put(world, 0, 400.0f + 2801.0f, 300.0f);
        float speed = world->enemies[goblin.slot]->speed;
        world->habits.movement->chase(world);
        cr_assert_float_eq(world->bodies.y[goblin.slot], 500.0f - speed / 30.0f, 1e-3f);
        for (int step = 0; step < 200; step++)
            world->habits.movement->chase(world);
        cr_assert_float_eq(world->bodies.y[goblin.slot], 320.0f, 1e-2f);
        cr_assert_eq(world->bodies.x[goblin.slot], 400.0f);
        cr_assert_eq(world->bodies.x[lost.slot], 3201.0f);
        sim_world_destroy(world);
    }
}

/* A full batch is moved by another loop than a batch with gaps, and boxes by a third. */
Test(combat, all_ways_of_moving_give_the_same_bits) {
    enum { CROWD = 256 };
    sim_config config = sim_config_default();
    config.capacity = CROWD;
    sim_world *run = sim_world_create(&config), *gaps = sim_world_create(&config);
    config.switches = SIM_SWITCHES_NONE;
    sim_world *boxes = sim_world_create(&config);
    for (int i = 0; i < CROWD; i++) {
        sim_spawn(run, 0);
        sim_spawn(gaps, 0);
        sim_spawn(boxes, 0);
    }
    for (uint32_t slot = 5; slot < CROWD; slot += 64)
        sim_despawn(gaps, (sim_handle){slot, 1});
    for (int step = 0; step < 300; step++) {
        run->habits.movement->chase(run);
        gaps->habits.movement->chase(gaps);
        boxes->habits.movement->chase(boxes);
    }
    for (uint32_t slot = 0; slot < CROWD; slot++) {
        cr_assert_eq(run->bodies.x[slot], boxes->bodies.x[slot]);
        cr_assert_eq(run->bodies.y[slot], boxes->bodies.y[slot]);
        if (slot % 64 != 5)
            cr_assert_eq(run->bodies.x[slot], gaps->bodies.x[slot]);
    }
    sim_world_destroy(run);
    sim_world_destroy(gaps);
    sim_world_destroy(boxes);
}
