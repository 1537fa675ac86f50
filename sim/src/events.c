/* The event bus: who is told of what. Listeners only add to what no other system reads before the
 * next step, so it does not matter whether they hear at once or at its end. */
#include "world.h"

static void count_hit(sim_world *world, const sim_payload *told) {
    (void)told;
    world->player.hits++;
}

static void flash_hit(sim_world *world, const sim_payload *told) {
    sim_flashes_start(world, told->enemy);
}

static void count_kill(sim_world *world, const sim_payload *told) {
    (void)told;
    world->player.kills++;
}

static void drop_orb(sim_world *world, const sim_payload *told) {
    static const uint32_t worth[SIM_TIER_COUNT] = {1, 2, 5, 25};
    sim_orbs_drop(world, told->x, told->y, worth[told->tier]);
}

static void gain(sim_world *world, const sim_payload *told) {
    world->player.experience += (uint64_t)told->amount;
}

static void hurt_player(sim_world *world, const sim_payload *told) {
    sim_player_hurt(world, told->amount);
}

static void note_spawn(sim_world *world, const sim_payload *told) {
    assert(told->enemy.generation & 1u);
    (void)world;
    (void)told;
}

enum { LISTENERS_MAX = 2 };
static void (*const listeners[SIM_EVENT_COUNT][LISTENERS_MAX])(sim_world *, const sim_payload *) = {
    [SIM_EVENT_SPAWNED] = {note_spawn},        [SIM_EVENT_HIT] = {flash_hit, count_hit},
    [SIM_EVENT_DIED] = {drop_orb, count_kill}, [SIM_EVENT_ORB_COLLECTED] = {gain},
    [SIM_EVENT_PLAYER_HURT] = {hurt_player},
};

uint32_t sim_events_listeners(uint32_t type) {
    assert(type < SIM_EVENT_COUNT);
    return listeners[type][1] ? 2 : 1;
}

void sim_events_listen(sim_world *world, uint32_t listener, uint32_t type,
                       const sim_payload *told) {
    listeners[type][listener](world, told);
}

void sim_events_told(const sim_event *event, sim_payload *told) {
    *told = event->payload ? *event->payload
                           : (sim_payload){.enemy = event->enemy, .amount = event->amount};
}

void sim_events_release(sim_world *world, sim_event *event) {
    if (event->payload)
        world->habits.payloads->release(world, event->payload);
    event->payload = NULL;
}

void sim_events_send(sim_world *world, sim_event_type type, sim_handle enemy, float amount) {
    sim_event event = {.type = (uint32_t)type};
    sim_payload numbers = {.enemy = enemy, .amount = amount};
    world->habits.params->pack(world, &event, &numbers);
    world->events++;
    world->habits.delivery->send(world, &event);
}

void sim_events_send_whole(sim_world *world, sim_event_type type, const sim_payload *whole) {
    sim_event event = {.type = (uint32_t)type, .payload = world->habits.payloads->take(world)};
    bool in_use = event.payload->in_use;
    *event.payload = *whole;
    event.payload->in_use = in_use;
    world->events++;
    world->habits.delivery->send(world, &event);
}
