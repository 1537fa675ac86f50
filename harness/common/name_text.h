/* name_text.h: names of functions where room is short: template arguments are left out first.
 *
 *     fputs(ta_name_fit(frame->function, 40).text, out);   "std::map<int, ...>::operator[]"
 *
 * Names are as demanglers of C++ and Rust write them. Nothing here allocates; any thread. */
#ifndef TA_COMMON_NAME_TEXT_H
#define TA_COMMON_NAME_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { TA_NAME_TEXT_MAX = 512, TA_NAME_FIT_MIN = 4 };

typedef struct ta_name_text {
    char text[TA_NAME_TEXT_MAX];
} ta_name_text;

/* The name in at most `columns` bytes, from TA_NAME_FIT_MIN to TA_NAME_TEXT_MAX - 1 (others are
 * taken for the nearer of these). One that is longer loses the inline namespaces of std, then its
 * deepest template arguments, the last of a list first, and where that is not enough the middle of
 * the name. */
ta_name_text ta_name_fit(const char *name, size_t columns);

/* Bytes of the name without what compilers append to a clone of a function: " [clone .isra.0]",
 * ".part.0", ".cold". */
size_t ta_name_length(const char *name);

/* Whether the name is that of a part that was split off its function (".part.0"). */
bool ta_name_is_part(const char *name);

/* The last component of a name, without template arguments and what was appended: "operator[]" of
 * the above. Debug information has no more of functions that no other file can call. */
const char *ta_name_base(const char *name, size_t *length);

#endif
