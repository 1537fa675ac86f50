/* The MultiMeshManager: counts, fits, fills and draws. */
#include "meshes.h"

#include <string.h>

float arena_quad_side(uint32_t index) {
    static const float side[ARENA_MESH_COUNT] = {32, 32, 48, 56, 8};
    return side[index];
}

/* A phase may have all of its enemies in one tier. */
uint32_t arena_mesh_most(const arena_meshes *meshes, uint32_t index) {
    return index == ARENA_MESH_PROJECTILES ? (uint32_t)SIM_PROJECTILES_MAX : meshes->capacity;
}

bool arena_mesh_make(arena_meshes *meshes, uint32_t index, uint32_t count) {
    uint32_t room = count > 0 ? count : 1;
    renderer_quad quad = meshes->quad_habit->get(meshes, index);
    renderer_multimesh_destroy(meshes->draws, meshes->mesh[index]);
    meshes->mesh[index] = renderer_multimesh_create(meshes->draws, quad, room, index);
    meshes->room[index] = meshes->mesh[index].index1 ? room : 0;
    return meshes->mesh[index].index1 != 0;
}

static bool create_player(arena_meshes *meshes) {
    enum { SIDE = 34, ON_TOP = ARENA_MESH_COUNT };
    meshes->player_quad = renderer_quad_create(meshes->draws, SIDE, SIDE);
    meshes->player = renderer_multimesh_create(meshes->draws, meshes->player_quad, 1, ON_TOP);
    return meshes->player.index1 != 0;
}

bool arena_meshes_create(arena_meshes *meshes, renderer *draws, uint32_t capacity,
                         uint32_t switches) {
    bool reuse = (switches & SIM_SWITCH_multimesh_reuse) != 0;
    bool share = (switches & SIM_SWITCH_quadmesh_pool) != 0;
    *meshes = (arena_meshes){.draws = draws, .capacity = capacity};
    meshes->mesh_habit = reuse ? &arena_mesh_reuse : &arena_mesh_remake;
    meshes->quad_habit = share ? &arena_quad_shared : &arena_quad_per_setup;
    return create_player(meshes) && meshes->quad_habit->create(meshes) &&
           meshes->mesh_habit->create(meshes);
}

void arena_meshes_setup(arena_meshes *meshes) {
    meshes->quad_habit->setup(meshes);
    meshes->mesh_habit->setup(meshes);
}

/* The x axis is flipped for who looks left; a hit makes everything whiter. */
static void fill_enemy(renderer_instance *out, const sim_drawable *enemy) {
    float scale = enemy->diameter / arena_quad_side(enemy->tier);
    float white = enemy->flash < 1.0f ? enemy->flash : 1.0f;
    out->x_axis[0] = enemy->faces_left ? -scale : scale;
    out->x_axis[1] = 0.0f;
    out->y_axis[0] = 0.0f;
    out->y_axis[1] = scale;
    out->origin[0] = enemy->x;
    out->origin[1] = enemy->y;
    for (int i = 0; i < 3; i++)
        out->rgba[i] = enemy->rgb[i] + (1.0f - enemy->rgb[i]) * white;
    out->rgba[3] = 1.0f;
}

static renderer_instance *map(arena_meshes *meshes, uint32_t index, uint32_t count) {
    meshes->mesh_habit->fit(meshes, index, count);
    renderer_instance *out = NULL;
    if (count > 0)
        out = renderer_multimesh_map(meshes->draws, meshes->mesh[index], count);
    meshes->lost_instances += out ? 0 : count;
    return out;
}

static void draw_enemies(arena_meshes *meshes, sim_world *world) {
    renderer_instance *out[SIM_TIER_COUNT];
    for (uint32_t tier = 0; tier < SIM_TIER_COUNT; tier++)
        out[tier] = map(meshes, tier, sim_view_count(world, (sim_tier)tier));
    sim_view view;
    sim_drawable batch[SIM_VIEW_BATCH];
    sim_view_begin(&view, world);
    for (uint32_t n; (n = sim_view_next(&view, batch)) != 0;) {
        for (uint32_t i = 0; i < n; i++) {
            if (out[batch[i].tier])
                fill_enemy(out[batch[i].tier]++, &batch[i]);
        }
    }
    sim_view_end(&view);
    for (uint32_t tier = 0; tier < SIM_TIER_COUNT; tier++) {
        if (out[tier])
            renderer_multimesh_draw(meshes->draws, meshes->mesh[tier]);
    }
}

static void draw_projectiles(arena_meshes *meshes, const sim_world *world) {
    const float *x, *y;
    uint32_t count = sim_view_projectiles(world, &x, &y);
    renderer_instance *out = map(meshes, ARENA_MESH_PROJECTILES, count);
    for (uint32_t i = 0; out && i < count; i++)
        out[i] = (renderer_instance){.x_axis = {1, 0},
                                     .y_axis = {0, 1},
                                     .origin = {x[i], y[i]},
                                     .rgba = {1.0f, 0.9f, 0.4f, 1.0f}};
    if (out)
        renderer_multimesh_draw(meshes->draws, meshes->mesh[ARENA_MESH_PROJECTILES]);
}

static void draw_player(arena_meshes *meshes) {
    renderer_instance *out = renderer_multimesh_map(meshes->draws, meshes->player, 1);
    if (!out)
        return;
    *out = (renderer_instance){.x_axis = {1, 0}, .y_axis = {0, 1}, .rgba = {1, 1, 1, 1}};
    sim_view_player(&out->origin[0], &out->origin[1]);
    renderer_multimesh_draw(meshes->draws, meshes->player);
}

void arena_meshes_draw(arena_meshes *meshes, sim_world *world, renderer_view view,
                       renderer_stats *stats) {
    renderer_frame_begin(meshes->draws, view);
    draw_enemies(meshes, world);
    draw_projectiles(meshes, world);
    draw_player(meshes);
    renderer_frame_end(meshes->draws, stats);
}

/* The renderer takes its quads and multimeshes with it; a manager that goes first gives them back.
 */
void arena_meshes_destroy(arena_meshes *meshes) {
    for (uint32_t i = 0; i < ARENA_MESH_COUNT; i++) {
        renderer_multimesh_destroy(meshes->draws, meshes->mesh[i]);
        renderer_quad_destroy(meshes->draws, meshes->own_quad[i]);
    }
    renderer_multimesh_destroy(meshes->draws, meshes->player);
    renderer_quad_destroy(meshes->draws, meshes->player_quad);
    for (uint32_t i = 0; i < ARENA_SHARED_QUADS; i++)
        renderer_quad_destroy(meshes->draws, meshes->shared_quad[i]);
    *meshes = (arena_meshes){0};
}
