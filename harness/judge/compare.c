#include "compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compare_gates.h"
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

const char *ta_gate_rule_text(ta_gate_rule rule) {
    return rule_texts[rule];
}

const char *ta_gate_name(const ta_gate *gate) {
    return gate->kind == TA_GATE_STATE_HASH    ? "state_hash"
           : gate->kind == TA_GATE_PROGRAM_END ? "program_end"
                                               : ta_metric_table[gate->metric].name;
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

/* A build of a program may have a file of another name: that name is no scenario. */
static bool are_two_builds(const ta_arm *pre, const ta_arm *post) {
    return pre->whole && post->whole && !pre->scenario_named && !post->scenario_named;
}

static bool field_differs(const ta_arm *pre, const ta_arm *post, ta_compare_field field) {
    switch (field) {
    case TA_COMPARE_FIELD_scenario:
        return strcmp(pre->scenario, post->scenario) != 0 && !are_two_builds(pre, post);
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
        ta_message_add(&text, " %s partial (it did not end as meant)", who);
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

static void add_notes(ta_comparison *comparison, unsigned across) {
    const ta_arm *pre = &comparison->pre, *post = &comparison->post;
    for (unsigned i = 0; i < TA_COMPARE_FIELD_COUNT; i++)
        if ((across & (1U << i)) && field_differs(pre, post, (ta_compare_field)i))
            ta_compare_note(comparison, "across: %s differs, as allowed", fields[i].meaning);
    if (*pre->run_id && strcmp(pre->run_id, post->run_id) == 0)
        ta_compare_note(comparison, "pre and post are the same run");
    else if (*pre->timestamp && *post->timestamp && strcmp(pre->timestamp, post->timestamp) > 0)
        ta_compare_note(comparison, "the pre run is younger than the post run");
    if (pre->suppressed != post->suppressed)
        ta_compare_note(
            comparison,
            "hot_allocs leaves out %llu allocations that were suppressed in the pre run, and "
            "%llu in the post run",
            (unsigned long long)pre->suppressed, (unsigned long long)post->suppressed);
    if (are_two_builds(pre, post) && strcmp(pre->scenario, post->scenario) != 0)
        ta_compare_note(
            comparison,
            "%s and %s are taken for two builds of one program; exec --scenario NAME tells "
            "programs apart",
            pre->scenario, post->scenario);
    ta_metric peak = TA_METRIC_enemy_peak;
    if (pre->known[peak] && post->known[peak] && pre->value[peak] <= 0 && post->value[peak] <= 0)
        ta_compare_note(comparison, "both worlds were empty: their figures say nothing");
}

static ta_verdict overall(const ta_comparison *comparison) {
    unsigned count[TA_VERDICT_NONE + 1] = {0};
    for (unsigned i = 0; i < comparison->gate_count; i++)
        count[comparison->gates[i].verdict]++;
    if (count[TA_VERDICT_FAIL])
        return TA_VERDICT_FAIL;
    if (count[TA_VERDICT_INCONCLUSIVE] || comparison->gate_count == 0)
        return TA_VERDICT_INCONCLUSIVE;
    return count[TA_VERDICT_IMPROVED] ? TA_VERDICT_IMPROVED : TA_VERDICT_PASS;
}

void ta_compare_conclude(ta_comparison *comparison) {
    comparison->verdict = overall(comparison);
}

ta_gate *ta_compare_add_gate(ta_comparison *comparison, const ta_gate *gate) {
    if (comparison->gate_count == TA_GATES_MAX)
        return NULL;
    comparison->gates[comparison->gate_count] = *gate;
    return &comparison->gates[comparison->gate_count++];
}

void ta_compare_note(ta_comparison *comparison, const char *format, ...) {
    if (comparison->note_count == TA_COMPARE_NOTES_MAX)
        return;
    char *note = comparison->notes[comparison->note_count++];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note, sizeof comparison->notes[0], format, arguments);
    va_end(arguments);
}

ta_status ta_compare(const ta_arm *pre, const ta_arm *post, ta_compare_options options,
                     ta_comparison *comparison) {
    ta_status status = check_alike(pre, post, options.across);
    if (!ta_ok(status))
        return status;
    memset(comparison, 0, sizeof *comparison);
    comparison->pre = *pre;
    comparison->post = *post;
    bool other_world = field_differs(pre, post, TA_COMPARE_FIELD_scenario) ||
                       field_differs(pre, post, TA_COMPARE_FIELD_scenario_hash) ||
                       field_differs(pre, post, TA_COMPARE_FIELD_seed);
    ta_compare_exact_gates(comparison, other_world);
    add_notes(comparison, options.across);
    ta_compare_conclude(comparison);
    return ta_status_ok();
}
