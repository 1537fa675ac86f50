/* 4.2 quadmesh_pool, off: a quad is made per multimesh and setup, also when nothing else changes.
 */
#include "meshes.h"

static bool create(arena_meshes *meshes) {
    (void)meshes;
    return true;
}

static renderer_quad get(arena_meshes *meshes, uint32_t index) {
    float side = arena_quad_side(index);
    renderer_quad_destroy(meshes->draws, meshes->own_quad[index]);
    return meshes->own_quad[index] = renderer_quad_create(meshes->draws, side, side);
}

static void setup(arena_meshes *meshes) {
    for (uint32_t i = 0; i < ARENA_MESH_COUNT; i++)
        get(meshes, i);
}

const arena_quad_habit arena_quad_per_setup = {create, setup, get};
