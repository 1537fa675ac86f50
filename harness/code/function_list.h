/* function_list.h: the functions of a program's file by their names: which overloads a name means,
 * which imports it is, and which names are like one that is none.
 *
 *     ta_function_nearest(path, "game::updat", text, sizeof text);
 *
 * Reads the file. Allocates; any thread. */
#ifndef TA_CODE_FUNCTION_LIST_H
#define TA_CODE_FUNCTION_LIST_H

#include "layout.h"

enum { TA_FUNCTION_LIST_MAX = 400 };

/* Begins an entry for each imported function that the name means: one for C, more for overloads of
 * C++; at most `room`, which is not 0. How many, at least one: of a name that the program itself
 * does not import the entry is for that name, since a library may. */
uint32_t ta_function_imports(const char *program, const char *name, ta_watched *watched,
                             uint32_t room);

/* The functions that a name means, own and imported, as they are written, by commas; how many. */
uint32_t ta_function_meant(const char *program, const char *name, char *text, size_t size);

/* Up to three names that are like it, by commas; "" for none. */
void ta_function_nearest(const char *program, const char *name, char *text, size_t size);

#endif
