#include <errno.h>
#include <string.h>

#include "compare_text.h"
#include "json_make.h"

static void add_arm(ta_json *json, const char *name, const ta_arm *arm) {
    cJSON *object = ta_json_object(json, json->root, name);
    ta_json_text(json, object, "source", arm->source);
    ta_json_text(json, object, "run_id", arm->run_id);
    ta_json_text(json, object, "timestamp", arm->timestamp);
    ta_json_text(json, object, "label", arm->label);
    ta_json_text(json, object, "pre_post", arm->pre_post);
    ta_json_text(json, object, "scenario", arm->scenario);
    ta_json_hash(json, object, "scenario_hash", arm->scenario_hash);
    if (arm->seed_known)
        ta_json_u64(json, object, "seed", arm->seed);
    else
        ta_json_number(json, object, "seed", false, 0);
    ta_json_text(json, object, "allocator", arm->allocator);
    ta_json_text(json, object, "machine", arm->machine);
    ta_json_text(json, object, "revision", arm->revision);
    ta_json_hash(json, object, "state_hash", arm->state_hash);
}

static void add_metrics(ta_json *json, const ta_comparison *c) {
    cJSON *metrics = ta_json_object(json, json->root, "metrics");
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        bool pre = c->pre.known[m], post = c->post.known[m];
        if (!pre && !post)
            continue;
        int direction = ta_compare_metric(&c->pre, &c->post, (ta_metric)m);
        cJSON *object = ta_json_object(json, metrics, ta_metric_table[m].name);
        ta_json_number(json, object, "pre", pre, c->pre.value[m]);
        ta_json_number(json, object, "post", post, c->post.value[m]);
        ta_json_number(json, object, "difference", pre && post, c->post.value[m] - c->pre.value[m]);
        ta_json_bool(json, object, "better", direction > 0);
        ta_json_bool(json, object, "worse", direction < 0);
    }
}

static void add_gates(ta_json *json, const ta_comparison *c) {
    cJSON *gates = ta_json_array(json, json->root, "gates");
    for (unsigned i = 0; i < c->gate_count; i++) {
        const ta_gate *gate = &c->gates[i];
        cJSON *object = ta_json_append_object(json, gates);
        ta_json_text(json, object, "name", ta_gate_name(gate));
        ta_json_text(json, object, "rule", ta_gate_rule_text(gate->rule));
        ta_json_text(json, object, "phase", *gate->phase ? gate->phase : "whole");
        if (gate->kind == TA_GATE_STATE_HASH) {
            ta_json_hash(json, object, "pre", c->pre.state_hash);
            ta_json_hash(json, object, "post", c->post.state_hash);
        } else {
            ta_json_number(json, object, "pre", gate->pre_known, gate->pre);
            ta_json_number(json, object, "post", gate->post_known, gate->post);
        }
        ta_json_text(json, object, "why", gate->why);
        ta_json_text(json, object, "verdict", ta_verdict_name(gate->verdict));
    }
}

static void add_difference(ta_json *json, const ta_tick_difference *d) {
    cJSON *object = ta_json_object(json, json->root, "first_difference");
    ta_json_bool(json, object, "compared", d->compared);
    ta_json_bool(json, object, "found", d->found);
    ta_json_text(json, object, "phase", d->phase);
    ta_json_u64(json, object, "tick_of_phase", d->tick_of_phase);
    ta_json_u64(json, object, "pre_tick", d->pre_tick);
    ta_json_u64(json, object, "post_tick", d->post_tick);
    ta_json_text(json, object, "what", d->what);
}

static void add_stack(ta_json *json, cJSON *object, const ta_site_change *change) {
    cJSON *stack = ta_json_array(json, object, "stack");
    for (uint32_t i = 0; i < change->site->frame_count; i++) {
        const ta_frame *frame = ta_site_frame(change->result, change->site, i);
        cJSON *entry = ta_json_append_object(json, stack);
        ta_json_text(json, entry, "function", frame->function);
        ta_json_text(json, entry, "file", frame->file);
        ta_json_text(json, entry, "module", frame->module);
        ta_json_u64(json, entry, "line", frame->line);
        ta_json_u64(json, entry, "function_line", frame->function_line);
        ta_json_u64(json, entry, "function_offset", frame->function_offset);
    }
}

static void add_sites(ta_json *json, const ta_site_changes *changes) {
    cJSON *array = ta_json_array(json, json->root, "sites");
    for (uint32_t i = 0; changes && i < changes->count; i++) {
        const ta_site_change *change = &changes->items[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "change", ta_site_change_name(change->kind));
        ta_json_text(json, object, "hot_path", change->site->hot_path);
        ta_json_u64(json, object, "pre_allocs", change->pre_allocs);
        ta_json_u64(json, object, "post_allocs", change->post_allocs);
        ta_json_u64(json, object, "pre_bytes", change->pre_bytes);
        ta_json_u64(json, object, "post_bytes", change->post_bytes);
        ta_json_u64(json, object, "first_tick", change->site->first_tick);
        add_stack(json, object, change);
    }
}

static void add_unmatched(ta_json *json, const ta_site_changes *changes) {
    ta_sites_unmatched pre = {0}, post = {0};
    if (changes) {
        pre = changes->pre_unmatched;
        post = changes->post_unmatched;
    }
    cJSON *object = ta_json_object(json, json->root, "sites_unmatched");
    ta_json_u64(json, object, "pre_sites", pre.sites);
    ta_json_u64(json, object, "post_sites", post.sites);
    ta_json_u64(json, object, "pre_allocs", pre.allocs);
    ta_json_u64(json, object, "post_allocs", post.allocs);
    ta_json_u64(json, object, "pre_bytes", pre.bytes);
    ta_json_u64(json, object, "post_bytes", post.bytes);
}

ta_status ta_compare_json(FILE *out, const ta_comparison *comparison,
                          const ta_site_changes *changes) {
    ta_json json = ta_json_new();
    ta_json_text(&json, json.root, "schema", TA_COMPARE_SCHEMA);
    add_arm(&json, "pre", &comparison->pre);
    add_arm(&json, "post", &comparison->post);
    add_metrics(&json, comparison);
    add_gates(&json, comparison);
    add_difference(&json, &comparison->first_difference);
    add_sites(&json, changes);
    add_unmatched(&json, changes);
    ta_json_bool(&json, json.root, "times_judged", comparison->times_judged);
    cJSON *notes = ta_json_array(&json, json.root, "notes");
    for (unsigned i = 0; i < comparison->note_count; i++)
        ta_json_append_text(&json, notes, comparison->notes[i]);
    ta_json_text(&json, json.root, "verdict", ta_verdict_name(comparison->verdict));
    ta_json_u64(&json, json.root, "exit_code", (uint64_t)ta_verdict_exit_code(comparison->verdict));
    char *text = ta_json_finish(&json);
    errno = text ? 0 : ENOMEM;
    bool good = text && fputs(text, out) >= 0 && fputc('\n', out) != EOF && fflush(out) == 0;
    cJSON_free(text);
    return good ? ta_status_ok()
                : ta_status_make(TA_INTERNAL, "cannot print the comparison as JSON: %s",
                                 strerror(errno));
}
