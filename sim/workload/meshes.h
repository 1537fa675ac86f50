/* meshes.h: the MultiMeshManager, which turns a view of the world into instances: one multimesh for
 * each tier, one for the projectiles, and the player.
 *
 *     arena_meshes meshes;
 *     if (arena_meshes_create(&meshes, renderer, capacity, switches)) ...
 *     arena_meshes_setup(&meshes);               (at the start of a phase)
 *     arena_meshes_draw(&meshes, world, view, &stats);   (a frame)
 *     arena_meshes_destroy(&meshes);
 *
 * Internal to the workload. With the switches 4.1 and 4.2 on, create allocates all and nothing else
 * does; off, setup makes new buffers and quads, and so does draw whenever a count has changed. */
#ifndef ARENA_MESHES_H
#define ARENA_MESHES_H

#include "renderer/renderer.h"
#include "sim/view.h"

enum { ARENA_MESH_PROJECTILES = SIM_TIER_COUNT, ARENA_MESH_COUNT };

typedef struct arena_meshes arena_meshes;

/* 4.1 multimesh_reuse: when buffers are made. */
typedef struct arena_mesh_habit {
    bool (*create)(arena_meshes *meshes);
    void (*setup)(arena_meshes *meshes);
    /* Makes sure that multimesh `index` takes `count` instances. */
    void (*fit)(arena_meshes *meshes, uint32_t index, uint32_t count);
} arena_mesh_habit;

/* 4.2 quadmesh_pool: where the quad of a multimesh that is set up comes from. */
typedef struct arena_quad_habit {
    bool (*create)(arena_meshes *meshes);
    void (*setup)(arena_meshes *meshes);
    renderer_quad (*get)(arena_meshes *meshes, uint32_t index);
} arena_quad_habit;

enum { ARENA_SHARED_QUADS = 4 };

struct arena_meshes {
    renderer *draws;
    uint32_t capacity;
    const arena_mesh_habit *mesh_habit;
    const arena_quad_habit *quad_habit;
    renderer_multimesh mesh[ARENA_MESH_COUNT];
    uint32_t room[ARENA_MESH_COUNT];               /* instances that each multimesh takes */
    renderer_quad own_quad[ARENA_MESH_COUNT];      /* a quad per multimesh, or ... */
    renderer_quad shared_quad[ARENA_SHARED_QUADS]; /* ... one per size */
    renderer_quad player_quad; /* he is one, and always there: no habit of his is in question */
    renderer_multimesh player;
    uint64_t lost_instances; /* not drawn, because a buffer could not be had */
};

extern const arena_mesh_habit arena_mesh_reuse, arena_mesh_remake;
extern const arena_quad_habit arena_quad_shared, arena_quad_per_setup;

/* The side of a multimesh's quad, px. */
float arena_quad_side(uint32_t index);
/* How many instances a multimesh may ever have to take. */
uint32_t arena_mesh_most(const arena_meshes *meshes, uint32_t index);
/* Makes multimesh `index` anew, for `count` instances; lets the old one go. */
bool arena_mesh_make(arena_meshes *meshes, uint32_t index, uint32_t count);

bool arena_meshes_create(arena_meshes *meshes, renderer *draws, uint32_t capacity,
                         uint32_t switches);
void arena_meshes_setup(arena_meshes *meshes);
void arena_meshes_draw(arena_meshes *meshes, sim_world *world, renderer_view view,
                       renderer_stats *stats);
void arena_meshes_destroy(arena_meshes *meshes);

#endif
