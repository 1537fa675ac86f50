/* multimesh.c: instance buffers behind handles. A buffer has its capacity from the start and grows
 * only when asked to, so that mapping it can never allocate. */
#include "internal.h"

#include <stdlib.h>

multimesh_slot *renderer_multimesh_find(renderer *r, renderer_multimesh mm) {
    if (mm.index1 == 0 || mm.index1 > RENDERER_MULTIMESH_MAX)
        return NULL;
    multimesh_slot *slot = &r->multimeshes[mm.index1 - 1];
    return slot->instances && slot->generation == mm.generation ? slot : NULL;
}

/* At least one instance, so that an empty buffer still has an address to hand out. */
static size_t buffer_bytes(uint32_t capacity) {
    return (capacity ? capacity : 1) * sizeof(renderer_instance);
}

renderer_multimesh renderer_multimesh_create(renderer *r, renderer_quad quad, uint32_t capacity,
                                             uint32_t layer) {
    const renderer_multimesh null = {0, 0};
    const quad_mesh *mesh = r ? renderer_quad_find(r, quad) : NULL;
    if (!mesh)
        return null;
    uint32_t i = 0;
    while (i < RENDERER_MULTIMESH_MAX && r->multimeshes[i].instances)
        ++i;
    if (i == RENDERER_MULTIMESH_MAX)
        return null;
    renderer_instance *instances = malloc(buffer_bytes(capacity));
    if (!instances)
        return null;
    uint32_t generation = r->multimeshes[i].generation + 1;
    r->multimeshes[i] = (multimesh_slot){.instances = instances,
                                         .generation = generation,
                                         .capacity = capacity,
                                         .layer = layer,
                                         .quad_width = mesh->width,
                                         .quad_height = mesh->height};
    return (renderer_multimesh){i + 1, generation};
}

bool renderer_multimesh_reserve(renderer *r, renderer_multimesh mm, uint32_t capacity) {
    multimesh_slot *slot = r ? renderer_multimesh_find(r, mm) : NULL;
    if (!slot)
        return false;
    if (capacity <= slot->capacity)
        return true;
    renderer_instance *grown = realloc(slot->instances, buffer_bytes(capacity));
    if (!grown)
        return false;
    slot->instances = grown;
    slot->capacity = capacity;
    return true;
}

void renderer_multimesh_destroy(renderer *r, renderer_multimesh mm) {
    multimesh_slot *slot = r ? renderer_multimesh_find(r, mm) : NULL;
    if (!slot)
        return;
    free(slot->instances);
    slot->instances = NULL;
}
