#include "result_json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "evidence_json.h"
#include "json_make.h"
#include "record_json.h"
#include "suppressions_json.h"
#include "tick_columns.h"

static void add_names(ta_json *json, cJSON *object, const char *key, const char *names) {
    cJSON *array = ta_json_array(json, object, key);
    for (const char *at = names; *at;) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        char name[TA_NAME_MAX];
        (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (length)
            ta_json_append_text(json, array, name);
        at += length;
    }
}

static void add_run(ta_json *json, const ta_result *r) {
    cJSON *root = json->root;
    ta_json_text(json, root, "schema", TA_RESULT_SCHEMA);
    ta_json_text(json, root, "tickaudit", TA_VERSION_STRING);
    ta_json_text(json, root, "run_id", r->run_id);
    ta_json_text(json, root, "timestamp", r->timestamp);
    ta_json_text(json, root, "label", r->label);
    ta_json_text(json, root, "pre_post", r->pre_post);
    ta_json_text(json, root, "notes", r->notes);
    ta_json_text(json, root, "scenario", r->scenario);
    ta_json_text(json, root, "scenario_path", r->scenario_path);
    ta_json_hash(json, root, "scenario_hash", r->scenario_hash);
    ta_json_u64(json, root, "seed", r->seed);
    ta_json_u64(json, root, "tick_hz", r->tick_hz);
    ta_json_u64(json, root, "population_planned", r->population_planned);
    ta_json_text(json, root, "level", r->level);
    add_names(json, root, "switches_on", r->switches_on);
    ta_json_text(json, root, "workload", r->workload);
    ta_json_text(json, root, "allocator", r->allocator);
    ta_json_text(json, root, "revision", r->revision);
    ta_json_text(json, root, "machine", r->machine);
    ta_json_text(json, root, "compiler", r->compiler);
    ta_json_text(json, root, "build_type", r->build_type);
}

static void add_outcome(ta_json *json, const ta_result *r) {
    cJSON *root = json->root;
    ta_json_bool(json, root, "partial", r->partial);
    ta_json_text(json, root, "partial_why", r->partial_why);
    ta_json_text(json, root, "verdict", ta_verdict_name(r->verdict));
    ta_json_u64(json, root, "exit_code", (uint64_t)r->exit_code);
    cJSON *totals = ta_json_object(json, root, "totals");
    ta_json_u64(json, totals, "allocs", r->totals.allocs);
    ta_json_u64(json, totals, "frees", r->totals.frees);
    ta_json_u64(json, totals, "bytes", r->totals.bytes);
    ta_json_hash(json, root, "state_hash", r->state_hash);
    static const char *const tiers[TA_TIER_COUNT] = {"swarm", "regular", "elite", "boss"};
    cJSON *alive = ta_json_object(json, root, "final_alive");
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        ta_json_u64(json, alive, tiers[tier], r->final_alive[tier]);
    ta_json_number(json, root, "wall_seconds", true, r->wall_seconds);
}

static void add_figures(ta_json *json, cJSON *object, const ta_figures *figures) {
    ta_json_text(json, object, "name", figures->name);
    ta_json_bool(json, object, "complete", figures->complete);
    ta_json_u64(json, object, "ticks_planned", figures->ticks_planned);
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        ta_json_number(json, object, ta_metric_table[m].name, figures->known[m], figures->value[m]);
}

static void add_all_figures(ta_json *json, const ta_result *r) {
    add_figures(json, ta_json_object(json, json->root, "whole"), &r->whole);
    cJSON *phases = ta_json_array(json, json->root, "phases");
    for (uint32_t i = 0; i < r->phase_count; i++)
        add_figures(json, ta_json_append_object(json, phases), &r->phases[i]);
}

static void add_judgements(ta_json *json, const ta_result *r) {
    cJSON *array = ta_json_array(json, json->root, "judgements");
    for (uint32_t i = 0; i < r->judgement_count; i++) {
        const ta_judgement *j = &r->judgements[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "budget", j->budget);
        ta_json_text(json, object, "phase", j->phase);
        ta_json_text(json, object, "metric", ta_metric_table[j->metric].name);
        ta_json_number(json, object, "value", j->known, j->value);
        ta_json_text(json, object, "verdict", ta_verdict_name(j->verdict));
        ta_json_text(json, object, "why", j->why);
    }
}

static void add_hot_paths(ta_json *json, const ta_result *r) {
    cJSON *array = ta_json_array(json, json->root, "hot_paths");
    for (uint32_t i = 0; i < r->hot_path_count; i++) {
        const ta_hot_path_figures *h = &r->hot_paths[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "name", h->name);
        ta_json_bool(json, object, "by_stack", h->by_stack);
        ta_json_number(json, object, "entries", ta_hot_path_has_entries(h), (double)h->entries);
        ta_json_u64(json, object, "allocs", h->allocs);
        ta_json_u64(json, object, "bytes", h->bytes);
        ta_json_number(json, object, "frees", ta_hot_path_has_entries(h), (double)h->frees);
        ta_json_u64(json, object, "tick_allocs", h->tick_allocs);
        ta_json_number(json, object, "ticks", h->spread_known, (double)h->ticks);
        ta_json_number(json, object, "threads", h->spread_known, (double)h->threads);
        ta_json_u64(json, object, "first_tick", h->first_tick);
        ta_json_u64(json, object, "worst_tick", h->worst_tick);
        ta_json_u64(json, object, "worst_tick_allocs", h->worst_tick_allocs);
        cJSON *phases = ta_json_array(json, object, "by_phase");
        for (uint32_t p = 0; p < r->phase_count; p++) {
            cJSON *phase = ta_json_append_object(json, phases);
            ta_json_u64(json, phase, "allocs", h->by_phase[p].allocs);
            ta_json_u64(json, phase, "bytes", h->by_phase[p].bytes);
            ta_json_u64(json, phase, "frees", h->by_phase[p].frees);
        }
    }
}

static void add_allowed(ta_json *json, const ta_result *r) {
    cJSON *array = ta_json_array(json, json->root, "allowed");
    for (uint32_t i = 0; i < r->allowed_count; i++) {
        const ta_allowed_figures *a = &r->allowed[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "name", a->name);
        ta_json_text(json, object, "reason", a->reason);
        ta_json_u64(json, object, "entries", a->entries);
        ta_json_u64(json, object, "allocs", a->allocs);
        ta_json_u64(json, object, "bytes", a->bytes);
    }
}

static void add_frames(ta_json *json, const ta_result *r) {
    cJSON *array = ta_json_array(json, json->root, "frames");
    for (uint32_t i = 0; i < r->frame_count; i++) {
        const ta_frame *frame = &r->frames[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "function", frame->function);
        ta_json_text(json, object, "file", frame->file);
        ta_json_text(json, object, "module", frame->module);
        ta_json_u64(json, object, "line", frame->line);
        ta_json_u64(json, object, "function_line", frame->function_line);
        ta_json_u64(json, object, "offset", frame->offset);
        ta_json_u64(json, object, "function_offset", frame->function_offset);
    }
}

/* Of the phases that it allocated in alone: a list for each site would be mostly zeroes. */
static void add_site_phases(ta_json *json, cJSON *site, const ta_site *s, const ta_result *r) {
    cJSON *array = ta_json_array(json, site, "phases");
    for (uint32_t i = 0; i < r->phase_count; i++) {
        if (s->allocs_by_phase[i] == 0)
            continue;
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "name", r->phases[i].name);
        ta_json_u64(json, object, "allocs", s->allocs_by_phase[i]);
        ta_json_u64(json, object, "bytes", s->bytes_by_phase[i]);
    }
}

static void add_site(ta_json *json, cJSON *array, const ta_result *r, const ta_site *s) {
    cJSON *object = ta_json_append_object(json, array);
    ta_json_text(json, object, "hot_path", s->hot_path);
    cJSON *within = ta_json_array(json, object, "hot_paths");
    for (uint32_t path = 0; path < r->hot_path_count; path++)
        if (ta_site_has_path(s, path))
            ta_json_append_count(json, within, path);
    ta_json_u64(json, object, "allocs", s->allocs);
    ta_json_u64(json, object, "bytes", s->bytes);
    ta_json_u64(json, object, "tick_allocs", s->tick_allocs);
    ta_json_u64(json, object, "tick_bytes", s->tick_bytes);
    ta_json_u64(json, object, "ticks", s->ticks);
    ta_json_u64(json, object, "first_tick", s->first_tick);
    ta_json_u64(json, object, "worst_tick", s->worst_tick);
    ta_json_u64(json, object, "worst_tick_allocs", s->worst_tick_allocs);
    ta_json_u64(json, object, "suppressed_by", s->suppressed_by);
    add_site_phases(json, object, s, r);
    cJSON *stack = ta_json_array(json, object, "stack");
    for (unsigned depth = 0; depth < s->frame_count; depth++)
        ta_json_append_count(json, stack, r->stacks[s->stack_at + depth]);
}

static void add_sites(ta_json *json, const ta_result *r) {
    ta_json_text(json, json->root, "stacks", r->stacks_of);
    cJSON *array = ta_json_array(json, json->root, "sites");
    for (uint32_t i = 0; i < r->site_count; i++)
        add_site(json, array, r, &r->sites[i]);
    add_frames(json, r);
}

/* What each program was that the run consisted of, when children were followed. */
static void add_processes(ta_json *json, const ta_result *r) {
    cJSON *array = ta_json_array(json, json->root, "processes");
    for (uint32_t i = 0; i < r->process_count; i++) {
        const ta_process_figures *p = &r->processes[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "program", p->program);
        ta_json_count(json, object, "id", (uint64_t)p->id);
        ta_json_count(json, object, "parent", (uint64_t)p->parent);
        ta_json_text(json, object, "end", ta_process_end_name(p->end));
        ta_json_u64(json, object, "threads_seen", p->threads_seen);
        ta_json_u64(json, object, "allocs", p->allocs);
        ta_json_u64(json, object, "frees", p->frees);
        ta_json_u64(json, object, "bytes", p->bytes);
        ta_json_u64(json, object, "hot_allocs", p->hot_allocs);
        ta_json_u64(json, object, "ticks", p->ticks);
        ta_json_number(json, object, "live_bytes", true, (double)p->live_bytes);
    }
}

static void add_audit(ta_json *json, const ta_result *r) {
    ta_json_text(json, json->root, "hooks", r->hooks);
    ta_json_text(json, json->root, "bypassed", r->bypassed);
    cJSON *lost = ta_json_object(json, json->root, "lost");
    ta_json_u64(json, lost, "ticks", r->lost.ticks);
    ta_json_u64(json, lost, "tick_records", r->lost.records);
    ta_json_u64(json, lost, "tick_ends", r->lost.unended);
    ta_json_u64(json, lost, "sites", r->lost.sites);
    ta_json_u64(json, lost, "names", r->lost.names);
    ta_json_u64(json, lost, "scopes", r->lost.scopes);
    ta_json_u64(json, lost, "threads", r->lost.threads);
    ta_json_u64(json, lost, "processes", r->lost.processes);
    ta_json_u64(json, json->root, "threads_seen", r->threads_seen);
    ta_json_number(json, json->root, "audit_ns_per_pair", true, r->audit_ns_per_pair);
}

/* Everything but the ticks; NULL without memory. */
static char *head_text(const ta_result *result) {
    ta_json json = ta_json_new();
    add_run(&json, result);
    add_outcome(&json, result);
    add_all_figures(&json, result);
    add_judgements(&json, result);
    ta_json_add_record(&json, result);
    ta_json_add_rounds(&json, result);
    ta_json_add_evidence(&json, result);
    add_hot_paths(&json, result);
    add_allowed(&json, result);
    add_sites(&json, result);
    add_processes(&json, result);
    ta_json_add_suppressions(&json, result);
    add_audit(&json, result);
    return ta_json_finish(&json);
}

/* The ticks go to the stream by themselves: a tree of a node per number would take a hundred times
 * the memory, and most of a second. */
static bool write_json(FILE *out, const void *context) {
    const ta_result *result = context;
    char *head = head_text(result);
    if (!head) {
        errno = ENOMEM;
        return false;
    }
    size_t length = strlen(head);
    while (length > 0 && strchr("}\n", head[length - 1]))
        length--;
    bool good = fwrite(head, 1, length, out) == length && fputs(",\n\t\"ticks\":\t", out) >= 0 &&
                ta_tick_columns_print(out, result) && fputs("\n}\n", out) >= 0;
    cJSON_free(head);
    return good;
}

ta_status ta_result_save_json(const char *folder, const ta_result *result,
                              char path[TA_RESULTS_PATH_MAX]) {
    char own_path[TA_RESULTS_PATH_MAX];
    char *name = path ? path : own_path;
    ta_status status = ta_results_path(folder, result->run_id, ".json", name);
    return ta_ok(status) ? ta_file_replace(name, write_json, result) : status;
}

ta_status ta_result_print_json(FILE *out, const ta_result *result) {
    errno = 0;
    if (write_json(out, result) && fflush(out) == 0)
        return ta_status_ok();
    return ta_status_make(TA_INTERNAL, "cannot print the result as JSON: %s", strerror(errno));
}
