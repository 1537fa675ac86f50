/* world.h: the state of the arena, and what its systems ask of each other, each function under the
 * file that owns it. Habits, the parts that a switch exchanges, are in habits.h.
 *
 * Internal; the threading and allocation promises are those of sim/sim.h: nothing here allocates
 * but sim_memory() (at create) and what calls a habit that is off. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <assert.h>
#include <string.h>

#include "habits.h"
#include "rules.h"
#include "sim/sim.h"
#include "sim/view.h"

/* A name for an enemy that goes void when the enemy dies. Generations are odd while the slot is
 * taken and even while it is free, so a handle of generation 0 is null. */
typedef struct sim_handle {
    uint32_t slot, generation;
} sim_handle;

/* What an enemy is. Where it is lies in sim_bodies, its health in the damage registry. */
typedef struct sim_enemy {
    sim_handle handle;
    uint32_t template_index;
    uint8_t tier; /* a sim_tier */
    float damage, speed, size;
    float hue, saturation, value;
    float rgb[3];
    uint64_t serial; /* from 1 in order of spawning */
} sim_enemy;

/* Where enemies are, by slot. */
typedef struct sim_bodies {
    float *x, *y;
    float *speed;             /* px/s */
    float *knock_x, *knock_y; /* px still to be pushed */
    float *flash;             /* seconds left of the hit flash; 0 when there is none */
} sim_bodies;

/* streams.c: a draw on one stream never moves another. */
typedef struct sim_stream {
    uint64_t state, step;
} sim_stream;

typedef struct sim_streams {
    sim_stream waves, ai, crit, loot, test;
} sim_streams;

sim_stream sim_stream_make(uint64_t seed, const char *name);
uint64_t sim_stream_next(sim_stream *stream);
float sim_stream_unit(sim_stream *stream); /* 0 to below 1, in steps of 2^-24 */
float sim_stream_range(sim_stream *stream, float low, float high);
uint32_t sim_stream_below(sim_stream *stream, uint32_t limit);     /* limit at least 1 */
void sim_stream_direction(sim_stream *stream, float *x, float *y); /* of length 1 */
sim_streams sim_streams_make(uint64_t seed);

/* templates.c */
typedef struct sim_template {
    const char *name;
    float hp_low, hp_high, damage_low, damage_high, speed_low, speed_high;
    float size;
    uint32_t weight; /* in halves; how often, among those that can be drawn */
    sim_tier tier;
    float hue; /* about which the hue is drawn */
} sim_template;

enum { SIM_TEMPLATE_COUNT = 8 };
const sim_template *sim_template_at(uint32_t index);
uint32_t sim_template_draw(sim_stream *stream); /* any but the bosses, by weight */
uint32_t sim_template_draw_tier(sim_stream *stream, sim_tier tier);
void sim_colour_from_hsv(float hue, float saturation, float value, float rgb[3]);

/* quota.c: shares to whole numbers that sum to `total`, by largest remainder. */
void sim_quota_split(const double share[SIM_TIER_COUNT], uint32_t total,
                     uint32_t count[SIM_TIER_COUNT]);

/* entities.c: slots with generations. */
typedef struct sim_slots {
    uint32_t *generation;
    uint32_t *free; /* a stack of free slots */
    uint32_t free_count;
    uint32_t high; /* slots below this were ever used */
    uint32_t alive, alive_by_tier[SIM_TIER_COUNT];
} sim_slots;

bool sim_entities_create(sim_world *world);
sim_handle sim_spawn(sim_world *world, uint32_t template_index); /* null when full */
bool sim_is_alive(const sim_world *world, sim_handle handle);
void sim_kill(sim_world *world, sim_handle handle);
void sim_despawn(sim_world *world, sim_handle handle);
static inline bool sim_slot_taken(const sim_slots *slots, uint32_t slot) {
    return (slots->generation[slot] & 1u) != 0;
}

/* director.c: which enemies there should be. */
typedef struct sim_director {
    sim_phase phase;
    uint32_t steps, steps_planned; /* of the phase: done, and due in all */
    uint32_t quota[SIM_TIER_COUNT];
    bool fights; /* whether the player does */
} sim_director;

void sim_director_begin(sim_world *world, const sim_phase *phase);
void sim_director_step(sim_world *world);

/* damage.c */
typedef struct sim_damage {
    sim_handle target;
    float amount;
    float push_x, push_y; /* knockback in px, zero for none */
} sim_damage;

typedef struct sim_damage_queue {
    sim_damage *ring;
    uint32_t first, count, high;
    uint64_t dropped, applied, stale, criticals;
} sim_damage_queue;

bool sim_damage_create(sim_world *world);
void sim_damage_push(sim_world *world, const sim_damage *damage);
void sim_damage_step(sim_world *world);

/* projectiles.c: arrays by position; removal keeps the order. */
typedef struct sim_projectiles {
    float *x, *y, *vx, *vy, *life;
    uint32_t count;
    uint64_t fired, refused;
} sim_projectiles;

bool sim_projectiles_create(sim_world *world);
void sim_projectiles_step(sim_world *world);

/* orbs.c: experience that lies about. */
typedef struct sim_orbs {
    float *x, *y;
    uint32_t *worth;
    uint32_t count;
    uint64_t dropped, collected, lost;
} sim_orbs;

bool sim_orbs_create(sim_world *world);
void sim_orbs_step(sim_world *world);
void sim_orbs_drop(sim_world *world, float x, float y, uint32_t worth);

/* player.c */
typedef struct sim_player {
    float health, facing_x, facing_y;
    uint64_t experience, falls, kills, hits;
    double damage_taken;
} sim_player;

void sim_player_create(sim_world *world);
void sim_player_hurt(sim_world *world, float amount);

void sim_melee_step(sim_world *world); /* melee.c */

/* contact.c, knockback.c, flashes.c: lists of the enemies concerned, so that nobody walks all. */
typedef struct sim_handles {
    sim_handle *at;
    uint32_t count;
} sim_handles;

bool sim_contact_create(sim_world *world);
void sim_contact_step(sim_world *world);
bool sim_knockback_create(sim_world *world);
void sim_knockback_start(sim_world *world, sim_handle target, float x, float y);
void sim_knockback_step(sim_world *world);
bool sim_flashes_create(sim_world *world);
void sim_flashes_start(sim_world *world, sim_handle target);
void sim_flashes_step(sim_world *world);

/* query.c: the enemies within a circle or a cone, in the order of cells, then of slots. A limit of
 * 0 is none. Each begin is ended before the next. */
typedef struct sim_results {
    uint32_t *slots;
    uint32_t count, room;
} sim_results;

typedef struct sim_cone {
    float x, y, range, direction_x, direction_y, cos_half;
} sim_cone;

void sim_query_radius(sim_world *world, sim_results *results, float x, float y, float radius,
                      uint32_t limit);
void sim_query_cone(sim_world *world, sim_results *results, const sim_cone *cone);
void sim_query_end(sim_world *world, sim_results *results);

/* The cell of a coordinate; what is outside of the grid lies in its border cells. */
static inline uint32_t sim_grid_cell(float coordinate) {
    float low = coordinate < -SIM_GRID_HALF ? -SIM_GRID_HALF : coordinate;
    float inside = low > SIM_GRID_HALF - 1.0f ? SIM_GRID_HALF - 1.0f : low;
    return (uint32_t)(int32_t)((inside + SIM_GRID_HALF) * (1.0f / SIM_GRID_CELL));
}

/* events.c */
typedef enum sim_event_type {
    SIM_EVENT_SPAWNED,
    SIM_EVENT_HIT,
    SIM_EVENT_DIED,
    SIM_EVENT_ORB_COLLECTED,
    SIM_EVENT_PLAYER_HURT,
    SIM_EVENT_COUNT
} sim_event_type;

/* What an event tells. One or two numbers, or the whole. */
typedef struct sim_payload {
    sim_handle enemy;
    float amount;
    float x, y;
    uint32_t tier;
    bool in_use; /* of the pool: taken and not yet released */
} sim_payload;

typedef struct sim_event {
    uint32_t type; /* a sim_event_type */
    sim_handle enemy;
    float amount;
    sim_payload *payload; /* NULL when the two above are all */
} sim_event;

void sim_events_send(sim_world *world, sim_event_type type, sim_handle enemy, float amount);
void sim_events_send_whole(sim_world *world, sim_event_type type, const sim_payload *whole);
/* What each listener is called with, and how many there are for a type. */
uint32_t sim_events_listeners(uint32_t type);
void sim_events_listen(sim_world *world, uint32_t listener, uint32_t type, const sim_payload *told);
void sim_events_told(const sim_event *event, sim_payload *told); /* unpacks either form */
void sim_events_release(sim_world *world, sim_event *event);

/* log.c */
typedef enum sim_log_level { SIM_LOG_DEBUG, SIM_LOG_INFO, SIM_LOG_WARNING } sim_log_level;

enum { SIM_LOG_KEPT = 16, SIM_LOG_TEXT_MAX = 96 };

typedef struct sim_log_ring {
    char text[SIM_LOG_KEPT][SIM_LOG_TEXT_MAX];
    uint64_t count;
    sim_log_level level; /* below it, messages are not kept */
} sim_log_ring;

__attribute__((format(printf, 3, 4))) void sim_log(sim_world *world, sim_log_level level,
                                                   const char *format, ...);

/* garbage.c: memory that the slow habits let go of. */
typedef struct sim_garbage {
    void **blocks;
    size_t count, room;
    uint64_t collections;
} sim_garbage;

void *sim_take(size_t size); /* malloc; aborts the process when there is none */
void *sim_take_more(void *block, size_t size);
char *sim_take_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sim_let_go(sim_world *world, void *block); /* freed at the next collection */
void sim_garbage_destroy(sim_world *world);

/* guard.c */
typedef void sim_part(sim_world *world);

/* frame.c */
typedef struct sim_clock {
    uint32_t due; /* frame_hz of these make a combat step */
    uint64_t frames, steps, dropped;
} sim_clock;

uint32_t sim_steps_in(const sim_world *world, uint64_t frames);

enum { SIM_BLOCKS_MAX = 64 };

struct sim_world {
    sim_config config;
    sim_habits habits;
    sim_streams streams;
    sim_slots slots;
    sim_enemy **enemies; /* by slot; NULL where the store keeps none */
    sim_bodies bodies;
    sim_director director;
    sim_clock clock;
    sim_damage_queue damage;
    sim_projectiles projectiles;
    sim_orbs orbs;
    sim_player player;
    sim_handles touching, knocked, flashing;
    sim_log_ring log;
    sim_garbage garbage;
    uint64_t spawned, died, despawned, refused;
    uint64_t events;
    uint32_t event_queue_high;
    uint64_t payload_double_releases;
    void *blocks[SIM_BLOCKS_MAX]; /* what create allocated */
    uint32_t block_count;
};

/* world.c: zeroed memory that lives as long as the world. NULL when there is none. */
void *sim_memory(sim_world *world, size_t count, size_t size);

#endif
