/* 5.1 entity_ids, off, the grid: a hash table by the text "column_row", made anew each step. */
#include "world.h"

#include <stdlib.h>
#include <uthash.h>

typedef struct text_cell {
    char *key;
    uint32_t *slots;
    uint32_t count, room;
    UT_hash_handle hh;
} text_cell;

typedef struct text_grid {
    text_cell *cells;
} text_grid;

static bool create(sim_world *world) {
    return (world->habits.spatial_state = sim_memory(world, 1, sizeof(text_grid))) != NULL;
}

static text_cell *find(text_grid *grid, const char *key) {
    text_cell *found = NULL;
    HASH_FIND_STR(grid->cells, key, found);
    return found;
}

static text_cell *add_cell(text_grid *grid, char *key) {
    text_cell *cell = sim_take(sizeof *cell);
    *cell = (text_cell){.key = key};
    HASH_ADD_KEYPTR(hh, grid->cells, cell->key, strlen(cell->key), cell);
    return cell;
}

static void add_slot(sim_world *world, text_cell *cell, uint32_t slot) {
    if (cell->count == cell->room) {
        uint32_t room = cell->room ? cell->room * 2 : 4;
        uint32_t *more = sim_take(room * sizeof *more);
        if (cell->count)
            memcpy(more, cell->slots, cell->count * sizeof *more);
        sim_let_go(world, cell->slots);
        cell->slots = more;
        cell->room = room;
    }
    cell->slots[cell->count++] = slot;
}

static void add_enemy(sim_world *world, text_grid *grid, uint32_t slot) {
    char *key = sim_take_text("%u_%u", sim_grid_cell(world->bodies.x[slot]),
                              sim_grid_cell(world->bodies.y[slot]));
    text_cell *cell = find(grid, key);
    if (cell)
        sim_let_go(world, key);
    else
        cell = add_cell(grid, key);
    add_slot(world, cell, slot);
}

static void forget(sim_world *world, text_grid *grid) {
    text_cell *cell = grid->cells;
    HASH_CLEAR(hh, grid->cells);
    while (cell) {
        text_cell *next = cell->hh.next;
        sim_let_go(world, cell->key);
        sim_let_go(world, cell->slots);
        sim_let_go(world, cell);
        cell = next;
    }
}

static void rebuild(sim_world *world) {
    text_grid *grid = world->habits.spatial_state;
    uint32_t slots[SIM_ALIVE_BATCH];
    sim_alive_walk walk;
    forget(world, grid);
    world->habits.alive->begin(world, &walk);
    for (uint32_t n; (n = world->habits.alive->next(world, &walk, slots)) != 0;) {
        for (uint32_t i = 0; i < n; i++)
            add_enemy(world, grid, slots[i]);
    }
    world->habits.alive->end(world, &walk);
}

static const uint32_t *cell(sim_world *world, uint32_t column, uint32_t row, uint32_t *count) {
    text_grid *grid = world->habits.spatial_state;
    char *key = sim_take_text("%u_%u", column, row);
    const text_cell *found = find(grid, key);
    sim_let_go(world, key);
    *count = found ? found->count : 0;
    return found ? found->slots : NULL;
}

static void destroy(sim_world *world) {
    forget(world, world->habits.spatial_state);
}

const sim_spatial_habit sim_spatial_text = {
    .create = create, .destroy = destroy, .rebuild = rebuild, .cell = cell};
