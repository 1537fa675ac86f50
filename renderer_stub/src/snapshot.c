/* snapshot.c: the last finished frame as a picture. */
#include "internal.h"
#include "paint.h"
#include "png_file.h"

#include <stdio.h>

enum { BLOCK_INSTANCES = 256 };

static void paint_block(const renderer *r, canvas *picture, const draw_record *record,
                        const renderer_instance *block, uint32_t count, paint_pass pass) {
    uint32_t visible[BLOCK_INSTANCES];
    uint32_t kept =
        renderer_cull(block, count, record->quad_width, record->quad_height, r->view, visible);
    for (uint32_t i = 0; i < kept; ++i)
        paint_instance(picture, r->view, record->quad_width, record->quad_height, pass,
                       &block[visible[i]]);
}

static void paint_draw(renderer *r, canvas *picture, const draw_record *record, paint_pass pass) {
    const multimesh_slot *slot = renderer_multimesh_find(r, record->multimesh);
    if (!slot)
        return; /* destroyed since */
    for (uint32_t first = 0; first < slot->count; first += BLOCK_INSTANCES) {
        uint32_t left = slot->count - first;
        paint_block(r, picture, record, slot->instances + first,
                    left < BLOCK_INSTANCES ? left : BLOCK_INSTANCES, pass);
    }
}

/* What forbids a picture, or NULL. */
static const char *refusal(const renderer *r, const char *path, uint32_t width, uint32_t height) {
    if (!r)
        return "there is no renderer";
    if (!path || !*path)
        return "the path is empty";
    if (width < 1 || height < 1 || width > RENDERER_SNAPSHOT_SIDE_MAX ||
        height > RENDERER_SNAPSHOT_SIDE_MAX)
        return "the picture's sides must be 1 to 16384 pixels";
    if (r->open)
        return "a frame is open; end it first";
    if (r->last.frame == 0)
        return "no frame has been drawn yet";
    return NULL;
}

bool renderer_snapshot(renderer *r, const char *path, uint32_t width, uint32_t height, char *error,
                       size_t error_size) {
    const char *why = refusal(r, path, width, height);
    canvas picture = {0};
    if (!why && !canvas_create(&picture, width, height))
        why = "there is no memory for it";
    if (why) {
        snprintf(error, error_size, "%s: no picture: %s", path && *path ? path : "snapshot", why);
        return false;
    }
    paint_arena(&picture, r->view);
    for (uint32_t i = 0; i < r->draw_count; ++i) {
        paint_draw(r, &picture, &r->draws[i], PAINT_SHADOW);
        paint_draw(r, &picture, &r->draws[i], PAINT_FIGURE);
    }
    bool done = png_file_write(path, &picture, error, error_size);
    canvas_destroy(&picture);
    return done;
}
