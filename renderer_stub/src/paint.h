/* paint.h: what an arena looks like.
 *
 *     paint_arena(&picture, view);
 *     paint_instance(&picture, view, quad_width, quad_height, PAINT_SHADOW, &instance);
 *     paint_instance(&picture, view, quad_width, quad_height, PAINT_FIGURE, &instance);
 *
 * The key to the picture: a quad that is not square is a flat bar; a square one under 12 px glows
 * (a projectile); any other is a shaded figure with an eye and a mouth towards its x axis, so that
 * a flip shows. From 40 px it wears a gold ring (elite), from 52 px spikes and a halo too (boss). A
 * nearly white figure shines: one that was just hit, or a player drawn so.
 * Nothing allocates. */
#ifndef RENDERER_PAINT_H
#define RENDERER_PAINT_H

#include "canvas.h"
#include "renderer/renderer.h"

/* Shadows of a whole multimesh go below all of its figures. */
typedef enum paint_pass { PAINT_SHADOW, PAINT_FIGURE } paint_pass;

/* The dark floor, with a grid line every 100 px of the world and a stronger one every 500. */
void paint_arena(canvas *c, renderer_view view);

/* One instance, or what of it lies within the picture. */
void paint_instance(canvas *c, renderer_view view, float quad_width, float quad_height,
                    paint_pass pass, const renderer_instance *instance);

#endif
