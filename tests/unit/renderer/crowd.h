/* crowd.h: a made-up fight of 500 enemies around a player, for tests of the renderer.
 *
 *     crowd c = crowd_create((uint32_t[]){0, 1, 2, 3, 4, 5});
 *     renderer_stats stats = crowd_draw(&c);
 *
 * The same on every machine: it draws from a generator of its own. */
#ifndef TESTS_RENDERER_CROWD_H
#define TESTS_RENDERER_CROWD_H

#include "renderer/renderer.h"

enum { CROWD_ENEMIES = 500, CROWD_BOLTS = 60, CROWD_TIERS = 4 };

/* In layer order: tiers, the player, projectiles. */
enum { CROWD_LAYER_PLAYER = CROWD_TIERS, CROWD_LAYER_BOLTS, CROWD_LAYERS };

typedef struct crowd {
    renderer *r;
    renderer_multimesh layers[CROWD_LAYERS];
    uint32_t counts[CROWD_LAYERS];
} crowd;

extern const renderer_view crowd_view;

/* Makes quads and multimeshes in the order given by `order`, a permutation of 0..CROWD_LAYERS-1. */
crowd crowd_create(const uint32_t order[CROWD_LAYERS]);
void crowd_destroy(crowd *c);

/* Draws one whole frame of the same crowd. Allocates nothing. */
renderer_stats crowd_draw(crowd *c);

#endif
