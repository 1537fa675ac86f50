/* stress.h: the four phases of stress_500, for tests.
 *
 *     sim_world *world = stress_world(SIM_SWITCHES_ALL);
 *     for (uint64_t frame = 0; frame < stress_frames(scale); frame++)
 *         stress_frame(world, frame, scale);     (begins phases as they come)
 *
 * `scale` divides the length of every phase; 1 is the whole, 1800 frames. */
#ifndef STRESS_H
#define STRESS_H

#include "sim/sim.h"

enum { STRESS_PHASES = 4 };

sim_world *stress_world(uint32_t switches);
sim_phase stress_phase(unsigned index, uint64_t scale);
uint64_t stress_frames(uint64_t scale);
void stress_frame(sim_world *world, uint64_t frame, uint64_t scale);
uint32_t stress_alive(const sim_world *world); /* by walking */

#endif
