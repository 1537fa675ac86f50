/* canvas.c: 8-bit pixels; a picture of a frame needs no more. */
#include "canvas.h"

#include <assert.h>
#include <stdlib.h>

bool canvas_create(canvas *c, uint32_t width, uint32_t height) {
    *c = (canvas){width, height, calloc((size_t)width * height, 3)};
    return c->pixels != NULL;
}

void canvas_destroy(canvas *c) {
    free(c->pixels);
    *c = (canvas){0};
}

static uint8_t *pixel_at(canvas *c, uint32_t x, uint32_t y) {
    assert(x < c->width && y < c->height);
    return c->pixels + ((size_t)y * c->width + x) * 3;
}

static uint8_t byte_of(float value) {
    return (uint8_t)(clamp01(value) * 255.0f + 0.5f);
}

void canvas_blend(canvas *c, uint32_t x, uint32_t y, rgb colour, float alpha) {
    uint8_t *p = pixel_at(c, x, y);
    rgb under = {(float)p[0] / 255.0f, (float)p[1] / 255.0f, (float)p[2] / 255.0f};
    rgb over = rgb_mix(under, colour, clamp01(alpha));
    p[0] = byte_of(over.r);
    p[1] = byte_of(over.g);
    p[2] = byte_of(over.b);
}

void canvas_add(canvas *c, uint32_t x, uint32_t y, rgb colour, float alpha) {
    uint8_t *p = pixel_at(c, x, y);
    float light = clamp01(alpha);
    p[0] = byte_of((float)p[0] / 255.0f + colour.r * light);
    p[1] = byte_of((float)p[1] / 255.0f + colour.g * light);
    p[2] = byte_of((float)p[2] / 255.0f + colour.b * light);
}
