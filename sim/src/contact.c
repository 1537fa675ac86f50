/* Contact: whoever touches the player hurts him, by its damage a second. Of a crowd that has piled
 * up on him only so many get at him, or a million would be looked at in each step. */
#include "world.h"

bool sim_contact_create(sim_world *world) {
    world->touching.at = sim_memory(world, SIM_CONTACTS_MAX, sizeof(sim_handle));
    return world->touching.at != NULL;
}

static void forget_last(sim_world *world) {
    for (uint32_t i = 0; i < world->touching.count; i++) {
        sim_handle handle = world->touching.at[i];
        if (sim_is_alive(world, handle))
            world->habits.flags->clear(world, handle.slot, SIM_FLAG_TOUCHING);
    }
    world->touching.count = 0;
}

void sim_contact_step(sim_world *world) {
    forget_last(world);
    float damage = 0.0f;
    sim_results touching;
    sim_query_radius(world, &touching, SIM_PLAYER_X, SIM_PLAYER_Y, SIM_CONTACT_RADIUS,
                     SIM_CONTACTS_MAX);
    for (uint32_t i = 0; i < touching.count; i++) {
        uint32_t slot = touching.slots[i];
        sim_handle handle = {slot, world->slots.generation[slot]};
        world->habits.flags->set(world, slot, SIM_FLAG_TOUCHING);
        world->touching.at[world->touching.count++] = handle;
        damage += world->enemies[slot]->damage * SIM_STEP_SECONDS;
    }
    sim_query_end(world, &touching);
    if (damage > 0.0f)
        sim_events_send(world, SIM_EVENT_PLAYER_HURT, (sim_handle){0, 0}, damage);
}
