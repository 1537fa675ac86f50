/* 9.5 flag_bits, off: each flag that is set is an entry of its own, with its name, in a list per
 * enemy. */
#include "world.h"

#include <stdlib.h>

typedef struct entry {
    struct entry *next;
    char name[16];
    bool value;
} entry;

static const char *const names[SIM_FLAG_COUNT] = {"hurt", "knocked", "touching", "critical"};

static bool create(sim_world *world) {
    world->habits.flags_state = sim_memory(world, world->config.capacity, sizeof(entry *));
    return world->habits.flags_state != NULL;
}

static entry *find(entry *first, const char *name) {
    while (first && strcmp(first->name, name) != 0)
        first = first->next;
    return first;
}

static void set_named(entry **list, const char *name) {
    if (find(*list, name))
        return;
    entry *made = sim_take(sizeof *made);
    *made = (entry){.next = *list, .value = true};
    memcpy(made->name, name, strlen(name) + 1);
    *list = made;
}

static void clear_named(sim_world *world, entry **list, const char *name) {
    for (entry **at = list; *at; at = &(*at)->next) {
        if (strcmp((*at)->name, name) != 0)
            continue;
        entry *gone = *at;
        *at = gone->next;
        sim_let_go(world, gone);
        return;
    }
}

static void set(sim_world *world, uint32_t slot, uint32_t flag) {
    entry **lists = world->habits.flags_state;
    for (uint32_t i = 0; i < SIM_FLAG_COUNT; i++) {
        if (flag & 1u << i)
            set_named(&lists[slot], names[i]);
    }
}

static void clear(sim_world *world, uint32_t slot, uint32_t flags) {
    entry **lists = world->habits.flags_state;
    for (uint32_t i = 0; i < SIM_FLAG_COUNT; i++) {
        if (flags & 1u << i)
            clear_named(world, &lists[slot], names[i]);
    }
}

static uint32_t all(const sim_world *world, uint32_t slot) {
    entry *const *lists = world->habits.flags_state;
    uint32_t mask = 0;
    for (uint32_t i = 0; i < SIM_FLAG_COUNT; i++)
        mask |= find(lists[slot], names[i]) ? 1u << i : 0u;
    return mask;
}

static void destroy(sim_world *world) {
    entry **lists = world->habits.flags_state;
    for (uint32_t slot = 0; slot < world->config.capacity; slot++) {
        for (entry *each = lists[slot]; each;) {
            entry *next = each->next;
            free(each);
            each = next;
        }
    }
}

const sim_flags_habit sim_flags_entries = {
    .create = create, .destroy = destroy, .set = set, .clear = clear, .all = all};
