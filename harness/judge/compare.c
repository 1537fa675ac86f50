#include "compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

static const char *const rule_texts[] = {
#define RULE_TEXT(name, text) [TA_GATE_##name] = (text),
    TA_GATE_RULE_LIST(RULE_TEXT)
#undef RULE_TEXT
};

static const struct {
    const char *name, *meaning;
} fields[TA_COMPARE_FIELD_COUNT] = {
#define FIELD_ROW(name, meaning) {#name, (meaning)},
    TA_COMPARE_FIELD_LIST(FIELD_ROW)
#undef FIELD_ROW
};

/* The gates of the protocol, in its order. */
static const struct {
    ta_metric metric;
    ta_gate_rule rule;
} protocol[] = {
    {TA_METRIC_mem_growth_mb, TA_GATE_NOT_RISE}, {TA_METRIC_p95_ms, TA_GATE_NOT_RISE},
    {TA_METRIC_avg_fps, TA_GATE_NOT_FALL_5},     {TA_METRIC_enemy_peak, TA_GATE_NOT_FALL},
    {TA_METRIC_enemy_final, TA_GATE_NOT_FALL},
};
enum { PROTOCOL_GATES = sizeof protocol / sizeof *protocol };

const char *ta_gate_rule_text(ta_gate_rule rule) {
    return rule_texts[rule];
}

const char *ta_gate_name(const ta_gate *gate) {
    return gate->is_state_hash ? "state_hash" : ta_metric_table[gate->metric].name;
}

bool ta_compare_field_find(const char *name, ta_compare_field *field) {
    for (unsigned i = 0; i < TA_COMPARE_FIELD_COUNT; i++) {
        if (strcmp(name, fields[i].name) == 0) {
            *field = (ta_compare_field)i;
            return true;
        }
    }
    return false;
}

static bool field_differs(const ta_arm *pre, const ta_arm *post, ta_compare_field field) {
    switch (field) {
    case TA_COMPARE_FIELD_scenario:
        return strcmp(pre->scenario, post->scenario) != 0;
    case TA_COMPARE_FIELD_scenario_hash:
        return pre->scenario_hash_known && post->scenario_hash_known &&
               pre->scenario_hash != post->scenario_hash;
    case TA_COMPARE_FIELD_seed:
        return pre->seed_known != post->seed_known || pre->seed != post->seed;
    case TA_COMPARE_FIELD_allocator:
        return strcmp(pre->allocator, post->allocator) != 0;
    case TA_COMPARE_FIELD_machine:
        return strcmp(pre->machine, post->machine) != 0;
    case TA_COMPARE_FIELD_COUNT:
        break;
    }
    return false;
}

static void field_text(const ta_arm *arm, ta_compare_field field, char *text, size_t size) {
    const char *value = "";
    switch (field) {
    case TA_COMPARE_FIELD_scenario:
        value = arm->scenario;
        break;
    case TA_COMPARE_FIELD_scenario_hash:
        (void)snprintf(text, size, "0x%016" PRIx64, arm->scenario_hash);
        return;
    case TA_COMPARE_FIELD_seed:
        if (arm->seed_known) {
            (void)snprintf(text, size, "%" PRIu64, arm->seed);
            return;
        }
        break;
    case TA_COMPARE_FIELD_allocator:
        value = arm->allocator;
        break;
    case TA_COMPARE_FIELD_machine:
        value = arm->machine;
        break;
    case TA_COMPARE_FIELD_COUNT:
        break;
    }
    (void)snprintf(text, size, "%s", *value ? value : "unknown");
}

/* Every reason at once: whoever mends one should not meet the next only then. */
static ta_status check_alike(const ta_arm *pre, const ta_arm *post, unsigned across) {
    ta_status status = {.code = TA_OK};
    ta_message text = {status.text, sizeof status.text, 0};
    ta_message_add(&text, "cannot compare %s with %s:", pre->source, post->source);
    bool partial = ta_arm_is_partial(pre) || ta_arm_is_partial(post), unlike = false;
    const char *separator = " ";
    if (partial) {
        const char *who = !ta_arm_is_partial(post)  ? "the pre run is"
                          : !ta_arm_is_partial(pre) ? "the post run is"
                                                    : "both runs are";
        ta_message_add(&text, " %s partial (did not finish its phases)", who);
        separator = "; ";
    }
    for (unsigned i = 0; i < TA_COMPARE_FIELD_COUNT; i++) {
        if (!field_differs(pre, post, (ta_compare_field)i) || (across & (1U << i)))
            continue;
        char before[TA_ARM_MACHINE_MAX], after[TA_ARM_MACHINE_MAX];
        field_text(pre, (ta_compare_field)i, before, sizeof before);
        field_text(post, (ta_compare_field)i, after, sizeof after);
        ta_message_add(&text, "%s%s differs (%s / %s)", separator, fields[i].meaning, before,
                       after);
        separator = "; ";
        unlike = true;
    }
    if (!partial && !unlike)
        return ta_status_ok();
    if (partial)
        ta_message_add(&text, "; a partial run proves nothing: run it again");
    if (unlike)
        ta_message_add(&text,
                       "; compare runs that are alike, or name what may differ with --across");
    status.code = TA_BAD_INPUT;
    return status;
}

/* What shrank has not grown: a growth below zero is no better than none, since it only says how
 * much lay about when the first sample was taken. */
static double comparable(ta_metric metric, double value) {
    bool is_growth =
        metric == TA_METRIC_live_bytes_growth || metric == TA_METRIC_live_blocks_growth;
    return is_growth && value < 0 ? 0 : value;
}

int ta_compare_metric(const ta_arm *pre, const ta_arm *post, ta_metric metric) {
    ta_metric_better better = ta_metric_table[metric].better;
    if (!pre->known[metric] || !post->known[metric] || better == TA_BETTER_NONE)
        return 0;
    int decimals = ta_metric_decimals(metric);
    double noise = decimals ? pow(10, -decimals) : 0;
    double rise = comparable(metric, post->value[metric]) - comparable(metric, pre->value[metric]);
    if (fabs(rise) <= noise)
        return 0;
    return (rise > 0) == (better == TA_BETTER_HIGHER) ? 1 : -1;
}

static ta_verdict judge_gate(const ta_arm *pre, const ta_arm *post, const ta_gate *gate) {
    ta_metric metric = gate->metric;
    if (!pre->known[metric] || !post->known[metric])
        return TA_VERDICT_INCONCLUSIVE;
    int direction = ta_compare_metric(pre, post, metric);
    /* A time that is better is not called improved: one sample cannot show that. */
    if (direction >= 0)
        return direction > 0 && ta_metric_table[metric].kind == TA_METRIC_EXACT
                   ? TA_VERDICT_IMPROVED
                   : TA_VERDICT_PASS;
    bool within =
        gate->rule == TA_GATE_NOT_FALL_5 && post->value[metric] >= pre->value[metric] * (1 - 0.05);
    return within ? TA_VERDICT_PASS : TA_VERDICT_FAIL;
}

static void add_gate(ta_comparison *comparison, ta_metric metric, ta_gate_rule rule) {
    ta_gate *gate = &comparison->gates[comparison->gate_count++];
    *gate = (ta_gate){.metric = metric, .rule = rule};
    gate->verdict = judge_gate(&comparison->pre, &comparison->post, gate);
}

static void add_protocol_gates(ta_comparison *comparison) {
    for (unsigned i = 0; i < PROTOCOL_GATES; i++)
        add_gate(comparison, protocol[i].metric, protocol[i].rule);
}

/* A metric that neither side knows says nothing here: a CSV row has some of them only. */
static void add_exact_gates(ta_comparison *comparison) {
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        const ta_metric_info *info = &ta_metric_table[m];
        bool known = comparison->pre.known[m] && comparison->post.known[m];
        if (info->kind == TA_METRIC_EXACT && info->better != TA_BETTER_NONE && known)
            add_gate(comparison, (ta_metric)m,
                     info->better == TA_BETTER_LOWER ? TA_GATE_NOT_RISE : TA_GATE_NOT_FALL);
    }
}

__attribute__((format(printf, 2, 3))) static void add_note(ta_comparison *comparison,
                                                           const char *format, ...) {
    if (comparison->note_count == TA_COMPARE_NOTES_MAX)
        return;
    char *note = comparison->notes[comparison->note_count++];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note, sizeof comparison->notes[0], format, arguments);
    va_end(arguments);
}

/* An optimization that changes the game is a bug. Another world may well end differently. */
static void add_state_gate(ta_comparison *comparison) {
    const ta_arm *pre = &comparison->pre, *post = &comparison->post;
    bool other_world = field_differs(pre, post, TA_COMPARE_FIELD_scenario) ||
                       field_differs(pre, post, TA_COMPARE_FIELD_scenario_hash) ||
                       field_differs(pre, post, TA_COMPARE_FIELD_seed);
    if (other_world) {
        add_note(comparison, "state_hash is not compared: scenario or seed differ");
        return;
    }
    if (!pre->state_hash_known || !post->state_hash_known) {
        add_note(comparison, "state_hash is not compared: %s",
                 pre->state_hash_known || post->state_hash_known ? "one run has none"
                                                                 : "neither run has one");
        return;
    }
    bool same = pre->state_hash == post->state_hash;
    comparison->gates[comparison->gate_count++] =
        (ta_gate){.is_state_hash = true,
                  .rule = TA_GATE_NOT_CHANGE,
                  .verdict = same ? TA_VERDICT_PASS : TA_VERDICT_FAIL};
}

static void add_notes(ta_comparison *comparison, unsigned across) {
    const ta_arm *pre = &comparison->pre, *post = &comparison->post;
    for (unsigned i = 0; i < TA_COMPARE_FIELD_COUNT; i++)
        if ((across & (1U << i)) && field_differs(pre, post, (ta_compare_field)i))
            add_note(comparison, "across: %s differs, as allowed", fields[i].meaning);
    if (*pre->run_id && strcmp(pre->run_id, post->run_id) == 0)
        add_note(comparison, "pre and post are the same run");
    else if (*pre->timestamp && *post->timestamp && strcmp(pre->timestamp, post->timestamp) > 0)
        add_note(comparison, "the pre run is younger than the post run");
    if (pre->suppressed != post->suppressed)
        add_note(comparison,
                 "hot_allocs leaves out %llu allocations that were suppressed in the pre run, and "
                 "%llu in the post run",
                 (unsigned long long)pre->suppressed, (unsigned long long)post->suppressed);
    ta_metric peak = TA_METRIC_enemy_peak;
    if (pre->known[peak] && post->known[peak] && pre->value[peak] <= 0 && post->value[peak] <= 0)
        add_note(comparison, "both worlds were empty: their figures say nothing");
}

static ta_verdict overall(const ta_comparison *comparison) {
    bool failed = false, unclear = false, better = false, worse = false;
    for (unsigned i = 0; i < comparison->gate_count; i++) {
        failed = failed || comparison->gates[i].verdict == TA_VERDICT_FAIL;
        unclear = unclear || comparison->gates[i].verdict == TA_VERDICT_INCONCLUSIVE;
    }
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        if (ta_metric_table[m].kind != TA_METRIC_EXACT)
            continue;
        int direction = ta_compare_metric(&comparison->pre, &comparison->post, (ta_metric)m);
        better = better || direction > 0;
        worse = worse || direction < 0;
    }
    if (failed)
        return TA_VERDICT_FAIL;
    if (unclear || comparison->gate_count == 0)
        return TA_VERDICT_INCONCLUSIVE;
    return better && !worse ? TA_VERDICT_IMPROVED : TA_VERDICT_PASS;
}

ta_status ta_compare(const ta_arm *pre, const ta_arm *post, ta_compare_options options,
                     ta_comparison *comparison) {
    ta_status status = check_alike(pre, post, options.across);
    if (!ta_ok(status))
        return status;
    memset(comparison, 0, sizeof *comparison);
    comparison->pre = *pre;
    comparison->post = *post;
    if (options.exact)
        add_exact_gates(comparison);
    else
        add_protocol_gates(comparison);
    add_state_gate(comparison);
    add_notes(comparison, options.across);
    comparison->verdict = overall(comparison);
    return ta_status_ok();
}
