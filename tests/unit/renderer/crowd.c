/* crowd.c: swarm, regular, elite and boss by the quota of a mixed fight, with sizes and colours
 * like the arena's. */
#include "crowd.h"

#include <math.h>

const renderer_view crowd_view = {-240, -60, 1280, 720};

static const float quad_px[CROWD_LAYERS] = {32, 32, 48, 56, 32, 8};

typedef struct look {
    uint32_t count;
    float size; /* diameter is 24 times this, px */
    float red, green, blue;
    float near_px, far_px; /* distance from the player */
} look;

static const look looks[CROWD_LAYERS] = {
    {300, 0.8f, 0.45f, 0.80f, 0.35f, 60, 640}, {125, 1.2f, 0.90f, 0.50f, 0.25f, 90, 600},
    {60, 1.3f, 0.40f, 0.60f, 0.95f, 120, 560}, {15, 2.0f, 0.80f, 0.30f, 0.85f, 150, 420},
    {1, 1.5f, 0.95f, 0.97f, 1.00f, 0, 0},      {CROWD_BOLTS, 0.33f, 1.0f, 0.85f, 0.35f, 50, 420},
};

static float next_unit(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(*state >> 40) / 16777216.0f;
}

static renderer_instance member(const look *l, float quad, uint64_t *state) {
    const float player_x = 400, player_y = 300;
    float angle = next_unit(state) * 6.2831853f;
    float distance = l->near_px + (l->far_px - l->near_px) * sqrtf(next_unit(state));
    float x = player_x + cosf(angle) * distance, y = player_y + sinf(angle) * distance;
    float scale = 24.0f * l->size * (0.9f + 0.2f * next_unit(state)) / quad;
    float tint = 0.8f + 0.2f * next_unit(state);
    float facing = x > player_x ? -1.0f : 1.0f;
    return (renderer_instance){.x_axis = {facing * scale, 0},
                               .y_axis = {0, scale},
                               .origin = {x, y},
                               .rgba = {l->red * tint, l->green * tint, l->blue * tint, 1}};
}

crowd crowd_create(const uint32_t order[CROWD_LAYERS]) {
    crowd c = {.r = renderer_create(&(renderer_config){.view = crowd_view})};
    for (uint32_t i = 0; i < CROWD_LAYERS; ++i) {
        uint32_t layer = order[i];
        renderer_quad quad = renderer_quad_create(c.r, quad_px[layer], quad_px[layer]);
        c.counts[layer] = looks[layer].count;
        c.layers[layer] = renderer_multimesh_create(c.r, quad, c.counts[layer], layer);
    }
    return c;
}

void crowd_destroy(crowd *c) {
    renderer_destroy(c->r);
    c->r = NULL;
}

renderer_stats crowd_draw(crowd *c) {
    renderer_stats stats;
    renderer_frame_begin(c->r, crowd_view);
    for (uint32_t layer = 0; layer < CROWD_LAYERS; ++layer) {
        uint64_t state = 12345 + layer;
        renderer_instance *out = renderer_multimesh_map(c->r, c->layers[layer], c->counts[layer]);
        for (uint32_t i = 0; i < c->counts[layer]; ++i)
            out[i] = member(&looks[layer], quad_px[layer], &state);
        renderer_multimesh_draw(c->r, c->layers[layer]);
    }
    renderer_frame_end(c->r, &stats);
    return stats;
}
