/* Which habit each switch selects. */
#include "world.h"

static const void *pick(uint32_t switches, uint32_t bit, const void *on, const void *off) {
    return (switches & bit) != 0 ? on : off;
}

sim_habits sim_habits_select(uint32_t s) {
    return (sim_habits){
        .store = pick(s, SIM_SWITCH_enemy_pool, &sim_store_pool, &sim_store_heap),
        .ids = pick(s, SIM_SWITCH_entity_ids, &sim_ids_number, &sim_ids_text),
        .spatial = pick(s, SIM_SWITCH_entity_ids, &sim_spatial_arrays, &sim_spatial_text),
        .log = pick(s, SIM_SWITCH_log_guard, &sim_log_level_first, &sim_log_format_first),
        .payloads = pick(s, SIM_SWITCH_payload_pool, &sim_payload_pool, &sim_payload_heap),
        .params = pick(s, SIM_SWITCH_direct_params, &sim_params_direct, &sim_params_payload),
        .delivery = pick(s, SIM_SWITCH_event_ring, &sim_delivery_ring, &sim_delivery_direct),
        .registry = pick(s, SIM_SWITCH_packed_registry, &sim_registry_packed, &sim_registry_table),
        .alive = pick(s, SIM_SWITCH_alive_bitfield, &sim_alive_bits, &sim_alive_list),
        .collect = pick(s, SIM_SWITCH_gc_tuning, &sim_collect_tuned, &sim_collect_default),
        .interval =
            pick(s, SIM_SWITCH_gc_interval, &sim_collect_at_phase_end, &sim_collect_when_full),
        .movement = pick(s, SIM_SWITCH_soa_positions, &sim_movement_arrays, &sim_movement_boxed),
        .query = pick(s, SIM_SWITCH_query_reuse, &sim_query_reuse, &sim_query_new),
        .guard = pick(s, SIM_SWITCH_tick_guard, &sim_guard_nested, &sim_guard_none),
        .flags = pick(s, SIM_SWITCH_flag_bits, &sim_flags_bits, &sim_flags_entries),
    };
}

static bool made(sim_world *world, bool (*create)(sim_world *)) {
    return create == NULL || create(world);
}

bool sim_habits_create(sim_world *world) {
    const sim_habits *h = &world->habits;
    return made(world, h->store->create) && made(world, h->ids->create) &&
           made(world, h->spatial->create) && made(world, h->payloads->create) &&
           made(world, h->delivery->create) && made(world, h->registry->create) &&
           made(world, h->alive->create) && made(world, h->collect->create) &&
           made(world, h->query->create) && made(world, h->flags->create);
}

static void ended(sim_world *world, void (*destroy)(sim_world *), const void *state) {
    if (destroy && state)
        destroy(world);
}

void sim_habits_destroy(sim_world *world) {
    const sim_habits *h = &world->habits;
    ended(world, h->flags->destroy, h->flags_state);
    ended(world, h->registry->destroy, h->registry_state);
    ended(world, h->spatial->destroy, h->spatial_state);
    ended(world, h->store->destroy, world->enemies);
}
