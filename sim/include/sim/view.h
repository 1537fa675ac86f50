/* view.h: what there is to draw, read without changing the game.
 *
 *     sim_view view;
 *     sim_view_begin(&view, world);
 *     sim_drawable batch[SIM_VIEW_BATCH];
 *     for (uint32_t n; (n = sim_view_next(&view, batch)) != 0;)
 *         draw(batch, n);
 *     sim_view_end(&view);
 *
 * Nothing here allocates when alive_bitfield is on; off, begin makes a list of the living and end
 * lets it go. Same thread as the world; no frame between begin and end. */
#ifndef SIM_VIEW_H
#define SIM_VIEW_H

#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SIM_VIEW_BATCH = 64,       /* drawables that one call gives at most */
    SIM_PROJECTILES_MAX = 1024 /* in flight at once */
};

/* One enemy. */
typedef struct sim_drawable {
    float x, y;     /* centre, px of the world, y down */
    float diameter; /* px */
    float rgb[3];   /* 0 to 1, from the hue, saturation and value drawn at its spawn */
    float flash;    /* 1 when just hit, falling to 0 in 0.12 s */
    uint8_t tier;   /* a sim_tier */
    bool faces_left;
} sim_drawable;

typedef struct sim_view {
    sim_world *world;
    uint32_t *list;
    uint32_t next, count;
} sim_view;

/* How many enemies of a tier live, as kept by spawns and deaths: what a view will give. */
uint32_t sim_view_count(const sim_world *world, sim_tier tier);

/* Enemies in slot order, SIM_VIEW_BATCH or fewer at a time; 0 at the end. */
void sim_view_begin(sim_view *view, sim_world *world);
uint32_t sim_view_next(sim_view *view, sim_drawable batch[SIM_VIEW_BATCH]);
void sim_view_end(sim_view *view);

/* The projectiles in flight: their count, and their centres as two arrays that stay valid until the
 * next frame. */
uint32_t sim_view_projectiles(const sim_world *world, const float **x, const float **y);

/* The player's centre, px. He stands still. */
void sim_view_player(float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
