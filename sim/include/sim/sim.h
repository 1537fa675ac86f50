/* sim.h: the arena, a 2D survival game in which waves of enemies chase a player who fights back.
 *
 *     sim_config config = sim_config_default();
 *     sim_world *world = sim_world_create(&config);
 *     sim_world_begin_phase(world, &(sim_phase){.load = SIM_LOAD_BURST, .frames = 300,
 *                                               .population_last = 500});
 *     sim_world_frame(world);                        (as many as the phase has frames)
 *     sim_observation seen = sim_world_observe(world);
 *     sim_world_destroy(world);
 *
 * One world belongs to one thread at a time; two worlds share nothing. The world is a function of
 * its configuration: no clock, no environment and no address reaches the state, and the same seed
 * gives the same hash on every frame, whatever the switches, the compiler and its level.
 *
 * Allocation: create allocates all that the world will ever need, and destroy frees it. With every
 * switch on nothing else here calls the allocator, not even to free. A switch that is off brings
 * its habit back, and with it the allocations of that system, in frame, begin_phase and the view;
 * should memory run out there, the process aborts.
 *
 * Hot paths: each combat step is the hot path "combat_tick". With the switch tick_guard on each
 * part of it is a hot path of its own within ("combat_tick/damage", "combat_tick/projectiles",
 * ...), so that a violation names its system; off, nobody looks closer. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/switches.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sim_world sim_world;

enum {
    SIM_CAPACITY_MAX = 1 << 20, /* enemies in one world */
    SIM_FRAME_HZ_MAX = 1000,
    SIM_COMBAT_HZ = 30,         /* combat steps in a simulated second */
    SIM_STEPS_PER_FRAME_MAX = 8 /* the catch-up limit; what is beyond it is dropped and counted */
};

typedef enum sim_tier {
    SIM_TIER_SWARM,
    SIM_TIER_REGULAR,
    SIM_TIER_ELITE,
    SIM_TIER_BOSS,
    SIM_TIER_COUNT
} sim_tier;

typedef struct sim_config {
    uint64_t seed;
    uint32_t frame_hz; /* frames in a simulated second, 1 to SIM_FRAME_HZ_MAX */
    uint32_t capacity; /* most enemies alive at once, 1 to SIM_CAPACITY_MAX */
    uint32_t switches; /* sim/switches.h; each bit selects how one system goes about its work */
    /* Called at the end of each combat step, still inside the hot path, when not NULL. */
    void (*after_combat_step)(void *user);
    void *user;
} sim_config;

/* Seed 12345, 60 frames a second, 500 enemies, every switch on. */
sim_config sim_config_default(void);

/* NULL when the configuration is outside its limits or there is no memory. Allocates. */
sim_world *sim_world_create(const sim_config *config);
/* NULL is no error. Frees all that the world holds. */
void sim_world_destroy(sim_world *world);

/* What a phase does to the population. In the first two the player does not fight, so that the
 * population is exactly what was asked for; contact still hurts him. */
typedef enum sim_load {
    SIM_LOAD_GRADUAL, /* emptied; the target rises from first to last, spawned up to at each step */
    SIM_LOAD_BURST,   /* emptied; population_last spawned in one step, then held */
    SIM_LOAD_COMBAT,  /* population_last alive, and again whenever fewer than refill_below live */
    SIM_LOAD_MIXED_TIER, /* emptied; population_last by quota, then combat, refilled by quota
                            whenever fewer than refill_below (or four fifths, when it is 0) live */
    SIM_LOAD_COUNT
} sim_load;

typedef struct sim_phase {
    sim_load load;
    uint64_t frames;           /* how long it will last; paces the rising target */
    uint32_t population_first; /* gradual only */
    uint32_t population_last;
    uint32_t refill_below;        /* combat and mixed tier; combat: 0 is never */
    double quota[SIM_TIER_COUNT]; /* mixed tier: shares that sum to 1 */
} sim_phase;

/* Begins a phase. Emptying takes the enemies away as despawned, and with them what flies, lies
 * about and waits in the damage queue. Populations over the capacity are cut to it; surplus enemies
 * of a combat phase are despawned. */
void sim_world_begin_phase(sim_world *world, const sim_phase *phase);

/* One frame: 1 / frame_hz of simulated time, with as many combat steps as fall due. The very first
 * frame of a world has one. */
void sim_world_frame(sim_world *world);

/* Who lived, died and was lost. Totals are since create. */
typedef struct sim_observation {
    uint64_t frames, combat_steps, steps_dropped;
    uint64_t spawned, died, despawned;     /* made, killed, taken away unharmed */
    uint64_t spawns_refused;               /* no slot was free */
    uint32_t alive[SIM_TIER_COUNT];        /* now, counted by walking the world */
    uint64_t damage_applied, damage_stale; /* requests: done; refused, their target being gone */
    uint64_t damage_dropped;               /* requests lost, oldest first, to a full queue */
    uint32_t damage_queue_high;            /* most requests that ever waited */
    uint64_t criticals;
    uint64_t events;           /* sent to their listeners */
    uint32_t event_queue_high; /* most events that ever waited; 0 with direct delivery */
    uint64_t projectiles_fired, projectiles_refused;  /* refused: all were in flight */
    uint64_t orbs_dropped, orbs_collected, orbs_lost; /* lost: the oldest, when too many lay */
    uint64_t experience;
    double damage_taken;   /* by the player, in health */
    uint64_t player_falls; /* how often his health ran out; he gets up at once, and is whole */
    uint64_t log_messages; /* of a level that is kept */
    uint64_t collections;  /* of the garbage list */
    uint64_t payload_double_releases;
} sim_observation;

/* Counts the enemies, whatever the running counts say. Never allocates. */
sim_observation sim_world_observe(const sim_world *world);

/* A hash over the whole state that later frames depend on. The same for the same configuration and
 * frame, whatever the switches. Walks the world: ask once a frame, not in a hot path. Never
 * allocates. The formula is in src/hash.c. */
uint64_t sim_world_hash(const sim_world *world);

#ifdef __cplusplus
}
#endif

#endif
