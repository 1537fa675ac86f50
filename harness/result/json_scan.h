/* json_scan.h: finds a member of a JSON object in its text, without parsing the rest.
 *
 *     ta_json_span ticks;
 *     if (ta_json_find_member((ta_json_span){text, text + size}, "ticks", &ticks)) ...
 *
 * It follows brackets and strings only: what it passes over need not be valid JSON, and is for a
 * parser to check. Never looks outside of the span. Does not allocate; any thread. */
#ifndef TA_RESULT_JSON_SCAN_H
#define TA_RESULT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ta_json_span {
    const char *at, *end; /* the first byte, and behind the last */
} ta_json_span;

/* The value of the first member `key` (which needs no escapes) of the object in the span, without
 * blanks around it. False when there is none, or the span is no object. */
bool ta_json_find_member(ta_json_span object, const char *key, ta_json_span *value);

/* Walks over the items of an array:
 *     ta_json_items items = ta_json_items_of(array);
 *     while (ta_json_next_item(&items, &item)) ...
 *     items.good: whether it was an array to its end */
typedef struct ta_json_items {
    ta_json_span rest;
    bool good, done, first;
} ta_json_items;

ta_json_items ta_json_items_of(ta_json_span array);
bool ta_json_next_item(ta_json_items *items, ta_json_span *item);

#endif
