/* switches.h: the optimizations of the arena, by name, level and default. Names only: whoever needs
 * to know what there is (the scenario reader, the report) includes this and nothing else of the
 * sim.
 *
 *     uint32_t switches = SIM_SWITCHES_NONE | SIM_SWITCH_enemy_pool;
 *
 * Pure data; nothing allocates. */
#ifndef SIM_SWITCHES_H
#define SIM_SWITCHES_H

#include <stdint.h>

/* name, the optimization phase that brought it, its number in that plan */
#define SIM_SWITCH_LIST(X)                                                                         \
    X(multimesh_reuse, 4, "4.1")                                                                   \
    X(quadmesh_pool, 4, "4.2")                                                                     \
    X(enemy_pool, 4, "4.3")                                                                        \
    X(entity_ids, 5, "5.1")                                                                        \
    X(log_guard, 5, "5.2")                                                                         \
    X(payload_pool, 6, "6.1")                                                                      \
    X(direct_params, 6, "6.2")                                                                     \
    X(packed_registry, 7, "7.1")                                                                   \
    X(alive_bitfield, 7, "7.2")                                                                    \
    X(gc_tuning, 8, "8.1")                                                                         \
    X(gc_interval, 8, "8.2")                                                                       \
    X(soa_positions, 9, "9.1")                                                                     \
    X(query_reuse, 9, "9.2")                                                                       \
    X(event_ring, 9, "9.3")                                                                        \
    X(tick_guard, 9, "9.4")                                                                        \
    X(flag_bits, 9, "9.5")

enum {
#define SIM_SWITCH_INDEX(name, phase, number) SIM_SWITCH_INDEX_##name,
    SIM_SWITCH_LIST(SIM_SWITCH_INDEX)
#undef SIM_SWITCH_INDEX
        SIM_SWITCH_COUNT
};

enum {
#define SIM_SWITCH_BIT(name, phase, number) SIM_SWITCH_##name = 1 << SIM_SWITCH_INDEX_##name,
    SIM_SWITCH_LIST(SIM_SWITCH_BIT)
#undef SIM_SWITCH_BIT
        SIM_SWITCHES_NONE = 0,
    SIM_SWITCHES_ALL = (1 << SIM_SWITCH_COUNT) - 1
};

#endif
