/* internal.h: what the renderer is made of, and which file owns which function.
 *
 * All state lies in one struct with fixed tables: the only blocks besides it are the meshes of the
 * quads and the instance buffers of the multimeshes. Nothing here is safe for two threads. */
#ifndef RENDERER_INTERNAL_H
#define RENDERER_INTERNAL_H

#include "renderer/renderer.h"

/* What a real renderer uploads for a quad: corners around the origin, and two triangles. */
typedef struct quad_mesh {
    float width, height; /* px */
    float corners[4][2];
    float uvs[4][2];
    uint16_t indices[6];
} quad_mesh;

typedef struct quad_slot {
    quad_mesh *mesh; /* NULL when the slot is free */
    uint32_t generation;
} quad_slot;

typedef struct multimesh_slot {
    renderer_instance *instances; /* NULL when the slot is free */
    uint32_t generation;
    uint32_t capacity, count;
    uint32_t layer;
    float quad_width, quad_height; /* copied, so that the quad may be destroyed first */
    uint64_t mapped_epoch;         /* the epoch in which it was last mapped; 0 is never */
    uint64_t drawn_epoch;
} multimesh_slot;

enum { CHECKSUM_LANES = 5 }; /* 64-bit words of an instance */

/* One draw of a frame. It holds all that the end of the frame needs, since the multimesh itself may
 * be destroyed before. */
typedef struct draw_record {
    renderer_multimesh multimesh;
    uint32_t layer;
    uint32_t drawn, culled;
    float quad_width, quad_height;
    uint64_t lanes[CHECKSUM_LANES];
} draw_record;

struct renderer {
    renderer_view view;
    uint32_t instances_max;    /* 0 is no limit */
    uint32_t instances_mapped; /* in the open frame */
    uint32_t refused;          /* maps and draws of the open frame */
    uint64_t epoch;            /* frames begun, whether or not they were ended */
    bool open;                 /* between frame_begin and frame_end */
    renderer_stats last;       /* of the last finished frame; frame 0 when there is none */
    uint32_t draw_count;
    draw_record draws[RENDERER_MULTIMESH_MAX]; /* by layer once the frame has ended */
    multimesh_slot multimeshes[RENDERER_MULTIMESH_MAX];
    quad_slot quads[RENDERER_QUAD_MAX];
};

/* renderer.c */
/* Whether a view is finite and has an area. */
bool renderer_view_valid(renderer_view view);

/* quad.c: NULL when the handle is null or stale. */
const quad_mesh *renderer_quad_find(const renderer *r, renderer_quad quad);

/* multimesh.c: NULL when the handle is null or stale. */
multimesh_slot *renderer_multimesh_find(renderer *r, renderer_multimesh mm);

/* frame.c */
/* Writes the indices of those of `count` instances that a quad of this size leaves visible in
 * `view` to `visible`, in order, and returns how many. */
uint32_t renderer_cull(const renderer_instance *instances, uint32_t count, float quad_width,
                       float quad_height, renderer_view view, uint32_t *visible);

#endif
