/* frame_text.h: what frames and hot paths are called where stacks are drawn.
 *
 *     ta_frame_name name = ta_frame_name_of(&site->frames[i]);
 *     fputs(name.text, out);
 *     ta_print_frame(out, &site->frames[i], (ta_frame_style){.column = 6, .width = 80});
 *
 * Names are values. Nothing here allocates; any thread. */
#ifndef TA_REPORT_FRAME_TEXT_H
#define TA_REPORT_FRAME_TEXT_H

#include <stdio.h>

#include "result.h"

typedef struct ta_frame_name {
    char text[sizeof((ta_frame *)0)->function + sizeof((ta_frame *)0)->file];
} ta_frame_name;

/* The function; "libgame.so+0x3456" when that is unknown, so that two places of one module stay
 * two; "(unknown)" when the module is unknown as well. */
ta_frame_name ta_frame_name_of(const ta_frame *frame);

/* How a frame is printed: in what is left of a line of `width` columns after `column`. */
typedef struct ta_frame_style {
    unsigned column, width;
    bool recursive; /* it calls itself: repeats were folded into it */
    const char
        *through; /* what it called to get its memory, told where there is room; "": nothing */
} ta_frame_style;

/* "g::World::add  src/world.cpp:12  (in std::map<int, ...>::operator[])" and the end of the line.
 * Where function and place do not fit they share the room: names are cut in the middle, places at
 * their begin. The place of a frame without a line is its offset in the module. */
void ta_print_frame(FILE *out, const ta_frame *frame, ta_frame_style style);

/* The hot path's name, the root of a site's stack; "(no hot path)" when it has none. */
const char *ta_site_root(const ta_site *site);

#endif
