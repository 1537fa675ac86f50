#include "suppressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "text_file.h"

enum { FILE_SCHEMA, FILE_SUPPRESSIONS, FILE_KEYS };
static const ta_key file_keys[FILE_KEYS] = {
    [FILE_SCHEMA] = {"schema", TA_KEY_TEXT, false, 1, TA_NAME_MAX - 1},
    [FILE_SUPPRESSIONS] = {"suppressions", TA_KEY_ARRAY, true, 0, TA_SUPPRESSIONS_MAX},
};

enum { HOT_PATH, FUNCTION, MODULE, REASON, EXPIRES, KEYS };
static const ta_key keys[KEYS] = {
    [HOT_PATH] = {"hot-path", TA_KEY_TEXT, false, 1, TA_SUPPRESSION_PATTERN_MAX - 1},
    [FUNCTION] = {"function", TA_KEY_TEXT, false, 1, TA_SUPPRESSION_PATTERN_MAX - 1},
    [MODULE] = {"module", TA_KEY_TEXT, false, 1, TA_SUPPRESSION_PATTERN_MAX - 1},
    [REASON] = {"reason", TA_KEY_TEXT, true, 1, TA_SUPPRESSION_REASON_MAX - 1},
    [EXPIRES] = {"expires", TA_KEY_TEXT, false, 1, TA_SUPPRESSION_DATE_MAX - 1},
};

static const ta_document_kind kind = {
    "a suppressions file", "{\"suppressions\": [{\"function\": \"g_log*\", \"reason\": \"...\"}]}"};

static bool is_leap(unsigned year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned number_at(const char *digits, unsigned count) {
    unsigned number = 0;
    for (unsigned i = 0; i < count; i++)
        number = number * 10 + (unsigned)(digits[i] - '0');
    return number;
}

/* A day of the calendar, as "2027-01-31". */
static bool is_date(const char *text) {
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char form[] = "0000-00-00";
    for (size_t i = 0; i < sizeof form; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i])
            return false;
    }
    unsigned year = number_at(text, 4), month = number_at(text + 5, 2),
             day = number_at(text + 8, 2);
    if (month < 1 || month > 12)
        return false;
    return day >= 1 && day <= days[month - 1] + (month == 2 && is_leap(year));
}

static bool check(ta_reader *reader, const ta_object *object, const ta_suppression *s) {
    if (!*s->hot_path && !*s->function && !*s->module)
        return ta_reader_fail(reader, object->node, TA_AT_VALUE, object->path,
                              "a suppression needs at least one of \"hot-path\", \"function\" and "
                              "\"module\"");
    if (s->reason[strspn(s->reason, " ")] == '\0')
        return ta_reader_fail_key(reader, object, &keys[REASON], "expected a reason, found blanks");
    if (*s->expires && !is_date(s->expires))
        return ta_reader_fail_key(reader, object, &keys[EXPIRES],
                                  "expected a day of the calendar such as \"2027-01-31\", found "
                                  "\"%s\"",
                                  s->expires);
    return true;
}

static bool read_one(ta_reader *reader, const ta_object *object, ta_suppression *s) {
    if (!cJSON_IsObject(object->node))
        return ta_reader_fail(reader, object->node, TA_AT_VALUE, object->path,
                              "expected an object, found %s", ta_json_kind(object->node));
    return ta_read_keys(reader, object, keys, KEYS, "a suppression") &&
           ta_read_text(reader, object, &keys[HOT_PATH], s->hot_path, sizeof s->hot_path) &&
           ta_read_text(reader, object, &keys[FUNCTION], s->function, sizeof s->function) &&
           ta_read_text(reader, object, &keys[MODULE], s->module, sizeof s->module) &&
           ta_read_text(reader, object, &keys[REASON], s->reason, sizeof s->reason) &&
           ta_read_text(reader, object, &keys[EXPIRES], s->expires, sizeof s->expires) &&
           check(reader, object, s);
}

static bool read_schema(ta_reader *reader, const ta_object *root) {
    char schema[TA_NAME_MAX] = TA_SUPPRESSIONS_SCHEMA;
    const ta_key *key = &file_keys[FILE_SCHEMA];
    if (!ta_read_text(reader, root, key, schema, sizeof schema))
        return false;
    if (strcmp(schema, TA_SUPPRESSIONS_SCHEMA) == 0)
        return true;
    return ta_reader_fail_key(reader, root, key, "this version reads \"%s\", found \"%s\"",
                              TA_SUPPRESSIONS_SCHEMA, schema);
}

static bool read_all(ta_reader *reader, const ta_object *root, ta_suppressions *suppressions) {
    ta_object array, object;
    if (!ta_read_keys(reader, root, file_keys, FILE_KEYS, "a suppressions file") ||
        !read_schema(reader, root) ||
        !ta_read_array(reader, root, &file_keys[FILE_SUPPRESSIONS], &array))
        return false;
    size_t count = (size_t)cJSON_GetArraySize(array.node);
    suppressions->items = calloc(count + 1, sizeof *suppressions->items);
    if (!suppressions->items) {
        reader->status = ta_status_make(TA_INTERNAL, "no memory for %zu suppressions", count);
        return false;
    }
    for (object.node = array.node->child; object.node; object.node = object.node->next) {
        snprintf(object.path, sizeof object.path, "suppressions[%u]", suppressions->count);
        if (!read_one(reader, &object, &suppressions->items[suppressions->count]))
            return false;
        suppressions->count++;
    }
    return true;
}

ta_status ta_suppressions_parse(const char *text, size_t size, const char *path,
                                ta_suppressions *suppressions) {
    *suppressions = (ta_suppressions){.items = NULL};
    if (strlen(path) >= sizeof suppressions->path)
        return ta_status_make(TA_BAD_INPUT, "%.128s...: a path of more than %zu bytes", path,
                              sizeof suppressions->path - 1);
    memcpy(suppressions->path, path, strlen(path) + 1);
    ta_document *document;
    ta_status status = ta_document_open(text, size, path, &kind, &document);
    if (!ta_ok(status))
        return status;
    ta_reader reader = {.document = document, .status = ta_status_ok()};
    ta_object root = {.node = ta_document_root(document)};
    if (!read_all(&reader, &root, suppressions))
        ta_suppressions_free(suppressions);
    ta_document_close(document);
    return reader.status;
}

ta_status ta_suppressions_load(const char *path, ta_suppressions *suppressions) {
    char *text;
    size_t size;
    *suppressions = (ta_suppressions){.items = NULL};
    ta_status status = ta_text_file_read(path, kind.what, &text, &size);
    if (ta_ok(status))
        status = ta_suppressions_parse(text, size, path, suppressions);
    free(text);
    return status;
}

void ta_suppressions_free(ta_suppressions *suppressions) {
    free(suppressions->items);
    *suppressions = (ta_suppressions){.items = NULL};
}
