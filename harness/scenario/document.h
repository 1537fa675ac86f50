/* document.h: a JSON text as cJSON's tree, in which every value knows where it was written: at a
 * line and column of the file, or in an override of the command line.
 *
 *     ta_document *document;
 *     ta_status status = ta_document_open(text, size, "burst.json", &kind, &document);
 *     ...
 *     status = ta_document_error(document, node, TA_AT_KEY, "phases[0]", "unknown key ...");
 *     ta_document_close(document);
 *
 * Opening allocates and closing frees. One thread at a time. */
#ifndef TA_SCENARIO_DOCUMENT_H
#define TA_SCENARIO_DOCUMENT_H

#include <cjson/cJSON.h>
#include <stdarg.h>

#include "scenario.h"

typedef struct ta_document ta_document;

/* What a file is, for messages: "a scenario file", and how one begins. */
typedef struct ta_document_kind {
    const char *what, *example;
} ta_document_kind;

typedef enum ta_at { TA_AT_VALUE, TA_AT_KEY } ta_at;

/* Reads `text`, strictly. `path` is for messages and must outlive the document. The text is an
 * object, and no object in it has a key twice.
 * Errors: TA_BAD_INPUT with path:line:column, TA_INTERNAL without memory; *document is then NULL.
 */
ta_status ta_document_open(const char *text, size_t size, const char *path,
                           const ta_document_kind *kind, ta_document **document);
void ta_document_close(ta_document *document); /* NULL is fine */

cJSON *ta_document_root(const ta_document *document);

/* "burst.json:12:5: phases[0]: WORDS", the place being that of `node` or of its key. For a value
 * that came with --set: "--set seed=x: seed: WORDS". `json_path` may be "". */
ta_status ta_document_error(const ta_document *document, const cJSON *node, ta_at at,
                            const char *json_path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
ta_status ta_document_verror(const ta_document *document, const cJSON *node, ta_at at,
                             const char *json_path, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));

/* The override that a value came with, or NULL when it stood in the file. */
const char *ta_document_override(const ta_document *document, const cJSON *node);

/* Notes that `node` and all below it came with `override`, which must outlive the document. False
 * when the document then has more than TA_SCENARIO_VALUES_MAX values. */
bool ta_document_adopt(ta_document *document, const cJSON *node, const char *override);

/* Forgets `node` and all below it, before they are deleted. */
void ta_document_forget(ta_document *document, const cJSON *node);

/* An object of `node` or below it that has a key twice, with the second member and the first; false
 * when there is none. */
bool ta_json_duplicate(const cJSON *node, const cJSON **second, const cJSON **first);

#endif
