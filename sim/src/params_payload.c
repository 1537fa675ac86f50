/* 6.2 direct_params, off: one or two numbers travel in a payload, like everything else. */
#include "world.h"

static void pack(sim_world *world, sim_event *event, const sim_payload *numbers) {
    event->payload = world->habits.payloads->take(world);
    event->payload->enemy = numbers->enemy;
    event->payload->amount = numbers->amount;
}

const sim_params_habit sim_params_payload = {pack};
