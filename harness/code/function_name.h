/* function_name.h: whether a symbol is the function that somebody named, as people write names: the
 * linker's name, or C++ and Rust as in the source, with or without parameters.
 *
 *     ta_function_name name;
 *     ta_function_name_read("game::World::update(int)", &name);
 *     if (ta_function_name_match(&name, symbol) == TA_NAME_WHOLE) ...
 *
 * White space and a leading "::" do not count. Matching allocates while it demangles; any thread.
 */
#ifndef TA_CODE_FUNCTION_NAME_H
#define TA_CODE_FUNCTION_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { TA_FUNCTION_NAME_MAX = 512 };

typedef struct ta_function_name {
    char text[TA_FUNCTION_NAME_MAX]; /* without white space */
    char
        hint[TA_FUNCTION_NAME_MAX]; /* an identifier that each symbol of it contains; "" for none */
} ta_function_name;

/* What compilers make of a function beside the function itself. */
typedef enum ta_name_match {
    TA_NAME_OTHER, /* another function */
    TA_NAME_WHOLE, /* the function, or a whole copy of it (.isra, .constprop) */
    TA_NAME_PART   /* a piece without an entry of its own: .cold, .part, a coroutine's .resume */
} ta_name_match;

/* Longer names are cut off, and match nothing. */
void ta_function_name_read(const char *written, ta_function_name *name);

/* `symbol` is the linker's name. */
ta_name_match ta_function_name_match(const ta_function_name *name, const char *symbol);

/* Whether it means a function of this readable name, namespaces and classes included, parameters
 * not. */
bool ta_function_name_is(const ta_function_name *name, const char *readable);

/* Whether it lies in a namespace or class, and its last part is this. */
bool ta_function_name_ends(const ta_function_name *name, const char *short_name);

/* How many parameters were written; -1: none were, so that all overloads are meant. */
int ta_function_name_parameters(const ta_function_name *name);

/* Bytes of a symbol without what compilers append to it. `*is_part` may be NULL. */
size_t ta_symbol_base(const char *symbol, bool *is_part);

/* How a symbol is written in the source, parameters included; "" without memory. At most `size`. */
void ta_symbol_readable(const char *symbol, char *text, size_t size);

#endif
