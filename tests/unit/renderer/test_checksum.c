/* test_checksum.c: the sum of a frame: what moves it, what must not, and its written formula. */
#include "crowd.h"

#include <criterion/criterion.h>
#include <string.h>

enum { COUNT = 600, FLOATS = sizeof(renderer_instance) / sizeof(float) };

static const renderer_view view = {0, 0, 1000, 1000};

static renderer_instance instances[COUNT];

static void fill(void) {
    for (uint32_t i = 0; i < COUNT; ++i)
        instances[i] = (renderer_instance){.x_axis = {1, 0},
                                           .y_axis = {0, 1},
                                           .origin = {100 + (float)i, 500 - (float)i / 4},
                                           .rgba = {0.5f, 0.25f, (float)i / COUNT, 1}};
}

static uint64_t sum_of(uint32_t count, float quad) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_multimesh mm =
        renderer_multimesh_create(r, renderer_quad_create(r, quad, quad), count, 0);
    renderer_frame_begin(r, view);
    memcpy(renderer_multimesh_map(r, mm, count), instances, count * sizeof *instances);
    renderer_multimesh_draw(r, mm);
    renderer_stats stats;
    renderer_frame_end(r, &stats);
    renderer_destroy(r);
    cr_assert_eq(stats.instances_drawn, count, "the test means all to be visible");
    return stats.checksum;
}

static float with_bit_flipped(float value, unsigned bit) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= UINT32_C(1) << bit;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float *float_of(uint32_t instance, uint32_t index) {
    return (float *)&instances[instance] + index;
}

Test(renderer_checksum, any_float_of_any_instance_changes_it, .init = fill) {
    const uint32_t chosen[] = {0, 1, 255, 256, COUNT - 1};
    const unsigned bits[] = {0, 11, 31}; /* the last digit, one amid, the sign */
    uint64_t plain = sum_of(COUNT, 32);
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; ++i)
        for (uint32_t f = 0; f < FLOATS; ++f)
            for (size_t b = 0; b < sizeof bits / sizeof *bits; ++b) {
                float *value = float_of(chosen[i], f), kept = *value;
                if ((f == 4 || f == 5) && bits[b] == 31)
                    continue; /* the mirrored place is out of the view */
                *value = with_bit_flipped(kept, bits[b]);
                cr_assert_neq(sum_of(COUNT, 32), plain, "instance %u, float %u, bit %u", chosen[i],
                              f, bits[b]);
                *value = kept;
            }
    cr_assert_eq(sum_of(COUNT, 32), plain);
}

/* In plain FNV over words the top bit only ever reaches the top bit: these two would cancel. */
Test(renderer_checksum, two_flipped_signs_do_not_cancel, .init = fill) {
    uint64_t plain = sum_of(COUNT, 32);
    instances[3].rgba[3] = -instances[3].rgba[3];
    instances[4].rgba[3] = -instances[4].rgba[3];
    cr_assert_neq(sum_of(COUNT, 32), plain);
}

Test(renderer_checksum, order_count_and_size_change_it, .init = fill) {
    uint64_t plain = sum_of(COUNT, 32);
    cr_assert_neq(sum_of(COUNT - 1, 32), plain);
    cr_assert_neq(sum_of(COUNT, 16), plain);
    renderer_instance moved = instances[10];
    instances[10] = instances[11];
    instances[11] = moved;
    cr_assert_neq(sum_of(COUNT, 32), plain);
}

/* The formula of src/checksum.h, written a second time, word after word. */
static uint64_t step(uint64_t h, uint64_t word) {
    h ^= word;
    h = h << 29 | h >> 35;
    return h * UINT64_C(0x100000001b3);
}

Test(renderer_checksum, is_the_written_formula, .init = fill) {
    const uint64_t basis = UINT64_C(0xcbf29ce484222325);
    uint64_t lanes[5] = {basis, basis + 1, basis + 2, basis + 3, basis + 4};
    for (uint32_t i = 0; i < COUNT; ++i) {
        uint64_t words[5];
        memcpy(words, &instances[i], sizeof words);
        for (int lane = 0; lane < 5; ++lane)
            lanes[lane] = step(lanes[lane], words[lane]);
    }
    const float side = 32;
    uint32_t bits;
    memcpy(&bits, &side, sizeof bits);
    uint64_t h = step(step(basis, (uint64_t)bits << 32 | bits), COUNT);
    for (int lane = 0; lane < 5; ++lane)
        h = step(h, lanes[lane]);
    cr_assert_eq(sum_of(COUNT, 32), h ^ h >> 32);
}

Test(renderer_checksum, culled_instances_are_not_in_it, .init = fill) {
    uint64_t without = sum_of(COUNT - 1, 32);
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_multimesh mm = renderer_multimesh_create(r, renderer_quad_create(r, 32, 32), COUNT, 0);
    instances[COUNT - 1].origin[0] = -5000;
    renderer_frame_begin(r, view);
    memcpy(renderer_multimesh_map(r, mm, COUNT), instances, sizeof instances);
    renderer_multimesh_draw(r, mm);
    renderer_stats stats;
    renderer_frame_end(r, &stats);
    cr_assert_eq(stats.instances_culled, 1);
    cr_assert_eq(stats.checksum, without);
    renderer_destroy(r);
}

Test(renderer_checksum, order_of_creation_does_not_matter) {
    const uint32_t orders[][CROWD_LAYERS] = {
        {0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {3, 0, 5, 1, 4, 2}};
    uint64_t sums[3];
    for (int i = 0; i < 3; ++i) {
        crowd c = crowd_create(orders[i]);
        sums[i] = crowd_draw(&c).checksum;
        crowd_destroy(&c);
    }
    cr_assert_eq(sums[1], sums[0]);
    cr_assert_eq(sums[2], sums[0]);
}

Test(renderer_checksum, the_same_frame_has_the_same_sum_each_time) {
    crowd c = crowd_create((uint32_t[]){0, 1, 2, 3, 4, 5});
    renderer_stats first = crowd_draw(&c), second = crowd_draw(&c);
    cr_assert_eq(second.checksum, first.checksum);
    cr_assert_eq(second.frame, first.frame + 1);
    crowd_destroy(&c);
}
