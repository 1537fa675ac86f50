/* The damage queue and the registry. */
#include "world.h"

#include <criterion/criterion.h>

static const uint32_t both[] = {SIM_SWITCHES_NONE, SIM_SWITCHES_ALL};

static sim_world *world_of(uint32_t capacity, uint32_t switches) {
    sim_config config = sim_config_default();
    config.capacity = capacity;
    config.switches = switches;
    return sim_world_create(&config);
}

static float hp_of(const sim_world *world, sim_handle handle) {
    float hp, full;
    world->habits.registry->look(world, handle.slot, &hp, &full);
    return hp;
}

Test(damage, a_full_queue_drops_its_oldest_and_counts) {
    sim_world *world = world_of(500, SIM_SWITCHES_ALL);
    for (uint32_t i = 0; i < SIM_DAMAGE_QUEUE_MAX + 10; i++)
        sim_damage_push(world, &(sim_damage){.amount = (float)i});
    const sim_damage_queue *queue = &world->damage;
    cr_assert_eq(queue->dropped, 10);
    cr_assert_eq(queue->count, SIM_DAMAGE_QUEUE_MAX);
    cr_assert_eq(queue->high, SIM_DAMAGE_QUEUE_MAX);
    cr_assert_eq(queue->ring[queue->first].amount, 10.0f, "the oldest that is left");
    sim_world_destroy(world);
}

Test(damage, a_step_works_off_so_many_and_no_more) {
    sim_world *world = world_of(1, SIM_SWITCHES_ALL);
    for (int i = 0; i < 3000; i++)
        sim_damage_push(world, &(sim_damage){.amount = 1});
    sim_damage_step(world);
    cr_assert_eq(world->damage.stale, SIM_DAMAGE_PER_STEP_MAX);
    cr_assert_eq(world->damage.count, 3000 - SIM_DAMAGE_PER_STEP_MAX);
    cr_assert_eq(world->damage.high, 3000);
    sim_damage_step(world);
    cr_assert_eq(world->damage.count, 0);
    sim_world_destroy(world);
}

Test(damage, takes_health_down_to_zero_and_not_below) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = world_of(1, both[i]);
        sim_handle dragon = sim_spawn(world, 7);
        float hp = hp_of(world, dragon);
        cr_assert_eq(world->habits.registry->hurt(world, dragon.slot, 30.0f), hp - 30.0f);
        cr_assert_eq(hp_of(world, dragon), hp - 30.0f);
        cr_assert_eq(world->habits.registry->hurt(world, dragon.slot, 1e6f), 0.0f);
        sim_world_destroy(world);
    }
}

Test(damage, that_kills_makes_the_second_request_stale) {
    for (int i = 0; i < 2; i++) {
        sim_world *world = world_of(2, both[i]);
        sim_handle goblin = sim_spawn(world, 0);
        for (int k = 0; k < 2; k++)
            sim_damage_push(world, &(sim_damage){.target = goblin, .amount = 55});
        sim_damage_step(world);
        cr_assert_not(sim_is_alive(world, goblin));
        cr_assert_eq(world->died, 1);
        cr_assert_eq(world->damage.applied, 1);
        cr_assert_eq(world->damage.stale, 1);
        sim_world_destroy(world);
    }
}

Test(damage, one_hit_in_ten_is_critical_and_counts_double) {
    sim_world *world = world_of(1, SIM_SWITCHES_ALL);
    enum { HITS = 20000 };
    sim_handle dragon = sim_spawn(world, 7);
    int doubled = 0;
    for (int i = 0; i < HITS; i++) {
        world->habits.registry->add(world, dragon.slot, 1000.0f);
        sim_damage_push(world, &(sim_damage){.target = dragon, .amount = 25});
        sim_damage_step(world);
        float lost = 1000.0f - hp_of(world, dragon);
        cr_assert(lost == 25.0f || lost == 50.0f, "%f", (double)lost);
        doubled += lost == 50.0f;
        cr_assert_eq((world->habits.flags->all(world, dragon.slot) & SIM_FLAG_CRITICAL) != 0,
                     lost == 50.0f);
    }
    cr_assert_eq(world->damage.criticals, (uint64_t)doubled);
    cr_assert(doubled > HITS / 10 - 200 && doubled < HITS / 10 + 200, "%d", doubled);
    sim_world_destroy(world);
}
