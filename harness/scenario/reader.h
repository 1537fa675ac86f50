/* reader.h: values out of a document's objects, checked against their keys.
 *
 *     ta_reader reader = {.document = document};
 *     ta_object root = {ta_document_root(document), ""};
 *     uint64_t seed;
 *     if (!ta_read_whole(&reader, &root, &ta_root_keys[TA_ROOT_seed], &seed))
 *         return reader.status;
 *
 * A read leaves its target alone when the key is absent and not required, so that the default
 * stands. Every function returns false after filling `status`. Nothing here allocates. */
#ifndef TA_SCENARIO_READER_H
#define TA_SCENARIO_READER_H

#include "document.h"
#include "json_strict.h"
#include "keys.h"

typedef struct ta_reader {
    const ta_document *document;
    ta_status status;
} ta_reader;

typedef struct ta_object {
    const cJSON *node;
    char path[TA_JSON_PATH_MAX]; /* "" for the root */
} ta_object;

/* Fails at a place, under `json_path`. Always false, so that a check can return it. */
bool ta_reader_fail(ta_reader *reader, const cJSON *node, ta_at at, const char *json_path,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same for the value of a key of an object: the path is made from both. */
bool ta_reader_fail_key(ta_reader *reader, const ta_object *object, const ta_key *key,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* That the object has no key but the table's, and all that the table requires. `what`
 * names the kind of object for the message. */
bool ta_read_keys(ta_reader *reader, const ta_object *object, const ta_key *keys, unsigned count,
                  const char *what);

/* The value of a key, NULL when absent. */
const cJSON *ta_object_get(const ta_object *object, const ta_key *key);

bool ta_read_text(ta_reader *reader, const ta_object *object, const ta_key *key, char *text,
                  size_t size);
bool ta_read_whole(ta_reader *reader, const ta_object *object, const ta_key *key, uint64_t *value);
bool ta_read_whole32(ta_reader *reader, const ta_object *object, const ta_key *key,
                     uint32_t *value);
bool ta_read_number(ta_reader *reader, const ta_object *object, const ta_key *key, double *value);
bool ta_read_truth(ta_reader *reader, const ta_object *object, const ta_key *key, bool *value);

/* An object or array below; child->node is NULL when it is absent. An array's size is within the
 * key's limits. */
bool ta_read_object(ta_reader *reader, const ta_object *object, const ta_key *key,
                    ta_object *child);
bool ta_read_array(ta_reader *reader, const ta_object *object, const ta_key *key, ta_object *child);

/* What a value is, in words: "a text", "true" ... */
const char *ta_json_kind(const cJSON *node);

#endif
