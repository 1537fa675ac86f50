/* The block of a summary that accounts for what was suppressed. */
#include "summary_blocks.h"

#include <inttypes.h>
#include <string.h>

#include "figure_text.h"

enum { LABEL_COLUMN = 4, TEXT_COLUMN = 14 };

/* A line's worth of `text`: to the last blank that fits, or cut where a word is longer. */
static size_t line_bytes(const char *text, size_t room) {
    size_t length = strlen(text), at = room;
    if (length <= room)
        return length;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : room;
}

/* A user's text behind its label, within the page however long its words are. */
static void print_text(const ta_page *page, const char *label, const char *given) {
    if (!*given)
        return;
    ta_ascii_text text = ta_ascii(given);
    (void)fprintf(page->out, "%*s%-*s", LABEL_COLUMN, "", TEXT_COLUMN - LABEL_COLUMN, label);
    const char *at = text.text;
    for (bool first = true; *at || first; first = false) {
        size_t bytes = line_bytes(at, page->style.width - TEXT_COLUMN);
        (void)fprintf(page->out, "%*s%.*s\n", first ? 0 : TEXT_COLUMN, "", (int)bytes, at);
        at += bytes;
        at += strspn(at, " ");
    }
}

static void print_amount(const ta_page *page, uint64_t allocs, uint64_t sites, uint64_t bytes) {
    (void)fprintf(page->out, "%s allocation%s at %s site%s, %s", ta_count_text(allocs).text,
                  allocs == 1 ? "" : "s", ta_count_text(sites).text, sites == 1 ? "" : "s",
                  ta_bytes_text((double)bytes).text);
}

static void print_one(const ta_page *page, const ta_suppression_figures *f, uint32_t number) {
    static const ta_colour colours[] = {[TA_SUPPRESSION_USED] = TA_PLAIN,
                                        [TA_SUPPRESSION_UNUSED] = TA_YELLOW,
                                        [TA_SUPPRESSION_EXPIRED] = TA_YELLOW};
    (void)fprintf(page->out, "  %2" PRIu32 ". ", number);
    ta_print_coloured(page->out, ta_suppression_state_name(f->state), colours[f->state],
                      page->style.colour);
    (void)fputs(f->state == TA_SUPPRESSION_EXPIRED ? ", would have taken " : ": ", page->out);
    if (f->state == TA_SUPPRESSION_UNUSED)
        (void)fputs("nothing matched", page->out);
    else
        print_amount(page, f->allocs, f->sites, f->bytes);
    (void)fputc('\n', page->out);
    print_text(page, "hot path", f->suppression.hot_path);
    print_text(page, "function", f->suppression.function);
    print_text(page, "module", f->suppression.module);
    print_text(page, "reason", f->suppression.reason);
    print_text(page, f->state == TA_SUPPRESSION_EXPIRED ? "expired" : "expires",
               f->suppression.expires);
}

static void warn(const ta_page *page, uint64_t count, const char *what) {
    if (!count)
        return;
    (void)fputs("  ", page->out);
    ta_print_coloured(page->out, "WARNING", TA_YELLOW, page->style.colour);
    (void)fprintf(page->out, ": %s %s were lost: suppressions may not have seen everything\n",
                  ta_count_text(count).text, what);
}

void ta_page_suppressions(const ta_page *page) {
    const ta_result *r = page->result;
    if (!*r->suppressions_path)
        return;
    (void)fputs("\nSUPPRESSIONS\n", page->out);
    print_text(page, "file", r->suppressions_path);
    (void)fprintf(page->out, "%*s%-*s", LABEL_COLUMN, "", TEXT_COLUMN - LABEL_COLUMN, "left out");
    print_amount(page, r->suppressed.allocs, r->suppressed.sites, r->suppressed.bytes);
    (void)fputc('\n', page->out);
    for (uint32_t i = 0; i < r->suppression_count; i++)
        print_one(page, &r->suppressions[i], i + 1);
    warn(page, r->lost.sites, "sites");
    warn(page, r->lost.names, "names");
}
