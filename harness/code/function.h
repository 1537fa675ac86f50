/* function.h: functions of the program itself that are to be watched: where they are, and what
 * their first instructions are, so that the auditor can move them and put a jump in their place.
 *
 *     uint32_t count = 0;
 *     status = ta_function_find(program, "World::update", watched, room, &count);
 *
 * Reads the program's file. Allocates while it does. */
#ifndef TA_CODE_FUNCTION_H
#define TA_CODE_FUNCTION_H

#include "layout.h"
#include "status.h"

/* Fills an entry for each function of that name in the program (static ones of several files may
 * share it), at most `room`; none is no error. The name is as in function_name.h; overloads and
 * copies that a compiler made (.isra, .constprop) are functions of it, parts (.cold) are not.
 * TA_BAD_INPUT, with the reason, for a function that cannot be watched. */
ta_status ta_function_find(const char *program, const char *name, ta_watched *watched,
                           uint32_t room, uint32_t *count);

#endif
