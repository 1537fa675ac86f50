/* 8.2 gc_interval, off: collects when the list happens to be full, in the middle of whatever is
 * going on. */
#include "world.h"

static void added(sim_world *world) {
    if (world->garbage.count >= world->habits.collect->threshold)
        world->habits.collect->collect(world);
}

static void phase_ended(sim_world *world) {
    (void)world;
}

const sim_interval_habit sim_collect_when_full = {added, phase_ended};
