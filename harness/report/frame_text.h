/* frame_text.h: what frames and hot paths are called where stacks are drawn.
 *
 *     ta_frame_name name = ta_frame_name_of(&site->frames[i]);
 *     fputs(name.text, out);
 *
 * Names are values. Nothing here allocates; any thread. */
#ifndef TA_REPORT_FRAME_TEXT_H
#define TA_REPORT_FRAME_TEXT_H

#include "result.h"

typedef struct ta_frame_name {
    char text[sizeof((ta_frame *)0)->function + sizeof((ta_frame *)0)->file];
} ta_frame_name;

/* The function; "libgame.so+0x3456" when that is unknown, so that two places of one module stay
 * two; "(unknown)" when the module is unknown as well. */
ta_frame_name ta_frame_name_of(const ta_frame *frame);

/* The hot path's name, the root of a site's stack; "(no hot path)" when it has none. */
const char *ta_site_root(const ta_site *site);

#endif
