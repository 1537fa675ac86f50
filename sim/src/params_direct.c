/* 6.2 direct_params, on: one or two numbers travel in the event itself. */
#include "world.h"

static void pack(sim_world *world, sim_event *event, const sim_payload *numbers) {
    (void)world;
    event->enemy = numbers->enemy;
    event->amount = numbers->amount;
}

const sim_params_habit sim_params_direct = {pack};
