/* quad.c: quad meshes behind handles. Each is a block of its own, as a graphics driver would make
 * one: whoever makes a quad per tier per setup pays for it. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

static quad_slot *slot_of(renderer *r, renderer_quad quad) {
    if (quad.index1 == 0 || quad.index1 > RENDERER_QUAD_MAX)
        return NULL;
    quad_slot *slot = &r->quads[quad.index1 - 1];
    return slot->mesh && slot->generation == quad.generation ? slot : NULL;
}

const quad_mesh *renderer_quad_find(const renderer *r, renderer_quad quad) {
    if (quad.index1 == 0 || quad.index1 > RENDERER_QUAD_MAX)
        return NULL;
    const quad_slot *slot = &r->quads[quad.index1 - 1];
    return slot->generation == quad.generation ? slot->mesh : NULL;
}

static void mesh_fill(quad_mesh *mesh, float width, float height) {
    static const float uvs[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    static const uint16_t indices[6] = {0, 1, 2, 0, 2, 3};
    mesh->width = width;
    mesh->height = height;
    for (int i = 0; i < 4; ++i) {
        mesh->uvs[i][0] = uvs[i][0];
        mesh->uvs[i][1] = uvs[i][1];
        mesh->corners[i][0] = (uvs[i][0] - 0.5f) * width;
        mesh->corners[i][1] = (uvs[i][1] - 0.5f) * height;
    }
    for (int i = 0; i < 6; ++i)
        mesh->indices[i] = indices[i];
}

renderer_quad renderer_quad_create(renderer *r, float width, float height) {
    const renderer_quad null = {0, 0};
    if (!r || !isfinite(width) || !isfinite(height) || width <= 0.0f || height <= 0.0f)
        return null;
    uint32_t i = 0;
    while (i < RENDERER_QUAD_MAX && r->quads[i].mesh)
        ++i;
    if (i == RENDERER_QUAD_MAX)
        return null;
    quad_mesh *mesh = malloc(sizeof *mesh);
    if (!mesh)
        return null;
    mesh_fill(mesh, width, height);
    quad_slot *slot = &r->quads[i];
    slot->mesh = mesh;
    /* Raised here and not at the end of its life, so that a zeroed slot needs no preparation. */
    slot->generation++;
    return (renderer_quad){i + 1, slot->generation};
}

void renderer_quad_destroy(renderer *r, renderer_quad quad) {
    quad_slot *slot = r ? slot_of(r, quad) : NULL;
    if (!slot)
        return;
    free(slot->mesh);
    slot->mesh = NULL;
}
