/* json_strict.h: says whether a text is JSON, to the letter, and where each value stands.
 *
 *     ta_json_position positions[100];
 *     ta_json_error error;
 *     unsigned count;
 *     if (!ta_json_scan(text, size, positions, 100, &count, &error))
 *         printf("%u:%u: %s\n", error.line, error.column, error.text);
 *
 * cJSON builds the tree, but it accepts more than JSON and keeps no positions; what passes here,
 * cJSON reads without surprise. Nothing here allocates; safe from any thread. */
#ifndef TA_SCENARIO_JSON_STRICT_H
#define TA_SCENARIO_JSON_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TA_JSON_PATH_MAX = 256,        /* bytes of a path such as "phases[0].seconds", with its zero */
    TA_JSON_ERROR_MAX = 256,       /* bytes of an error's words, with their zero */
    TA_JSON_NUMBER_BYTES_MAX = 40, /* of one number; cJSON silently cuts after 63 */
    TA_JSON_DEPTH_MAX = 16         /* objects and arrays within one another; the outermost is 1 */
};

/* Whole numbers up to here survive a double unharmed; one more and two of them look alike. */
#define TA_JSON_WHOLE_MAX UINT64_C(9007199254740992)

/* Lines and columns count from 1, columns in characters, a tab being one. */
typedef struct ta_json_position {
    uint32_t line, column;         /* of the value */
    uint32_t key_line, key_column; /* of its key; zero when it has none */
} ta_json_position;

typedef struct ta_json_error {
    uint32_t line, column;
    char path[TA_JSON_PATH_MAX]; /* of the value that was being read; "" at the top */
    char text[TA_JSON_ERROR_MAX];
} ta_json_error;

/* Checks that `text` is one JSON value (RFC 8259) in valid UTF-8 without a byte-order mark, and,
 * beyond that, that its numbers are finite, its whole numbers exact, and its texts free of control
 * characters (escaped ones too). Fills `positions` in the order of the text, which is the order of
 * a walk over the tree, parents first. False, with `error` filled, at the first fault, or when
 * there are more values than `capacity` or the nesting is deeper than TA_JSON_DEPTH_MAX. */
bool ta_json_scan(const char *text, size_t size, ta_json_position *positions, unsigned capacity,
                  unsigned *count, ta_json_error *error);

#endif
