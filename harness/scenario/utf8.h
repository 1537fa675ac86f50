/* utf8.h: which bytes are characters, and which characters are commands to a terminal.
 *
 *     if (!ta_utf8_is_clean(argument))
 *         return refuse(...);
 *
 * Nothing here allocates; safe from any thread. */
#ifndef TA_SCENARIO_UTF8_H
#define TA_SCENARIO_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the UTF-8 character at `text`, of which `size`, at least 1, may be read; 0 when there is
 * none. Overlong forms, surrogates and what lies beyond U+10FFFF are none (Unicode 15, table 3-7).
 */
size_t ta_utf8_bytes(const unsigned char *text, size_t size);

/* C0, DEL and C1: in a terminal they are commands, in a table they tear the row. */
bool ta_code_is_control(unsigned code);

/* The same for a character of `bytes` bytes. */
bool ta_utf8_is_control(const unsigned char *text, size_t bytes);

/* Whether a zero-terminated text is valid UTF-8 without control characters. */
bool ta_utf8_is_clean(const char *text);

#endif
