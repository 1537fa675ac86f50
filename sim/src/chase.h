/* chase.h: how far an enemy gets in a step, for both ways of computing it.
 *
 *     share = sim_chase_share(distance, speed);   x += (player_x - x) * share;
 *
 * Both ways must give the same bits, so the formula stands here once. Selections instead of
 * branches, and no division by zero, so that it can be done for many at a time. */
#ifndef SIM_CHASE_H
#define SIM_CHASE_H

#include "rules.h"

/* The share of the way to the player: a step of the speed, at most to where it stops, and none from
 * too far away. */
static inline float sim_chase_share(float distance, float speed) {
    float step = speed * SIM_STEP_SECONDS;
    float room = distance - SIM_CHASE_STOP;
    float way = step < room ? step : room;
    float forward = way > 0.0f ? way : 0.0f;
    float moved = distance > SIM_STILL_BEYOND ? 0.0f : forward;
    return moved / (distance > 1.0f ? distance : 1.0f);
}

#endif
