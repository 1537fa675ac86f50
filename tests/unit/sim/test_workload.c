/* The arena through workload.h: what it refuses, what it tells, and the faults it commits. */
#define _GNU_SOURCE
#include "counting.h"
#include "workload_run.h"

#include "sim/switches.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void expect_refusal(const ta_workload_setup *setup, const char *words) {
    char error[256] = "";
    cr_assert_null(ta_workload_entry()->create(setup, error, sizeof error));
    cr_assert(strstr(error, words), "\"%s\" does not say \"%s\"", error, words);
}

Test(workload, refuses_what_it_cannot_be_and_says_why) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    setup.parameter_count = 1;
    snprintf(setup.parameters[0].name, sizeof setup.parameters[0].name, "gravity");
    expect_refusal(&setup, "no parameter \"gravity\"");
    setup = stress_setup(SIM_SWITCHES_ALL);
    setup.capacity = 0;
    expect_refusal(&setup, "capacity is 0");
    setup.capacity = SIM_CAPACITY_MAX + 1;
    expect_refusal(&setup, "the arena takes 1 to");
    setup = stress_setup(1u << SIM_SWITCH_COUNT);
    expect_refusal(&setup, "switches 0x10000");
    setup = stress_setup(SIM_SWITCHES_ALL);
    setup.tick_hz = 0;
    expect_refusal(&setup, "tick_hz is 0");
}

static ta_observation after(uint32_t switches, bool render, unsigned phase, int ticks,
                            ta_fault_plan faults) {
    ta_workload_setup setup = stress_setup(switches);
    setup.render = render;
    setup.faults = faults;
    workload_run run = workload_begin(&setup);
    cr_assert_not_null(run.state);
    workload_phase(&run, phase, 1);
    for (int tick = 0; tick < ticks; tick++)
        run.workload->tick(run.state);
    ta_observation seen = {0};
    run.workload->observe(run.state, &seen);
    run.workload->destroy(run.state);
    return seen;
}

static uint32_t alive(const ta_observation *seen) {
    return seen->alive[0] + seen->alive[1] + seen->alive[2] + seen->alive[3];
}

Test(workload, draws_the_same_picture_whatever_the_switches) {
    ta_fault_plan no_faults = {0};
    ta_observation all = after(SIM_SWITCHES_ALL, true, 3, 240, no_faults);
    for (uint32_t i = 0; i <= SIM_SWITCH_COUNT; i++) {
        uint32_t switches = i < SIM_SWITCH_COUNT ? 1u << i : 0;
        ta_observation other = after(switches, true, 3, 240, no_faults);
        cr_assert_eq(memcmp(&all, &other, sizeof all), 0, "switches 0x%x", switches);
    }
}

Test(workload, draws_everybody_in_view_with_a_call_for_each_multimesh) {
    ta_observation seen = after(SIM_SWITCHES_ALL, true, 3, 2, (ta_fault_plan){0});
    cr_assert_eq(seen.instances_drawn, 2 * (500 + 2 + 1),
                 "enemies, a volley and the player, in two frames");
    cr_assert_eq(seen.draw_calls, 2 * 6);
    cr_assert_neq(seen.frame_checksum, 0);
    cr_assert_eq(seen.alive[SIM_TIER_BOSS], 15);
}

Test(workload, without_rendering_plays_the_same_game) {
    ta_observation drawn = after(SIM_SWITCHES_ALL, true, 2, 240, (ta_fault_plan){0});
    ta_observation blind = after(SIM_SWITCHES_ALL, false, 2, 240, (ta_fault_plan){0});
    cr_assert_eq(drawn.state_hash, blind.state_hash);
    cr_assert_eq(blind.draw_calls, 0);
    cr_assert_eq(blind.frame_checksum, 0);
}

Test(workload, takes_a_picture_or_says_why_not) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    char path[64], error[256] = "";
    snprintf(path, sizeof path, "/tmp/test_workload_%p.png", (void *)&setup);
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 3, 1);
    run.workload->tick(run.state);
    cr_assert(run.workload->snapshot(run.state, path, error, sizeof error), "%s", error);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    char magic[4] = "";
    cr_assert_eq(fread(magic, 1, 4, file), 4);
    cr_assert_eq(memcmp(magic, "\x89PNG", 4), 0);
    fclose(file);
    remove(path);
    run.workload->destroy(run.state);
    setup.render = false;
    run = workload_begin(&setup);
    cr_assert_not(run.workload->snapshot(run.state, path, error, sizeof error));
    cr_assert(strstr(error, "nothing is drawn"));
    run.workload->destroy(run.state);
}

Test(faults, an_empty_world_stays_empty) {
    for (unsigned phase = 0; phase < STRESS_PHASES; phase++) {
        ta_observation seen =
            after(SIM_SWITCHES_ALL, true, phase, 60, (ta_fault_plan){.empty_world = true});
        cr_assert_eq(seen.spawned, 0);
        cr_assert_eq(alive(&seen), 0);
    }
}

Test(faults, an_ignored_seed_gives_one_world_for_all_seeds) {
    uint64_t hash[2];
    for (int i = 0; i < 2; i++) {
        ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
        setup.seed = (uint64_t)i + 1;
        setup.faults.ignore_seed = true;
        workload_run run = workload_begin(&setup);
        workload_phase(&run, 1, 1);
        run.workload->tick(run.state);
        ta_observation seen = {0};
        run.workload->observe(run.state, &seen);
        hash[i] = seen.state_hash;
        run.workload->destroy(run.state);
    }
    cr_assert_eq(hash[0], hash[1]);
}

Test(faults, a_miscount_leaves_one_out_from_its_tick_on) {
    ta_fault_plan plan = {.miscount_at_tick = 10};
    ta_observation before = after(SIM_SWITCHES_ALL, true, 1, 9, plan);
    ta_observation from = after(SIM_SWITCHES_ALL, true, 1, 10, plan);
    cr_assert_eq(before.spawned - before.died - before.despawned, alive(&before));
    cr_assert_eq(from.spawned - from.died - from.despawned, alive(&from) - 1);
}

static uint64_t allocs_of_tick(const workload_run *run) {
    counting before = counting_now();
    run->workload->tick(run->state);
    return counting_now().allocs - before.allocs;
}

Test(faults, one_allocation_in_the_first_combat_step_at_or_after_its_tick) {
    for (uint64_t at = 10; at <= 11; at++) {
        ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
        setup.faults.alloc_at_tick = at;
        workload_run run = workload_begin(&setup);
        workload_phase(&run, 2, 1);
        for (uint64_t tick = 1; tick <= 40; tick++) /* the odd ticks have a combat step */
            cr_assert_eq(allocs_of_tick(&run), tick == 11, "tick %d", (int)tick);
        run.workload->destroy(run.state);
    }
}

/* A sanitizer that looks for leaks would find this one, as it should. */
extern void __lsan_disable(void) __attribute__((weak));

Test(faults, a_leak_in_every_tick) {
    if (__lsan_disable)
        __lsan_disable();
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    setup.faults.leak_bytes_per_tick = 1000;
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 1, 1);
    counting before = counting_now();
    for (int tick = 0; tick < 50; tick++)
        cr_assert_eq(allocs_of_tick(&run), 1);
    counting now = counting_now();
    cr_assert_eq(now.bytes - before.bytes, 50 * 1000);
    cr_assert_eq(now.live_blocks - before.live_blocks, 50);
    run.workload->destroy(run.state);
}

Test(faults, an_early_end_with_code_zero, .exit_code = 0) {
    after(SIM_SWITCHES_ALL, true, 1, 20, (ta_fault_plan){.end_at_tick = 20});
    cr_assert_fail("the process should have ended");
}

Test(faults, a_crash_by_a_write_through_null, .signal = SIGSEGV) {
    signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would end it otherwise */
    after(SIM_SWITCHES_ALL, true, 1, 20, (ta_fault_plan){.crash_at_tick = 20});
}

Test(faults, a_hang_that_never_returns, .signal = SIGALRM) {
    signal(SIGALRM, SIG_DFL);
    alarm(1);
    after(SIM_SWITCHES_ALL, true, 1, 20, (ta_fault_plan){.hang_at_tick = 20});
}

static double seconds_of_tick(const workload_run *run) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    run->workload->tick(run->state);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

/* At least the sleep; how much more is the machine's business. */
Test(faults, a_slow_tick_sleeps_its_sixty_milliseconds) {
    ta_workload_setup setup = stress_setup(SIM_SWITCHES_ALL);
    setup.faults.slow_at_tick = 2;
    workload_run run = workload_begin(&setup);
    workload_phase(&run, 1, 1);
    run.workload->tick(run.state);
    cr_assert_geq(seconds_of_tick(&run), 0.060);
    run.workload->destroy(run.state);
}
