/* 7.2 alive_bitfield, off: the list of the living is rebuilt whenever somebody asks for it. */
#include "world.h"

static void unnoticed(sim_world *world, uint32_t slot) {
    (void)world;
    (void)slot;
}

/* The list grows as it is found, as it would without anybody having counted first. */
static void begin(sim_world *world, sim_alive_walk *walk) {
    uint32_t room = 16;
    *walk = (sim_alive_walk){.list = sim_take(room * sizeof *walk->list)};
    for (uint32_t slot = 0; slot < world->slots.high; slot++) {
        if (!sim_slot_taken(&world->slots, slot))
            continue;
        if (walk->count == room) {
            room *= 2;
            walk->list = sim_take_more(walk->list, room * sizeof *walk->list);
        }
        walk->list[walk->count++] = slot;
    }
}

static uint32_t next(const sim_world *world, sim_alive_walk *walk,
                     uint32_t slots[SIM_ALIVE_BATCH]) {
    (void)world;
    uint32_t left = walk->count - walk->next;
    uint32_t count = left < SIM_ALIVE_BATCH ? left : SIM_ALIVE_BATCH;
    memcpy(slots, walk->list + walk->next, count * sizeof *slots);
    walk->next += count;
    return count;
}

static void end(sim_world *world, sim_alive_walk *walk) {
    sim_let_go(world, walk->list);
}

const sim_alive_habit sim_alive_list = {
    .born = unnoticed, .gone = unnoticed, .begin = begin, .next = next, .end = end};
