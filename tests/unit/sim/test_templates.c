/* Kinds, their weights, quotas and colours. */
#include "world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

Test(templates, are_drawn_by_weight_and_without_bosses) {
    sim_stream stream = sim_stream_make(5, "test");
    int drawn[SIM_TEMPLATE_COUNT] = {0};
    enum { DRAWS = 90000, WEIGHTS = 18 };
    for (int i = 0; i < DRAWS; i++)
        drawn[sim_template_draw(&stream)]++;
    for (uint32_t i = 0; i < SIM_TEMPLATE_COUNT; i++) {
        const sim_template *kind = sim_template_at(i);
        int expected = kind->tier == SIM_TIER_BOSS ? 0 : (int)kind->weight * DRAWS / WEIGHTS;
        cr_assert(abs(drawn[i] - expected) <= expected / 20, "%s: %d, not %d", kind->name, drawn[i],
                  expected);
    }
}

Test(templates, of_a_tier_are_drawn_from_that_tier_alone) {
    sim_stream stream = sim_stream_make(5, "test");
    for (int tier = 0; tier < SIM_TIER_COUNT; tier++) {
        for (int i = 0; i < 500; i++) {
            uint32_t drawn = sim_template_draw_tier(&stream, (sim_tier)tier);
            cr_assert_eq((int)sim_template_at(drawn)->tier, tier);
        }
    }
}

Test(templates, both_bosses_come) {
    sim_stream stream = sim_stream_make(5, "test");
    int liches = 0;
    for (int i = 0; i < 1000; i++)
        liches += sim_template_draw_tier(&stream, SIM_TIER_BOSS) == 6;
    cr_assert(liches > 400 && liches < 600, "%d", liches);
}

Test(templates, spawned_figures_are_within_their_ranges) {
    sim_config config = sim_config_default();
    config.capacity = 4000;
    sim_world *world = sim_world_create(&config);
    for (uint32_t i = 0; i < config.capacity; i++) {
        uint32_t index = i % SIM_TEMPLATE_COUNT;
        const sim_template *kind = sim_template_at(index);
        sim_handle handle = sim_spawn(world, index);
        const sim_enemy *enemy = world->enemies[handle.slot];
        float hp, hp_full;
        world->habits.registry->look(world, handle.slot, &hp, &hp_full);
        cr_assert(hp >= kind->hp_low && hp <= kind->hp_high && hp == hp_full);
        cr_assert(enemy->damage >= kind->damage_low && enemy->damage <= kind->damage_high);
        cr_assert(enemy->speed >= kind->speed_low && enemy->speed <= kind->speed_high);
        cr_assert(enemy->size >= kind->size * 0.89f && enemy->size <= kind->size * 1.11f);
        cr_assert(enemy->hue >= 0.0f && enemy->hue <= 1.0f);
    }
    sim_world_destroy(world);
}

Test(templates, hues_give_their_colours) {
    float rgb[3];
    const struct {
        float h, s, v, r, g, b;
    } cases[] = {{0, 1, 1, 1, 0, 0},         {1.0f / 3, 1, 1, 0, 1, 0},
                 {2.0f / 3, 1, 1, 0, 0, 1},  {1.0f / 6, 1, 0.5f, .5f, .5f, 0},
                 {0.5f, 0.5f, 1, .5f, 1, 1}, {0.9f, 0, .3f, .3f, .3f, .3f}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sim_colour_from_hsv(cases[i].h, cases[i].s, cases[i].v, rgb);
        cr_assert(fabsf(rgb[0] - cases[i].r) < 1e-5f, "case %zu: red %f", i, (double)rgb[0]);
        cr_assert(fabsf(rgb[1] - cases[i].g) < 1e-5f, "case %zu: green %f", i, (double)rgb[1]);
        cr_assert(fabsf(rgb[2] - cases[i].b) < 1e-5f, "case %zu: blue %f", i, (double)rgb[2]);
    }
}

static void expect_split(const double share[4], uint32_t total, uint32_t a, uint32_t b, uint32_t c,
                         uint32_t d) {
    uint32_t count[SIM_TIER_COUNT];
    sim_quota_split(share, total, count);
    cr_assert(count[0] == a && count[1] == b && count[2] == c && count[3] == d, "%u %u %u %u",
              count[0], count[1], count[2], count[3]);
}

Test(quota, of_the_stress_test_is_exact) {
    expect_split((double[]){0.60, 0.25, 0.12, 0.03}, 500, 300, 125, 60, 15);
}

Test(quota, always_sums_to_the_total) {
    expect_split((double[]){0.25, 0.25, 0.25, 0.25}, 2, 1, 1, 0, 0);
    expect_split((double[]){0.60, 0.25, 0.12, 0.03}, 7, 4, 2, 1, 0);
    expect_split((double[]){0, 0, 0, 1}, 3, 0, 0, 0, 3);
    expect_split((double[]){0, 0, 0, 0}, 9, 0, 0, 0, 0);
    sim_stream stream = sim_stream_make(1, "test");
    for (int i = 0; i < 2000; i++) {
        double share[4], sum = 0;
        uint32_t total = sim_stream_below(&stream, 1000000), count[4];
        for (int k = 0; k < 4; k++)
            sum += share[k] = (double)sim_stream_unit(&stream) + 0.001;
        for (int k = 0; k < 4; k++)
            share[k] /= sum;
        sim_quota_split(share, total, count);
        cr_assert_eq(count[0] + count[1] + count[2] + count[3], total);
        for (int k = 0; k < 4; k++)
            cr_assert(fabs(count[k] - share[k] * total) < 1.0);
    }
}
