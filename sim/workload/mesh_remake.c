/* 4.1 multimesh_reuse, off: buffers are made at each setup, and again at each change of a count. */
#include "meshes.h"

static bool create(arena_meshes *meshes) {
    (void)meshes;
    return true;
}

static void setup(arena_meshes *meshes) {
    for (uint32_t i = 0; i < ARENA_MESH_COUNT; i++)
        arena_mesh_make(meshes, i, meshes->room[i]);
}

static void fit(arena_meshes *meshes, uint32_t index, uint32_t count) {
    uint32_t room = count > 0 ? count : 1;
    if (room != meshes->room[index])
        arena_mesh_make(meshes, index, count);
}

const arena_mesh_habit arena_mesh_remake = {create, setup, fit};
