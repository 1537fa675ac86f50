/* The grid against brute force, for both of its habits. */
#include "world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { CROWD = 3000 };

static sim_world *crowd(uint32_t switches) {
    sim_config config = sim_config_default();
    config.capacity = CROWD;
    config.switches = switches;
    sim_world *world = sim_world_create(&config);
    sim_stream place = sim_stream_make(77, "test");
    for (int i = 0; i < CROWD; i++) {
        uint32_t slot = sim_spawn(world, 0).slot;
        float reach = i % 10 == 0 ? 4000.0f : 600.0f; /* some outside of the grid */
        world->bodies.x[slot] = sim_stream_range(&place, -reach, reach);
        world->bodies.y[slot] = sim_stream_range(&place, -reach, reach);
    }
    world->bodies.x[0] = -2500.0f; /* exactly on the border */
    world->bodies.y[0] = 2500.0f;
    for (uint32_t slot = 1; slot < CROWD; slot += 7)
        sim_kill(world, (sim_handle){slot, world->slots.generation[slot]});
    world->habits.spatial->rebuild(world);
    return world;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool within(const sim_world *world, uint32_t slot, const sim_cone *cone) {
    float dx = world->bodies.x[slot] - cone->x, dy = world->bodies.y[slot] - cone->y;
    return sim_slot_taken(&world->slots, slot) && dx * dx + dy * dy <= cone->range * cone->range;
}

static void expect_as_brute_force(sim_world *world, sim_results *found, const sim_cone *cone,
                                  bool (*inside)(const sim_world *, uint32_t, const sim_cone *)) {
    qsort(found->slots, found->count, sizeof *found->slots, by_number);
    uint32_t at = 0;
    for (uint32_t slot = 0; slot < CROWD; slot++) {
        if (inside(world, slot, cone))
            cr_assert(at < found->count && found->slots[at++] == slot, "slot %u is missing", slot);
    }
    cr_assert_eq(at, found->count, "%u found, not %u", found->count, at);
}

static sim_cone any_cone(sim_stream *stream) {
    sim_cone cone = {.x = sim_stream_range(stream, -3500, 3500),
                     .y = sim_stream_range(stream, -3500, 3500),
                     .range = sim_stream_range(stream, 0, 700),
                     .cos_half = sim_stream_range(stream, -1, 1)};
    if (sim_stream_below(stream, 2)) {
        cone.x *= 0.1f;
        cone.y *= 0.1f;
    }
    sim_stream_direction(stream, &cone.direction_x, &cone.direction_y);
    return cone;
}

static void check_radius(uint32_t switches) {
    sim_world *world = crowd(switches);
    sim_stream stream = sim_stream_make(5, "test");
    uint64_t found = 0;
    for (int i = 0; i < 300; i++) {
        sim_cone cone = any_cone(&stream);
        sim_results results;
        sim_query_radius(world, &results, cone.x, cone.y, cone.range, 0);
        found += results.count;
        expect_as_brute_force(world, &results, &cone, within);
        sim_query_end(world, &results);
    }
    cr_assert_gt(found, 10000);
    sim_world_destroy(world);
}

Test(queries, radius_finds_what_brute_force_finds_in_arrays) {
    check_radius(SIM_SWITCHES_ALL);
}

Test(queries, radius_finds_what_brute_force_finds_by_text) {
    check_radius(SIM_SWITCHES_NONE);
}

/* By angle, with the root that the query does without. Doubles keep the edges apart. */
static bool within_cone(const sim_world *world, uint32_t slot, const sim_cone *cone) {
    double dx = (double)world->bodies.x[slot] - (double)cone->x;
    double dy = (double)world->bodies.y[slot] - (double)cone->y;
    double along = dx * (double)cone->direction_x + dy * (double)cone->direction_y;
    return within(world, slot, cone) && along >= (double)cone->cos_half * sqrt(dx * dx + dy * dy);
}

static void check_cone(uint32_t switches) {
    sim_world *world = crowd(switches);
    sim_stream stream = sim_stream_make(6, "test");
    for (int i = 0; i < 300; i++) {
        sim_cone cone = any_cone(&stream);
        sim_results results;
        sim_query_cone(world, &results, &cone);
        expect_as_brute_force(world, &results, &cone, within_cone);
        sim_query_end(world, &results);
    }
    sim_world_destroy(world);
}

Test(queries, cone_finds_what_brute_force_finds_in_arrays) {
    check_cone(SIM_SWITCHES_ALL);
}

Test(queries, cone_finds_what_brute_force_finds_by_text) {
    check_cone(SIM_SWITCHES_NONE);
}

Test(queries, both_grids_give_the_same_order) {
    sim_world *arrays = crowd(SIM_SWITCHES_ALL), *text = crowd(SIM_SWITCHES_NONE);
    sim_results a, b;
    sim_query_radius(arrays, &a, 10, -20, 500, 0);
    sim_query_radius(text, &b, 10, -20, 500, 0);
    cr_assert_gt(a.count, 500);
    cr_assert_eq(a.count, b.count);
    cr_assert_arr_eq(a.slots, b.slots, a.count * sizeof *a.slots);
    sim_query_end(arrays, &a);
    sim_query_end(text, &b);
    sim_world_destroy(arrays);
    sim_world_destroy(text);
}

Test(queries, a_limit_is_kept_and_is_the_beginning_of_the_whole) {
    sim_world *world = crowd(SIM_SWITCHES_NONE);
    sim_results all, some;
    sim_query_radius(world, &all, 0, 0, 500, 0);
    sim_query_radius(world, &some, 0, 0, 500, 33);
    cr_assert_eq(some.count, 33);
    cr_assert_arr_eq(some.slots, all.slots, 33 * sizeof *all.slots);
    sim_query_end(world, &some);
    sim_query_end(world, &all);
    sim_world_destroy(world);
}
