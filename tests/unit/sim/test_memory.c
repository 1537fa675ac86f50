/* Who allocates, and when: nobody at "all", everybody at "none", and each switch makes it less. */
#include "counting.h"
#include "workload_run.h"

#include "sim/switches.h"

#include <criterion/criterion.h>

/* What the ticks of a run did; the beginnings of phases apart. */
typedef struct tally {
    uint64_t allocs, bytes;
    uint64_t setup_allocs, setup_bytes;
} tally;

static void count_phase(const workload_run *run, unsigned phase, uint64_t scale, tally *sum) {
    counting before = counting_now();
    uint64_t ticks = workload_phase(run, phase, scale);
    counting begun = counting_now();
    for (uint64_t tick = 0; tick < ticks; tick++)
        run->workload->tick(run->state);
    counting after = counting_now();
    sum->setup_allocs += begun.allocs - before.allocs;
    sum->setup_bytes += begun.bytes - before.bytes;
    sum->allocs += after.allocs - begun.allocs;
    sum->bytes += after.bytes - begun.bytes;
}

static tally count_run(uint32_t switches, uint64_t scale) {
    tally sum = {0};
    ta_workload_setup setup = stress_setup(switches);
    workload_run run = workload_begin(&setup);
    for (unsigned phase = 0; phase < STRESS_PHASES; phase++)
        count_phase(&run, phase, scale, &sum);
    run.workload->destroy(run.state);
    return sum;
}

Test(memory, with_all_on_no_tick_calls_the_allocator_not_even_the_first_of_a_phase) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    workload_run run = workload_begin(&setup);
    for (unsigned phase = 0; phase < STRESS_PHASES; phase++) {
        counting begun = counting_now();
        uint64_t ticks = workload_phase(&run, phase, 1);
        for (uint64_t tick = 0; tick < ticks; tick++) {
            run.workload->tick(run.state);
            counting now = counting_now();
            cr_assert_eq(now.allocs, begun.allocs, "phase %u, tick %d", phase, (int)tick);
            cr_assert_eq(now.frees, begun.frees, "phase %u, tick %d", phase, (int)tick);
        }
    }
    run.workload->destroy(run.state);
}

Test(memory, with_all_on_looking_does_not_allocate_either) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 3, 1);
    counting begun = counting_now();
    for (int tick = 0; tick < 60; tick++) {
        ta_observation seen = {0};
        run.workload->tick(run.state);
        run.workload->observe(run.state, &seen);
    }
    cr_assert_eq(counting_now().allocs, begun.allocs);
    run.workload->destroy(run.state);
}

Test(memory, with_none_on_a_second_of_combat_allocates_tens_of_thousands_of_times) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_NONE);
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 2, 1);
    for (int tick = 0; tick < 120; tick++)
        run.workload->tick(run.state);
    counting before = counting_now();
    for (int tick = 0; tick < 60; tick++)
        run.workload->tick(run.state);
    uint64_t allocs = counting_now().allocs - before.allocs;
    cr_assert_gt(allocs, 50000, "only %d", (int)allocs);
    run.workload->destroy(run.state);
}

/* Of the ticks alone; tick_guard lowers nothing, it shows. */
Test(memory, each_switch_alone_lowers_allocations_and_bytes) {
    static const char *const names[] = {
#define NAME(name, phase, number) #name,
        SIM_SWITCH_LIST(NAME)
#undef NAME
    };
    tally none = count_run(SIM_SWITCHES_NONE, 2);
    for (int i = 0; i < SIM_SWITCH_COUNT; i++) {
        tally one = count_run(1u << i, 2);
        cr_log_info("%-16s allocs %7ld of %7ld, bytes %9ld of %9ld", names[i], (long)one.allocs,
                    (long)none.allocs, (long)one.bytes, (long)none.bytes);
        bool lowers = i != SIM_SWITCH_INDEX_tick_guard;
        cr_assert_eq(one.allocs < none.allocs, lowers, "allocations of %s", names[i]);
        cr_assert_eq(one.bytes < none.bytes, lowers, "bytes of %s", names[i]);
    }
}

Test(memory, each_switch_alone_off_makes_ticks_allocate_again) {
    /* With all else on the collector has nothing to collect, and payloads come from the pool. */
    uint32_t quiet = SIM_SWITCH_gc_tuning | SIM_SWITCH_gc_interval | SIM_SWITCH_tick_guard |
                     SIM_SWITCH_direct_params;
    for (int i = 0; i < SIM_SWITCH_COUNT; i++) {
        tally one = count_run(SIM_SWITCHES_ALL & ~(1u << i), 4);
        uint64_t all = one.allocs + one.setup_allocs;
        cr_assert_eq(all > 0, (quiet >> i & 1u) == 0, "switch %d: %d", i, (int)all);
    }
}

Test(memory, everything_is_given_back_for_any_combination) {
    uint32_t sets[] = {SIM_SWITCHES_NONE, SIM_SWITCHES_ALL, 0x5555, 0xaaaa, 0x1234, 0xf0f0};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        counting before = counting_now();
        count_run(sets[i], 8);
        counting after = counting_now();
        cr_assert_eq(after.live_blocks, before.live_blocks, "switches 0x%x", sets[i]);
        cr_assert_eq(after.live_bytes, before.live_bytes);
    }
}

/* Slots that are never reused, arrays that grow at each respawn: ten minutes would show them. */
Test(memory, ten_minutes_of_combat_hold_no_more_than_the_first_second) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 2, 1);
    for (int tick = 0; tick < 60; tick++)
        run.workload->tick(run.state);
    counting before = counting_now();
    for (int tick = 0; tick < 10 * 60 * 60; tick++)
        run.workload->tick(run.state);
    counting after = counting_now();
    ta_observation seen = {0};
    run.workload->observe(run.state, &seen);
    cr_assert_gt(seen.died, 50000, "%d", (int)seen.died);
    cr_assert_eq(after.live_bytes, before.live_bytes);
    cr_assert_eq(after.allocs, before.allocs);
    run.workload->destroy(run.state);
}

/* The slow habits may hold garbage, but not ever more of it. */
Test(memory, at_none_live_memory_is_bounded_by_the_collector) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_NONE);
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 2, 1);
    int64_t first = 0, second = 0;
    for (int tick = 0; tick < 7200; tick++) {
        run.workload->tick(run.state);
        int64_t *peak = tick < 3600 ? &first : &second;
        int64_t live = counting_now().live_bytes;
        *peak = live > *peak ? live : *peak;
    }
    cr_assert_leq(second, first + first / 50);
    run.workload->destroy(run.state);
}
