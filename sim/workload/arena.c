/* The arena as a workload: maps phases to loads, draws what the sim shows, tells what was seen.
 *
 * The renderer's view is 1280 by 720 px around the player. Custom phases belong to plugins; the
 * arena keeps whom it has then, and fights on. */
#include "allocator.h"
#include "faults.h"
#include "meshes.h"
#include "sim/sim.h"
#include "tickaudit/workload.h"

#include <stdio.h>
#include <stdlib.h>

enum { VIEW_WIDTH = 1280, VIEW_HEIGHT = 720 };

typedef struct arena {
    sim_world *world;
    renderer *draws; /* NULL when nothing is drawn */
    arena_meshes meshes;
    arena_faults faults;
    uint64_t ticks;
    renderer_stats last_frame;
    uint64_t draw_calls, instances_drawn;
} arena;

static const renderer_view view = {-240, -60, VIEW_WIDTH, VIEW_HEIGHT};

/* False, with the reason in `error`, when the arena cannot be made so. */
static bool is_sound(const ta_workload_setup *setup, char *error, size_t error_size) {
    if (setup->parameter_count > 0)
        snprintf(error, error_size, "the arena has no parameter \"%.63s\"; it takes none",
                 setup->parameters[0].name);
    else if (setup->tick_hz < 1 || setup->tick_hz > SIM_FRAME_HZ_MAX)
        snprintf(error, error_size, "tick_hz is %u; the arena takes 1 to %d", setup->tick_hz,
                 (int)SIM_FRAME_HZ_MAX);
    else if (setup->capacity < 1 || setup->capacity > SIM_CAPACITY_MAX)
        snprintf(error, error_size, "the capacity is %u enemies; the arena takes 1 to %d",
                 setup->capacity, (int)SIM_CAPACITY_MAX);
    else if (setup->switches & ~(uint32_t)SIM_SWITCHES_ALL)
        snprintf(error, error_size, "the switches 0x%x are none of the arena's %d",
                 setup->switches & ~(uint32_t)SIM_SWITCHES_ALL, (int)SIM_SWITCH_COUNT);
    else
        return true;
    return false;
}

static void combat_step_ended(void *user) {
    arena *a = user;
    arena_faults_combat_step(&a->faults);
}

static bool make_world(arena *a, const ta_workload_setup *setup) {
    sim_config config = sim_config_default();
    config.seed = arena_faults_seed(setup);
    config.frame_hz = setup->tick_hz;
    config.capacity = setup->capacity;
    config.switches = setup->switches;
    config.after_combat_step = combat_step_ended;
    config.user = a;
    a->world = sim_world_create(&config);
    return a->world != NULL;
}

static bool make_renderer(arena *a, const ta_workload_setup *setup) {
    if (!setup->render)
        return true;
    a->draws = renderer_create(&(renderer_config){.view = view});
    return a->draws && arena_meshes_create(&a->meshes, a->draws, setup->capacity, setup->switches);
}

static void destroy(void *state) {
    arena *a = state;
    if (a->draws)
        arena_meshes_destroy(&a->meshes);
    renderer_destroy(a->draws);
    sim_world_destroy(a->world);
    free(a);
}

static void *create(const ta_workload_setup *setup, char *error, size_t error_size) {
    if (!is_sound(setup, error, error_size))
        return NULL;
    arena *a = calloc(1, sizeof *a);
    if (!a) {
        snprintf(error, error_size, "no memory");
        return NULL;
    }
    a->faults.plan = setup->faults;
    if (setup->switches & SIM_SWITCH_gc_tuning)
        arena_tune_allocator();
    if (make_world(a, setup) && make_renderer(a, setup))
        return a;
    destroy(a);
    snprintf(error, error_size, "no memory for an arena of %u enemies", setup->capacity);
    return NULL;
}

static sim_load load_of(uint32_t kind) {
    static const sim_load loads[TA_LOAD_COUNT] = {
        [TA_LOAD_gradual] = SIM_LOAD_GRADUAL, [TA_LOAD_burst] = SIM_LOAD_BURST,
        [TA_LOAD_combat] = SIM_LOAD_COMBAT,   [TA_LOAD_mixed_tier] = SIM_LOAD_MIXED_TIER,
        [TA_LOAD_custom] = SIM_LOAD_COMBAT,
    };
    return kind < TA_LOAD_COUNT ? loads[kind] : SIM_LOAD_COMBAT;
}

static uint32_t alive_now(const arena *a) {
    uint32_t sum = 0;
    for (int tier = 0; tier < SIM_TIER_COUNT; tier++)
        sum += sim_view_count(a->world, (sim_tier)tier);
    return sum;
}

static void begin_phase(void *state, const ta_phase_plan *plan) {
    arena *a = state;
    sim_phase phase = {
        .load = load_of(plan->load),
        .frames = plan->ticks,
        .population_first = plan->population_first,
        .population_last = plan->load == TA_LOAD_custom ? alive_now(a) : plan->population_last,
        .refill_below = plan->refill_below,
    };
    for (int tier = 0; tier < SIM_TIER_COUNT; tier++)
        phase.quota[tier] = plan->quota[tier];
    if (a->faults.plan.empty_world)
        phase.population_first = phase.population_last = 0;
    sim_world_begin_phase(a->world, &phase);
    if (a->draws)
        arena_meshes_setup(&a->meshes);
}

static void draw(arena *a) {
    TA_HOT_PATH("render") {
        arena_meshes_draw(&a->meshes, a->world, view, &a->last_frame);
    }
    a->draw_calls += a->last_frame.draw_calls;
    a->instances_drawn += a->last_frame.instances_drawn;
}

static void tick(void *state) {
    arena *a = state;
    arena_faults_tick(&a->faults, ++a->ticks);
    sim_world_frame(a->world);
    if (a->draws)
        draw(a);
}

static void observe(void *state, ta_observation *observation) {
    const arena *a = state;
    sim_observation seen = sim_world_observe(a->world);
    observation->state_hash = sim_world_hash(a->world);
    observation->spawned = seen.spawned;
    observation->died = seen.died;
    observation->despawned = seen.despawned;
    for (int tier = 0; tier < SIM_TIER_COUNT; tier++)
        observation->alive[tier] = seen.alive[tier];
    observation->draw_calls = a->draw_calls;
    observation->instances_drawn = a->instances_drawn;
    observation->frame_checksum = a->last_frame.checksum;
    observation->steps_dropped = seen.steps_dropped;
    arena_faults_observe(&a->faults, observation);
}

static bool snapshot(void *state, const char *png_path, char *error, size_t error_size) {
    arena *a = state;
    if (!a->draws) {
        snprintf(error, error_size, "nothing is drawn in this run (\"render\" is false)");
        return false;
    }
    return renderer_snapshot(a->draws, png_path, VIEW_WIDTH, VIEW_HEIGHT, error, error_size);
}

static const ta_workload workload = {
    .abi = TA_WORKLOAD_ABI,
    .name = "arena",
    .create = create,
    .begin_phase = begin_phase,
    .tick = tick,
    .observe = observe,
    .destroy = destroy,
    .snapshot = snapshot,
};

const ta_workload *ta_workload_entry(void) {
    return &workload;
}
