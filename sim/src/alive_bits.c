/* 7.2 alive_bitfield, on: a bit per slot, walked by word. */
#include "world.h"

enum { WORD = 64 };

static bool create(sim_world *world) {
    uint32_t words = (world->config.capacity + WORD - 1) / WORD;
    return (world->habits.alive_state = sim_memory(world, words, sizeof(uint64_t))) != NULL;
}

static void born(sim_world *world, uint32_t slot) {
    uint64_t *words = world->habits.alive_state;
    words[slot / WORD] |= UINT64_C(1) << slot % WORD;
}

static void gone(sim_world *world, uint32_t slot) {
    uint64_t *words = world->habits.alive_state;
    words[slot / WORD] &= ~(UINT64_C(1) << slot % WORD);
}

static void begin(sim_world *world, sim_alive_walk *walk) {
    *walk = (sim_alive_walk){.count = (world->slots.high + WORD - 1) / WORD};
}

static uint32_t next(const sim_world *world, sim_alive_walk *walk,
                     uint32_t slots[SIM_ALIVE_BATCH]) {
    _Static_assert((int)SIM_ALIVE_BATCH == (int)WORD, "a batch is a word");
    const uint64_t *words = world->habits.alive_state;
    while (walk->next < walk->count) {
        uint32_t first = walk->next * WORD, count = 0;
        uint64_t word = words[walk->next++];
        if (word == UINT64_MAX) {
            for (uint32_t i = 0; i < WORD; i++)
                slots[i] = first + i;
            return WORD;
        }
        for (; word; word &= word - 1)
            slots[count++] = first + (uint32_t)__builtin_ctzll(word);
        if (count)
            return count;
    }
    return 0;
}

static void end(sim_world *world, sim_alive_walk *walk) {
    (void)world;
    (void)walk;
}

const sim_alive_habit sim_alive_bits = {
    .create = create, .born = born, .gone = gone, .begin = begin, .next = next, .end = end};
