/* test_quiet.c: frames ask nothing of the heap. The linker routes the renderer's calls to a counter
 * (heap_calls.c); its library has no other way to the heap than these four. */
#include "crowd.h"
#include "heap_calls.h"

#include <criterion/criterion.h>

Test(renderer_quiet, a_thousand_frames_make_no_heap_call) {
    crowd c = crowd_create((uint32_t[]){5, 2, 3, 0, 4, 1});
    heap_calls before = heap_calls_now();
    cr_assert_gt(before.allocs, 0, "the counter must have seen the set-up");
    uint64_t drawn = 0;
    for (int i = 0; i < 1000; ++i)
        drawn += crowd_draw(&c).instances_drawn;
    heap_calls after = heap_calls_now();
    cr_assert_eq(after.allocs, before.allocs);
    cr_assert_eq(after.frees, before.frees);
    cr_assert_gt(drawn, 300000, "and they must have drawn something");
    crowd_destroy(&c);
}

/* From the first frame on, in whatever order of layers the sort has to mend. */
Test(renderer_quiet, the_first_frame_and_a_full_sort_make_no_heap_call) {
    renderer *r = renderer_create(&(renderer_config){.view = crowd_view});
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh mm[RENDERER_MULTIMESH_MAX];
    for (uint32_t i = 0; i < RENDERER_MULTIMESH_MAX; ++i)
        mm[i] = renderer_multimesh_create(r, quad, 1, RENDERER_MULTIMESH_MAX - i);
    heap_calls before = heap_calls_now();
    renderer_frame_begin(r, crowd_view);
    for (uint32_t i = 0; i < RENDERER_MULTIMESH_MAX; ++i) {
        *renderer_multimesh_map(r, mm[i], 1) =
            (renderer_instance){.x_axis = {1, 0}, .y_axis = {0, 1}, .origin = {50, 50}};
        renderer_multimesh_draw(r, mm[i]);
    }
    renderer_stats stats;
    renderer_frame_end(r, &stats);
    heap_calls after = heap_calls_now();
    cr_assert_eq(stats.draw_calls, RENDERER_MULTIMESH_MAX);
    cr_assert_eq(after.allocs, before.allocs);
    cr_assert_eq(after.frees, before.frees);
    renderer_destroy(r);
}

/* Calls that are refused are no excuse either. */
Test(renderer_quiet, refused_calls_make_no_heap_call) {
    crowd c = crowd_create((uint32_t[]){0, 1, 2, 3, 4, 5});
    heap_calls before = heap_calls_now();
    renderer_frame_begin(c.r, crowd_view);
    cr_assert_null(renderer_multimesh_map(c.r, c.layers[0], UINT32_MAX));
    cr_assert_null(renderer_multimesh_map(c.r, (renderer_multimesh){0, 0}, 1));
    renderer_multimesh_draw(c.r, (renderer_multimesh){99, 1});
    renderer_frame_end(c.r, NULL);
    cr_assert_eq(heap_calls_now().allocs, before.allocs);
    cr_assert_eq(heap_calls_now().frees, before.frees);
    crowd_destroy(&c);
}
