#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence.h"
#include "evidence_json.h"
#include "json_scan.h"
#include "json_take.h"
#include "record_json.h"
#include "result_json.h"
#include "suppressions_json.h"
#include "tick_columns.h"

static void take_switches(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    const cJSON *array = ta_json_member(reader, root, "switches_on"), *item;
    size_t used = 0;
    if (array && !cJSON_IsArray(array))
        ta_json_wrong(reader, "switches_on is not an array");
    cJSON_ArrayForEach(item, array) {
        const char *name = cJSON_IsString(item) ? item->valuestring : "";
        size_t length = strlen(name), room = sizeof r->switches_on - used;
        if (length == 0 || strchr(name, ' ') || length + 2 > room)
            ta_json_wrong(reader, "switches_on has something that is no name, or too many of them");
        if (reader->failed)
            return;
        used += (size_t)snprintf(r->switches_on + used, room, "%s%s", used ? " " : "", name);
    }
}

static void take_run(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    TA_JSON_TAKE_TEXT(reader, root, "run_id", r->run_id);
    TA_JSON_TAKE_TEXT(reader, root, "timestamp", r->timestamp);
    TA_JSON_TAKE_TEXT(reader, root, "label", r->label);
    TA_JSON_TAKE_TEXT(reader, root, "pre_post", r->pre_post);
    TA_JSON_TAKE_TEXT(reader, root, "notes", r->notes);
    TA_JSON_TAKE_TEXT(reader, root, "scenario", r->scenario);
    TA_JSON_TAKE_TEXT(reader, root, "scenario_path", r->scenario_path);
    r->scenario_hash = ta_json_take_hash(reader, root, "scenario_hash");
    r->seed = ta_json_take_u64(reader, root, "seed", UINT64_MAX);
    r->tick_hz = (uint32_t)ta_json_take_u64(reader, root, "tick_hz", UINT32_MAX);
    r->population_planned = ta_json_take_u64(reader, root, "population_planned", UINT64_MAX);
    TA_JSON_TAKE_TEXT(reader, root, "level", r->level);
    take_switches(reader, root, r);
    TA_JSON_TAKE_TEXT(reader, root, "workload", r->workload);
    TA_JSON_TAKE_TEXT(reader, root, "allocator", r->allocator);
    TA_JSON_TAKE_TEXT(reader, root, "revision", r->revision);
    TA_JSON_TAKE_TEXT(reader, root, "machine", r->machine);
    TA_JSON_TAKE_TEXT(reader, root, "compiler", r->compiler);
    TA_JSON_TAKE_TEXT(reader, root, "build_type", r->build_type);
}

static void take_outcome(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    static const char *const tiers[TA_TIER_COUNT] = {"swarm", "regular", "elite", "boss"};
    r->partial = ta_json_take_bool(reader, root, "partial");
    TA_JSON_TAKE_TEXT(reader, root, "partial_why", r->partial_why);
    r->verdict = ta_json_take_verdict(reader, root);
    r->exit_code = (ta_status_code)ta_json_take_u64(reader, root, "exit_code", TA_INTERNAL);
    const cJSON *totals = ta_json_take_object(reader, root, "totals");
    r->totals.allocs = ta_json_take_u64(reader, totals, "allocs", UINT64_MAX);
    r->totals.frees = ta_json_take_u64(reader, totals, "frees", UINT64_MAX);
    r->totals.bytes = ta_json_take_u64(reader, totals, "bytes", UINT64_MAX);
    r->state_hash = ta_json_take_hash(reader, root, "state_hash");
    const cJSON *alive = ta_json_take_object(reader, root, "final_alive");
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        r->final_alive[tier] = ta_json_take_u64(reader, alive, tiers[tier], UINT64_MAX);
    bool known;
    r->wall_seconds = ta_json_take_number(reader, root, "wall_seconds", &known);
}

static void take_figures(ta_json_reader *reader, const cJSON *object, ta_figures *figures) {
    TA_JSON_TAKE_TEXT(reader, object, "name", figures->name);
    figures->complete = ta_json_take_bool(reader, object, "complete");
    figures->ticks_planned = ta_json_take_u64(reader, object, "ticks_planned", UINT64_MAX);
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        figures->value[m] =
            ta_json_take_number(reader, object, ta_metric_table[m].name, &figures->known[m]);
}

static void take_all_figures(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    (void)snprintf(reader->where, sizeof reader->where, "whole.");
    const cJSON *whole = ta_json_take_object(reader, root, "whole");
    take_figures(reader, whole, &r->whole);
    ta_json_leave(reader);
    const cJSON *item =
        ta_json_take_array(reader, root, "phases", TA_RESULT_PHASES_MAX, &r->phase_count);
    for (uint32_t i = 0; i < r->phase_count; i++, item = item->next) {
        ta_json_enter(reader, "phases", i);
        take_figures(reader, item, &r->phases[i]);
    }
    ta_json_leave(reader);
}

static void take_judgement(ta_json_reader *reader, const cJSON *object, ta_judgement *j) {
    char metric[TA_NAME_MAX] = "";
    TA_JSON_TAKE_TEXT(reader, object, "budget", j->budget);
    TA_JSON_TAKE_TEXT(reader, object, "phase", j->phase);
    TA_JSON_TAKE_TEXT(reader, object, "metric", metric);
    if (!reader->failed && !ta_metric_find(metric, &j->metric))
        ta_json_wrong(reader, "%smetric is \"%s\", which is none", reader->where, metric);
    j->value = ta_json_take_number(reader, object, "value", &j->known);
    j->verdict = ta_json_take_verdict(reader, object);
    TA_JSON_TAKE_TEXT(reader, object, "why", j->why);
}

/* A count that may be null, unless it has to be known. */
static uint64_t take_known_if(ta_json_reader *reader, const cJSON *object, const char *name,
                              bool has_to_be) {
    if (!has_to_be && cJSON_IsNull(cJSON_GetObjectItem(object, name)))
        return 0;
    return ta_json_take_u64(reader, object, name, UINT64_MAX);
}

static void take_path_by_phase(ta_json_reader *reader, const cJSON *object,
                               ta_hot_path_figures *h) {
    const cJSON *phase;
    uint32_t p = 0;
    cJSON_ArrayForEach(phase, cJSON_GetObjectItem(object, "by_phase")) {
        if (p == TA_RESULT_PHASES_MAX)
            break;
        h->by_phase[p].allocs = ta_json_take_u64(reader, phase, "allocs", UINT64_MAX);
        h->by_phase[p].bytes = ta_json_take_u64(reader, phase, "bytes", UINT64_MAX);
        h->by_phase[p++].frees = ta_json_take_u64(reader, phase, "frees", UINT64_MAX);
    }
}

static void take_hot_path(ta_json_reader *reader, const cJSON *object, ta_hot_path_figures *h) {
    TA_JSON_TAKE_TEXT(reader, object, "name", h->name);
    bool is_early = !cJSON_HasObjectItem(object, "by_stack"); /* before there were such paths */
    h->by_stack = !is_early && ta_json_take_bool(reader, object, "by_stack");
    h->entries = take_known_if(reader, object, "entries", !h->by_stack);
    h->allocs = ta_json_take_u64(reader, object, "allocs", UINT64_MAX);
    h->bytes = ta_json_take_u64(reader, object, "bytes", UINT64_MAX);
    h->frees = take_known_if(reader, object, "frees", !h->by_stack);
    h->tick_allocs = cJSON_HasObjectItem(object, "tick_allocs")
                         ? ta_json_take_u64(reader, object, "tick_allocs", UINT64_MAX)
                         : h->allocs;
    if (!is_early) {
        h->spread_known = !cJSON_IsNull(cJSON_GetObjectItem(object, "ticks"));
        h->ticks = take_known_if(reader, object, "ticks", h->spread_known);
        h->threads = take_known_if(reader, object, "threads", h->spread_known);
    }
    h->first_tick = ta_json_take_u64(reader, object, "first_tick", UINT64_MAX);
    h->worst_tick = ta_json_take_u64(reader, object, "worst_tick", UINT64_MAX);
    h->worst_tick_allocs = ta_json_take_u64(reader, object, "worst_tick_allocs", UINT64_MAX);
    take_path_by_phase(reader, object, h);
}

static void take_allowed(ta_json_reader *reader, const cJSON *object, ta_allowed_figures *a) {
    TA_JSON_TAKE_TEXT(reader, object, "name", a->name);
    TA_JSON_TAKE_TEXT(reader, object, "reason", a->reason);
    a->entries = ta_json_take_u64(reader, object, "entries", UINT64_MAX);
    a->allocs = ta_json_take_u64(reader, object, "allocs", UINT64_MAX);
    a->bytes = ta_json_take_u64(reader, object, "bytes", UINT64_MAX);
}

static void take_frame(ta_json_reader *reader, const cJSON *object, ta_frame *frame) {
    TA_JSON_TAKE_TEXT(reader, object, "function", frame->function);
    TA_JSON_TAKE_TEXT(reader, object, "file", frame->file);
    TA_JSON_TAKE_TEXT(reader, object, "module", frame->module);
    frame->line = (unsigned)ta_json_take_u64(reader, object, "line", UINT32_MAX);
    frame->offset = ta_json_take_u64(reader, object, "offset", UINT64_MAX);
    if (cJSON_HasObjectItem(object, "function_line"))
        frame->function_line =
            (unsigned)ta_json_take_u64(reader, object, "function_line", UINT32_MAX);
    if (cJSON_HasObjectItem(object, "function_offset"))
        frame->function_offset = ta_json_take_u64(reader, object, "function_offset", UINT64_MAX);
}

static void take_site_phases(ta_json_reader *reader, const cJSON *object, const ta_result *r,
                             ta_site *s) {
    uint32_t count;
    const cJSON *item = ta_json_take_array(reader, object, "phases", TA_RESULT_PHASES_MAX, &count);
    for (uint32_t i = 0; i < count; i++, item = item->next) {
        char name[TA_NAME_MAX] = "";
        TA_JSON_TAKE_TEXT(reader, item, "name", name);
        uint32_t phase = 0;
        while (phase < r->phase_count && strcmp(r->phases[phase].name, name) != 0)
            phase++;
        if (phase == r->phase_count) {
            ta_json_wrong(reader, "%sphases names \"%s\", which is none", reader->where, name);
            return;
        }
        s->allocs_by_phase[phase] = ta_json_take_u64(reader, item, "allocs", UINT64_MAX);
        s->bytes_by_phase[phase] = ta_json_take_u64(reader, item, "bytes", UINT64_MAX);
    }
}

static void take_site(ta_json_reader *reader, const cJSON *object, ta_site *s) {
    TA_JSON_TAKE_TEXT(reader, object, "hot_path", s->hot_path);
    s->allocs = ta_json_take_u64(reader, object, "allocs", UINT64_MAX);
    s->bytes = ta_json_take_u64(reader, object, "bytes", UINT64_MAX);
    s->tick_allocs = ta_json_take_u64(reader, object, "tick_allocs", UINT64_MAX);
    s->tick_bytes = ta_json_take_u64(reader, object, "tick_bytes", UINT64_MAX);
    s->ticks = ta_json_take_u64(reader, object, "ticks", UINT64_MAX);
    s->first_tick = ta_json_take_u64(reader, object, "first_tick", UINT64_MAX);
    s->worst_tick = ta_json_take_u64(reader, object, "worst_tick", UINT64_MAX);
    s->worst_tick_allocs = ta_json_take_u64(reader, object, "worst_tick_allocs", UINT64_MAX);
    s->suppressed_by =
        (uint32_t)ta_json_take_u64(reader, object, "suppressed_by", TA_SUPPRESSIONS_MAX);
}

static void take_process(ta_json_reader *reader, const cJSON *object, ta_process_figures *p) {
    char end[16] = "";
    bool known;
    TA_JSON_TAKE_TEXT(reader, object, "program", p->program);
    p->id = (int32_t)ta_json_take_u64(reader, object, "id", INT32_MAX);
    p->parent = (int32_t)ta_json_take_u64(reader, object, "parent", INT32_MAX);
    TA_JSON_TAKE_TEXT(reader, object, "end", end);
    if (!reader->failed && !ta_process_end_find(end, &p->end))
        ta_json_wrong(reader, "%send is \"%s\", which is none", reader->where, end);
    p->threads_seen = (uint32_t)ta_json_take_u64(reader, object, "threads_seen", UINT32_MAX);
    p->allocs = ta_json_take_u64(reader, object, "allocs", UINT64_MAX);
    p->frees = ta_json_take_u64(reader, object, "frees", UINT64_MAX);
    p->bytes = ta_json_take_u64(reader, object, "bytes", UINT64_MAX);
    p->hot_allocs = ta_json_take_u64(reader, object, "hot_allocs", UINT64_MAX);
    p->ticks = ta_json_take_u64(reader, object, "ticks", UINT64_MAX);
    double live = ta_json_take_number(reader, object, "live_bytes", &known);
    if (!(live > -9e15 && live < 9e15))
        ta_json_wrong(reader, "%slive_bytes is no number of bytes", reader->where);
    p->live_bytes = reader->failed ? 0 : (int64_t)live;
}

/* One array of objects: `take` fills each item of r->`items`. */
#define TAKE_ITEMS(reader, root, name, r, items, items_count, take)                                \
    do {                                                                                           \
        uint32_t count;                                                                            \
        const cJSON *item = ta_json_take_array(reader, root, name, UINT32_MAX / 2, &count);        \
        (r)->items = ta_json_make_items(reader, count, sizeof *(r)->items);                        \
        for (; (r)->items && (r)->items_count < count; item = item->next) {                        \
            ta_json_enter(reader, name, (r)->items_count);                                         \
            take(reader, item, &(r)->items[(r)->items_count++]);                                   \
        }                                                                                          \
        ta_json_leave(reader);                                                                     \
    } while (0)

static void take_lists(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    TAKE_ITEMS(reader, root, "judgements", r, judgements, judgement_count, take_judgement);
    TAKE_ITEMS(reader, root, "hot_paths", r, hot_paths, hot_path_count, take_hot_path);
    TAKE_ITEMS(reader, root, "allowed", r, allowed, allowed_count, take_allowed);
    TAKE_ITEMS(reader, root, "frames", r, frames, frame_count, take_frame);
    TAKE_ITEMS(reader, root, "sites", r, sites, site_count, take_site);
    TAKE_ITEMS(reader, root, "processes", r, processes, process_count, take_process);
    TA_JSON_TAKE_TEXT(reader, root, "stacks", r->stacks_of);
}

static void take_site_paths(ta_json_reader *reader, const cJSON *site, const ta_result *r,
                            ta_site *s) {
    uint32_t paths[TA_RESULT_HOT_PATHS_MAX], below = r->hot_path_count;
    if (below > TA_RESULT_HOT_PATHS_MAX)
        below = TA_RESULT_HOT_PATHS_MAX;
    uint32_t count =
        ta_json_take_indices(reader, site, "hot_paths", TA_RESULT_HOT_PATHS_MAX, below, paths);
    for (uint32_t i = 0; i < count; i++)
        ta_site_add_path(s, paths[i]);
}

/* What lies within the sites: their stacks, into one array for all, their phases and hot paths. */
static void take_stacks(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    const cJSON *sites = ta_json_member(reader, root, "sites"), *site;
    size_t words = 0;
    cJSON_ArrayForEach(site, sites) words +=
        (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(site, "stack"));
    r->stacks =
        words <= UINT32_MAX ? ta_json_make_items(reader, (uint32_t)words, sizeof *r->stacks) : NULL;
    uint32_t number = 0;
    if (!r->stacks || reader->failed)
        return;
    cJSON_ArrayForEach(site, sites) {
        ta_site *s = &r->sites[number];
        ta_json_enter(reader, "sites", number++);
        take_site_phases(reader, site, r, s);
        take_site_paths(reader, site, r, s);
        s->stack_at = r->stack_words;
        s->frame_count = ta_json_take_indices(reader, site, "stack", TA_RESULT_STACK_MAX,
                                              r->frame_count, &r->stacks[r->stack_words]);
        r->stack_words += s->frame_count;
    }
    ta_json_leave(reader);
}

static void take_audit(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    bool known;
    TA_JSON_TAKE_TEXT(reader, root, "hooks", r->hooks);
    TA_JSON_TAKE_TEXT(reader, root, "bypassed", r->bypassed);
    const cJSON *lost = ta_json_take_object(reader, root, "lost");
    r->lost.ticks = ta_json_take_u64(reader, lost, "ticks", UINT64_MAX);
    /* Results of earlier versions have no such field: there, what was lost is among the ticks. */
    if (lost && cJSON_HasObjectItem(lost, "tick_records")) {
        r->lost.records = ta_json_take_u64(reader, lost, "tick_records", UINT64_MAX);
        r->lost.unended = ta_json_take_u64(reader, lost, "tick_ends", UINT64_MAX);
    }
    r->lost.sites = ta_json_take_u64(reader, lost, "sites", UINT64_MAX);
    r->lost.names = ta_json_take_u64(reader, lost, "names", UINT64_MAX);
    r->lost.scopes = ta_json_take_u64(reader, lost, "scopes", UINT64_MAX);
    r->lost.threads = ta_json_take_u64(reader, lost, "threads", UINT64_MAX);
    r->lost.processes = ta_json_take_u64(reader, lost, "processes", UINT64_MAX);
    r->threads_seen = (uint32_t)ta_json_take_u64(reader, root, "threads_seen", UINT32_MAX);
    r->audit_ns_per_pair = ta_json_take_number(reader, root, "audit_ns_per_pair", &known);
}

/* Asked before all else: of another schema nothing else can be expected. True when the result has
 * evidence, as it has since version 3. */
static bool check_schema(ta_json_reader *reader, const cJSON *root) {
    char schema[64] = "";
    if (!cJSON_IsObject(root))
        ta_json_wrong(reader, "it is not a JSON object");
    TA_JSON_TAKE_TEXT(reader, root, "schema", schema);
    bool is_before = strcmp(schema, TA_RESULT_SCHEMA_BEFORE) == 0;
    if (!reader->failed && !is_before && strcmp(schema, TA_RESULT_SCHEMA) != 0)
        ta_json_wrong(reader, "its schema is \"%s\"; this version reads \"%s\" and \"%s\"", schema,
                      TA_RESULT_SCHEMA_BEFORE, TA_RESULT_SCHEMA);
    return !is_before;
}

static void take_ticks(ta_json_reader *reader, ta_json_span ticks, ta_result *r) {
    if (!reader->failed && !ta_tick_columns_read(ticks.at, (size_t)(ticks.end - ticks.at), r,
                                                 reader->why, sizeof reader->why))
        reader->failed = true;
}

/* What a result of the version before tells without saying so: its losses, and that nothing was
 * judged. */
static void make_up_evidence(ta_json_reader *reader, ta_result *r) {
    if (!reader->failed &&
        (!ta_ok(ta_evidence_of_result(r)) || !ta_ok(ta_evidence_of_suppressions(r))))
        reader->failed = reader->no_memory = true;
    if (r->judgement_count == 0 && r->verdict == TA_VERDICT_PASS)
        r->verdict = TA_VERDICT_NONE;
}

static void take_all(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    bool has_evidence = check_schema(reader, root);
    take_run(reader, root, r);
    take_outcome(reader, root, r);
    take_all_figures(reader, root, r);
    take_lists(reader, root, r);
    if (has_evidence)
        ta_json_take_evidence(reader, root, r);
    ta_json_take_record(reader, root, r);
    ta_json_take_rounds(reader, root, r);
    take_stacks(reader, root, r);
    ta_json_take_suppressions(reader, root, r);
    take_audit(reader, root, r);
    if (!has_evidence)
        make_up_evidence(reader, r);
}

static size_t line_of(const char *text, const char *at) {
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* The head without the ticks as a tree, NULL when it is not JSON. */
static cJSON *parse_head(ta_json_reader *reader, const char *text, size_t size,
                         ta_json_span ticks) {
    size_t before = ticks.at ? (size_t)(ticks.at - text) : size;
    size_t after = ticks.at ? (size_t)(text + size - ticks.end) : 0;
    char *head = malloc(before + after + sizeof "null");
    if (!head) {
        ta_json_wrong(reader, "no memory");
        reader->no_memory = true;
        return NULL;
    }
    memcpy(head, text, before);
    size_t length = before;
    if (ticks.at) {
        memcpy(head + length, "null", 4);
        memcpy(head + length + 4, ticks.end, after);
        length += 4 + after;
    }
    head[length] = '\0';
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(head, length + 1, &end, true);
    if (!root)
        ta_json_wrong(reader, "it is not JSON, from line %zu on", line_of(head, end ? end : head));
    free(head);
    return root;
}

ta_status ta_result_parse_json(const char *text, size_t size, const char *path,
                               ta_result **result) {
    ta_json_reader reader = {0};
    ta_json_span ticks = {NULL, NULL};
    *result = NULL;
    bool has_ticks = ta_json_find_member((ta_json_span){text, text + size}, "ticks", &ticks);
    cJSON *root = parse_head(&reader, text, size, ticks);
    ta_result *r = root ? ta_result_new() : NULL;
    if (root && !r)
        reader.failed = reader.no_memory = true;
    if (r) {
        take_all(&reader, root, r);
        if (!has_ticks)
            ta_json_wrong(&reader, "ticks is missing");
        take_ticks(&reader, ticks, r);
    }
    cJSON_Delete(root);
    if (!reader.failed) {
        *result = r;
        return ta_status_ok();
    }
    ta_result_free(r);
    if (reader.no_memory)
        return ta_status_make(TA_INTERNAL, "no memory to read %s", path);
    return ta_status_make(TA_BAD_INPUT, "%s is no result that can be read: %s", path, reader.why);
}

ta_status ta_result_read_json(const char *path, ta_result **result) {
    char *text;
    size_t size;
    *result = NULL;
    ta_status status = ta_file_read(path, TA_RESULT_JSON_BYTES_MAX, &text, &size);
    if (!ta_ok(status))
        return status;
    if (!text)
        return ta_status_make(TA_BAD_INPUT, "there is no result %s", path);
    status = ta_result_parse_json(text, size, path, result);
    free(text);
    return status;
}

bool ta_result_find(const char *folder, const char *name, char path[TA_RESULTS_PATH_MAX]) {
    if (strchr(name, '/') || access(name, F_OK) == 0) {
        int length = snprintf(path, TA_RESULTS_PATH_MAX, "%s", name);
        return length >= 0 && length < TA_RESULTS_PATH_MAX;
    }
    return ta_ok(ta_results_path(folder, name, ".json", path)) && access(path, F_OK) == 0;
}
