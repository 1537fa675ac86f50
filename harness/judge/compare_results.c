#include "compare_gates.h"
#include "tick_match.h"

#include "message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The figures of a tick that are the same in each run of a seed, and their places in it. Live bytes
 * are left out: they carry on whatever an earlier tick did. */
#define TICK_FIGURE_LIST(X)                                                                        \
    X(hot_allocs)                                                                                  \
    X(allocs)                                                                                      \
    X(frees)                                                                                       \
    X(bytes)                                                                                       \
    X(population)                                                                                  \
    X(state_hash)

static bool tell_difference(const ta_tick_figures *pre, const ta_tick_figures *post,
                            ta_message *what) {
#define TELL(figure)                                                                               \
    if (pre->figure != post->figure)                                                               \
        ta_message_add(what, "%s" #figure " %" PRIu64 " -> %" PRIu64, what->used ? ", " : "",      \
                       (uint64_t)pre->figure, (uint64_t)post->figure);
    TICK_FIGURE_LIST(TELL)
#undef TELL
    return what->used > 0;
}

static void find_difference(const ta_result *pre, const ta_result *post, const ta_tick_pair *pairs,
                            size_t count, ta_tick_difference *difference) {
    difference->compared = count > 0;
    for (size_t i = 0; i < count; i++) {
        ta_message what = {difference->what, sizeof difference->what, 0};
        const ta_tick_figures *before = &pre->ticks[pairs[i].pre],
                              *after = &post->ticks[pairs[i].post];
        if (!tell_difference(before, after, &what))
            continue;
        difference->found = true;
        difference->tick_of_phase = pairs[i].of_phase + 1;
        difference->pre_tick = pairs[i].pre + 1;
        difference->post_tick = pairs[i].post + 1;
        if (post->phase_count)
            memcpy(difference->phase, post->phases[after->phase].name, sizeof difference->phase);
        return;
    }
}

/* Which allocates in a hot path of one phase may not make up for another phase. */
static void add_phase_gates(const ta_result *pre, const ta_result *post, ta_comparison *c) {
    ta_metric m = TA_METRIC_hot_allocs;
    for (uint32_t i = 0; i < post->phase_count; i++) {
        const ta_figures *after = &post->phases[i], *before = ta_phase_like(pre, post, i);
        if (!before) {
            ta_compare_note(c, "phase %s is in the post run only", after->name);
            continue;
        }
        if (!before->known[m] || !after->known[m] || !c->pre.hot_entered || !c->post.hot_entered)
            continue;
        ta_gate gate = {.metric = m,
                        .rule = TA_GATE_NOT_RISE,
                        .pre = before->value[m],
                        .post = after->value[m],
                        .pre_known = true,
                        .post_known = true};
        gate.verdict = ta_compare_judge(m, gate.pre, gate.post);
        memcpy(gate.phase, after->name, sizeof gate.phase);
        bool one_build = ta_arms_are_one_build(&c->pre, &c->post);
        if (c->pre.judged[m].differs || c->post.judged[m].differs ||
            (one_build && gate.verdict != TA_VERDICT_PASS)) {
            gate.verdict = TA_VERDICT_INCONCLUSIVE;
            (void)snprintf(gate.why, sizeof gate.why, "hot_allocs is nondeterministic");
        }
        (void)ta_compare_add_gate(c, &gate);
    }
    for (uint32_t i = 0; i < pre->phase_count; i++) {
        if (!ta_phase_like(post, pre, i))
            ta_compare_note(c, "phase %s is in the pre run only", pre->phases[i].name);
    }
}

static const ta_hot_path_figures *entered(const ta_result *result, const char *name) {
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        const ta_hot_path_figures *path = &result->hot_paths[i];
        if (path->entries > 0 && strcmp(path->name, name) == 0)
            return path;
    }
    return NULL;
}

/* A hot path that is entered no more (it was inlined, or renamed) makes no allocation either. */
static void doubt_gone_paths(const ta_result *pre, const ta_result *post, ta_comparison *c) {
    for (uint32_t i = 0; i < pre->hot_path_count; i++) {
        const char *name = pre->hot_paths[i].name;
        if (!entered(pre, name) || entered(post, name))
            continue;
        for (unsigned g = 0; g < c->gate_count; g++) {
            ta_gate *gate = &c->gates[g];
            bool is_hot = gate->kind == TA_GATE_METRIC && (gate->metric == TA_METRIC_hot_allocs ||
                                                           gate->metric == TA_METRIC_hot_bytes ||
                                                           gate->metric == TA_METRIC_hot_frees);
            if (!is_hot || gate->verdict == TA_VERDICT_FAIL || gate->why[0])
                continue;
            gate->verdict = TA_VERDICT_INCONCLUSIVE;
            (void)snprintf(gate->why, sizeof gate->why,
                           "the hot path %s was entered in the pre run and never in the post run",
                           name);
        }
    }
}

ta_status ta_compare_results(const ta_result *pre, const ta_result *post, ta_comparison *c) {
    ta_tick_pair *pairs;
    size_t count;
    ta_status status = ta_tick_match(pre, post, &pairs, &count);
    if (!ta_ok(status))
        return status;
    if (!c->pre.ticks_are_timed && !c->post.ticks_are_timed)
        find_difference(pre, post, pairs, count, &c->first_difference);
    free(pairs);
    add_phase_gates(pre, post, c);
    doubt_gone_paths(pre, post, c);
    ta_compare_conclude(c);
    return ta_status_ok();
}
