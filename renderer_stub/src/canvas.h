/* canvas.h: pixels, and the two ways to put a colour on them.
 *
 *     canvas picture;
 *     if (!canvas_create(&picture, 1280, 720)) ...
 *     canvas_blend(&picture, x, y, (rgb){1, 0.5f, 0}, 0.8f);
 *     canvas_destroy(&picture);
 *
 * Only create allocates and only destroy frees. One thread per canvas. */
#ifndef RENDERER_CANVAS_H
#define RENDERER_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rgb {
    float r, g, b; /* 0 to 1; blended as written, without gamma */
} rgb;

typedef struct canvas {
    uint32_t width, height;
    uint8_t *pixels; /* rows from the top, 3 bytes a pixel */
} canvas;

/* Black. False when there is no memory. */
bool canvas_create(canvas *c, uint32_t width, uint32_t height);
void canvas_destroy(canvas *c);

/* The pixel must be within the canvas; `alpha` is clamped to 0..1. */
void canvas_blend(canvas *c, uint32_t x, uint32_t y, rgb colour, float alpha);
/* Adds light: what glows brightens what is under it. */
void canvas_add(canvas *c, uint32_t x, uint32_t y, rgb colour, float alpha);

/* 0 for a NaN. */
static inline float clamp01(float value) {
    return value > 0.0f ? (value < 1.0f ? value : 1.0f) : 0.0f;
}

/* From `from` at t = 0 to `to` at t = 1. */
static inline rgb rgb_mix(rgb from, rgb to, float t) {
    return (rgb){from.r + (to.r - from.r) * t, from.g + (to.g - from.g) * t,
                 from.b + (to.b - from.b) * t};
}

static inline rgb rgb_scale(rgb colour, float factor) {
    return (rgb){colour.r * factor, colour.g * factor, colour.b * factor};
}

#endif
