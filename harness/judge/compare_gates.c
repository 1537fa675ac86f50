#include "compare_gates.h"

#include "evidence.h"
#include "message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What shrank has not grown: a growth below zero is no better than none, since it only says how
 * much lay about when the first sample was taken. */
static double comparable(ta_metric metric, double value) {
    bool is_growth =
        metric == TA_METRIC_live_bytes_growth || metric == TA_METRIC_live_blocks_growth;
    return is_growth && value < 0 ? 0 : value;
}

static int direction_of(ta_metric metric, double pre, double post) {
    ta_metric_better better = ta_metric_table[metric].better;
    int decimals = ta_metric_decimals(metric);
    double noise = decimals ? pow(10, -decimals) : 0;
    double rise = comparable(metric, post) - comparable(metric, pre);
    if (fabs(rise) <= noise || better == TA_BETTER_NONE)
        return 0;
    return (rise > 0) == (better == TA_BETTER_HIGHER) ? 1 : -1;
}

int ta_compare_metric(const ta_arm *pre, const ta_arm *post, ta_metric metric) {
    if (!pre->known[metric] || !post->known[metric])
        return 0;
    return direction_of(metric, pre->value[metric], post->value[metric]);
}

ta_verdict ta_compare_judge(ta_metric metric, double pre, double post) {
    int direction = direction_of(metric, pre, post);
    return direction < 0 ? TA_VERDICT_FAIL : direction > 0 ? TA_VERDICT_IMPROVED : TA_VERDICT_PASS;
}

static bool is_hot(ta_metric metric) {
    return ta_figures_group(metric) == TA_FIGURES_HOT;
}

/* Whether some hot path was tried; a count that is not zero shows it, and a row of the log does not
 * tell. */
static bool tried_hot(const ta_arm *arm, ta_metric metric) {
    return !arm->whole || arm->hot_entered || arm->value[metric] > 0;
}

/* A sample every so many milliseconds is no tick: what is said per tick is not the same twice. */
static bool is_sampled(const ta_comparison *c, ta_metric metric) {
    unsigned sampled =
        TA_FIGURES_TICK_ALLOCS | TA_FIGURES_PEAK | TA_FIGURES_GROWTH | TA_FIGURES_TICKS;
    return (c->pre.ticks_are_timed || c->post.ticks_are_timed) &&
           (ta_figures_group(metric) & sampled);
}

static bool has_gate(const ta_comparison *c, ta_metric metric) {
    const ta_arm *pre = &c->pre, *post = &c->post;
    const ta_metric_info *info = &ta_metric_table[metric];
    if (info->kind != TA_METRIC_EXACT || info->better == TA_BETTER_NONE || is_sampled(c, metric))
        return false;
    if (pre->known[metric] != post->known[metric]) /* a row of the log has some metrics only */
        return pre->whole && post->whole;
    if (!pre->known[metric])
        return false;
    return !is_hot(metric) || tried_hot(pre, metric) || tried_hot(post, metric);
}

static void tell_rounds(const ta_arm *arm, const char *which, ta_metric metric, ta_message *why) {
    const ta_arm_metric *judged = &arm->judged[metric];
    if (!judged->differs)
        return;
    ta_message_add(why, "%sit is nondeterministic: %.15g to %.15g in %u rounds of the %s run",
                   why->used ? "; " : "", judged->least, judged->greatest, arm->rounds, which);
    if (judged->first_tick)
        ta_message_add(why, ", which differ first in tick %llu",
                       (unsigned long long)judged->first_tick);
}

/* Whether what went unseen on a side could turn the outcome, and then why. */
static void tell_evidence(const ta_comparison *c, const ta_gate *gate, ta_message *why) {
    const ta_arm_metric *pre = &c->pre.judged[gate->metric], *post = &c->post.judged[gate->metric];
    bool lower_is_better = ta_metric_table[gate->metric].better == TA_BETTER_LOWER;
    bool fails = gate->verdict == TA_VERDICT_FAIL;
    bool post_matters = fails == lower_is_better ? post->lower : post->higher;
    bool pre_matters = fails == lower_is_better ? pre->higher : pre->lower;
    if (post_matters || pre_matters)
        ta_message_add(why,
                       "evidence of the %s run is not complete, that %s: see its summary "
                       "(tickaudit report) for what was missed and what to do",
                       post_matters ? "post" : "pre",
                       ta_fact_table[post_matters ? post->fact : pre->fact].says);
}

static bool is_same(const ta_comparison *c, ta_metric metric) {
    return c->pre.known[metric] && c->post.known[metric] &&
           fabs(c->pre.value[metric] - c->post.value[metric]) < 1e-9;
}

/* Figures that depend on which thread came first, or on where blocks lie, even when each thread
 * makes the same calls in each run. */
static bool depends_on_timing(const ta_comparison *c, ta_metric metric) {
    unsigned shared = TA_FIGURES_TICK_ALLOCS | TA_FIGURES_PEAK | TA_FIGURES_GROWTH;
    return (c->pre.threads > 1 || c->post.threads > 1) && (ta_figures_group(metric) & shared);
}

static bool depends_on_addresses(const ta_comparison *c, ta_metric metric) {
    bool is_live = metric == TA_METRIC_live_bytes_growth || metric == TA_METRIC_mem_growth_mb;
    return is_live && is_same(c, TA_METRIC_allocs) && is_same(c, TA_METRIC_frees) &&
           is_same(c, TA_METRIC_bytes) && is_same(c, TA_METRIC_live_blocks_growth);
}

/* One run a side shows a difference, and not that it comes from the change. */
static void tell_chance(ta_comparison *c, const ta_gate *gate, ta_message *why) {
    ta_metric m = gate->metric;
    const char *remedy = "compare --rerun makes both sides again and tells";
    bool repeat = c->pre.repeats && c->post.repeats;
    if (is_same(c, m))
        return;
    if (ta_arms_are_one_build(&c->pre, &c->post))
        ta_message_add(why,
                       "both runs were the same program with the same arguments and modules: the "
                       "count is nondeterministic, or depends on what else differed; %s",
                       remedy);
    else if (gate->verdict != TA_VERDICT_FAIL || repeat)
        return;
    else if (depends_on_addresses(c, m))
        ta_message_add(why,
                       "both made as many calls for as many bytes: usable sizes depend on where "
                       "blocks lie; %s",
                       remedy);
    else if (depends_on_timing(c, m))
        ta_message_add(why,
                       "several threads allocate: who comes first may change it, and each side "
                       "ran once; %s",
                       remedy);
    c->chance |= why->used > 0;
}

/* Why the values do not settle the gate; "" when they do. */
static void explain(ta_comparison *c, ta_gate *gate) {
    ta_message why = {gate->why, sizeof gate->why, 0};
    ta_metric m = gate->metric;
    if (gate->pre_known != gate->post_known) {
        ta_message_add(&why, "it is not known of the %s run", gate->pre_known ? "post" : "pre");
        return;
    }
    if (is_hot(m) && tried_hot(&c->pre, m) != tried_hot(&c->post, m)) {
        ta_message_add(&why, "no hot path was entered in the %s run",
                       tried_hot(&c->pre, m) ? "post" : "pre");
        return;
    }
    tell_rounds(&c->pre, "pre", m, &why);
    tell_rounds(&c->post, "post", m, &why);
    if (!why.used)
        tell_chance(c, gate, &why);
    if (!why.used)
        tell_evidence(c, gate, &why);
}

static void add_gate(ta_comparison *c, ta_metric metric) {
    ta_gate gate = {.metric = metric,
                    .rule = ta_metric_table[metric].better == TA_BETTER_LOWER ? TA_GATE_NOT_RISE
                                                                              : TA_GATE_NOT_FALL,
                    .pre = c->pre.value[metric],
                    .post = c->post.value[metric],
                    .pre_known = c->pre.known[metric],
                    .post_known = c->post.known[metric]};
    gate.verdict = ta_compare_judge(metric, gate.pre, gate.post);
    explain(c, &gate);
    if (gate.why[0])
        gate.verdict = TA_VERDICT_INCONCLUSIVE;
    (void)ta_compare_add_gate(c, &gate);
}

/* An optimization that changes the game is a bug. Another world may well end differently. */
static void add_state_gate(ta_comparison *c, bool other_world) {
    const ta_arm *pre = &c->pre, *post = &c->post;
    ta_gate gate = {.kind = TA_GATE_STATE_HASH, .rule = TA_GATE_NOT_CHANGE};
    if (other_world) {
        ta_compare_note(c, "state_hash is not compared: scenario or seed differ");
        return;
    }
    if (!pre->state_hash_known || !post->state_hash_known) {
        ta_compare_note(c, "state_hash is not compared: %s",
                        pre->state_hash_known || post->state_hash_known ? "one run has none"
                                                                        : "neither run has one");
        return;
    }
    gate.verdict = pre->state_hash == post->state_hash ? TA_VERDICT_PASS : TA_VERDICT_FAIL;
    const ta_arm *arm = pre->hashes_differ ? pre : post;
    if (gate.verdict == TA_VERDICT_FAIL && ta_arms_are_one_build(pre, post)) {
        gate.verdict = TA_VERDICT_INCONCLUSIVE;
        (void)snprintf(gate.why, sizeof gate.why,
                       "both runs were of one build: it is nondeterministic");
    }
    if (arm->hashes_differ) {
        ta_message why = {gate.why, sizeof gate.why, 0};
        gate.verdict = TA_VERDICT_INCONCLUSIVE;
        ta_message_add(&why,
                       "it is nondeterministic: rounds of the %s run differ first in tick %llu",
                       arm == pre ? "pre" : "post", (unsigned long long)arm->hash_tick);
    }
    (void)ta_compare_add_gate(c, &gate);
}

/* What was counted until another end says nothing of a change. */
static void add_end_gate(ta_comparison *c) {
    const ta_program_end *pre = &c->pre.end, *post = &c->post.end;
    if (pre->how == TA_PROGRAM_END_UNKNOWN || post->how == TA_PROGRAM_END_UNKNOWN ||
        (pre->how == post->how && pre->number == post->number))
        return;
    ta_gate gate = {.kind = TA_GATE_PROGRAM_END,
                    .rule = TA_GATE_NOT_CHANGE,
                    .verdict = TA_VERDICT_INCONCLUSIVE};
    char before[96], after[96];
    ta_program_end_text(pre, before, sizeof before);
    ta_program_end_text(post, after, sizeof after);
    ta_message why = {gate.why, sizeof gate.why, 0};
    ta_message_add(&why,
                   "%s before, %s after: figures of runs that ended otherwise cannot be held "
                   "against each other",
                   before, after);
    (void)ta_compare_add_gate(c, &gate);
}

void ta_compare_exact_gates(ta_comparison *c, bool other_world) {
    bool sampled = false;
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        if (has_gate(c, (ta_metric)m))
            add_gate(c, (ta_metric)m);
        sampled |= ta_metric_table[m].kind == TA_METRIC_EXACT && is_sampled(c, (ta_metric)m);
    }
    if (sampled)
        ta_compare_note(c, "ticks were taken by time: what is said per tick is a sample, and is "
                           "not judged");
    add_state_gate(c, other_world);
    add_end_gate(c);
}
