#include "compare_text.h"
#include "figure_text.h"
#include "frame_text.h"
#include "site_frames.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_MAX = 12, FRAMES_MAX = 4, FRAMES_INDENT = 8 };

static void print_difference(FILE *out, const ta_tick_difference *d, unsigned width) {
    char text[1024], place[600] = "";
    if (!d->compared || !d->found)
        return;
    if (*d->phase)
        (void)snprintf(place, sizeof place, " (tick %" PRIu64 " of phase %s)", d->tick_of_phase,
                       ta_ascii(d->phase).text);
    (void)snprintf(text, sizeof text, "The runs differ first in tick %" PRIu64 "%s: %s",
                   d->post_tick, place, d->what);
    (void)fputs("  ", out);
    ta_print_wrapped(out, text, 2, 4, width);
}

/* The reader's own code first; what it called to get its memory stands beside it. */
static void print_frames(FILE *out, const ta_site_change *change, unsigned width) {
    const ta_result *r = change->result;
    uint32_t frames[TA_RESULT_STACK_MAX], count = change->site->frame_count;
    if (count > TA_RESULT_STACK_MAX)
        count = TA_RESULT_STACK_MAX;
    memcpy(frames, r->stacks + change->site->stack_at, count * sizeof *frames);
    count = ta_frames_fold(r, frames, count);
    uint32_t start = ta_frames_start(r, frames, count);
    const ta_frame *through = ta_frames_through(r, frames, start);
    for (uint32_t i = start; i < count && i < start + FRAMES_MAX; i++) {
        (void)fprintf(out, "%*s%s", FRAMES_INDENT, "", i > start ? "by " : "");
        ta_print_frame(out, &r->frames[frames[i] & ~TA_SITE_FRAME_RECURSIVE],
                       (ta_frame_style){.column = FRAMES_INDENT + (i > start ? 3 : 0),
                                        .width = width,
                                        .recursive = frames[i] & TA_SITE_FRAME_RECURSIVE,
                                        .through = i == start && through ? through->function : ""});
    }
    if (count > start + FRAMES_MAX) {
        uint32_t more = count - start - FRAMES_MAX;
        (void)fprintf(out, "%*s... %u more caller%s\n", FRAMES_INDENT, "", more,
                      more == 1 ? "" : "s");
    }
}

static void print_change(FILE *out, const ta_site_change *change, unsigned width) {
    char text[1024], where[600] = "outside of hot paths", when[64] = "outside of ticks";
    if (*change->site->hot_path)
        (void)snprintf(where, sizeof where, "in hot path %s",
                       ta_ascii(change->site->hot_path).text);
    if (change->site->first_tick)
        (void)snprintf(when, sizeof when, "first in tick %" PRIu64, change->site->first_tick);
    (void)snprintf(text, sizeof text, "%-5s  %s -> %s allocations, %s -> %s; %s, %s",
                   ta_site_change_name(change->kind), ta_count_text(change->pre_allocs).text,
                   ta_count_text(change->post_allocs).text,
                   ta_bytes_text((double)change->pre_bytes).text,
                   ta_bytes_text((double)change->post_bytes).text, where, when);
    (void)fputs("  ", out);
    ta_print_wrapped(out, text, 2, FRAMES_INDENT, width);
    print_frames(out, change, width);
}

/* Of a stripped build nothing can be told but how much there is. */
static void print_unmatched(FILE *out, const ta_site_changes *changes, unsigned width) {
    const ta_sites_unmatched *pre = &changes->pre_unmatched, *post = &changes->post_unmatched;
    char text[384];
    (void)snprintf(text, sizeof text,
                   "no symbols: sites cannot be matched (%s -> %s sites, %s -> %s allocations)",
                   ta_count_text(pre->sites).text, ta_count_text(post->sites).text,
                   ta_count_text(pre->allocs).text, ta_count_text(post->allocs).text);
    (void)fputs("  ", out);
    ta_print_wrapped(out, text, 2, 4, width);
}

void ta_compare_print_sites(FILE *out, const ta_comparison *c, const ta_site_changes *changes,
                            ta_compare_style style) {
    uint32_t count = changes ? changes->count : 0;
    bool unmatched = changes && (changes->pre_unmatched.sites || changes->post_unmatched.sites);
    if (count == 0 && !unmatched && !c->first_difference.found)
        return;
    (void)fputs(style.quiet ? "" : "\nWHERE THE RUNS DIFFER\n", out);
    print_difference(out, &c->first_difference, style.width);
    for (uint32_t i = 0; i < count && i < SHOWN_MAX; i++)
        print_change(out, &changes->items[i], style.width);
    if (count > SHOWN_MAX)
        (void)fprintf(out, "  ... %u more sites; all are in --json\n", count - SHOWN_MAX);
    if (unmatched)
        print_unmatched(out, changes, style.width);
    else if (count == 0)
        (void)fputs("  No kept call stack differs: run both with --stacks all to see where.\n",
                    out);
}
