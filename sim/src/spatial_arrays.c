/* 5.1 entity_ids, on, the grid: whole-number cells over two arrays, by a counting sort. */
#include "world.h"

typedef struct grid {
    uint32_t start[SIM_GRID_CELLS + 1]; /* where a cell's slots begin in `sorted` */
    uint32_t fill[SIM_GRID_CELLS];
    uint16_t *cell;   /* by slot */
    uint32_t *sorted; /* slots, by cell, then by slot */
} grid;

static bool create(sim_world *world) {
    grid *g = sim_memory(world, 1, sizeof *g);
    if (!g)
        return false;
    world->habits.spatial_state = g;
    g->cell = sim_memory(world, world->config.capacity, sizeof *g->cell);
    g->sorted = sim_memory(world, world->config.capacity, sizeof *g->sorted);
    return g->cell && g->sorted;
}

static void count_cells(sim_world *world, grid *g) {
    uint32_t slots[SIM_ALIVE_BATCH];
    sim_alive_walk walk;
    world->habits.alive->begin(world, &walk);
    for (uint32_t n; (n = world->habits.alive->next(world, &walk, slots)) != 0;) {
        for (uint32_t i = 0; i < n; i++) {
            uint32_t slot = slots[i];
            uint32_t cell = sim_grid_cell(world->bodies.y[slot]) * SIM_GRID_SIDE +
                            sim_grid_cell(world->bodies.x[slot]);
            g->cell[slot] = (uint16_t)cell;
            g->fill[cell]++;
        }
    }
    world->habits.alive->end(world, &walk);
}

static void place_starts(grid *g) {
    uint32_t sum = 0;
    for (uint32_t cell = 0; cell < SIM_GRID_CELLS; cell++) {
        g->start[cell] = sum;
        sum += g->fill[cell];
        g->fill[cell] = g->start[cell];
    }
    g->start[SIM_GRID_CELLS] = sum;
}

static void sort_slots(sim_world *world, grid *g) {
    uint32_t slots[SIM_ALIVE_BATCH];
    sim_alive_walk walk;
    world->habits.alive->begin(world, &walk);
    for (uint32_t n; (n = world->habits.alive->next(world, &walk, slots)) != 0;) {
        for (uint32_t i = 0; i < n; i++)
            g->sorted[g->fill[g->cell[slots[i]]]++] = slots[i];
    }
    world->habits.alive->end(world, &walk);
}

static void rebuild(sim_world *world) {
    grid *g = world->habits.spatial_state;
    memset(g->fill, 0, sizeof g->fill);
    count_cells(world, g);
    place_starts(g);
    sort_slots(world, g);
}

static const uint32_t *cell(sim_world *world, uint32_t column, uint32_t row, uint32_t *count) {
    const grid *g = world->habits.spatial_state;
    uint32_t at = row * SIM_GRID_SIDE + column;
    *count = g->start[at + 1] - g->start[at];
    return g->sorted + g->start[at];
}

const sim_spatial_habit sim_spatial_arrays = {.create = create, .rebuild = rebuild, .cell = cell};
