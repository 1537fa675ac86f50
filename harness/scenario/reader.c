#include "reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool ta_reader_fail(ta_reader *reader, const cJSON *node, ta_at at, const char *json_path,
                    const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    reader->status = ta_document_verror(reader->document, node, at, json_path, format, arguments);
    va_end(arguments);
    return false;
}

static void key_path(const ta_object *object, const char *key, char *path) {
    snprintf(path, TA_JSON_PATH_MAX, "%.180s%s%.64s", object->path, object->path[0] ? "." : "",
             key);
}

bool ta_reader_fail_key(ta_reader *reader, const ta_object *object, const ta_key *key,
                        const char *format, ...) {
    char path[TA_JSON_PATH_MAX];
    key_path(object, key->name, path);
    const cJSON *node = ta_object_get(object, key);
    va_list arguments;
    va_start(arguments, format);
    reader->status = ta_document_verror(reader->document, node ? node : object->node, TA_AT_VALUE,
                                        path, format, arguments);
    va_end(arguments);
    return false;
}

const char *ta_json_kind(const cJSON *node) {
    if (cJSON_IsString(node))
        return "a text";
    if (cJSON_IsNumber(node))
        return "a number";
    if (cJSON_IsTrue(node))
        return "true";
    if (cJSON_IsFalse(node))
        return "false";
    if (cJSON_IsNull(node))
        return "null";
    return cJSON_IsArray(node) ? "an array" : "an object";
}

static bool fail_unknown(ta_reader *reader, const ta_object *object, const cJSON *member,
                         const ta_key *keys, unsigned count, const char *what) {
    const char *nearest = ta_key_nearest(keys, count, NULL, 0, member->string);
    if (nearest)
        return ta_reader_fail(reader, member, TA_AT_KEY, object->path,
                              "unknown key \"%.64s\"; did you mean \"%s\"?", member->string,
                              nearest);
    char known[320];
    size_t used = 0;
    for (unsigned i = 0; i < count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 keys[i].name);
    return ta_reader_fail(reader, member, TA_AT_KEY, object->path,
                          "unknown key \"%.64s\"; %s knows %s", member->string, what, known);
}

bool ta_read_keys(ta_reader *reader, const ta_object *object, const ta_key *keys, unsigned count,
                  const char *what) {
    for (const cJSON *member = object->node->child; member; member = member->next)
        if (!ta_key_find(keys, count, member->string))
            return fail_unknown(reader, object, member, keys, count, what);
    for (unsigned i = 0; i < count; i++)
        if (keys[i].required && !ta_object_get(object, &keys[i]))
            return ta_reader_fail(reader, object->node, TA_AT_VALUE, object->path,
                                  "%s needs the key \"%s\"", what, keys[i].name);
    return true;
}

const cJSON *ta_object_get(const ta_object *object, const ta_key *key) {
    return cJSON_GetObjectItemCaseSensitive(object->node, key->name);
}

bool ta_read_text(ta_reader *reader, const ta_object *object, const ta_key *key, char *text,
                  size_t size) {
    const cJSON *node = ta_object_get(object, key);
    if (!node)
        return true;
    if (!cJSON_IsString(node))
        return ta_reader_fail_key(reader, object, key, "expected a text, found %s",
                                  ta_json_kind(node));
    size_t bytes = strlen(node->valuestring);
    if ((double)bytes < key->least || (double)bytes > key->most || bytes >= size)
        return ta_reader_fail_key(reader, object, key,
                                  "expected a text of %.0f to %.0f bytes, found %zu", key->least,
                                  key->most, bytes);
    memcpy(text, node->valuestring, bytes + 1);
    return true;
}

/* A number within the key's limits, checked for a fraction when it is to be whole. */
static bool read_limited(ta_reader *reader, const ta_object *object, const ta_key *key,
                         double *value) {
    const cJSON *node = ta_object_get(object, key);
    const char *what = key->type == TA_KEY_WHOLE ? "a whole number" : "a number";
    if (!cJSON_IsNumber(node))
        return ta_reader_fail_key(reader, object, key, "expected %s from %.16g to %.16g, found %s",
                                  what, key->least, key->most, ta_json_kind(node));
    double number = node->valuedouble;
    bool whole = key->type != TA_KEY_WHOLE || number == floor(number);
    if (!whole || !(number >= key->least && number <= key->most))
        return ta_reader_fail_key(reader, object, key,
                                  "expected %s from %.16g to %.16g, found %.16g", what, key->least,
                                  key->most, number);
    *value = number;
    return true;
}

bool ta_read_whole(ta_reader *reader, const ta_object *object, const ta_key *key, uint64_t *value) {
    double number = 0;
    if (!ta_object_get(object, key))
        return true;
    if (!read_limited(reader, object, key, &number))
        return false;
    *value = (uint64_t)number;
    return true;
}

bool ta_read_whole32(ta_reader *reader, const ta_object *object, const ta_key *key,
                     uint32_t *value) {
    uint64_t wide = *value;
    if (!ta_read_whole(reader, object, key, &wide))
        return false;
    *value = (uint32_t)wide;
    return true;
}

bool ta_read_number(ta_reader *reader, const ta_object *object, const ta_key *key, double *value) {
    return !ta_object_get(object, key) || read_limited(reader, object, key, value);
}

/* On a command line on, off, 1 and 0 are truth values too. */
static bool truth_of_override(const cJSON *node, bool *value) {
    const char *text = cJSON_GetStringValue(node);
    bool on = (text && strcmp(text, "on") == 0) || (cJSON_IsNumber(node) && node->valuedouble == 1);
    bool off =
        (text && strcmp(text, "off") == 0) || (cJSON_IsNumber(node) && node->valuedouble == 0);
    *value = on;
    return on || off;
}

bool ta_read_truth(ta_reader *reader, const ta_object *object, const ta_key *key, bool *value) {
    const cJSON *node = ta_object_get(object, key);
    if (!node)
        return true;
    bool typed = ta_document_override(reader->document, node) != NULL;
    if (cJSON_IsBool(node))
        *value = cJSON_IsTrue(node);
    else if (!typed || !truth_of_override(node, value))
        return ta_reader_fail_key(reader, object, key, "expected %s, found %s",
                                  typed ? "on, off, true or false" : "true or false",
                                  ta_json_kind(node));
    return true;
}

bool ta_read_object(ta_reader *reader, const ta_object *object, const ta_key *key,
                    ta_object *child) {
    child->node = ta_object_get(object, key);
    key_path(object, key->name, child->path);
    if (child->node && !cJSON_IsObject(child->node))
        return ta_reader_fail_key(reader, object, key, "expected an object, found %s",
                                  ta_json_kind(child->node));
    return true;
}

bool ta_read_array(ta_reader *reader, const ta_object *object, const ta_key *key,
                   ta_object *child) {
    child->node = ta_object_get(object, key);
    key_path(object, key->name, child->path);
    if (!child->node)
        return true;
    if (!cJSON_IsArray(child->node))
        return ta_reader_fail_key(reader, object, key, "expected an array, found %s",
                                  ta_json_kind(child->node));
    int size = cJSON_GetArraySize(child->node);
    if (size < key->least || size > key->most)
        return ta_reader_fail_key(reader, object, key, "expected %.0f to %.0f items, found %d",
                                  key->least, key->most, size);
    return true;
}
