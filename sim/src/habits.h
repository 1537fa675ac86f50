/* habits.h: the seam between the game and its habits. Each switch selects one table of functions,
 * once, at create; nobody asks a switch again. Both tables of a pair do the same to the state.
 *
 * `state` is what a habit keeps for itself. A create may be NULL when there is nothing to keep. */
#ifndef SIM_HABITS_H
#define SIM_HABITS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct sim_world sim_world;
struct sim_enemy;
struct sim_results;
struct sim_payload;
struct sim_event;

/* 4.3 enemy_pool: where an enemy's object comes from and goes to. Sets world->enemies[slot]. */
typedef struct sim_store_habit {
    bool (*create)(sim_world *world);
    void (*destroy)(sim_world *world);
    struct sim_enemy *(*take)(sim_world *world, uint32_t slot);
    void (*give_back)(sim_world *world, uint32_t slot);
} sim_store_habit;

/* 5.1 entity_ids, names: the text "enemy_12" for a slot, to be ended after use. */
typedef struct sim_ids_habit {
    bool (*create)(sim_world *world);
    const char *(*name)(sim_world *world, uint32_t slot);
    void (*end)(sim_world *world, const char *name);
} sim_ids_habit;

/* 5.1 entity_ids, the grid: which slots lie in a cell, in slot order. */
typedef struct sim_spatial_habit {
    bool (*create)(sim_world *world);
    void (*destroy)(sim_world *world);
    void (*rebuild)(sim_world *world);
    const uint32_t *(*cell)(sim_world *world, uint32_t column, uint32_t row, uint32_t *count);
} sim_spatial_habit;

/* 5.2 log_guard. */
typedef struct sim_log_habit {
    void (*write)(sim_world *world, int level, const char *format, va_list arguments);
} sim_log_habit;

/* 6.1 payload_pool. */
typedef struct sim_payload_habit {
    bool (*create)(sim_world *world);
    struct sim_payload *(*take)(sim_world *world);
    void (*release)(sim_world *world, struct sim_payload *payload);
} sim_payload_habit;

/* 6.2 direct_params: how one or two numbers are put into an event. */
typedef struct sim_params_habit {
    void (*pack)(sim_world *world, struct sim_event *event, const struct sim_payload *numbers);
} sim_params_habit;

/* 9.3 event_ring: how an event reaches its listeners. `drain` at the end of a step. */
typedef struct sim_delivery_habit {
    bool (*create)(sim_world *world);
    void (*send)(sim_world *world, const struct sim_event *event);
    void (*drain)(sim_world *world);
} sim_delivery_habit;

/* 7.1 packed_registry: who can be damaged, and how much health is left. */
typedef struct sim_registry_habit {
    bool (*create)(sim_world *world);
    void (*destroy)(sim_world *world);
    void (*add)(sim_world *world, uint32_t slot, float hp);
    void (*remove)(sim_world *world, uint32_t slot);
    float (*hurt)(sim_world *world, uint32_t slot, float amount); /* what is left, at least 0 */
    void (*look)(const sim_world *world, uint32_t slot, float *hp, float *hp_full);
} sim_registry_habit;

/* A walk over the living in slot order, in batches. The living may die while their batch is being
 * worked on; nobody may be born. */
enum { SIM_ALIVE_BATCH = 64 };
typedef struct sim_alive_walk {
    uint32_t *list;
    uint32_t next, count;
} sim_alive_walk;

/* 7.2 alive_bitfield. */
typedef struct sim_alive_habit {
    bool (*create)(sim_world *world);
    void (*born)(sim_world *world, uint32_t slot);
    void (*gone)(sim_world *world, uint32_t slot);
    void (*begin)(sim_world *world, sim_alive_walk *walk);
    uint32_t (*next)(const sim_world *world, sim_alive_walk *walk,
                     uint32_t slots[SIM_ALIVE_BATCH]); /* 0 at the end */
    void (*end)(sim_world *world, sim_alive_walk *walk);
} sim_alive_habit;

/* 8.1 gc_tuning: how the garbage list grows and what a collection takes. */
typedef struct sim_collect_habit {
    bool (*create)(sim_world *world);
    uint32_t threshold; /* blocks, at which the list is full */
    void (*grow)(sim_world *world);
    void (*collect)(sim_world *world);
} sim_collect_habit;

/* 8.2 gc_interval: when it is collected. */
typedef struct sim_interval_habit {
    void (*added)(sim_world *world);
    void (*phase_ended)(sim_world *world);
} sim_interval_habit;

/* 9.1 soa_positions: how positions are computed. */
typedef struct sim_movement_habit {
    void (*chase)(sim_world *world); /* all living enemies, one step towards the player */
    /* x[i] += vx[i] * factor, and y. */
    void (*advance)(sim_world *world, float *x, float *y, const float *vx, const float *vy,
                    float factor, uint32_t count);
} sim_movement_habit;

/* 9.2 query_reuse: where the results of a query are kept. */
typedef struct sim_query_habit {
    bool (*create)(sim_world *world);
    void (*begin)(sim_world *world, struct sim_results *results);
    void (*grow)(struct sim_results *results); /* there is no room for one more */
    void (*end)(sim_world *world, struct sim_results *results);
} sim_query_habit;

/* 9.4 tick_guard: how a part of the combat step is run. */
typedef struct sim_guard_habit {
    void (*run)(sim_world *world, const char *name, void (*part)(sim_world *world));
} sim_guard_habit;

/* 9.5 flag_bits: what is true of an enemy for a while. */
enum {
    SIM_FLAG_HURT = 1,     /* its hit flash is on */
    SIM_FLAG_KNOCKED = 2,  /* it is being pushed */
    SIM_FLAG_TOUCHING = 4, /* it is in contact with the player */
    SIM_FLAG_CRITICAL = 8, /* the last hit on it was a critical one */
    SIM_FLAG_COUNT = 4
};
typedef struct sim_flags_habit {
    bool (*create)(sim_world *world);
    void (*destroy)(sim_world *world);
    void (*set)(sim_world *world, uint32_t slot, uint32_t flag);
    void (*clear)(sim_world *world, uint32_t slot, uint32_t flags);
    uint32_t (*all)(const sim_world *world, uint32_t slot);
} sim_flags_habit;

/* The selected tables, and what each keeps. */
typedef struct sim_habits {
    const sim_store_habit *store;
    const sim_ids_habit *ids;
    const sim_spatial_habit *spatial;
    const sim_log_habit *log;
    const sim_payload_habit *payloads;
    const sim_params_habit *params;
    const sim_delivery_habit *delivery;
    const sim_registry_habit *registry;
    const sim_alive_habit *alive;
    const sim_collect_habit *collect;
    const sim_interval_habit *interval;
    const sim_movement_habit *movement;
    const sim_query_habit *query;
    const sim_guard_habit *guard;
    const sim_flags_habit *flags;
    void *store_state, *ids_state, *spatial_state, *payload_state, *delivery_state;
    void *registry_state, *alive_state, *query_state, *flags_state;
} sim_habits;

extern const sim_store_habit sim_store_pool, sim_store_heap;
extern const sim_ids_habit sim_ids_number, sim_ids_text;
extern const sim_spatial_habit sim_spatial_arrays, sim_spatial_text;
extern const sim_log_habit sim_log_level_first, sim_log_format_first;
extern const sim_payload_habit sim_payload_pool, sim_payload_heap;
extern const sim_params_habit sim_params_direct, sim_params_payload;
extern const sim_delivery_habit sim_delivery_ring, sim_delivery_direct;
extern const sim_registry_habit sim_registry_packed, sim_registry_table;
extern const sim_alive_habit sim_alive_bits, sim_alive_list;
extern const sim_collect_habit sim_collect_tuned, sim_collect_default;
extern const sim_interval_habit sim_collect_at_phase_end, sim_collect_when_full;
extern const sim_movement_habit sim_movement_arrays, sim_movement_boxed;
extern const sim_query_habit sim_query_reuse, sim_query_new;
extern const sim_guard_habit sim_guard_nested, sim_guard_none;
extern const sim_flags_habit sim_flags_bits, sim_flags_entries;

/* habits.c */
sim_habits sim_habits_select(uint32_t switches);
bool sim_habits_create(sim_world *world);
void sim_habits_destroy(sim_world *world);

#endif
