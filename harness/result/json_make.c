#include "json_make.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character at `s`, or 0 when it is none: overlong forms, surrogates and what is
 * over U+10FFFF are none. */
static size_t utf8_length(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    unsigned char low = 0x80, high = 0xbf;
    if (s[0] == 0xe0)
        low = 0xa0;
    if (s[0] == 0xed)
        high = 0x9f;
    if (s[0] == 0xf0)
        low = 0x90;
    if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return length;
}

void ta_utf8_clean(const char *text, char *to, size_t size) {
    const unsigned char *s = (const unsigned char *)text;
    size_t used = 0;
    while (*s && used + 1 < size) {
        size_t length = utf8_length(s);
        if (length == 0) {
            to[used++] = '?';
            s++;
        } else if (used + length < size) {
            memcpy(to + used, s, length);
            used += length;
            s += length;
        } else {
            break;
        }
    }
    to[used] = '\0';
}

/* Takes `item` over in every case. */
static void add(ta_json *json, cJSON *object, const char *name, cJSON *item) {
    if (item && object && cJSON_AddItemToObject(object, name, item))
        return;
    cJSON_Delete(item);
    json->failed = true;
}

static cJSON *text_item(const char *value) {
    size_t size = strlen(value) + 1;
    char *clean = malloc(size);
    if (!clean)
        return NULL;
    ta_utf8_clean(value, clean, size);
    cJSON *item = cJSON_CreateString(clean);
    free(clean);
    return item;
}

ta_json ta_json_new(void) {
    cJSON *root = cJSON_CreateObject();
    return (ta_json){root, root == NULL};
}

void ta_json_text(ta_json *json, cJSON *object, const char *name, const char *value) {
    add(json, object, name, text_item(value));
}

void ta_json_bool(ta_json *json, cJSON *object, const char *name, bool value) {
    add(json, object, name, cJSON_CreateBool(value));
}

void ta_json_u64(ta_json *json, cJSON *object, const char *name, uint64_t value) {
    char digits[32];
    bool exact = value <= TA_JSON_EXACT_MAX;
    (void)snprintf(digits, sizeof digits, exact ? "%" PRIu64 : "\"%" PRIu64 "\"", value);
    add(json, object, name, cJSON_CreateRaw(digits));
}

void ta_json_hash(ta_json *json, cJSON *object, const char *name, uint64_t value) {
    char digits[32];
    (void)snprintf(digits, sizeof digits, "0x%016" PRIx64, value);
    add(json, object, name, value ? cJSON_CreateString(digits) : cJSON_CreateNull());
}

void ta_json_number(ta_json *json, cJSON *object, const char *name, bool known, double value) {
    char digits[32];
    if (!known || !isfinite(value)) {
        add(json, object, name, cJSON_CreateNull());
    } else if (fabs(value) <= (double)TA_JSON_EXACT_MAX && value == floor(value)) {
        (void)snprintf(digits, sizeof digits, "%" PRId64, (int64_t)value);
        add(json, object, name, cJSON_CreateRaw(digits));
    } else {
        /* cJSON's own printing is content with 15 digits that are nearly the same. */
        for (int precision = 15; precision <= 17; precision++) {
            (void)snprintf(digits, sizeof digits, "%.*g", precision, value);
            if (!(strtod(digits, NULL) < value) && !(strtod(digits, NULL) > value))
                break;
        }
        add(json, object, name, cJSON_CreateRaw(digits));
    }
}

cJSON *ta_json_object(ta_json *json, cJSON *object, const char *name) {
    cJSON *item = object ? cJSON_AddObjectToObject(object, name) : NULL;
    json->failed = json->failed || !item;
    return item;
}

cJSON *ta_json_array(ta_json *json, cJSON *object, const char *name) {
    cJSON *item = object ? cJSON_AddArrayToObject(object, name) : NULL;
    json->failed = json->failed || !item;
    return item;
}

static bool append(ta_json *json, cJSON *array, cJSON *item) {
    if (item && array && cJSON_AddItemToArray(array, item))
        return true;
    cJSON_Delete(item);
    json->failed = true;
    return false;
}

cJSON *ta_json_append_object(ta_json *json, cJSON *array) {
    cJSON *item = cJSON_CreateObject();
    return append(json, array, item) ? item : NULL;
}

cJSON *ta_json_append_array(ta_json *json, cJSON *array) {
    cJSON *item = cJSON_CreateArray();
    return append(json, array, item) ? item : NULL;
}

static cJSON *count_item(uint64_t value) {
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    return cJSON_CreateRaw(digits);
}

void ta_json_count(ta_json *json, cJSON *object, const char *name, uint64_t value) {
    add(json, object, name, count_item(value));
}

void ta_json_append_count(ta_json *json, cJSON *array, uint64_t value) {
    (void)append(json, array, count_item(value));
}

void ta_json_append_text(ta_json *json, cJSON *array, const char *value) {
    (void)append(json, array, text_item(value));
}

char *ta_json_finish(ta_json *json) {
    char *text = json->failed ? NULL : cJSON_Print(json->root);
    cJSON_Delete(json->root);
    json->root = NULL;
    return text;
}
