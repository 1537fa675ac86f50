/* site_keys.h: what makes two sites of different builds the same, from the strictest view to the
 * loosest. For compare_sites.c only.
 *
 *     ta_site_keys keys = ta_site_keys_of(result, site);
 *
 * Keys are hashes, of the hot path as well. The looser ones leave out the runtimes' frames, which
 * differ with what was inlined, and what compilers append to names. Allocates nothing; any thread.
 */
#ifndef TA_JUDGE_SITE_KEYS_H
#define TA_JUDGE_SITE_KEYS_H

#include "result.h"

typedef struct ta_site_keys {
    uint64_t functions; /* all functions of the stack, as they are called */
    uint64_t places;    /* the same with the offsets in them */
    uint64_t own;       /* the reader's own functions */
    uint64_t own_entry; /* the same, and what the innermost called of a runtime */
    /* How far into its function each call of the reader's own functions is, in lines; and that of
     * the innermost alone. 0 when that has no line, or its function none. */
    uint64_t lines, line;
    bool has_own;   /* there is a function that is no runtime's */
    bool has_names; /* and one of them has a name */
} ta_site_keys;

ta_site_keys ta_site_keys_of(const ta_result *result, const ta_site *site);

/* The depth of the first frame from `depth` on that is the reader's own; frame_count when there is
 * none. Of a function and the part that was split off it the part alone counts, whose line is that
 * of the call. */
uint32_t ta_site_next_own(const ta_result *result, const ta_site *site, uint32_t depth);

#endif
