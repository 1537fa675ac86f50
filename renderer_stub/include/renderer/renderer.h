/* renderer.h: what a real renderer would implement; here, a headless one.
 *
 *     renderer *r = renderer_create(&(renderer_config){.view = {0, 0, 1280, 720}});
 *     renderer_quad quad = renderer_quad_create(r, 32, 32);
 *     renderer_multimesh mm = renderer_multimesh_create(r, quad, 500, 0);
 *     renderer_frame_begin(r, view);
 *     renderer_instance *out = renderer_multimesh_map(r, mm, count);   (fill count of them)
 *     renderer_multimesh_draw(r, mm);
 *     renderer_frame_end(r, &stats);
 *
 * One thread at a time. The functions named create, resize and destroy may allocate; map, draw,
 * frame_begin and frame_end never do, once every multimesh has its capacity. Handles are small
 * values with a generation; zero is null, and a stale one is refused. */
#ifndef RENDERER_RENDERER_H
#define RENDERER_RENDERER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RENDERER_MULTIMESH_MAX = 64, RENDERER_QUAD_MAX = 1024 };

typedef struct renderer renderer;
typedef struct renderer_quad {
    uint32_t index1; /* index plus one; 0 is null */
    uint32_t generation;
} renderer_quad;
typedef struct renderer_multimesh {
    uint32_t index1; /* index plus one; 0 is null */
    uint32_t generation;
} renderer_multimesh;

/* A rectangle of the world, in px: left and top edge, width and height. */
typedef struct renderer_view {
    float x, y, width, height;
} renderer_view;

/* One quad of a multimesh: a 2D transform by columns (x basis flipped when it faces left), origin
 * in px of the world, and a colour, 0 to 1 each. 40 bytes, as a GPU buffer would hold it. */
typedef struct renderer_instance {
    float x_axis[2], y_axis[2], origin[2];
    float rgba[4];
} renderer_instance;

typedef struct renderer_config {
    renderer_view view;     /* the first view; frames may bring their own */
    uint32_t instances_max; /* mapped over all multimeshes in one frame; 0 is no limit */
} renderer_config;

/* Counts of one frame. */
typedef struct renderer_stats {
    uint64_t frame;            /* from 1 */
    uint32_t draw_calls;       /* multimeshes with at least one visible instance */
    uint32_t instances_drawn;  /* within the view */
    uint32_t instances_culled; /* outside it */
    uint64_t bytes;            /* of instance data that was drawn */
    uint64_t checksum;         /* FNV-1a 64 style over the drawn instances, in drawing order:
                                  src/checksum.h has the formula */
    uint32_t refused;          /* maps that gave NULL, and draws that drew nothing: stale, over a
                                  limit, not mapped in this frame, or drawn in it already */
} renderer_stats;

/* NULL when there is no memory or the configuration is absurd. May allocate. */
renderer *renderer_create(const renderer_config *config);
void renderer_destroy(renderer *r);

/* A quad mesh of width by height px. Null when RENDERER_QUAD_MAX are in use, a side is not a
 * positive number, or there is no memory. Allocates one block, which destroy frees. A multimesh
 * keeps the size of its quad, so the quad may go first. */
renderer_quad renderer_quad_create(renderer *r, float width, float height);
void renderer_quad_destroy(renderer *r, renderer_quad quad);

/* A multimesh of up to `capacity` instances of `quad`, drawn in `layer` order, lowest first. Null
 * when the quad is stale, RENDERER_MULTIMESH_MAX are in use, or there is no memory. Allocates one
 * block, the instance buffer, which destroy frees. Equal layers are drawn in the order of their
 * draws. */
renderer_multimesh renderer_multimesh_create(renderer *r, renderer_quad quad, uint32_t capacity,
                                             uint32_t layer);
/* Makes room for `capacity` instances; smaller than now is no error and changes nothing. May move
 * the buffer: what map returned before is void. False, with nothing changed, when `mm` is stale or
 * there is no memory. */
bool renderer_multimesh_reserve(renderer *r, renderer_multimesh mm, uint32_t capacity);
void renderer_multimesh_destroy(renderer *r, renderer_multimesh mm);

/* Begins a frame, and forgets one that was not ended. A view without area, or not finite, keeps the
 * view before. Never allocates. */
void renderer_frame_begin(renderer *r, renderer_view view);
/* The instance buffer, to be filled with exactly `count` instances; NULL when `mm` is stale,
 * `count` is over its capacity or, with the others of this frame, over instances_max, `mm` was
 * drawn in this frame already, or no frame is open. Never allocates. */
renderer_instance *renderer_multimesh_map(renderer *r, renderer_multimesh mm, uint32_t count);
/* Draws what was mapped this frame: culls to the view, counts, sums. An instance is visible when
 * the box around its quad's corners shares an area with the view. Never allocates. */
void renderer_multimesh_draw(renderer *r, renderer_multimesh mm);
/* Ends the frame and writes its counts to `stats`, unless NULL; with no frame open, the counts of
 * the last one. What was drawn stays readable for a snapshot until the next frame_begin. Never
 * allocates. */
void renderer_frame_end(renderer *r, renderer_stats *stats);

enum { RENDERER_SNAPSHOT_SIDE_MAX = 16384 }; /* pixels, either side */

/* Rasterizes the last finished frame in software into a PNG of width by height pixels, the view
 * stretched to fill it. Allocates, and frees what it took. In a library of its own, which brings
 * libpng with it. To be called after frame_end and before the next frame_begin; a multimesh that
 * was destroyed in between is missing from the picture.
 * False after writing a reason to `error`; `path` is then as it was before. */
bool renderer_snapshot(renderer *r, const char *path, uint32_t width, uint32_t height, char *error,
                       size_t error_size);

#ifdef __cplusplus
}
#endif

#endif
