/* frame_kind.h: whose code a frame is, and where in a stack the reader's own begins.
 *
 *     uint32_t start = ta_frames_start(result, result->stacks + site->stack_at, site->frame_count);
 *
 * What is known of a frame are names and a line: the C library and the runtimes of C++ and Rust are
 * told by the names of their files, headers and namespaces. Allocates nothing; any thread. */
#ifndef TA_RESULT_FRAME_KIND_H
#define TA_RESULT_FRAME_KIND_H

#include "result.h"

/* Who calls ta_frames_start() may have this bit set in the indices of frames. */
#define TA_FRAME_MARK (UINT32_C(1) << 31)

/* Libraries below every program: the loader, libc, libstdc++, the auditor. */
bool ta_frame_is_of_system(const ta_frame *frame);

/* The C library, a compiler's runtime or the standard library of C++ or Rust, inlined or not. */
bool ta_frame_is_runtime(const ta_frame *frame);

/* A function that is called for memory: "xmalloc", "sqlite3DbStrDup". */
bool ta_frame_is_allocator(const ta_frame *frame);

/* The frame has a line of somebody's own code. */
bool ta_frame_is_own(const ta_frame *frame);

/* The place, in a stack of indices of the result's frames from the innermost, at which the reader's
 * own code begins: the first frame that has a line and is no runtime's; where that is far out, the
 * first that is not passed over by its name. 0 when there is none. */
uint32_t ta_frames_start(const ta_result *result, const uint32_t *frames, uint32_t count);

/* The same of a site. */
uint32_t ta_site_start(const ta_result *result, const ta_site *site);

/* The outermost of the frames before `start` that has a name: what the reader's own code called to
 * get its memory. NULL when nothing was passed over. */
const ta_frame *ta_frames_through(const ta_result *result, const uint32_t *frames, uint32_t start);

#endif
