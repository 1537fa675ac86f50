/* Slots, generations, names, flags, and that nobody walks past anybody. */
#include "world.h"

#include <criterion/criterion.h>

static sim_world *world_of(uint32_t capacity, uint32_t switches) {
    sim_config config = sim_config_default();
    config.capacity = capacity;
    config.switches = switches;
    return sim_world_create(&config);
}

static const uint32_t both[] = {SIM_SWITCHES_NONE, SIM_SWITCHES_ALL};

Test(entities, a_stale_handle_is_refused_though_its_slot_lives_again) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = world_of(1, both[i]);
        sim_handle first = sim_spawn(world, 0);
        cr_assert(sim_is_alive(world, first));
        sim_kill(world, first);
        cr_assert_not(sim_is_alive(world, first));
        sim_handle second = sim_spawn(world, 0);
        cr_assert_eq(second.slot, first.slot);
        cr_assert_not(sim_is_alive(world, first));
        cr_assert(sim_is_alive(world, second));
        sim_damage_push(world, &(sim_damage){.target = first, .amount = 1e9f});
        sim_damage_step(world);
        cr_assert(sim_is_alive(world, second), "a stale id killed a live enemy");
        cr_assert_eq(world->damage.stale, 1);
        sim_world_destroy(world);
    }
}

Test(entities, null_and_nonsense_handles_are_not_alive) {
    sim_world *world = world_of(4, SIM_SWITCHES_ALL);
    cr_assert_not(sim_is_alive(world, (sim_handle){0, 0}));
    cr_assert_not(sim_is_alive(world, (sim_handle){4, 1}));
    cr_assert_not(sim_is_alive(world, (sim_handle){UINT32_MAX, 1}));
    cr_assert_not(sim_is_alive(world, (sim_handle){0, 1}));
    sim_world_destroy(world);
}

Test(entities, a_full_world_refuses_and_counts) {
    sim_world *world = world_of(3, SIM_SWITCHES_ALL);
    for (int i = 0; i < 3; i++)
        cr_assert(sim_is_alive(world, sim_spawn(world, 1)));
    cr_assert_eq(sim_spawn(world, 1).generation, 0);
    cr_assert_eq(sim_world_observe(world).spawns_refused, 1);
    cr_assert_eq(sim_world_observe(world).spawned, 3);
    sim_world_destroy(world);
}

Test(entities, have_the_same_names_as_texts_and_as_numbers) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = world_of(200, both[i]);
        const char *name = world->habits.ids->name(world, 123);
        cr_assert_str_eq(name, "enemy_123");
        world->habits.ids->end(world, name);
        sim_world_destroy(world);
    }
}

static uint32_t walk_all(sim_world *world, uint32_t *seen) {
    uint32_t slots[SIM_ALIVE_BATCH], count = 0;
    sim_alive_walk walk;
    world->habits.alive->begin(world, &walk);
    for (uint32_t n; (n = world->habits.alive->next(world, &walk, slots)) != 0;) {
        memcpy(seen + count, slots, n * sizeof *slots);
        count += n;
    }
    world->habits.alive->end(world, &walk);
    return count;
}

Test(entities, the_alive_walk_meets_each_of_the_living_once_in_order) {
    enum { CAPACITY = 700 };
    for (int i = 0; i < 2; i++) {
        sim_world *world = world_of(CAPACITY, both[i]);
        sim_stream choice = sim_stream_make(9, "test");
        for (int round = 0; round < 50; round++) {
            while (sim_spawn(world, 0).generation != 0)
                ;
            for (uint32_t slot = 0; slot < CAPACITY; slot++) {
                if (sim_stream_below(&choice, 50) < (uint32_t)round)
                    sim_kill(world, (sim_handle){slot, world->slots.generation[slot]});
            }
            uint32_t seen[CAPACITY], count = walk_all(world, seen), at = 0;
            for (uint32_t slot = 0; slot < CAPACITY; slot++) {
                if (sim_slot_taken(&world->slots, slot))
                    cr_assert(at < count && seen[at++] == slot);
            }
            cr_assert_eq(at, count);
            cr_assert_eq(count, world->slots.alive);
        }
        sim_world_destroy(world);
    }
}

Test(entities, flags_are_kept_per_enemy_and_gone_with_it) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = world_of(2, both[i]);
        const sim_flags_habit *flags = world->habits.flags;
        sim_handle one = sim_spawn(world, 0), other = sim_spawn(world, 0);
        flags->set(world, one.slot, SIM_FLAG_HURT);
        flags->set(world, one.slot, SIM_FLAG_HURT);
        flags->set(world, one.slot, SIM_FLAG_KNOCKED);
        cr_assert_eq(flags->all(world, one.slot), SIM_FLAG_HURT | SIM_FLAG_KNOCKED);
        cr_assert_eq(flags->all(world, other.slot), 0);
        flags->clear(world, one.slot, SIM_FLAG_HURT | SIM_FLAG_TOUCHING);
        cr_assert_eq(flags->all(world, one.slot), SIM_FLAG_KNOCKED);
        sim_kill(world, one);
        cr_assert_eq(flags->all(world, one.slot), 0);
        sim_world_destroy(world);
    }
}

Test(entities, spawn_on_the_circle_around_the_player) {
    sim_world *world = world_of(500, SIM_SWITCHES_ALL);
    for (int i = 0; i < 500; i++) {
        uint32_t slot = sim_spawn(world, 0).slot;
        float dx = world->bodies.x[slot] - 400.0f, dy = world->bodies.y[slot] - 300.0f;
        float square = dx * dx + dy * dy;
        cr_assert(square > 332.9f * 332.9f && square < 333.1f * 333.1f, "%f", (double)square);
    }
    sim_world_destroy(world);
}

Test(entities, a_crowd_spreads_over_a_ring_within_bounds) {
    sim_world *world = world_of(50000, SIM_SWITCHES_ALL);
    float nearest = 1e9f, furthest = 0.0f;
    for (int i = 0; i < 50000; i++) {
        uint32_t slot = sim_spawn(world, 0).slot;
        float dx = world->bodies.x[slot] - 400.0f, dy = world->bodies.y[slot] - 300.0f;
        float square = dx * dx + dy * dy;
        nearest = square < nearest ? square : nearest;
        furthest = square > furthest ? square : furthest;
    }
    cr_assert(nearest > 332.9f * 332.9f && nearest < 350.0f * 350.0f);
    cr_assert(furthest < 2400.1f * 2400.1f && furthest > 2300.0f * 2300.0f);
    sim_world_destroy(world);
}

Test(world, refuses_configurations_outside_its_limits) {
    sim_config good = sim_config_default(), bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].capacity = 0;
    bad[1].capacity = SIM_CAPACITY_MAX + 1;
    bad[2].frame_hz = 0;
    bad[3].frame_hz = SIM_FRAME_HZ_MAX + 1;
    bad[4].switches = 1u << SIM_SWITCH_COUNT;
    bad[5].switches = UINT32_MAX;
    for (int i = 0; i < 6; i++)
        cr_assert_null(sim_world_create(&bad[i]), "case %d", i);
    sim_world_destroy(NULL);
}
