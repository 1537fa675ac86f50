/* 5.1 entity_ids, off: an id is a text, built at each use. */
#include "world.h"

static const char *name(sim_world *world, uint32_t slot) {
    (void)world;
    return sim_take_text("enemy_%u", slot);
}

/* The text is ours to give up, though whoever had it in between could only read. */
static void end(sim_world *world, const char *text) {
    union {
        const char *read;
        char *own;
    } block = {.read = text};
    sim_let_go(world, block.own);
}

const sim_ids_habit sim_ids_text = {.name = name, .end = end};
