/* Queries over the grid. */
#include "world.h"

static void add(sim_world *world, sim_results *results, uint32_t slot) {
    if (results->count == results->room)
        world->habits.query->grow(results);
    results->slots[results->count++] = slot;
}

typedef struct cells {
    uint32_t column_first, column_last, row_first, row_last;
} cells;

static cells cells_around(float x, float y, float radius) {
    return (cells){sim_grid_cell(x - radius), sim_grid_cell(x + radius), sim_grid_cell(y - radius),
                   sim_grid_cell(y + radius)};
}

void sim_query_radius(sim_world *world, sim_results *results, float x, float y, float radius,
                      uint32_t limit) {
    const sim_bodies *bodies = &world->bodies;
    cells box = cells_around(x, y, radius);
    world->habits.query->begin(world, results);
    for (uint32_t row = box.row_first; row <= box.row_last; row++) {
        for (uint32_t column = box.column_first; column <= box.column_last; column++) {
            uint32_t count;
            const uint32_t *slots = world->habits.spatial->cell(world, column, row, &count);
            for (uint32_t i = 0; i < count; i++) {
                float dx = bodies->x[slots[i]] - x, dy = bodies->y[slots[i]] - y;
                if (dx * dx + dy * dy > radius * radius)
                    continue;
                add(world, results, slots[i]);
                if (results->count == limit)
                    return;
            }
        }
    }
}

/* A cone is what of its circle lies within the angle: d . direction >= |d| cos(half). Squared, so
 * that no root is needed; the sign is looked at first. Whoever stands on the point is in it. */
static bool in_cone(const sim_cone *cone, float dx, float dy) {
    float along = dx * cone->direction_x + dy * cone->direction_y;
    float square = dx * dx + dy * dy;
    float bound = cone->cos_half * cone->cos_half * square;
    if (cone->cos_half >= 0.0f)
        return along >= 0.0f && along * along >= bound;
    return along >= 0.0f || along * along <= bound;
}

void sim_query_cone(sim_world *world, sim_results *results, const sim_cone *cone) {
    sim_query_radius(world, results, cone->x, cone->y, cone->range, 0);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < results->count; i++) {
        uint32_t slot = results->slots[i];
        if (in_cone(cone, world->bodies.x[slot] - cone->x, world->bodies.y[slot] - cone->y))
            results->slots[kept++] = slot;
    }
    results->count = kept;
}

void sim_query_end(sim_world *world, sim_results *results) {
    world->habits.query->end(world, results);
}
