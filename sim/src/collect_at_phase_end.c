/* 8.2 gc_interval, on: collects between phases only. So that a phase without end cannot take all
 * memory, there is a limit at which it collects all the same. */
#include "world.h"

enum { BLOCKS_MAX = 8 << 20 };

static void added(sim_world *world) {
    if (world->garbage.count >= BLOCKS_MAX)
        world->habits.collect->collect(world);
}

/* A collection that is not thorough leaves something, which the next one takes. */
static void phase_ended(sim_world *world) {
    if (world->garbage.count > 0)
        world->habits.collect->collect(world);
}

const sim_interval_habit sim_collect_at_phase_end = {added, phase_ended};
