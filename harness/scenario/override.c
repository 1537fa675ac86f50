#define _GNU_SOURCE /* strnlen */
#include "override.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_strict.h"
#include "keys.h"
#include "utf8.h"

enum { SEGMENTS_MAX = TA_SCENARIO_DEPTH_MAX };

/* One step of a path: ".seconds", or "[0]", or "[combat]". */
typedef struct segment {
    bool bracket;
    char name[TA_NAME_MAX];
} segment;

typedef struct override {
    const char *text; /* KEY=VALUE */
    unsigned count;
    segment segments[SEGMENTS_MAX];
} override;

__attribute__((format(printf, 2, 3))) static ta_status refuse(const override *o, const char *format,
                                                              ...) {
    char words[TA_STATUS_TEXT_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return ta_status_make(TA_BAD_INPUT, "--set %.200s: %s", o->text, words);
}

static ta_status add_segment(override *o, bool bracket, const char *name, size_t bytes) {
    if (bytes == 0)
        return refuse(o, "expected KEY=VALUE, with a key like seed or phases[0].seconds");
    if (bytes >= TA_NAME_MAX)
        return refuse(o, "no key has more than %d bytes", TA_NAME_MAX - 1);
    if (o->count == SEGMENTS_MAX)
        return refuse(o, "a path of more than %d steps", SEGMENTS_MAX);
    segment *added = &o->segments[o->count++];
    added->bracket = bracket;
    memcpy(added->name, name, bytes);
    added->name[bytes] = '\0';
    return ta_status_ok();
}

/* Cuts the `bytes` of the key into segments. */
static ta_status cut_path(override *o, size_t bytes) {
    const char *at = o->text, *end = o->text + bytes;
    bool name_expected = true;
    while (name_expected || at < end) {
        size_t left = (size_t)(end - at), length = 0;
        ta_status status;
        if (!name_expected && *at == '[') {
            const char *close = memchr(at, ']', left);
            if (!close)
                return refuse(o, "expected ']' after '['");
            length = (size_t)(close - at) - 1;
            status = add_segment(o, true, at + 1, length);
            at = close + 1;
        } else if (name_expected) {
            while (length < left && at[length] != '.' && at[length] != '[')
                length++;
            status = add_segment(o, false, at, length);
            at += length;
        } else {
            return refuse(o, "expected '.', '[' or '=' after ']'");
        }
        if (!ta_ok(status))
            return status;
        name_expected = at < end && *at == '.';
        if (name_expected)
            at++;
    }
    return ta_status_ok();
}

/* A bare name that is not the scenario's but a switch's means switches.NAME. */
static ta_status expand_switch(override *o) {
    const char *name = o->segments[0].name;
    if (ta_key_find(ta_root_keys, TA_ROOT_KEY_COUNT, name))
        return ta_status_ok();
    if (o->count == 1 && ta_key_find(ta_switch_keys, SIM_SWITCH_COUNT, name)) {
        o->segments[o->count++] = o->segments[0];
        o->segments[0] = (segment){.name = "switches"};
        return ta_status_ok();
    }
    const char *nearest =
        ta_key_nearest(ta_root_keys, TA_ROOT_KEY_COUNT, ta_switch_keys, SIM_SWITCH_COUNT, name);
    if (nearest)
        return refuse(o, "unknown key \"%s\"; did you mean \"%s\"?", name, nearest);
    return refuse(o, "unknown key \"%s\"; docs/scenario_format.md lists them", name);
}

static ta_status read_json(const override *o, const char *value, cJSON **node) {
    const cJSON *second, *first;
    *node = cJSON_ParseWithLengthOpts(value, strlen(value), NULL, false);
    if (!*node)
        return ta_status_make(TA_INTERNAL, "--set %.200s: out of memory", o->text);
    if (!ta_json_duplicate(*node, &second, &first))
        return ta_status_ok();
    ta_status status = refuse(o, "the key \"%.64s\" appears twice", second->string);
    cJSON_Delete(*node);
    *node = NULL;
    return status;
}

static ta_status read_value(const override *o, const char *value, cJSON **node) {
    ta_json_error error;
    unsigned count;
    ta_json_position *positions = calloc(TA_SCENARIO_VALUES_MAX, sizeof *positions);
    if (!positions)
        return ta_status_make(TA_INTERNAL, "--set %.200s: out of memory", o->text);
    bool json =
        ta_json_scan(value, strlen(value), positions, TA_SCENARIO_VALUES_MAX, &count, &error);
    free(positions);
    if (json)
        return read_json(o, value, node);
    if (value[0] == '{' || value[0] == '[' || value[0] == '"') /* it was meant to be JSON */
        return refuse(o, "column %u of the value: %s", error.column, error.text);
    *node = cJSON_CreateString(value);
    return *node ? ta_status_ok()
                 : ta_status_make(TA_INTERNAL, "--set %.200s: out of memory", o->text);
}

/* The item of an array that "[0]" or "[combat]" means. NULL with an ok status: one past the end. */
static ta_status find_item(const override *o, const cJSON *array, const char *key, cJSON **item) {
    const char *names[TA_SCENARIO_PHASES_MAX];
    unsigned named = 0;
    int size = cJSON_GetArraySize(array);
    *item = NULL;
    if (key[strspn(key, "0123456789")] == '\0') {
        long index = strlen(key) < 9 ? strtol(key, NULL, 10) : size + 1L;
        if (index > size)
            return refuse(o, "there is no [%s]; the last is [%d]", key, size - 1);
        *item = cJSON_GetArrayItem(array, (int)index);
        return ta_status_ok();
    }
    for (cJSON *child = array->child; child; child = child->next) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(child, "name"));
        if (name && strcmp(name, key) == 0) {
            *item = child;
            return ta_status_ok();
        }
        if (name && named < TA_SCENARIO_PHASES_MAX)
            names[named++] = name;
    }
    const char *nearest = ta_nearest_name(key, names, named);
    if (nearest)
        return refuse(o, "nothing is named \"%s\" here; did you mean \"%.64s\"?", key, nearest);
    return refuse(o, "nothing is named \"%s\" here; an index would do, as in phases[0]", key);
}

static ta_status find_child(const override *o, const cJSON *parent, const segment *at,
                            cJSON **child) {
    *child = NULL;
    if (at->bracket) {
        if (!cJSON_IsArray(parent))
            return refuse(o, "[%s] follows something that is not an array", at->name);
        return find_item(o, parent, at->name, child);
    }
    if (!cJSON_IsObject(parent))
        return refuse(o, "\"%s\" follows something that is not an object", at->name);
    *child = cJSON_GetObjectItemCaseSensitive(parent, at->name);
    return ta_status_ok();
}

/* cJSON's own replacement by key copies the key, and does not look whether it got the memory: the
 * new value takes over the old one's. */
static bool replace(cJSON *parent, cJSON *old, cJSON *node) {
    if (!node)
        return false;
    node->string = old->string;
    old->string = NULL;
    return cJSON_ReplaceItemViaPointer(parent, old, node);
}

/* Puts `node`, which is then the tree's, in the place of `old` or at the end of `parent`. */
static ta_status put(ta_document *document, const override *o, cJSON *parent, const segment *at,
                     cJSON *old, cJSON *node) {
    bool done;
    if (old) {
        ta_document_forget(document, old);
        done = replace(parent, old, node);
    } else if (at->bracket) {
        done = cJSON_AddItemToArray(parent, node);
    } else {
        done = cJSON_AddItemToObject(parent, at->name, node);
    }
    if (!done) {
        cJSON_Delete(node);
        return ta_status_make(TA_INTERNAL, "--set %.200s: out of memory", o->text);
    }
    if (!ta_document_adopt(document, node, o->text))
        return refuse(o, "with this the scenario has more than %d values", TA_SCENARIO_VALUES_MAX);
    return ta_status_ok();
}

/* Walks to the last segment's parent, making what is missing on the way. */
static ta_status descend(ta_document *document, const override *o, cJSON **parent) {
    *parent = ta_document_root(document);
    for (unsigned i = 0; i + 1 < o->count; i++) {
        cJSON *child;
        ta_status status = find_child(o, *parent, &o->segments[i], &child);
        if (ta_ok(status) && !child) {
            child = o->segments[i + 1].bracket ? cJSON_CreateArray() : cJSON_CreateObject();
            if (!child)
                return ta_status_make(TA_INTERNAL, "--set %.200s: out of memory", o->text);
            status = put(document, o, *parent, &o->segments[i], NULL, child);
        }
        if (!ta_ok(status))
            return status;
        *parent = child;
    }
    return ta_status_ok();
}

static ta_status set(ta_document *document, const override *o, const char *value) {
    cJSON *parent = NULL, *old = NULL, *node = NULL;
    ta_status status = descend(document, o, &parent);
    const segment *last = &o->segments[o->count - 1];
    if (ta_ok(status))
        status = find_child(o, parent, last, &old);
    if (ta_ok(status))
        status = read_value(o, value, &node);
    return ta_ok(status) ? put(document, o, parent, last, old, node) : status;
}

ta_status ta_override_apply(ta_document *document, const char *text) {
    override o = {.text = text};
    if (strnlen(text, TA_SCENARIO_OVERRIDE_MAX) == TA_SCENARIO_OVERRIDE_MAX)
        return refuse(&o, "more than %d bytes", TA_SCENARIO_OVERRIDE_MAX - 1);
    if (!ta_utf8_is_clean(text))
        return ta_status_make(TA_BAD_INPUT, "--set: expected KEY=VALUE in UTF-8 without control "
                                            "characters");
    const char *equals = strchr(text, '=');
    if (!equals)
        return refuse(&o, "expected KEY=VALUE");
    ta_status status = cut_path(&o, (size_t)(equals - text));
    if (ta_ok(status))
        status = expand_switch(&o);
    return ta_ok(status) ? set(document, &o, equals + 1) : status;
}
