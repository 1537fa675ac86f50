/* json_make.h: the few additions to cJSON that every JSON of ours is made with: exact integers,
 * hashes as text, unknown as null, and texts that are always valid UTF-8.
 *
 * Functions allocate. cJSON's own convention for a lack of memory is kept: adding to or adding NULL
 * gives NULL, and the one check at the end is whether the text could be printed and is whole; so
 * each maker counts its failures in `failed`. */
#ifndef TA_RESULT_JSON_MAKE_H
#define TA_RESULT_JSON_MAKE_H

#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#define TA_JSON_EXACT_MAX (UINT64_C(1) << 53) /* beyond it a double skips integers */

typedef struct ta_json {
    cJSON *root;
    bool failed; /* out of memory: the tree is not whole */
} ta_json;

ta_json ta_json_new(void);

/* Each adds `name` to `object`. Numbers over 2^53 become text, so that no reader rounds them. */
void ta_json_text(ta_json *json, cJSON *object, const char *name, const char *value);
void ta_json_bool(ta_json *json, cJSON *object, const char *name, bool value);
void ta_json_u64(ta_json *json, cJSON *object, const char *name, uint64_t value);
/* "0x" and 16 digits; null when 0, which is a hash that nobody told. */
void ta_json_hash(ta_json *json, cJSON *object, const char *name, uint64_t value);
/* null when not known or not finite; integers without exponent or decimals. */
void ta_json_number(ta_json *json, cJSON *object, const char *name, bool known, double value);
cJSON *ta_json_object(ta_json *json, cJSON *object, const char *name);
cJSON *ta_json_array(ta_json *json, cJSON *object, const char *name);
cJSON *ta_json_append_object(ta_json *json, cJSON *array);
cJSON *ta_json_append_array(ta_json *json, cJSON *array);
void ta_json_append_text(ta_json *json, cJSON *array, const char *value);

/* A number however large it is, for forms of others, whose readers take nothing but numbers. */
void ta_json_count(ta_json *json, cJSON *object, const char *name, uint64_t value);
void ta_json_append_count(ta_json *json, cJSON *array, uint64_t value);

/* The text of the tree, which is deleted; NULL when anything failed. The caller frees it with
 * cJSON_free(). */
char *ta_json_finish(ta_json *json);

/* Copies `text` to `to` with each byte that is not UTF-8 (and nothing else) replaced by '?'. */
void ta_utf8_clean(const char *text, char *to, size_t size);

#endif
