/* 4.1 multimesh_reuse, on: buffers are made once, for as many as there can be. */
#include "meshes.h"

static bool create(arena_meshes *meshes) {
    bool all = true;
    for (uint32_t i = 0; i < ARENA_MESH_COUNT; i++)
        all = arena_mesh_make(meshes, i, arena_mesh_most(meshes, i)) && all;
    return all;
}

static void setup(arena_meshes *meshes) {
    (void)meshes;
}

static void fit(arena_meshes *meshes, uint32_t index, uint32_t count) {
    (void)meshes;
    (void)index;
    (void)count;
}

const arena_mesh_habit arena_mesh_reuse = {create, setup, fit};
