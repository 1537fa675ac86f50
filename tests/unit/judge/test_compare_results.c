/* What two whole results tell beyond their figures: phases by name, hot paths that are gone, the
 * first tick that differs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "tick_match.h"

enum { TICKS = 10 };

/* Phases of ten ticks each, in this order, each tick with as many allocations as the phase's letter
 * says. */
static ta_result *result_of(const char *phases) {
    ta_result *r = ta_result_new();
    r->phase_count = (uint32_t)strlen(phases);
    r->tick_count = r->phase_count * TICKS;
    r->ticks = calloc(r->tick_count, sizeof *r->ticks);
    r->hot_paths = calloc(1, sizeof *r->hot_paths);
    r->hot_path_count = 1;
    (void)snprintf(r->hot_paths[0].name, sizeof r->hot_paths[0].name, "combat");
    r->hot_paths[0].entries = 1;
    for (uint32_t p = 0; p < r->phase_count; p++) {
        (void)snprintf(r->phases[p].name, sizeof r->phases[p].name, "%c", phases[p]);
        r->phases[p].known[TA_METRIC_hot_allocs] = true;
        for (uint32_t t = 0; t < TICKS; t++)
            r->ticks[p * TICKS + t] = (ta_tick_figures){.phase = p, .allocs = (uint64_t)phases[p]};
    }
    return r;
}

static ta_comparison compare(const ta_result *pre, const ta_result *post) {
    ta_comparison c;
    ta_arm before = ta_arm_from_result(pre, "pre"), after = ta_arm_from_result(post, "post");
    ta_status status = ta_compare(&before, &after, (ta_compare_options){0}, &c);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_assert(ta_ok(ta_compare_results(pre, post, &c)));
    return c;
}

/* By index, A would be held against B. */
Test(results, phases_are_matched_by_name) {
    ta_result *pre = result_of("AB"), *post = result_of("BA");
    ta_comparison c = compare(pre, post);
    cr_assert(c.first_difference.compared);
    cr_assert_not(c.first_difference.found, "%s", c.first_difference.what);
    post->ticks[13].allocs++; /* the fourth of phase A, which comes second here */
    c = compare(pre, post);
    cr_assert(c.first_difference.found);
    cr_assert_str_eq(c.first_difference.phase, "A");
    cr_assert_eq(c.first_difference.tick_of_phase, 4);
    cr_assert_eq(c.first_difference.pre_tick, 4);
    cr_assert_eq(c.first_difference.post_tick, 14);
    cr_assert_str_eq(c.first_difference.what, "allocs 65 -> 66");
    ta_result_free(pre);
    ta_result_free(post);
}

Test(results, phase_of_one_run_alone_shifts_nothing_and_is_noted) {
    ta_result *pre = result_of("AB"), *post = result_of("AXB");
    ta_comparison c = compare(pre, post);
    cr_assert_not(c.first_difference.found);
    bool noted = false;
    for (unsigned i = 0; i < c.note_count; i++)
        noted |= strcmp(c.notes[i], "phase X is in the post run only") == 0;
    cr_assert(noted);
    ta_result_free(pre);
    ta_result_free(post);
}

Test(results, several_phases_of_one_name_are_matched_in_order) {
    ta_result *pre = result_of("ABA"), *post = result_of("AA");
    cr_assert_eq(ta_phase_like(pre, post, 0), &pre->phases[0]);
    cr_assert_eq(ta_phase_like(pre, post, 1), &pre->phases[2]);
    cr_assert_null(ta_phase_like(post, pre, 1));
    ta_result_free(pre);
    ta_result_free(post);
}

static const ta_gate *gate_in(const ta_comparison *c, const char *phase) {
    for (unsigned i = 0; i < c->gate_count; i++) {
        if (strcmp(c->gates[i].phase, phase) == 0 && c->gates[i].kind == TA_GATE_METRIC)
            return &c->gates[i];
    }
    return NULL;
}

/* The whole has as many as before, and one phase has more. */
Test(results, hot_allocations_that_moved_to_another_phase_fail_there) {
    ta_result *pre = result_of("AB"), *post = result_of("AB");
    pre->phases[0].value[TA_METRIC_hot_allocs] = 5;
    post->phases[1].value[TA_METRIC_hot_allocs] = 5;
    ta_comparison c = compare(pre, post);
    cr_assert_eq(gate_in(&c, "A")->verdict, TA_VERDICT_IMPROVED);
    cr_assert_eq(gate_in(&c, "B")->verdict, TA_VERDICT_FAIL);
    cr_assert_eq(c.verdict, TA_VERDICT_FAIL);
    ta_result_free(pre);
    ta_result_free(post);
}

Test(results, hot_path_that_is_entered_no_more_is_no_pass) {
    ta_result *pre = result_of("A"), *post = result_of("A");
    pre->whole.known[TA_METRIC_hot_allocs] = post->whole.known[TA_METRIC_hot_allocs] = true;
    cr_assert_eq(compare(pre, post).verdict, TA_VERDICT_PASS);
    (void)snprintf(post->hot_paths[0].name, sizeof post->hot_paths[0].name, "movement");
    ta_comparison c = compare(pre, post);
    cr_assert_eq(c.verdict, TA_VERDICT_INCONCLUSIVE);
    cr_assert_not_null(strstr(gate_in(&c, "")->why, "combat"), "%s", gate_in(&c, "")->why);
    ta_result_free(pre);
    ta_result_free(post);
}
