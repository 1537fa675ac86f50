/* 5.1 entity_ids, on: an id is a whole number; the names for people are made once, at the start. */
#include "world.h"

#include <stdio.h>

enum { NAME_MAX_BYTES = 20 };

static bool create(sim_world *world) {
    char *names = sim_memory(world, world->config.capacity, NAME_MAX_BYTES);
    world->habits.ids_state = names;
    for (uint32_t slot = 0; names && slot < world->config.capacity; slot++)
        snprintf(names + (size_t)slot * NAME_MAX_BYTES, NAME_MAX_BYTES, "enemy_%u", slot);
    return names != NULL;
}

static const char *name(sim_world *world, uint32_t slot) {
    return (const char *)world->habits.ids_state + (size_t)slot * NAME_MAX_BYTES;
}

static void end(sim_world *world, const char *text) {
    (void)world;
    (void)text;
}

const sim_ids_habit sim_ids_number = {.create = create, .name = name, .end = end};
