/* 7.1 packed_registry, off: a hash table of records by text id. A record is found by its name each
 * time, so that each use of one costs a name (see entity_ids) and a look-up. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

enum { ID_MAX = 20 };

typedef struct record {
    char *id;
    float hp, hp_full;
    UT_hash_handle hh;
} record;

typedef struct table {
    record *records;
} table;

static bool create(sim_world *world) {
    return (world->habits.registry_state = sim_memory(world, 1, sizeof(table))) != NULL;
}

static record *find(const sim_world *world, const char *id) {
    const table *t = world->habits.registry_state;
    record *found = NULL;
    HASH_FIND_STR(t->records, id, found);
    assert(found);
    return found;
}

static void add(sim_world *world, uint32_t slot, float hp) {
    table *t = world->habits.registry_state;
    const char *name = world->habits.ids->name(world, slot);
    record *made = sim_take(sizeof *made);
    *made = (record){.id = sim_take_text("%s", name), .hp = hp, .hp_full = hp};
    HASH_ADD_KEYPTR(hh, t->records, made->id, strlen(made->id), made);
    world->habits.ids->end(world, name);
}

static void drop(sim_world *world, uint32_t slot) {
    table *t = world->habits.registry_state;
    const char *name = world->habits.ids->name(world, slot);
    record *found = find(world, name);
    HASH_DEL(t->records, found);
    sim_let_go(world, found->id);
    sim_let_go(world, found);
    world->habits.ids->end(world, name);
}

static float hurt(sim_world *world, uint32_t slot, float amount) {
    const char *name = world->habits.ids->name(world, slot);
    record *found = find(world, name);
    world->habits.ids->end(world, name);
    float left = found->hp - amount;
    return found->hp = left > 0.0f ? left : 0.0f;
}

/* For the hash and whoever watches: the onlooker's name is no part of the game, nor on its heap. */
static void look(const sim_world *world, uint32_t slot, float *hp, float *hp_full) {
    char id[ID_MAX];
    snprintf(id, sizeof id, "enemy_%u", slot);
    const record *found = find(world, id);
    *hp = found->hp;
    *hp_full = found->hp_full;
}

static void destroy(sim_world *world) {
    table *t = world->habits.registry_state;
    record *each = t->records;
    HASH_CLEAR(hh, t->records);
    while (each) {
        record *next = each->hh.next;
        free(each->id);
        free(each);
        each = next;
    }
}

const sim_registry_habit sim_registry_table = {
    .create = create, .destroy = destroy, .add = add, .remove = drop, .hurt = hurt, .look = look};
