/* site_frames.h: which frames of a stack a reader wants to see. For site_tree.c and
 * compare_sites_text.c.
 *
 *     count = ta_frames_fold(result, frames, count);
 *     start = ta_frames_start(result, frames, count);
 *
 * Frames are indices into the result's, innermost first; TA_SITE_FRAME_RECURSIVE may be set in
 * them. Allocates nothing; any thread. */
#ifndef TA_REPORT_SITE_FRAMES_H
#define TA_REPORT_SITE_FRAMES_H

#include "frame_kind.h"
#include "site_tree.h"

/* Orders frames by what is shown of them: equal ones are one place to the reader. */
int ta_frame_compare(const ta_frame *a, const ta_frame *b);

/* Takes out the repeats of recursion and what begins a program or a thread; how many are left. */
uint32_t ta_frames_fold(const ta_result *result, uint32_t *frames, uint32_t count);

#endif
