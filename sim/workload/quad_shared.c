/* 4.2 quadmesh_pool, on: four quads, one for each size, made once. */
#include "meshes.h"

static const uint32_t which[ARENA_MESH_COUNT] = {0, 0, 1, 2, 3}; /* swarm and regular share one */

static bool create(arena_meshes *meshes) {
    bool all = true;
    for (uint32_t i = 0; i < ARENA_MESH_COUNT; i++) {
        renderer_quad *quad = &meshes->shared_quad[which[i]];
        float side = arena_quad_side(i);
        if (!quad->index1)
            *quad = renderer_quad_create(meshes->draws, side, side);
        all = quad->index1 != 0 && all;
    }
    return all;
}

static void setup(arena_meshes *meshes) {
    (void)meshes;
}

static renderer_quad get(arena_meshes *meshes, uint32_t index) {
    return meshes->shared_quad[which[index]];
}

const arena_quad_habit arena_quad_shared = {create, setup, get};
