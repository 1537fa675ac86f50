/* The facts that a verdict rests on, where they are not complete: what is missing, and what to do
 * about it. */
#include "summary_blocks.h"

#include "figure_text.h"

#include <string.h>

enum { INDENT = 4 };

/* Where nothing is judged, that a program marks no ticks and what cannot be known is no news. */
static bool is_shown(const ta_result *r, const ta_evidence *entry) {
    if (entry->state == TA_EVIDENCE_COMPLETE)
        return false;
    bool is_mild = entry->state == TA_EVIDENCE_UNKNOWN || strcmp(entry->what, "ticks_marked") == 0;
    return !is_mild || r->judgement_count > 0 || r->strict;
}

static void print_entry(const ta_page *page, const ta_evidence *entry) {
    bool is_open = entry->state == TA_EVIDENCE_INCOMPLETE || page->result->strict;
    char head[TA_HOT_NAME_MAX + 32];
    int column = snprintf(head, sizeof head, "%s: ", ta_ascii(entry->what).text);
    (void)fputs("  ", page->out);
    ta_print_coloured(page->out, ta_evidence_state_name(entry->state),
                      is_open ? TA_YELLOW : TA_PLAIN, page->style.colour);
    (void)fprintf(page->out, " %s", head);
    column += 3 + (int)strlen(ta_evidence_state_name(entry->state));
    ta_print_wrapped(page->out, ta_ascii(entry->detail).text, (unsigned)column, INDENT,
                     page->style.width);
    if (!*entry->remedy)
        return;
    (void)fprintf(page->out, "%*s", INDENT, "");
    ta_print_wrapped(page->out, ta_ascii(entry->remedy).text, INDENT, INDENT, page->style.width);
}

void ta_page_evidence(const ta_page *page) {
    const ta_result *r = page->result;
    bool any = false;
    for (uint32_t i = 0; i < r->evidence_count; i++) {
        if (!is_shown(r, &r->evidence[i]))
            continue;
        if (!any)
            (void)fputs("\nEVIDENCE (what was not seen, or is not known to have been)\n",
                        page->out);
        any = true;
        print_entry(page, &r->evidence[i]);
    }
}
