/* test_cull.c: what is drawn, against corners that are worked out one by one in double precision.
 */
#include "renderer/renderer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { QUAD_WIDTH = 32, QUAD_HEIGHT = 16, TRIALS = 20000 };

static const renderer_view view = {-100, 50, 640, 360};

static renderer_stats draw(const renderer_instance *instances, uint32_t count) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_quad quad = renderer_quad_create(r, QUAD_WIDTH, QUAD_HEIGHT);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, count, 0);
    renderer_frame_begin(r, view);
    memcpy(renderer_multimesh_map(r, mm, count), instances, count * sizeof *instances);
    renderer_multimesh_draw(r, mm);
    renderer_stats stats;
    renderer_frame_end(r, &stats);
    renderer_destroy(r);
    return stats;
}

static bool drawn(renderer_instance instance) {
    renderer_stats stats = draw(&instance, 1);
    cr_assert_eq(stats.instances_drawn + stats.instances_culled, 1);
    return stats.instances_drawn == 1;
}

static renderer_instance upright(float x, float y) {
    return (renderer_instance){.x_axis = {1, 0}, .y_axis = {0, 1}, .origin = {x, y}};
}

static uint32_t random_bits(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static float random_between(uint64_t *state, float low, float high) {
    return low + (high - low) * ((float)(random_bits(state) & 0xffffff) / 16777216.0f);
}

/* The four corners, their box, and by how much it overlaps the view: negative is apart. */
static double overlap(const renderer_instance *p) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int corner = 0; corner < 4; ++corner) {
        double u = corner & 1 ? QUAD_WIDTH / 2.0 : -QUAD_WIDTH / 2.0;
        double v = corner & 2 ? QUAD_HEIGHT / 2.0 : -QUAD_HEIGHT / 2.0;
        for (int axis = 0; axis < 2; ++axis) {
            double at =
                (double)p->origin[axis] + u * (double)p->x_axis[axis] + v * (double)p->y_axis[axis];
            low[axis] = fmin(low[axis], at);
            high[axis] = fmax(high[axis], at);
        }
    }
    double across =
        fmin(high[0], (double)view.x + (double)view.width) - fmax(low[0], (double)view.x);
    double down =
        fmin(high[1], (double)view.y + (double)view.height) - fmax(low[1], (double)view.y);
    return fmin(across, down);
}

Test(renderer_cull, every_edge_cuts_where_the_quad_ends) {
    const float half_width = QUAD_WIDTH / 2.0f, half_height = QUAD_HEIGHT / 2.0f;
    const float left = view.x - half_width, right = view.x + view.width + half_width;
    const float top = view.y - half_height, bottom = view.y + view.height + half_height;
    const float in = 0.125f;
    cr_assert(drawn(upright(left + in, 200)));
    cr_assert_not(drawn(upright(left, 200)), "touching is not overlapping");
    cr_assert_not(drawn(upright(left - in, 200)));
    cr_assert(drawn(upright(right - in, 200)));
    cr_assert_not(drawn(upright(right, 200)));
    cr_assert(drawn(upright(200, top + in)));
    cr_assert_not(drawn(upright(200, top)));
    cr_assert(drawn(upright(200, bottom - in)));
    cr_assert_not(drawn(upright(200, bottom)));
}

Test(renderer_cull, a_flip_and_a_turn_reach_as_far_as_the_quad) {
    renderer_instance flipped = upright(view.x - 15, 200);
    flipped.x_axis[0] = -1;
    cr_assert(drawn(flipped));
    renderer_instance turned = upright(view.x - 10, 200); /* a quarter: now 16 wide, 32 high */
    turned.x_axis[0] = 0, turned.x_axis[1] = 1;
    turned.y_axis[0] = -1, turned.y_axis[1] = 0;
    cr_assert_not(drawn(turned));
    turned.origin[0] = view.x - 7;
    cr_assert(drawn(turned));
    renderer_instance doubled = upright(view.x - 31, 200);
    doubled.x_axis[0] = 2;
    cr_assert(drawn(doubled));
}

Test(renderer_cull, what_is_no_number_is_culled) {
    renderer_instance instance = upright(NAN, 200);
    cr_assert_not(drawn(instance));
    cr_assert_not(drawn(upright(200, NAN)));
    cr_assert_not(drawn(upright(INFINITY, 200)));
    cr_assert_not(drawn(upright(200, -INFINITY)));
    instance = upright(200, 200);
    instance.x_axis[1] = NAN;
    cr_assert_not(drawn(instance));
}

Test(renderer_cull, agrees_with_brute_force_around_the_edges) {
    static renderer_instance instances[TRIALS];
    uint64_t state = 7;
    uint32_t expected = 0, count = 0, near_edge = 0;
    while (count < TRIALS) {
        renderer_instance *p = &instances[count];
        float angle = random_between(&state, 0, 6.2831853f), size = random_between(&state, 0.2f, 3);
        *p = (renderer_instance){
            .x_axis = {cosf(angle) * size, sinf(angle) * size},
            .y_axis = {-sinf(angle) * size, cosf(angle) * size},
            .origin = {random_between(&state, view.x - 60, view.x + view.width + 60),
                       random_between(&state, view.y - 60, view.y + view.height + 60)}};
        double by = overlap(p);
        if (fabs(by) < 1e-3)
            continue; /* closer than single precision can tell */
        expected += by > 0;
        near_edge += fabs(by) < 2;
        ++count;
    }
    cr_assert_gt(near_edge, TRIALS / 50, "the trials must be close to the edges to mean anything");
    renderer_stats stats = draw(instances, TRIALS);
    cr_assert_eq(stats.instances_drawn, expected);
    cr_assert_eq(stats.instances_culled, TRIALS - expected);
    for (uint32_t i = 0; i < 500; ++i)
        cr_assert_eq(drawn(instances[i]), overlap(&instances[i]) > 0, "instance %u", i);
}
