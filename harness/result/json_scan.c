#include "json_scan.h"

#include <string.h>

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* Behind the string that begins at `at`, or NULL when it does not end. */
static const char *skip_string(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : NULL;
}

static bool ends_value(char c) {
    return c == ',' || c == '}' || c == ']' || c == ':' || c == ' ' || c == '\t' || c == '\n' ||
           c == '\r';
}

/* Behind the value that begins at `at`, or NULL when it does not end. */
static const char *skip_value(const char *at, const char *end) {
    const char *start = at;
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            if (!at)
                return NULL;
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (depth > 0) {
            if (*at == '}' || *at == ']')
                depth--;
            at++;
        } else {
            while (at < end && !ends_value(*at))
                at++;
            return at > start ? at : NULL;
        }
        if (depth == 0)
            return at;
    }
    return NULL;
}

bool ta_json_find_member(ta_json_span object, const char *key, ta_json_span *value) {
    const char *end = object.end, *at = skip_blanks(object.at, end);
    size_t key_length = strlen(key);
    if (at == end || *at != '{')
        return false;
    at = skip_blanks(at + 1, end);
    while (at < end && *at == '"') {
        const char *name = at + 1;
        at = skip_string(at, end);
        if (!at)
            return false;
        bool found = (size_t)(at - 1 - name) == key_length && memcmp(name, key, key_length) == 0;
        at = skip_blanks(at, end);
        if (at == end || *at != ':')
            return false;
        const char *start = skip_blanks(at + 1, end);
        at = skip_value(start, end);
        if (!at)
            return false;
        if (found) {
            *value = (ta_json_span){start, at};
            return true;
        }
        at = skip_blanks(at, end);
        if (at == end || *at != ',')
            return false;
        at = skip_blanks(at + 1, end);
    }
    return false;
}

ta_json_items ta_json_items_of(ta_json_span array) {
    const char *at = skip_blanks(array.at, array.end);
    bool good = at < array.end && *at == '[';
    return (ta_json_items){{good ? at + 1 : at, array.end}, good, !good, true};
}

bool ta_json_next_item(ta_json_items *items, ta_json_span *item) {
    const char *end = items->rest.end, *at = skip_blanks(items->rest.at, end);
    if (items->done)
        return false;
    if (at < end && *at == ']') {
        items->done = true;
        return false;
    }
    bool separated = items->first || (at < end && *at == ',');
    if (!items->first && separated)
        at = skip_blanks(at + 1, end);
    const char *behind = separated && at < end ? skip_value(at, end) : NULL;
    items->first = false;
    if (!behind) {
        items->good = false;
        items->done = true;
        return false;
    }
    *item = (ta_json_span){at, behind};
    items->rest.at = behind;
    return true;
}
