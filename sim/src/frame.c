/* Frames and combat steps. Time is counted in whole numbers: a frame adds 30, frame_hz make a
 * step, so that no rounding ever shifts one. */
#include "tickaudit/tickaudit.h"
#include "world.h"

/* Grown to one step's worth at the start, so that the very first frame steps. */
static uint32_t due_after(const sim_world *world, uint64_t frames, uint64_t *steps) {
    uint64_t due = world->clock.due + frames * SIM_COMBAT_HZ;
    *steps = due / world->config.frame_hz;
    return (uint32_t)(due % world->config.frame_hz);
}

uint32_t sim_steps_in(const sim_world *world, uint64_t frames) {
    uint64_t steps, most = frames * SIM_STEPS_PER_FRAME_MAX;
    due_after(world, frames, &steps);
    steps = steps < most ? steps : most;
    return steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX;
}

static void rebuild_grid(sim_world *world) {
    world->habits.spatial->rebuild(world);
}

static void chase(sim_world *world) {
    world->habits.movement->chase(world);
}

static void drain_events(sim_world *world) {
    world->habits.delivery->drain(world);
}

/* The order matters: spawns first, so that no list holds a slot of two enemies; damage after all
 * that asks for it; events last, since listeners prepare the next step. */
static const struct {
    const char *name;
    sim_part *part;
} parts[] = {
    {"combat_tick/director", sim_director_step},
    {"combat_tick/flashes", sim_flashes_step},
    {"combat_tick/knockback", sim_knockback_step},
    {"combat_tick/movement", chase},
    {"combat_tick/grid", rebuild_grid},
    {"combat_tick/projectiles", sim_projectiles_step},
    {"combat_tick/melee", sim_melee_step},
    {"combat_tick/contact", sim_contact_step},
    {"combat_tick/orbs", sim_orbs_step},
    {"combat_tick/damage", sim_damage_step},
    {"combat_tick/events", drain_events},
};

static void combat_step(sim_world *world) {
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        world->habits.guard->run(world, parts[i].name, parts[i].part);
    world->clock.steps++;
    if (world->config.after_combat_step)
        world->config.after_combat_step(world->config.user);
}

void sim_world_frame(sim_world *world) {
    uint64_t steps;
    world->clock.due = due_after(world, 1, &steps);
    if (steps > SIM_STEPS_PER_FRAME_MAX) {
        world->clock.dropped += steps - SIM_STEPS_PER_FRAME_MAX;
        steps = SIM_STEPS_PER_FRAME_MAX;
    }
    for (uint64_t i = 0; i < steps; i++) {
        TA_HOT_PATH("combat_tick") {
            combat_step(world);
        }
    }
    world->clock.frames++;
}
