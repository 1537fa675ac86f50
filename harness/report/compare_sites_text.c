#include "compare_text.h"
#include "figure_text.h"
#include "frame_text.h"

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

static void print_frames(FILE *out, const ta_site_change *change) {
    uint32_t count = change->site->frame_count;
    for (uint32_t i = 0; i < count && i < FRAMES_MAX; i++) {
        const ta_frame *frame = ta_site_frame(change->result, change->site, i);
        (void)fprintf(out, "%*s%s%s", FRAMES_INDENT, "", i ? "by " : "",
                      ta_ascii(ta_frame_name_of(frame).text).text);
        if (frame->line)
            (void)fprintf(out, "  %s:%u", ta_ascii(frame->file).text, frame->line);
        (void)fputc('\n', out);
    }
    if (count > FRAMES_MAX)
        (void)fprintf(out, "%*s... %u more caller%s\n", FRAMES_INDENT, "", count - FRAMES_MAX,
                      count - FRAMES_MAX == 1 ? "" : "s");
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
    print_frames(out, change);
}

void ta_compare_print_sites(FILE *out, const ta_comparison *c, const ta_site_changes *changes,
                            ta_compare_style style) {
    uint32_t count = changes ? changes->count : 0;
    if (count == 0 && !c->first_difference.found)
        return;
    (void)fputs(style.quiet ? "" : "\nWHERE THE RUNS DIFFER\n", out);
    print_difference(out, &c->first_difference, style.width);
    for (uint32_t i = 0; i < count && i < SHOWN_MAX; i++)
        print_change(out, &changes->items[i], style.width);
    if (count > SHOWN_MAX)
        (void)fprintf(out, "  ... %u more sites; all are in --json\n", count - SHOWN_MAX);
    if (count == 0)
        (void)fputs("  No kept call stack differs: run both with --stacks all to see where.\n",
                    out);
}
