/* Events, payloads, the logger, the garbage list. */
#include "event_queue.h"
#include "world.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static sim_world *world_with(uint32_t switches) {
    sim_config config = sim_config_default();
    config.switches = switches;
    return sim_world_create(&config);
}

Test(events, reach_their_listeners_however_they_travel) {
    uint32_t habits = SIM_SWITCH_payload_pool | SIM_SWITCH_direct_params | SIM_SWITCH_event_ring;
    for (uint32_t s = 0; s <= SIM_SWITCHES_ALL; s++) {
        if ((s & ~habits) != 0)
            continue;
        sim_world *world = world_with(s);
        sim_events_send(world, SIM_EVENT_ORB_COLLECTED, (sim_handle){0, 0}, 7.0f);
        sim_payload died = {.x = 1000, .y = 2000, .tier = SIM_TIER_BOSS};
        sim_events_send_whole(world, SIM_EVENT_DIED, &died);
        bool waits = (s & SIM_SWITCH_event_ring) != 0;
        cr_assert_eq(world->player.experience, waits ? 0 : 7);
        world->habits.delivery->drain(world);
        cr_assert_eq(world->player.experience, 7);
        cr_assert_eq(world->player.kills, 1);
        cr_assert_eq(world->orbs.worth[0], 25);
        cr_assert_float_eq(world->orbs.y[0], 2000.0f, 8.1f);
        cr_assert_eq(sim_world_observe(world).events, 2);
        sim_world_destroy(world);
    }
}

Test(events, a_full_ring_tells_earlier_and_loses_none) {
    sim_world *world = world_with(SIM_SWITCHES_ALL & ~(uint32_t)SIM_SWITCH_direct_params);
    for (int i = 0; i < 3 * SIM_EVENT_QUEUE_MAX; i++)
        sim_events_send(world, SIM_EVENT_ORB_COLLECTED, (sim_handle){0, 0}, 1.0f);
    world->habits.delivery->drain(world);
    cr_assert_eq(world->player.experience, 3 * SIM_EVENT_QUEUE_MAX);
    cr_assert_eq(world->event_queue_high, SIM_EVENT_QUEUE_MAX);
    cr_assert_eq(world->payload_double_releases, 0);
    sim_world_destroy(world);
}

Test(events, a_payload_released_twice_is_detected_and_not_handed_out_twice) {
    sim_world *world = world_with(SIM_SWITCHES_ALL);
    const sim_payload_habit *payloads = world->habits.payloads;
    sim_payload *once = payloads->take(world);
    payloads->release(world, once);
    payloads->release(world, once);
    cr_assert_eq(sim_world_observe(world).payload_double_releases, 1);
    cr_assert_neq(payloads->take(world), payloads->take(world));
    sim_world_destroy(world);
}

Test(events, a_hit_told_of_after_the_death_does_not_flash_the_next_in_the_slot) {
    sim_world *world = world_with(SIM_SWITCHES_ALL);
    sim_handle first = sim_spawn(world, 0);
    sim_events_send(world, SIM_EVENT_HIT, first, 1.0f);
    sim_kill(world, first);
    sim_handle second = sim_spawn(world, 0);
    cr_assert_eq(second.slot, first.slot);
    world->habits.delivery->drain(world);
    cr_assert_eq(world->bodies.flash[second.slot], 0.0f);
    cr_assert_eq(world->habits.flags->all(world, second.slot), 0);
    sim_world_destroy(world);
}

Test(log, keeps_what_its_level_asks_for_and_nothing_else) {
    for (uint32_t s = 0; s < 2; s++) {
        sim_world *world = world_with(s ? SIM_SWITCH_log_guard : 0);
        uint64_t before = world->log.count;
        sim_log(world, SIM_LOG_DEBUG, "quiet %d", 1);
        sim_log(world, SIM_LOG_INFO, "just %d", 2);
        sim_log(world, SIM_LOG_WARNING, "loud %d", 3);
        cr_assert_eq(world->log.count, before + 2);
        cr_assert_str_eq(world->log.text[before % SIM_LOG_KEPT], "just 2");
        cr_assert_str_eq(world->log.text[(before + 1) % SIM_LOG_KEPT], "loud 3");
        sim_world_destroy(world);
    }
}

static void let_go(sim_world *world, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        sim_let_go(world, sim_take(16));
}

Test(collector, default_collects_when_full_and_leaves_the_younger_half) {
    sim_world *world = world_with(SIM_SWITCHES_NONE);
    size_t before = world->garbage.count;
    uint32_t threshold = world->habits.collect->threshold;
    let_go(world, threshold - 1 - (uint32_t)before);
    cr_assert_eq(world->garbage.collections, 0);
    let_go(world, 1);
    cr_assert_eq(world->garbage.collections, 1);
    cr_assert_eq(world->garbage.count, threshold / 2);
    sim_world_destroy(world);
}

Test(collector, tuned_collects_seldom_and_all_of_it) {
    sim_world *world = world_with(SIM_SWITCH_gc_tuning);
    sim_world *usual = world_with(SIM_SWITCHES_NONE);
    uint32_t threshold = world->habits.collect->threshold;
    cr_assert_gt(threshold, usual->habits.collect->threshold);
    let_go(world, threshold - (uint32_t)world->garbage.count);
    cr_assert_eq(world->garbage.collections, 1);
    cr_assert_eq(world->garbage.count, 0);
    sim_world_destroy(world);
    sim_world_destroy(usual);
}

Test(collector, by_phase_collects_at_the_end_of_a_phase_only) {
    sim_world *world = world_with(SIM_SWITCH_gc_tuning | SIM_SWITCH_gc_interval);
    let_go(world, 3 * world->habits.collect->threshold);
    cr_assert_eq(world->garbage.collections, 0);
    sim_world_begin_phase(world, &(sim_phase){.load = SIM_LOAD_BURST, .frames = 1});
    cr_assert_eq(world->garbage.collections, 1);
    sim_world_destroy(world);
}
