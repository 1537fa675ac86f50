/* renderer.c: the renderer as a whole: made, checked, destroyed. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

bool renderer_view_valid(renderer_view view) {
    return isfinite(view.x) && isfinite(view.y) && isfinite(view.width) && isfinite(view.height) &&
           view.width > 0.0f && view.height > 0.0f;
}

renderer *renderer_create(const renderer_config *config) {
    if (!config || !renderer_view_valid(config->view))
        return NULL;
    renderer *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->view = config->view;
    r->instances_max = config->instances_max;
    return r;
}

void renderer_destroy(renderer *r) {
    if (!r)
        return;
    for (uint32_t i = 0; i < RENDERER_MULTIMESH_MAX; ++i)
        free(r->multimeshes[i].instances);
    for (uint32_t i = 0; i < RENDERER_QUAD_MAX; ++i)
        free(r->quads[i].mesh);
    free(r);
}
