/* The scenarios that are shipped do what their descriptions say, on the arena. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(arena, .init = scratch_make, .fini = scratch_remove);

/* The state after the last tick of stress_500.json, whatever the switches, the compiler and the
 * machine. When it moves, the game has changed: CHANGELOG.md says who meant it. */
static const char STRESS_500_HASH[] = "0x04ec98aa73ecca9b";

Test(arena, shipped_scenarios_pass) {
    static const char *const names[] = {"smoke.json", "gradual.json", "burst.json", "combat.json",
                                        "mixed_tier.json"};
    need_arena();
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        program_end end = tickaudit("run", "-q", shipped_scenario(names[i]));
        expect_code(&end, 0);
    }
}

static void expect_negative(const char *name, int code, const char *words) {
    char path[128];
    need_arena();
    snprintf(path, sizeof path, "negative/%s.json", name);
    program_end end = tickaudit("run", shipped_scenario(path));
    expect_code(&end, code);
    expect_out(&end, words);
}

Test(arena, allocation_in_the_combat_tick_is_found_with_tick_and_site) {
    expect_negative("alloc_in_combat_tick", 1, "combat_tick 1 from tick ");
    expect_negative("alloc_in_combat_tick", 1, "arena_faults_combat_step");
}

Test(arena, crash_is_found) {
    expect_negative("crash", 4, "killed by signal 11 (Segmentation fault) in tick 90 ");
}

Test(arena, early_end_is_found) {
    expect_negative("early_end", 4, "ended early, with exit code 0, in tick 90 ");
}

Test(arena, empty_world_is_found) {
    expect_negative("empty_world", 1, "seen 0: the world was empty, so nothing was tested");
}

Test(arena, hang_is_found) {
    expect_negative("hang", 4, "hung: killed at its timeout of 2 s, in tick 90 ");
}

Test(arena, leak_is_found) {
    expect_negative("leak", 1, "[FAIL] live_bytes_growth <= 64KiB ");
}

Test(arena, slow_frame_is_found) {
    expect_negative("slow_frame", 1, "[FAIL] spikes_over_50ms = 0 ");
}

Test(arena, uncounted_spawn_is_found) {
    expect_negative("uncounted_spawn", 1, "[FAIL] population_mismatch = 0 ");
}

Test(arena, ignored_seed_shows_as_another_world) {
    need_arena();
    const char *smoke = shipped_scenario("smoke.json");
    cJSON *proper = RESULT_OF(0, smoke);
    cJSON *other = RESULT_OF(0, "--set", "seed=54321", smoke);
    cJSON *again = RESULT_OF(0, smoke);
    cr_assert_str_eq(json_string(proper, "state_hash"), json_string(again, "state_hash"));
    cr_assert_str_neq(json_string(proper, "state_hash"), json_string(other, "state_hash"));
    cJSON *deaf = RESULT_OF(0, "--set", "faults.ignore_seed=true", smoke);
    cJSON *deaf_too =
        RESULT_OF(0, "--set", "faults.ignore_seed=true", "--set", "seed=54321", smoke);
    cr_assert_str_eq(json_string(deaf, "state_hash"), json_string(deaf_too, "state_hash"),
                     "which is how it is caught");
}

Test(arena, stress_500_with_all_optimizations_allocates_nothing_in_hot_paths) {
    need_arena();
    cJSON *r = RESULT_OF(0, shipped_scenario("stress_500.json"));
    cr_assert_eq(json_number(r, "whole.hot_allocs"), 0);
    cr_assert_eq(json_number(r, "whole.hot_frees"), 0);
    cr_assert_eq(json_number(r, "whole.enemy_peak"), 500);
    cr_assert_eq(json_number(r, "whole.ticks"), 1800);
    cr_assert_eq(cJSON_GetArraySize(json_at(r, "phases")), 4);
    for (int phase = 0; phase < 4; phase++) {
        char path[32];
        snprintf(path, sizeof path, "phases[%d].enemy_peak", phase);
        cr_assert_eq(json_number(r, path), 500, "%s", path);
    }
    for (int i = 0; i < cJSON_GetArraySize(json_at(r, "hot_paths")); i++) {
        char path[32];
        snprintf(path, sizeof path, "hot_paths[%d].entries", i);
        cr_assert_gt(json_number(r, path), 0, "a path that is never entered promises nothing");
    }
    cr_assert_str_eq(json_string(r, "state_hash"), STRESS_500_HASH, "the game has changed: %s",
                     json_string(r, "state_hash"));
}

Test(arena, stress_500_without_optimizations_is_the_same_game_and_allocates) {
    need_arena();
    const char *stress = shipped_scenario("stress_500.json");
    cJSON *all = RESULT_OF(0, stress);
    cJSON *none = RESULT_OF(1, "--set", "optimizations=none", stress);
    cr_assert_str_eq(json_string(none, "state_hash"), json_string(all, "state_hash"));
    cr_assert_eq(cJSON_GetArraySize(json_at(all, "ticks.state_hash")), 1800);
    cr_assert(
        cJSON_Compare(json_at(none, "ticks.state_hash"), json_at(all, "ticks.state_hash"), true));
    cr_assert(
        cJSON_Compare(json_at(none, "ticks.population"), json_at(all, "ticks.population"), true));
    double per_second = json_number(none, "whole.hot_allocs") / 30;
    cr_assert_gt(per_second, 10000, "%g allocations per simulated second", per_second);
    cr_assert_gt(cJSON_GetArraySize(json_at(none, "sites")), 5);
    for (int i = 0; i < 5; i++) {
        char path[48];
        snprintf(path, sizeof path, "sites[%d].stack[0]", i);
        int frame = (int)json_number(none, path);
        snprintf(path, sizeof path, "frames[%d].function", frame);
        cr_assert_gt(strlen(json_string(none, path)), 0, "%s has no name", path);
        snprintf(path, sizeof path, "frames[%d].line", frame);
        cr_assert_gt(json_number(none, path), 0, "%s", path);
    }
    cr_assert_eq(json_number(none, "lost.sites"), 0);
}

Test(arena, counts_are_the_same_over_either_allocator) {
    need_arena();
    const char *smoke = shipped_scenario("smoke.json");
    cJSON *one = RESULT_OF(1, "--allocator", "mimalloc", "--set", "optimizations=none", smoke);
    cJSON *other = RESULT_OF(1, "--allocator", "system", "--set", "optimizations=none", smoke);
    cr_assert_gt(json_number(one, "whole.hot_allocs"), 10000);
    cr_assert(cJSON_Compare(json_at(one, "ticks.allocs"), json_at(other, "ticks.allocs"), true));
    cr_assert(cJSON_Compare(json_at(one, "ticks.bytes"), json_at(other, "ticks.bytes"), true));
    cr_assert(cJSON_Compare(json_at(one, "totals"), json_at(other, "totals"), true));
}

static void expect_png(const char *name) {
    static const char magic[] = "\x89PNG\r\n\x1a\n";
    static const char ending[] = "IEND\xae\x42\x60\x82";
    char data[1 << 16];
    FILE *file = fopen(scratch_path(name), "rb");
    cr_assert(file);
    cr_assert_eq(fread(data, 1, 8, file), 8);
    cr_assert_eq(memcmp(data, magic, 8), 0, "%s is no PNG", name);
    fseek(file, -8, SEEK_END);
    cr_assert_eq(fread(data, 1, 8, file), 8);
    cr_assert_eq(memcmp(data, ending, 8), 0, "%s was cut short", name);
    fclose(file);
}

Test(arena, snapshots_are_pictures_and_cost_no_tick_anything) {
    need_arena();
    program_end end = tickaudit("run", "--snapshot-every", "500ms", shipped_scenario("smoke.json"));
    expect_code(&end, 0);
    expect_err(&end, "pictures are in results/runs/");
    cJSON *r = the_result();
    char folder[200], name[300];
    snprintf(folder, sizeof folder, "results/runs/%s_frames", json_string(r, "run_id"));
    cr_assert_eq(scratch_count(folder, ".png"), 5, "150 ticks, one in 30");
    cr_assert_eq(scratch_count(folder, ""), 5);
    snprintf(name, sizeof name, "%s/000150_combat.png", folder);
    expect_png(name);
    cJSON *without = RESULT_OF(0, shipped_scenario("smoke.json"));
    cr_assert_eq(json_number(r, "whole.hot_allocs"), 0);
    cr_assert(cJSON_Compare(json_at(r, "ticks.allocs"), json_at(without, "ticks.allocs"), true));
    cr_assert_str_eq(json_string(r, "state_hash"), json_string(without, "state_hash"));
}
