/* json_take.h: takes checked values out of a cJSON tree, and remembers the first that was wrong.
 *
 *     ta_json_reader reader = {0};
 *     seed = ta_json_take_u64(&reader, root, "seed", UINT64_MAX);
 *     ... more of them ...
 *     if (reader.failed)  reader.why: "phases[2].complete is missing"
 *
 * Once something was wrong all of them do nothing and give zeroes, so that only the top needs to
 * ask. Any thread; only ta_json_make_items() allocates. */
#ifndef TA_RESULT_JSON_TAKE_H
#define TA_RESULT_JSON_TAKE_H

#include <cJSON.h>

#include "result.h"

typedef struct ta_json_reader {
    bool failed, no_memory;
    char why[400];
    char where[128]; /* where we are: "phases[2]." */
} ta_json_reader;

/* Notes what is wrong, unless something was before. */
void ta_json_wrong(ta_json_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* We are in item `index` of the array `name`, or at the top again. For messages. */
void ta_json_enter(ta_json_reader *reader, const char *name, uint32_t index);
void ta_json_leave(ta_json_reader *reader);

/* Each wants the member to be there, and to be of its kind and within its limits. */
const cJSON *ta_json_member(ta_json_reader *reader, const cJSON *object, const char *name);
const cJSON *ta_json_take_object(ta_json_reader *reader, const cJSON *object, const char *name);
bool ta_json_take_bool(ta_json_reader *reader, const cJSON *object, const char *name);
/* A whole number, or the text of one. */
uint64_t ta_json_take_u64(ta_json_reader *reader, const cJSON *object, const char *name,
                          uint64_t max);
/* 0 for null. */
uint64_t ta_json_take_hash(ta_json_reader *reader, const cJSON *object, const char *name);
/* null is not known. */
double ta_json_take_number(ta_json_reader *reader, const cJSON *object, const char *name,
                           bool *known);
/* The member "verdict". */
ta_verdict ta_json_take_verdict(ta_json_reader *reader, const cJSON *object);
void ta_json_take_text(ta_json_reader *reader, const cJSON *object, const char *name, char *to,
                       size_t size);
#define TA_JSON_TAKE_TEXT(reader, object, name, field)                                             \
    ta_json_take_text(reader, object, name, field, sizeof(field))

/* The first item of an array of at most `max` objects, and how many there are. */
const cJSON *ta_json_take_array(ta_json_reader *reader, const cJSON *object, const char *name,
                                size_t max, uint32_t *count);

/* An array of at most `max` numbers, each below `below`, into `to`; how many there are. */
uint32_t ta_json_take_indices(ta_json_reader *reader, const cJSON *object, const char *name,
                              uint32_t max, uint32_t below, uint32_t *to);

/* Zeroed room for items, never of no size; NULL when something was wrong, or notes the lack of
 * memory. The caller frees it. */
void *ta_json_make_items(ta_json_reader *reader, uint32_t count, size_t size);

#endif
