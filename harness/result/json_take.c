#include "json_take.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_make.h"

void ta_json_wrong(ta_json_reader *reader, const char *format, ...) {
    if (reader->failed)
        return;
    reader->failed = true;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reader->why, sizeof reader->why, format, arguments);
    va_end(arguments);
}

const cJSON *ta_json_member(ta_json_reader *reader, const cJSON *object, const char *name) {
    if (reader->failed)
        return NULL;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item)
        ta_json_wrong(reader, "%s%s is missing", reader->where, name);
    return item;
}

void ta_json_take_text(ta_json_reader *reader, const cJSON *object, const char *name, char *to,
                       size_t size) {
    const cJSON *item = ta_json_member(reader, object, name);
    if (!item)
        return;
    if (!cJSON_IsString(item))
        ta_json_wrong(reader, "%s%s is not a text", reader->where, name);
    else if (strlen(item->valuestring) >= size)
        ta_json_wrong(reader, "%s%s is longer than %zu bytes", reader->where, name, size - 1);
    else
        ta_utf8_clean(item->valuestring, to, size);
}

bool ta_json_take_bool(ta_json_reader *reader, const cJSON *object, const char *name) {
    const cJSON *item = ta_json_member(reader, object, name);
    if (item && !cJSON_IsBool(item))
        ta_json_wrong(reader, "%s%s is neither true nor false", reader->where, name);
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

uint64_t ta_json_take_u64(ta_json_reader *reader, const cJSON *object, const char *name,
                          uint64_t max) {
    const cJSON *item = ta_json_member(reader, object, name);
    uint64_t value = 0;
    if (!item)
        return 0;
    if (!whole_number(item, &value) || value > max) {
        ta_json_wrong(reader, "%s%s is not a whole number from 0 to %llu", reader->where, name,
                      (unsigned long long)max);
        return 0;
    }
    return value;
}

uint64_t ta_json_take_hash(ta_json_reader *reader, const cJSON *object, const char *name) {
    const cJSON *item = ta_json_member(reader, object, name);
    if (!item || cJSON_IsNull(item))
        return 0;
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    if (strlen(text) != 18 || strncmp(text, "0x", 2) != 0 ||
        strspn(text + 2, "0123456789abcdef") != 16) {
        ta_json_wrong(reader, "%s%s is not a hash: 0x and 16 digits", reader->where, name);
        return 0;
    }
    return strtoull(text, NULL, 16);
}

double ta_json_take_number(ta_json_reader *reader, const cJSON *object, const char *name,
                           bool *known) {
    const cJSON *item = ta_json_member(reader, object, name);
    *known = false;
    if (!item || cJSON_IsNull(item))
        return 0;
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) {
        ta_json_wrong(reader, "%s%s is neither a number nor null", reader->where, name);
        return 0;
    }
    *known = true;
    return item->valuedouble;
}

ta_verdict ta_json_take_verdict(ta_json_reader *reader, const cJSON *object) {
    char name[32] = "";
    ta_verdict verdict = TA_VERDICT_PARTIAL;
    TA_JSON_TAKE_TEXT(reader, object, "verdict", name);
    if (!reader->failed && !ta_verdict_find(name, &verdict))
        ta_json_wrong(reader, "%sverdict is \"%s\", which is none", reader->where, name);
    return verdict;
}

const cJSON *ta_json_take_object(ta_json_reader *reader, const cJSON *object, const char *name) {
    const cJSON *item = ta_json_member(reader, object, name);
    if (item && !cJSON_IsObject(item))
        ta_json_wrong(reader, "%s%s is not an object", reader->where, name);
    return reader->failed ? NULL : item;
}

const cJSON *ta_json_take_array(ta_json_reader *reader, const cJSON *object, const char *name,
                                size_t max, uint32_t *count) {
    const cJSON *array = ta_json_member(reader, object, name), *item;
    *count = 0;
    if (array && !cJSON_IsArray(array))
        ta_json_wrong(reader, "%s%s is not an array", reader->where, name);
    if (reader->failed)
        return NULL;
    size_t items = 0;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsObject(item))
            ta_json_wrong(reader, "%s%s[%zu] is not an object", reader->where, name, items);
        items++;
    }
    if (items > max)
        ta_json_wrong(reader, "%s%s has %zu items; %zu is the most", reader->where, name, items,
                      max);
    if (reader->failed || !array)
        return NULL;
    *count = (uint32_t)items;
    return array->child;
}

uint32_t ta_json_take_indices(ta_json_reader *reader, const cJSON *object, const char *name,
                              uint32_t max, uint32_t below, uint32_t *to) {
    const cJSON *array = ta_json_member(reader, object, name), *item;
    if (array && !cJSON_IsArray(array))
        ta_json_wrong(reader, "%s%s is not an array", reader->where, name);
    if (array && (uint32_t)cJSON_GetArraySize(array) > max)
        ta_json_wrong(reader, "%s%s has more than %u items", reader->where, name, max);
    uint32_t count = 0;
    if (reader->failed)
        return 0;
    cJSON_ArrayForEach(item, array) {
        uint64_t value;
        if (!whole_number(item, &value) || value >= below) {
            ta_json_wrong(reader, "%s%s[%u] is not a whole number below %u", reader->where, name,
                          count, below);
            return 0;
        }
        to[count++] = (uint32_t)value;
    }
    return count;
}

void *ta_json_make_items(ta_json_reader *reader, uint32_t count, size_t size) {
    void *items = reader->failed ? NULL : calloc(count ? count : 1, size);
    if (!items && !reader->failed) {
        ta_json_wrong(reader, "no memory");
        reader->no_memory = true;
    }
    return items;
}

void ta_json_enter(ta_json_reader *reader, const char *name, uint32_t index) {
    (void)snprintf(reader->where, sizeof reader->where, "%s[%u].", name, index);
}

void ta_json_leave(ta_json_reader *reader) {
    reader->where[0] = '\0';
}
