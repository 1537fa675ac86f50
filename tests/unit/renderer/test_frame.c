/* test_frame.c: the course of a frame: order, counts, limits, and calls out of turn. */
#include "renderer/renderer.h"

#include <criterion/criterion.h>
#include <math.h>

static const renderer_view view = {0, 0, 100, 100};

typedef struct fixture {
    renderer *r;
    renderer_quad quad;
} fixture;

static fixture make(uint32_t instances_max) {
    fixture f = {
        .r = renderer_create(&(renderer_config){.view = view, .instances_max = instances_max})};
    f.quad = renderer_quad_create(f.r, 10, 10);
    return f;
}

/* Maps `count` instances in a row, the first `outside` of them out of sight, and draws them. */
static void draw(fixture *f, renderer_multimesh mm, uint32_t count, uint32_t outside, float red) {
    renderer_instance *out = renderer_multimesh_map(f->r, mm, count);
    cr_assert_not_null(out);
    for (uint32_t i = 0; i < count; ++i)
        out[i] = (renderer_instance){.x_axis = {1, 0},
                                     .y_axis = {0, 1},
                                     .origin = {i < outside ? 500.0f : (float)i, 50},
                                     .rgba = {red, 0, 0, 1}};
    renderer_multimesh_draw(f->r, mm);
}

/* Two multimeshes, of these layers, drawn in this order: "red one first" or last. */
static uint64_t sum_of_two(uint32_t red_layer, uint32_t dark_layer, bool red_first) {
    fixture f = make(0);
    renderer_multimesh red = renderer_multimesh_create(f.r, f.quad, 3, red_layer);
    renderer_multimesh dark = renderer_multimesh_create(f.r, f.quad, 2, dark_layer);
    renderer_frame_begin(f.r, view);
    if (red_first)
        draw(&f, red, 3, 0, 1);
    draw(&f, dark, 2, 0, 0);
    if (!red_first)
        draw(&f, red, 3, 0, 1);
    renderer_stats stats;
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.draw_calls, 2);
    renderer_destroy(f.r);
    return stats.checksum;
}

Test(renderer_frame, layers_are_drawn_lowest_first_whoever_draws_first) {
    uint64_t red_below = sum_of_two(1, 2, true);
    cr_assert_eq(sum_of_two(1, 2, false), red_below);
    cr_assert_eq(sum_of_two(0, UINT32_MAX, false), red_below, "only the order counts");
    cr_assert_neq(sum_of_two(2, 1, true), red_below);
    cr_assert_eq(sum_of_two(2, 1, false), sum_of_two(2, 1, true));
}

Test(renderer_frame, equal_layers_are_drawn_in_the_order_of_their_draws) {
    cr_assert_eq(sum_of_two(5, 5, true), sum_of_two(1, 2, true));
    cr_assert_eq(sum_of_two(5, 5, false), sum_of_two(2, 1, false));
}

/* A late draw moves past the higher layer only, not past its equals. */
static uint64_t sum_of_three(const uint32_t layers[3]) {
    fixture f = make(0);
    renderer_multimesh mm[3];
    renderer_frame_begin(f.r, view);
    for (uint32_t i = 0; i < 3; ++i) {
        mm[i] = renderer_multimesh_create(f.r, f.quad, 1, layers[i]);
        draw(&f, mm[i], 1, 0, (float)(i == 1 ? 9 : i));
    }
    renderer_stats stats;
    renderer_frame_end(f.r, &stats);
    renderer_destroy(f.r);
    return stats.checksum;
}

Test(renderer_frame, equal_layers_keep_their_order_around_a_higher_one) {
    cr_assert_eq(sum_of_three((uint32_t[]){5, 7, 5}), sum_of_three((uint32_t[]){4, 7, 5}));
    cr_assert_neq(sum_of_three((uint32_t[]){5, 7, 5}), sum_of_three((uint32_t[]){5, 7, 4}));
}

Test(renderer_frame, all_multimeshes_are_sorted_from_any_order) {
    uint64_t sums[2];
    for (int backwards = 0; backwards < 2; ++backwards) {
        fixture f = make(0);
        renderer_multimesh mm[RENDERER_MULTIMESH_MAX];
        for (uint32_t i = 0; i < RENDERER_MULTIMESH_MAX; ++i)
            mm[i] = renderer_multimesh_create(f.r, f.quad, 1, i * 37 % RENDERER_MULTIMESH_MAX);
        renderer_frame_begin(f.r, view);
        for (uint32_t i = 0; i < RENDERER_MULTIMESH_MAX; ++i) {
            uint32_t at = backwards ? RENDERER_MULTIMESH_MAX - 1 - i : i;
            draw(&f, mm[at], 1, 0, (float)at);
        }
        renderer_stats stats;
        renderer_frame_end(f.r, &stats);
        cr_assert_eq(stats.draw_calls, RENDERER_MULTIMESH_MAX);
        sums[backwards] = stats.checksum;
        renderer_destroy(f.r);
    }
    cr_assert_eq(sums[0], sums[1]);
}

Test(renderer_frame, counts_are_right) {
    fixture f = make(0);
    renderer_multimesh some = renderer_multimesh_create(f.r, f.quad, 10, 0);
    renderer_multimesh hidden = renderer_multimesh_create(f.r, f.quad, 4, 1);
    renderer_multimesh none = renderer_multimesh_create(f.r, f.quad, 4, 2);
    renderer_multimesh idle = renderer_multimesh_create(f.r, f.quad, 4, 3);
    (void)idle;
    for (uint64_t frame = 1; frame <= 3; ++frame) {
        renderer_stats stats;
        renderer_frame_begin(f.r, view);
        draw(&f, some, 10, 3, 1);
        draw(&f, hidden, 4, 4, 1);
        draw(&f, none, 0, 0, 1);
        renderer_frame_end(f.r, &stats);
        cr_assert_eq(stats.frame, frame);
        cr_assert_eq(stats.draw_calls, 1, "only one shows anything");
        cr_assert_eq(stats.instances_drawn, 7);
        cr_assert_eq(stats.instances_culled, 7);
        cr_assert_eq(stats.bytes, 7 * sizeof(renderer_instance));
        cr_assert_eq(stats.refused, 0);
    }
    renderer_destroy(f.r);
}

Test(renderer_frame, calls_out_of_turn_draw_nothing_and_are_counted) {
    fixture f = make(0);
    renderer_multimesh mm = renderer_multimesh_create(f.r, f.quad, 4, 0);
    cr_assert_null(renderer_multimesh_map(f.r, mm, 1), "no frame is open");
    renderer_frame_begin(f.r, view);
    renderer_multimesh_draw(f.r, mm); /* 1: not mapped */
    draw(&f, mm, 4, 0, 1);
    renderer_multimesh_draw(f.r, mm);                         /* 2: drawn already */
    cr_assert_null(renderer_multimesh_map(f.r, mm, 1));       /* 3: drawn already */
    renderer_multimesh_draw(f.r, (renderer_multimesh){0, 0}); /* 4: null */
    renderer_stats stats;
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.refused, 4);
    cr_assert_eq(stats.instances_drawn, 4);
    renderer_frame_begin(f.r, view);
    renderer_multimesh_draw(f.r, mm); /* mapped in the frame before, not in this one */
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.refused, 1);
    cr_assert_eq(stats.instances_drawn, 0);
    renderer_destroy(f.r);
}

Test(renderer_frame, the_limit_on_a_frames_instances_holds) {
    fixture f = make(10);
    renderer_multimesh a = renderer_multimesh_create(f.r, f.quad, 10, 0);
    renderer_multimesh b = renderer_multimesh_create(f.r, f.quad, 10, 1);
    for (int frame = 0; frame < 2; ++frame) {
        renderer_frame_begin(f.r, view);
        cr_assert_not_null(renderer_multimesh_map(f.r, a, 10));
        cr_assert_null(renderer_multimesh_map(f.r, b, 1));
        cr_assert_not_null(renderer_multimesh_map(f.r, a, 4), "mapped again, it counts once");
        cr_assert_not_null(renderer_multimesh_map(f.r, b, 6));
        cr_assert_null(renderer_multimesh_map(f.r, b, 7));
        renderer_frame_end(f.r, NULL);
    }
    renderer_destroy(f.r);
}

Test(renderer_frame, a_view_of_its_own_holds_and_an_empty_one_keeps_the_last) {
    fixture f = make(0);
    renderer_multimesh mm = renderer_multimesh_create(f.r, f.quad, 1, 0);
    const renderer_view away = {1000, 1000, 50, 50};
    const renderer_view kept[] = {{0, 0, 0, 0}, {0, 0, 100, -5}, {0, NAN, 100, 100}};
    renderer_stats stats;
    renderer_frame_begin(f.r, (renderer_view){0, 0, 0, 0});
    draw(&f, mm, 1, 0, 1);
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.instances_drawn, 1, "the view of the configuration");
    renderer_frame_begin(f.r, away);
    draw(&f, mm, 1, 0, 1);
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.instances_drawn, 0);
    for (int i = 0; i < 3; ++i) {
        renderer_frame_begin(f.r, kept[i]);
        draw(&f, mm, 1, 0, 1);
        renderer_frame_end(f.r, &stats);
        cr_assert_eq(stats.instances_drawn, 0, "view %d replaced the one before", i);
    }
    renderer_destroy(f.r);
}

Test(renderer_frame, a_multimesh_destroyed_after_its_draw_stays_in_the_counts) {
    fixture f = make(0);
    renderer_multimesh mm = renderer_multimesh_create(f.r, f.quad, 5, 0);
    renderer_frame_begin(f.r, view);
    draw(&f, mm, 5, 0, 1);
    renderer_multimesh_destroy(f.r, mm);
    renderer_quad_destroy(f.r, f.quad);
    renderer_stats stats;
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.instances_drawn, 5);
    cr_assert_eq(stats.draw_calls, 1);
    renderer_destroy(f.r);
}

Test(renderer_frame, more_draws_than_multimeshes_are_refused_and_counted) {
    fixture f = make(0);
    renderer_frame_begin(f.r, view);
    for (int i = 0; i < RENDERER_MULTIMESH_MAX + 3; ++i) {
        renderer_multimesh mm = renderer_multimesh_create(f.r, f.quad, 1, 0);
        draw(&f, mm, 1, 0, 1);
        renderer_multimesh_destroy(f.r, mm);
    }
    renderer_stats stats;
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.draw_calls, RENDERER_MULTIMESH_MAX);
    cr_assert_eq(stats.refused, 3);
    renderer_destroy(f.r);
}

Test(renderer_frame, a_frame_begun_anew_forgets_the_one_before) {
    fixture f = make(0);
    renderer_multimesh mm = renderer_multimesh_create(f.r, f.quad, 5, 0);
    renderer_frame_begin(f.r, view);
    draw(&f, mm, 5, 0, 1);
    renderer_frame_begin(f.r, view);
    draw(&f, mm, 2, 0, 1);
    renderer_stats stats, again;
    renderer_frame_end(f.r, &stats);
    cr_assert_eq(stats.frame, 1);
    cr_assert_eq(stats.instances_drawn, 2);
    renderer_frame_end(f.r, &again);
    cr_assert_eq(again.frame, 1, "no frame was open: the counts of the last one");
    cr_assert_eq(again.checksum, stats.checksum);
    renderer_destroy(f.r);
}
