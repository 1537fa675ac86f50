#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_strict.h"

_Static_assert((int)TA_JSON_DEPTH_MAX == (int)TA_SCENARIO_DEPTH_MAX, "one depth");

typedef struct mark {
    const cJSON *node;
    ta_json_position position;
    const char *override; /* NULL when it stood in the file */
} mark;

struct ta_document {
    const char *path;
    cJSON *root;
    unsigned count;
    mark marks[TA_SCENARIO_VALUES_MAX];
};

cJSON *ta_document_root(const ta_document *document) {
    return document->root;
}

static const mark *find_mark(const ta_document *document, const cJSON *node) {
    for (unsigned i = 0; i < document->count; i++)
        if (document->marks[i].node == node)
            return &document->marks[i];
    return NULL;
}

ta_status ta_document_verror(const ta_document *document, const cJSON *node, ta_at at,
                             const char *json_path, const char *format, va_list arguments) {
    char words[TA_STATUS_TEXT_MAX / 2];
    vsnprintf(words, sizeof words, format, arguments);
    const char *colon = json_path[0] ? ": " : "";
    const mark *found = find_mark(document, node);
    if (found && found->override)
        return ta_status_make(TA_BAD_INPUT, "--set %.200s: %s%s%s", found->override, json_path,
                              colon, words);
    ta_json_position place = found ? found->position : (ta_json_position){.line = 1, .column = 1};
    bool key = at == TA_AT_KEY && place.key_line > 0;
    return ta_status_make(TA_BAD_INPUT, "%.300s:%u:%u: %s%s%s", document->path,
                          key ? place.key_line : place.line, key ? place.key_column : place.column,
                          json_path, colon, words);
}

ta_status ta_document_error(const ta_document *document, const cJSON *node, ta_at at,
                            const char *json_path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    ta_status status = ta_document_verror(document, node, at, json_path, format, arguments);
    va_end(arguments);
    return status;
}

const char *ta_document_override(const ta_document *document, const cJSON *node) {
    const mark *found = find_mark(document, node);
    return found ? found->override : NULL;
}

/* In these walks recursion ends at TA_JSON_DEPTH_MAX, or twice that below an override's path. */
bool ta_document_adopt(ta_document *document, const cJSON *node, const char *override) {
    if (document->count == TA_SCENARIO_VALUES_MAX)
        return false;
    document->marks[document->count++] = (mark){.node = node, .override = override};
    for (const cJSON *child = node->child; child; child = child->next)
        if (!ta_document_adopt(document, child, override))
            return false;
    return true;
}

void ta_document_forget(ta_document *document, const cJSON *node) {
    for (const cJSON *child = node->child; child; child = child->next)
        ta_document_forget(document, child);
    for (unsigned i = 0; i < document->count; i++) {
        if (document->marks[i].node == node) {
            document->marks[i] = document->marks[--document->count];
            return;
        }
    }
}

bool ta_json_duplicate(const cJSON *node, const cJSON **second, const cJSON **first) {
    for (const cJSON *child = node->child; child; child = child->next) {
        for (const cJSON *other = node->child; cJSON_IsObject(node) && other != child;
             other = other->next) {
            if (strcmp(child->string, other->string) == 0) {
                *second = child;
                *first = other;
                return true;
            }
        }
        if (ta_json_duplicate(child, second, first))
            return true;
    }
    return false;
}

/* Pairs the tree with the positions, both in the order of the text. */
static bool place_nodes(ta_document *document, const cJSON *node, const ta_json_position *positions,
                        unsigned count) {
    if (document->count == count)
        return false;
    mark *placed = &document->marks[document->count];
    *placed = (mark){.node = node, .position = positions[document->count++]};
    for (const cJSON *child = node->child; child; child = child->next)
        if (!place_nodes(document, child, positions, count))
            return false;
    return true;
}

static ta_status check_tree(const ta_document *document, const ta_document_kind *kind) {
    if (!cJSON_IsObject(document->root))
        return ta_document_error(document, document->root, TA_AT_VALUE, "",
                                 "expected an object, as in %s", kind->example);
    const cJSON *second, *first;
    if (!ta_json_duplicate(document->root, &second, &first))
        return ta_status_ok();
    const mark *earlier = find_mark(document, first);
    return ta_document_error(document, second, TA_AT_KEY, "",
                             "the key \"%.64s\" appears twice; first on line %u", second->string,
                             earlier ? earlier->position.key_line : 0);
}

static ta_status fill(ta_document *document, const char *text, size_t size,
                      const ta_document_kind *kind, ta_json_position *positions) {
    ta_json_error error;
    unsigned count;
    if (!ta_json_scan(text, size, positions, TA_SCENARIO_VALUES_MAX, &count, &error))
        return ta_status_make(TA_BAD_INPUT, "%.300s:%u:%u: %s%s%s", document->path, error.line,
                              error.column, error.path, error.path[0] ? ": " : "", error.text);
    document->root = cJSON_ParseWithLengthOpts(text, size, NULL, false);
    if (!document->root)
        return ta_status_make(TA_INTERNAL, "%.300s: cannot be read: out of memory", document->path);
    if (!place_nodes(document, document->root, positions, count) || document->count != count)
        return ta_status_make(TA_INTERNAL, "%.300s: two readings of this file differ",
                              document->path);
    return check_tree(document, kind);
}

ta_status ta_document_open(const char *text, size_t size, const char *path,
                           const ta_document_kind *kind, ta_document **document) {
    *document = NULL;
    if (size > TA_SCENARIO_FILE_BYTES_MAX)
        return ta_status_make(TA_BAD_INPUT, "%.300s: %zu bytes; %s has at most %d", path, size,
                              kind->what, TA_SCENARIO_FILE_BYTES_MAX);
    ta_document *made = calloc(1, sizeof *made);
    ta_json_position *positions = calloc(TA_SCENARIO_VALUES_MAX, sizeof *positions);
    ta_status status = ta_status_make(TA_INTERNAL, "%.300s: out of memory", path);
    if (made && positions) {
        made->path = path;
        status = fill(made, text, size, kind, positions);
    }
    free(positions);
    if (ta_ok(status))
        *document = made;
    else
        ta_document_close(made);
    return status;
}

void ta_document_close(ta_document *document) {
    if (document)
        cJSON_Delete(document->root);
    free(document);
}
