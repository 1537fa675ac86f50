/* test_handles.c: quads and multimeshes by handle: limits, generations, memory. */
#include "heap_calls.h"
#include "renderer/renderer.h"

#include <criterion/criterion.h>
#include <math.h>

static const renderer_view view = {0, 0, 100, 100};

static renderer *make(void) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    cr_assert_not_null(r);
    return r;
}

static bool can_map(renderer *r, renderer_multimesh mm, uint32_t count) {
    renderer_frame_begin(r, view);
    bool mapped = renderer_multimesh_map(r, mm, count) != NULL;
    renderer_frame_end(r, NULL);
    return mapped;
}

Test(renderer_handles, absurd_configurations_are_refused) {
    const renderer_view absurd[] = {
        {0, 0, 0, 100}, {0, 0, 100, -1}, {NAN, 0, 1, 1}, {0, INFINITY, 1, 1}, {0, 0, INFINITY, 1},
    };
    cr_assert_null(renderer_create(NULL));
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; ++i)
        cr_assert_null(renderer_create(&(renderer_config){.view = absurd[i]}), "view %zu", i);
}

Test(renderer_handles, quads_need_positive_finite_sides) {
    renderer *r = make();
    const float absurd[][2] = {{0, 1}, {1, 0}, {-1, 1}, {NAN, 1}, {1, INFINITY}};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; ++i)
        cr_assert_eq(renderer_quad_create(r, absurd[i][0], absurd[i][1]).index1, 0, "sides %zu", i);
    cr_assert_neq(renderer_quad_create(r, 1, 1).index1, 0);
    renderer_destroy(r);
}

Test(renderer_handles, null_and_made_up_handles_are_refused) {
    renderer *r = make();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, 4, 0);
    const renderer_multimesh wrong[] = {
        {0, 0},
        {0, mm.generation},
        {mm.index1, mm.generation + 1},
        {mm.index1, 0},
        {mm.index1 + 1, mm.generation},
        {RENDERER_MULTIMESH_MAX + 1, 1},
        {UINT32_MAX, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        cr_assert_not(can_map(r, wrong[i], 1), "handle %zu", i);
        cr_assert_not(renderer_multimesh_reserve(r, wrong[i], 1), "handle %zu", i);
        renderer_multimesh_destroy(r, wrong[i]);
    }
    cr_assert_eq(renderer_multimesh_create(r, (renderer_quad){0, 0}, 1, 0).index1, 0);
    cr_assert_eq(renderer_multimesh_create(r, (renderer_quad){UINT32_MAX, 1}, 1, 0).index1, 0);
    cr_assert(can_map(r, mm, 4), "the true handle was destroyed by a wrong one");
    renderer_destroy(r);
}

Test(renderer_handles, a_stale_multimesh_never_reaches_its_successor) {
    renderer *r = make();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh old = renderer_multimesh_create(r, quad, 4, 0);
    renderer_multimesh_destroy(r, old);
    renderer_multimesh successor = renderer_multimesh_create(r, quad, 4, 0);
    cr_assert_eq(successor.index1, old.index1, "the test needs the slot to be used again");
    cr_assert_not(can_map(r, old, 1));
    renderer_multimesh_destroy(r, old);
    cr_assert(can_map(r, successor, 4));
    renderer_destroy(r);
}

Test(renderer_handles, a_stale_quad_makes_no_multimesh_and_keeps_its_successor) {
    renderer *r = make();
    renderer_quad old = renderer_quad_create(r, 8, 8);
    renderer_quad_destroy(r, old);
    renderer_quad successor = renderer_quad_create(r, 16, 16);
    cr_assert_eq(successor.index1, old.index1, "the test needs the slot to be used again");
    cr_assert_eq(renderer_multimesh_create(r, old, 1, 0).index1, 0);
    renderer_quad_destroy(r, old);
    cr_assert_neq(renderer_multimesh_create(r, successor, 1, 0).index1, 0);
    renderer_destroy(r);
}

Test(renderer_handles, both_tables_end_at_their_limit_and_take_new_ones_after_a_destroy) {
    renderer *r = make();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    for (int i = 1; i < RENDERER_QUAD_MAX; ++i)
        cr_assert_neq(renderer_quad_create(r, 8, 8).index1, 0, "quad %d", i);
    cr_assert_eq(renderer_quad_create(r, 8, 8).index1, 0);
    renderer_multimesh first = renderer_multimesh_create(r, quad, 1, 0);
    for (int i = 1; i < RENDERER_MULTIMESH_MAX; ++i)
        cr_assert_neq(renderer_multimesh_create(r, quad, 1, 0).index1, 0, "multimesh %d", i);
    cr_assert_eq(renderer_multimesh_create(r, quad, 1, 0).index1, 0);
    renderer_multimesh_destroy(r, first);
    cr_assert_neq(renderer_multimesh_create(r, quad, 1, 0).index1, 0);
    renderer_quad_destroy(r, quad);
    cr_assert_neq(renderer_quad_create(r, 8, 8).index1, 0);
    renderer_destroy(r);
}

Test(renderer_handles, capacity_is_respected_to_the_instance) {
    renderer *r = make();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, 500, 0);
    cr_assert(can_map(r, mm, 500));
    cr_assert_not(can_map(r, mm, 501));
    cr_assert_not(can_map(r, mm, UINT32_MAX));
    renderer_multimesh empty = renderer_multimesh_create(r, quad, 0, 0);
    cr_assert(can_map(r, empty, 0), "nothing fits into nothing");
    cr_assert_not(can_map(r, empty, 1));
    renderer_destroy(r);
}

Test(renderer_handles, reserve_grows_only_and_keeps_what_was_mapped) {
    renderer *r = make();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, 10, 0);
    renderer_frame_begin(r, view);
    renderer_instance *before = renderer_multimesh_map(r, mm, 10);
    for (int i = 0; i < 10; ++i)
        before[i] = (renderer_instance){.origin = {(float)i, 0}};
    cr_assert(renderer_multimesh_reserve(r, mm, 5000));
    renderer_instance *after = renderer_multimesh_map(r, mm, 5000);
    cr_assert_not_null(after);
    for (int i = 0; i < 10; ++i)
        cr_assert_eq(after[i].origin[0], (float)i);
    renderer_frame_end(r, NULL);
    heap_calls calls = heap_calls_now();
    cr_assert(renderer_multimesh_reserve(r, mm, 3), "smaller is no error");
    cr_assert(renderer_multimesh_reserve(r, mm, 5000));
    cr_assert_eq(heap_calls_now().allocs, calls.allocs, "and asks nothing of the heap");
    cr_assert(can_map(r, mm, 5000), "nor does it shrink");
    renderer_destroy(r);
}

Test(renderer_handles, a_quad_and_a_multimesh_are_one_block_each) {
    renderer *r = make();
    heap_calls start = heap_calls_now();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    cr_assert_eq(heap_calls_now().allocs, start.allocs + 1);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, 10, 0);
    cr_assert_eq(heap_calls_now().allocs, start.allocs + 2);
    renderer_quad_destroy(r, quad);
    renderer_multimesh_destroy(r, mm);
    cr_assert_eq(heap_calls_now().frees, start.frees + 2);
    renderer_destroy(r);
}

Test(renderer_handles, whatever_was_made_is_given_back) {
    heap_calls start = heap_calls_now();
    renderer *r = make();
    for (int i = 0; i < 20; ++i) {
        renderer_quad quad = renderer_quad_create(r, 8, 8);
        renderer_multimesh mm = renderer_multimesh_create(r, quad, 10, 0);
        if (i % 2)
            renderer_multimesh_destroy(r, mm);
        if (i % 3)
            renderer_quad_destroy(r, quad);
    }
    renderer_destroy(r);
    heap_calls end = heap_calls_now();
    cr_assert_eq(end.allocs - start.allocs, end.frees - start.frees);
    renderer_destroy(NULL);
}

Test(renderer_handles, no_memory_gives_null_and_changes_nothing) {
    heap_refuse(true);
    renderer *none = renderer_create(&(renderer_config){.view = view});
    heap_refuse(false);
    cr_assert_null(none);
    renderer *r = make();
    renderer_quad quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, 10, 0);
    heap_refuse(true);
    renderer_quad no_quad = renderer_quad_create(r, 8, 8);
    renderer_multimesh no_mm = renderer_multimesh_create(r, quad, 10, 0);
    bool grown = renderer_multimesh_reserve(r, mm, 11);
    heap_refuse(false);
    cr_assert_eq(no_quad.index1, 0);
    cr_assert_eq(no_mm.index1, 0);
    cr_assert_not(grown);
    cr_assert(can_map(r, mm, 10));
    cr_assert_not(can_map(r, mm, 11));
    renderer_destroy(r);
}
