#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_make.h"
#include "json_scan.h"
#include "result_json.h"
#include "tick_columns.h"

/* Where we are in the text, and the first thing that was wrong. All takers do nothing once
 * something was, so that only the top needs to ask. */
typedef struct json_reader {
    bool failed, no_memory;
    char why[400];
    char where[128]; /* "phases[2]." */
} json_reader;

__attribute__((format(printf, 2, 3))) static void wrong(json_reader *reader, const char *format,
                                                        ...) {
    if (reader->failed)
        return;
    reader->failed = true;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reader->why, sizeof reader->why, format, arguments);
    va_end(arguments);
}

static const cJSON *member(json_reader *reader, const cJSON *object, const char *name) {
    if (reader->failed)
        return NULL;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item)
        wrong(reader, "%s%s is missing", reader->where, name);
    return item;
}

static void take_text(json_reader *reader, const cJSON *object, const char *name, char *to,
                      size_t size) {
    const cJSON *item = member(reader, object, name);
    if (!item)
        return;
    if (!cJSON_IsString(item))
        wrong(reader, "%s%s is not a text", reader->where, name);
    else if (strlen(item->valuestring) >= size)
        wrong(reader, "%s%s is longer than %zu bytes", reader->where, name, size - 1);
    else
        ta_utf8_clean(item->valuestring, to, size);
}
#define TAKE_TEXT(reader, object, name, field) take_text(reader, object, name, field, sizeof(field))

static bool take_bool(json_reader *reader, const cJSON *object, const char *name) {
    const cJSON *item = member(reader, object, name);
    if (item && !cJSON_IsBool(item))
        wrong(reader, "%s%s is neither true nor false", reader->where, name);
    return item && cJSON_IsTrue(item);
}

/* A whole number, or the text of one that is too big for a double. */
static bool whole_number(const cJSON *item, uint64_t *value) {
    if (cJSON_IsNumber(item)) {
        double number = item->valuedouble;
        if (!(number >= 0 && number <= (double)TA_JSON_EXACT_MAX && number == floor(number)))
            return false;
        *value = (uint64_t)number;
        return true;
    }
    if (!cJSON_IsString(item))
        return false;
    const char *text = item->valuestring;
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

static uint64_t take_u64(json_reader *reader, const cJSON *object, const char *name, uint64_t max) {
    const cJSON *item = member(reader, object, name);
    uint64_t value = 0;
    if (!item)
        return 0;
    if (!whole_number(item, &value) || value > max) {
        wrong(reader, "%s%s is not a whole number from 0 to %llu", reader->where, name,
              (unsigned long long)max);
        return 0;
    }
    return value;
}

static uint64_t take_hash(json_reader *reader, const cJSON *object, const char *name) {
    const cJSON *item = member(reader, object, name);
    if (!item || cJSON_IsNull(item))
        return 0;
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    if (strlen(text) != 18 || strncmp(text, "0x", 2) != 0 ||
        strspn(text + 2, "0123456789abcdef") != 16) {
        wrong(reader, "%s%s is not a hash: 0x and 16 digits", reader->where, name);
        return 0;
    }
    return strtoull(text, NULL, 16);
}

/* null is not known. */
static double take_number(json_reader *reader, const cJSON *object, const char *name, bool *known) {
    const cJSON *item = member(reader, object, name);
    *known = false;
    if (!item || cJSON_IsNull(item))
        return 0;
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) {
        wrong(reader, "%s%s is neither a number nor null", reader->where, name);
        return 0;
    }
    *known = true;
    return item->valuedouble;
}

static ta_verdict take_verdict(json_reader *reader, const cJSON *object) {
    char name[32] = "";
    ta_verdict verdict = TA_VERDICT_PARTIAL;
    TAKE_TEXT(reader, object, "verdict", name);
    if (!reader->failed && !ta_verdict_find(name, &verdict))
        wrong(reader, "%sverdict is \"%s\", which is none", reader->where, name);
    return verdict;
}

static const cJSON *take_object(json_reader *reader, const cJSON *object, const char *name) {
    const cJSON *item = member(reader, object, name);
    if (item && !cJSON_IsObject(item))
        wrong(reader, "%s%s is not an object", reader->where, name);
    return reader->failed ? NULL : item;
}

/* An array's items and their number. The items are checked to be objects. */
static const cJSON *take_array(json_reader *reader, const cJSON *object, const char *name,
                               size_t max, uint32_t *count) {
    const cJSON *array = member(reader, object, name), *item;
    *count = 0;
    if (array && !cJSON_IsArray(array))
        wrong(reader, "%s%s is not an array", reader->where, name);
    if (reader->failed)
        return NULL;
    size_t items = 0;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsObject(item))
            wrong(reader, "%s%s[%zu] is not an object", reader->where, name, items);
        items++;
    }
    if (items > max)
        wrong(reader, "%s%s has %zu items; %zu is the most", reader->where, name, items, max);
    *count = reader->failed ? 0 : (uint32_t)items;
    return reader->failed ? NULL : array->child;
}

/* Zeroed room for the items, never of no size; NULL notes the lack of memory. */
static void *make_items(json_reader *reader, uint32_t count, size_t size) {
    void *items = reader->failed ? NULL : calloc(count ? count : 1, size);
    if (!items && !reader->failed) {
        wrong(reader, "no memory");
        reader->no_memory = true;
    }
    return items;
}

static void enter(json_reader *reader, const char *name, uint32_t index) {
    (void)snprintf(reader->where, sizeof reader->where, "%s[%u].", name, index);
}

static void leave(json_reader *reader) {
    reader->where[0] = '\0';
}

static void take_switches(json_reader *reader, const cJSON *root, ta_result *r) {
    const cJSON *array = member(reader, root, "switches_on"), *item;
    size_t used = 0;
    if (array && !cJSON_IsArray(array))
        wrong(reader, "switches_on is not an array");
    cJSON_ArrayForEach(item, array) {
        const char *name = cJSON_IsString(item) ? item->valuestring : "";
        size_t length = strlen(name), room = sizeof r->switches_on - used;
        if (length == 0 || strchr(name, ' ') || length + 2 > room)
            wrong(reader, "switches_on has something that is no name, or too many of them");
        if (reader->failed)
            return;
        used += (size_t)snprintf(r->switches_on + used, room, "%s%s", used ? " " : "", name);
    }
}

static void take_run(json_reader *reader, const cJSON *root, ta_result *r) {
    TAKE_TEXT(reader, root, "run_id", r->run_id);
    TAKE_TEXT(reader, root, "timestamp", r->timestamp);
    TAKE_TEXT(reader, root, "label", r->label);
    TAKE_TEXT(reader, root, "pre_post", r->pre_post);
    TAKE_TEXT(reader, root, "notes", r->notes);
    TAKE_TEXT(reader, root, "scenario", r->scenario);
    TAKE_TEXT(reader, root, "scenario_path", r->scenario_path);
    r->scenario_hash = take_hash(reader, root, "scenario_hash");
    r->seed = take_u64(reader, root, "seed", UINT64_MAX);
    r->tick_hz = (uint32_t)take_u64(reader, root, "tick_hz", UINT32_MAX);
    r->population_planned = take_u64(reader, root, "population_planned", UINT64_MAX);
    TAKE_TEXT(reader, root, "level", r->level);
    take_switches(reader, root, r);
    TAKE_TEXT(reader, root, "workload", r->workload);
    TAKE_TEXT(reader, root, "allocator", r->allocator);
    TAKE_TEXT(reader, root, "revision", r->revision);
    TAKE_TEXT(reader, root, "machine", r->machine);
    TAKE_TEXT(reader, root, "compiler", r->compiler);
    TAKE_TEXT(reader, root, "build_type", r->build_type);
}

static void take_outcome(json_reader *reader, const cJSON *root, ta_result *r) {
    static const char *const tiers[TA_TIER_COUNT] = {"swarm", "regular", "elite", "boss"};
    r->partial = take_bool(reader, root, "partial");
    TAKE_TEXT(reader, root, "partial_why", r->partial_why);
    r->verdict = take_verdict(reader, root);
    r->exit_code = (ta_status_code)take_u64(reader, root, "exit_code", TA_INTERNAL);
    const cJSON *totals = take_object(reader, root, "totals");
    r->totals.allocs = take_u64(reader, totals, "allocs", UINT64_MAX);
    r->totals.frees = take_u64(reader, totals, "frees", UINT64_MAX);
    r->totals.bytes = take_u64(reader, totals, "bytes", UINT64_MAX);
    r->state_hash = take_hash(reader, root, "state_hash");
    const cJSON *alive = take_object(reader, root, "final_alive");
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        r->final_alive[tier] = take_u64(reader, alive, tiers[tier], UINT64_MAX);
    bool known;
    r->wall_seconds = take_number(reader, root, "wall_seconds", &known);
}

static void take_figures(json_reader *reader, const cJSON *object, ta_figures *figures) {
    TAKE_TEXT(reader, object, "name", figures->name);
    figures->complete = take_bool(reader, object, "complete");
    figures->ticks_planned = take_u64(reader, object, "ticks_planned", UINT64_MAX);
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        figures->value[m] =
            take_number(reader, object, ta_metric_table[m].name, &figures->known[m]);
}

static void take_all_figures(json_reader *reader, const cJSON *root, ta_result *r) {
    (void)snprintf(reader->where, sizeof reader->where, "whole.");
    const cJSON *whole = take_object(reader, root, "whole");
    take_figures(reader, whole, &r->whole);
    leave(reader);
    const cJSON *item = take_array(reader, root, "phases", TA_RESULT_PHASES_MAX, &r->phase_count);
    for (uint32_t i = 0; i < r->phase_count; i++, item = item->next) {
        enter(reader, "phases", i);
        take_figures(reader, item, &r->phases[i]);
    }
    leave(reader);
}

static void take_judgement(json_reader *reader, const cJSON *object, ta_judgement *j) {
    char metric[TA_NAME_MAX] = "";
    TAKE_TEXT(reader, object, "budget", j->budget);
    TAKE_TEXT(reader, object, "phase", j->phase);
    TAKE_TEXT(reader, object, "metric", metric);
    if (!reader->failed && !ta_metric_find(metric, &j->metric))
        wrong(reader, "%smetric is \"%s\", which is none", reader->where, metric);
    j->value = take_number(reader, object, "value", &j->known);
    j->verdict = take_verdict(reader, object);
    TAKE_TEXT(reader, object, "why", j->why);
}

static void take_hot_path(json_reader *reader, const cJSON *object, ta_hot_path_figures *h) {
    TAKE_TEXT(reader, object, "name", h->name);
    h->entries = take_u64(reader, object, "entries", UINT64_MAX);
    h->allocs = take_u64(reader, object, "allocs", UINT64_MAX);
    h->bytes = take_u64(reader, object, "bytes", UINT64_MAX);
    h->frees = take_u64(reader, object, "frees", UINT64_MAX);
    h->first_tick = take_u64(reader, object, "first_tick", UINT64_MAX);
    h->worst_tick = take_u64(reader, object, "worst_tick", UINT64_MAX);
    h->worst_tick_allocs = take_u64(reader, object, "worst_tick_allocs", UINT64_MAX);
}

static void take_allowed(json_reader *reader, const cJSON *object, ta_allowed_figures *a) {
    TAKE_TEXT(reader, object, "name", a->name);
    TAKE_TEXT(reader, object, "reason", a->reason);
    a->entries = take_u64(reader, object, "entries", UINT64_MAX);
    a->allocs = take_u64(reader, object, "allocs", UINT64_MAX);
    a->bytes = take_u64(reader, object, "bytes", UINT64_MAX);
}

static void take_site(json_reader *reader, const cJSON *object, ta_site *s) {
    TAKE_TEXT(reader, object, "hot_path", s->hot_path);
    s->allocs = take_u64(reader, object, "allocs", UINT64_MAX);
    s->bytes = take_u64(reader, object, "bytes", UINT64_MAX);
    s->first_tick = take_u64(reader, object, "first_tick", UINT64_MAX);
    const cJSON *frame =
        take_array(reader, object, "frames", TA_RESULT_FRAMES_MAX, &s->frame_count);
    for (unsigned i = 0; i < s->frame_count; i++, frame = frame->next) {
        TAKE_TEXT(reader, frame, "function", s->frames[i].function);
        TAKE_TEXT(reader, frame, "file", s->frames[i].file);
        s->frames[i].line = (unsigned)take_u64(reader, frame, "line", UINT32_MAX);
        s->frames[i].offset = take_u64(reader, frame, "offset", UINT64_MAX);
    }
}

/* One array of objects: `take` fills each item of r->`items`. */
#define TAKE_ITEMS(reader, root, name, r, items, items_count, take)                                \
    do {                                                                                           \
        uint32_t count;                                                                            \
        const cJSON *item = take_array(reader, root, name, UINT32_MAX / 2, &count);                \
        (r)->items = make_items(reader, count, sizeof *(r)->items);                                \
        for (; (r)->items && (r)->items_count < count; item = item->next) {                        \
            enter(reader, name, (r)->items_count);                                                 \
            take(reader, item, &(r)->items[(r)->items_count++]);                                   \
        }                                                                                          \
        leave(reader);                                                                             \
    } while (0)

static void take_lists(json_reader *reader, const cJSON *root, ta_result *r) {
    TAKE_ITEMS(reader, root, "judgements", r, judgements, judgement_count, take_judgement);
    TAKE_ITEMS(reader, root, "hot_paths", r, hot_paths, hot_path_count, take_hot_path);
    TAKE_ITEMS(reader, root, "allowed", r, allowed, allowed_count, take_allowed);
    TAKE_ITEMS(reader, root, "sites", r, sites, site_count, take_site);
}

static void take_audit(json_reader *reader, const cJSON *root, ta_result *r) {
    bool known;
    TAKE_TEXT(reader, root, "hooks", r->hooks);
    const cJSON *lost = take_object(reader, root, "lost");
    r->lost.ticks = take_u64(reader, lost, "ticks", UINT64_MAX);
    r->lost.sites = take_u64(reader, lost, "sites", UINT64_MAX);
    r->lost.names = take_u64(reader, lost, "names", UINT64_MAX);
    r->lost.scopes = take_u64(reader, lost, "scopes", UINT64_MAX);
    r->lost.threads = take_u64(reader, lost, "threads", UINT64_MAX);
    r->threads_peak = (uint32_t)take_u64(reader, root, "threads_peak", UINT32_MAX);
    r->audit_ns_per_pair = take_number(reader, root, "audit_ns_per_pair", &known);
}

/* Asked before all else: of another schema nothing else can be expected. */
static void check_schema(json_reader *reader, const cJSON *root) {
    char schema[64] = "";
    if (!cJSON_IsObject(root))
        wrong(reader, "it is not a JSON object");
    TAKE_TEXT(reader, root, "schema", schema);
    if (!reader->failed && strcmp(schema, TA_RESULT_SCHEMA) != 0)
        wrong(reader, "its schema is \"%s\"; this version reads \"%s\"", schema, TA_RESULT_SCHEMA);
}

static void take_ticks(json_reader *reader, ta_json_span ticks, ta_result *r) {
    if (!reader->failed && !ta_tick_columns_read(ticks.at, (size_t)(ticks.end - ticks.at), r,
                                                 reader->why, sizeof reader->why))
        reader->failed = true;
}

static void take_all(json_reader *reader, const cJSON *root, ta_result *r) {
    check_schema(reader, root);
    take_run(reader, root, r);
    take_outcome(reader, root, r);
    take_all_figures(reader, root, r);
    take_lists(reader, root, r);
    take_audit(reader, root, r);
}

static size_t line_of(const char *text, const char *at) {
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* The head without the ticks as a tree, NULL when it is not JSON. */
static cJSON *parse_head(json_reader *reader, const char *text, size_t size, ta_json_span ticks) {
    size_t before = ticks.at ? (size_t)(ticks.at - text) : size;
    size_t after = ticks.at ? (size_t)(text + size - ticks.end) : 0;
    char *head = malloc(before + after + sizeof "null");
    if (!head) {
        wrong(reader, "no memory");
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
        wrong(reader, "it is not JSON, from line %zu on", line_of(head, end ? end : head));
    free(head);
    return root;
}

ta_status ta_result_parse_json(const char *text, size_t size, const char *path,
                               ta_result **result) {
    json_reader reader = {0};
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
            wrong(&reader, "ticks is missing");
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

static ta_status unreadable(const char *path, const char *why) {
    return ta_status_make(TA_BAD_INPUT, "cannot read the result %s: %s", path, why);
}

static ta_status read_open_file(int fd, const char *path, ta_result **result) {
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return unreadable(path, "it is no regular file");
    if (info.st_size > TA_RESULT_JSON_BYTES_MAX)
        return unreadable(path, "it is longer than 512 MiB");
    size_t size = 0, room = (size_t)info.st_size;
    char *text = malloc(room + 1);
    if (!text)
        return ta_status_make(TA_INTERNAL, "no memory to read %s", path);
    while (size < room) {
        ssize_t got = read(fd, text + size, room - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            ta_status status = unreadable(path, strerror(errno));
            free(text);
            return status;
        }
        if (got == 0)
            break;
        size += (size_t)got;
    }
    ta_status status = ta_result_parse_json(text, size, path, result);
    free(text);
    return status;
}

ta_status ta_result_read_json(const char *path, ta_result **result) {
    *result = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return unreadable(path, strerror(errno));
    ta_status status = read_open_file(fd, path, result);
    close(fd);
    return status;
}
