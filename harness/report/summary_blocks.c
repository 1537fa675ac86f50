#include "summary_blocks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "figure_text.h"

enum { BUDGET_WIDTH = 34 };

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static void print_totals(const ta_page *page) {
    const ta_result *r = page->result;
    const ta_figures *whole = &r->whole;
    ta_metric most = TA_METRIC_allocs_per_tick_max, hot = TA_METRIC_hot_allocs;
    (void)fprintf(page->out, "  %-22s%s allocation%s, %s free%s, %s\n", "Whole process",
                  ta_count_text(r->totals.allocs).text, plural(r->totals.allocs),
                  ta_count_text(r->totals.frees).text, plural(r->totals.frees),
                  ta_bytes_text((double)r->totals.bytes).text);
    (void)fprintf(page->out, "  %-22s%s\n", "Most in one tick",
                  ta_metric_text(most, whole->value[most], whole->known[most]).text);
    (void)fprintf(page->out, "  %-22s%s\n", "In hot paths",
                  ta_metric_text(hot, whole->value[hot], whole->known[hot]).text);
}

/* What the counting itself took, by its calibration at the start; stacks and live bytes apart. */
static void print_cost(const ta_page *page) {
    const ta_result *r = page->result;
    double pairs = ((double)r->totals.allocs + (double)r->totals.frees) / 2;
    if (r->audit_ns_per_pair > 0)
        (void)fprintf(page->out, "  %-22s%s ns a pair, %s ms in all\n", "Cost of counting",
                      ta_number_text(r->audit_ns_per_pair, 1).text,
                      ta_number_text(r->audit_ns_per_pair * pairs / 1e6, 3).text);
}

/* "27.1 per simulated second": a rate that does not depend on the machine. Per tick when the rate
 * of ticks is not known. Of what lies within ticks. */
static void print_rate(const ta_page *page, const ta_hot_path_figures *h) {
    const ta_result *r = page->result;
    double ticks = r->whole.known[TA_METRIC_ticks] ? r->whole.value[TA_METRIC_ticks] : 0;
    if (ticks > 0 && h->tick_allocs && r->tick_hz)
        (void)fprintf(page->out, ", %s per simulated second",
                      ta_number_text((double)h->tick_allocs * r->tick_hz / ticks, 1).text);
    else if (ticks > 0 && h->tick_allocs)
        (void)fprintf(page->out, ", %s per tick",
                      ta_number_text((double)h->tick_allocs / ticks, 2).text);
    if (ticks > 0 && h->allocs > h->tick_allocs)
        (void)fprintf(page->out, "; %s outside of ticks",
                      ta_count_text(h->allocs - h->tick_allocs).text);
}

/* Of a hot path by stack only allocations are known. */
static void print_counts(const ta_page *page, const ta_hot_path_figures *h) {
    (void)fprintf(page->out, "  Hot path %s: ", ta_ascii(h->name).text);
    if (ta_hot_path_has_entries(h))
        (void)fprintf(page->out, "%s %s, %s allocation%s, %s free%s\n",
                      ta_count_text(h->entries).text, h->entries == 1 ? "entry" : "entries",
                      ta_count_text(h->allocs).text, plural(h->allocs),
                      ta_count_text(h->frees).text, plural(h->frees));
    else
        (void)fprintf(page->out, "%s allocation%s by stack\n", ta_count_text(h->allocs).text,
                      plural(h->allocs));
}

static void print_hot_path(const ta_page *page, const ta_hot_path_figures *h) {
    print_counts(page, h);
    (void)fprintf(page->out, "    %s", ta_bytes_text((double)h->bytes).text);
    print_rate(page, h);
    (void)fputc('\n', page->out);
    if (h->first_tick && h->worst_tick)
        (void)fprintf(page->out, "    first in tick %s, most in tick %s (%s)\n",
                      ta_count_text(h->first_tick).text, ta_count_text(h->worst_tick).text,
                      ta_count_text(h->worst_tick_allocs).text);
    else if (h->first_tick) /* with suppressed ones left out the worst is not known */
        (void)fprintf(page->out, "    first in tick %s\n", ta_count_text(h->first_tick).text);
    if (!ta_hot_path_has_entries(h))
        (void)fputs("    how often it was entered, and frees, are not known\n", page->out);
    if (h->by_stack && h->spread_known)
        (void)fprintf(page->out, "    in %s tick%s, by %s thread%s\n", ta_count_text(h->ticks).text,
                      plural(h->ticks), ta_count_text(h->threads).text, plural(h->threads));
}

static bool is_quiet(const ta_hot_path_figures *h) {
    return h->allocs == 0 && h->frees == 0;
}

/* The quiet ones together, with their entries: a path that was never entered kept no promise. */
static void print_quiet_paths(const ta_page *page) {
    const ta_result *r = page->result;
    uint32_t quiet = 0, printed = 0;
    for (uint32_t i = 0; i < r->hot_path_count; i++)
        quiet += is_quiet(&r->hot_paths[i]);
    if (quiet == 0)
        return;
    unsigned column = (unsigned)fprintf(page->out, "  Quiet hot path%s (entries): ", plural(quiet));
    for (uint32_t i = 0; i < r->hot_path_count; i++) {
        const ta_hot_path_figures *h = &r->hot_paths[i];
        if (!is_quiet(h))
            continue;
        char text[TA_HOT_NAME_MAX + 48];
        bool is_counted = ta_hot_path_has_entries(h);
        int length = snprintf(text, sizeof text, "%.255s (%.24s)%s", ta_ascii(h->name).text,
                              is_counted ? ta_count_text(h->entries).text : "by stack, not known",
                              ++printed < quiet ? "," : "");
        bool fits = column + (unsigned)length + 1 <= page->style.width;
        if (printed > 1)
            (void)fputs(fits ? " " : "\n    ", page->out);
        column = fits || printed == 1 ? column + (unsigned)length + 1 : 4 + (unsigned)length;
        (void)fputs(text, page->out);
    }
    (void)fputc('\n', page->out);
}

static void print_allowed(const ta_page *page, const ta_allowed_figures *a) {
    (void)fprintf(page->out, "  Allowed stretch %s: %s %s, %s allocation%s, %s\n",
                  ta_ascii(a->name).text, ta_count_text(a->entries).text,
                  a->entries == 1 ? "entry" : "entries", ta_count_text(a->allocs).text,
                  plural(a->allocs), ta_bytes_text((double)a->bytes).text);
    (void)fputs("    reason: ", page->out);
    ta_print_wrapped(page->out, *a->reason ? ta_ascii(a->reason).text : "(none given)", 12, 12,
                     page->style.width);
}

void ta_page_allocations(const ta_page *page) {
    const ta_result *r = page->result;
    (void)fputs("\nALLOCATIONS\n", page->out);
    print_totals(page);
    print_cost(page);
    for (uint32_t i = 0; i < r->hot_path_count; i++)
        if (!is_quiet(&r->hot_paths[i]))
            print_hot_path(page, &r->hot_paths[i]);
    print_quiet_paths(page);
    for (uint32_t i = 0; i < r->allowed_count; i++)
        print_allowed(page, &r->allowed[i]);
    ta_page_sites(page);
}

static bool is_well(const ta_judgement *j) {
    return j->verdict == TA_VERDICT_PASS || j->verdict == TA_VERDICT_IMPROVED;
}

unsigned ta_page_failed(const ta_page *page) {
    unsigned failed = 0;
    for (uint32_t i = 0; i < page->result->judgement_count; i++)
        failed += !is_well(&page->result->judgements[i]);
    return failed;
}

static void print_judgement(const ta_page *page, const ta_judgement *j) {
    char mark[80], seen[96];
    ta_verdict verdict = j->verdict;
    (void)snprintf(mark, sizeof mark, "[%s]",
                   verdict == TA_VERDICT_INCONCLUSIVE ? "????" : ta_verdict_text(verdict).text);
    (void)snprintf(seen, sizeof seen, "%.60s%.20s",
                   ta_metric_text(j->metric, j->value, j->known).text,
                   j->known ? ta_unit_text(j->metric).text : "");
    (void)fputs("  ", page->out);
    ta_print_coloured(page->out, mark, ta_verdict_colour(verdict), page->style.colour);
    ta_ascii_text budget = ta_ascii(j->budget);
    (void)fprintf(page->out, " %-*s", BUDGET_WIDTH, budget.text);
    if (strlen(budget.text) > BUDGET_WIDTH)
        (void)fprintf(page->out, "\n%*s", 9 + BUDGET_WIDTH, "");
    (void)fprintf(page->out, " %-18s %s\n", seen, ta_ascii(j->phase).text);
    if (*j->why && !is_well(j)) {
        (void)fputs("         ", page->out);
        ta_print_wrapped(page->out, ta_ascii(j->why).text, 9, 9, page->style.width);
    }
}

void ta_page_criteria(const ta_page *page, bool failed_only) {
    const ta_result *r = page->result;
    if (!failed_only)
        (void)fputs("\nPASS/FAIL CRITERIA\n", page->out);
    if (!failed_only && r->judgement_count == 0)
        (void)fputs("  (no budget was named)\n", page->out);
    for (uint32_t i = 0; i < r->judgement_count; i++)
        if (!failed_only || !is_well(&r->judgements[i]))
            print_judgement(page, &r->judgements[i]);
}

/* A number for a column of the table; a dash when it is not known. */
static ta_figure_text in_column(const ta_figures *figures, ta_metric metric, unsigned width) {
    ta_figure_text text = {"-"};
    if (!figures->known[metric])
        return text;
    double value = figures->value[metric];
    text = ta_metric_text(metric, value, true);
    if (strlen(text.text) > width && value >= 0 && value < 1e18)
        text = ta_count_fit((uint64_t)value, width);
    return text;
}

/* "500/488", the peak and the end. */
static ta_figure_text enemies_text(const ta_figures *figures) {
    ta_figure_text text = {"-"};
    if (figures->known[TA_METRIC_enemy_peak] && figures->known[TA_METRIC_enemy_final])
        (void)snprintf(text.text, sizeof text.text, "%.12s/%.12s",
                       in_column(figures, TA_METRIC_enemy_peak, 6).text,
                       in_column(figures, TA_METRIC_enemy_final, 6).text);
    return text;
}

static void print_phase(const ta_page *page, const ta_figures *figures) {
    enum { NAME_WIDTH = 16 };
    ta_ascii_text name = ta_ascii(figures->name);
    bool cut = strlen(name.text) > NAME_WIDTH;
    (void)fprintf(
        page->out, "  %.*s%s%-*s%c%7s%9s%8s%9s%13s%8s%7s\n", cut ? NAME_WIDTH - 2 : NAME_WIDTH,
        name.text, cut ? ".." : "", cut ? 0 : NAME_WIDTH - (int)strlen(name.text), "",
        figures->complete ? ' ' : '*', in_column(figures, TA_METRIC_ticks, 6).text,
        in_column(figures, TA_METRIC_avg_fps, 8).text, in_column(figures, TA_METRIC_p95_ms, 7).text,
        in_column(figures, TA_METRIC_mem_growth_mb, 8).text, enemies_text(figures).text,
        in_column(figures, TA_METRIC_allocs, 7).text,
        in_column(figures, TA_METRIC_hot_allocs, 6).text);
}

void ta_page_phases(const ta_page *page) {
    const ta_result *r = page->result;
    if (r->phase_count == 0)
        return;
    (void)fputs("\nPHASE BREAKDOWN\n", page->out);
    (void)fprintf(page->out, "  %-16s %7s%9s%8s%9s%13s%8s%7s\n", "", "", "average", "p95", "memory",
                  "enemies", "", "hot");
    (void)fprintf(page->out, "  %-16s %7s%9s%8s%9s%13s%8s%7s\n", "phase", "ticks", "FPS", "ms",
                  "MiB", "peak/end", "allocs", "allocs");
    for (uint32_t i = 0; i < r->phase_count; i++)
        print_phase(page, &r->phases[i]);
    for (uint32_t i = 0; i < r->phase_count; i++) {
        const ta_figures *f = &r->phases[i];
        if (!f->complete)
            (void)fprintf(page->out, "  * %s ended early: %s of %s ticks\n", ta_ascii(f->name).text,
                          ta_metric_text(TA_METRIC_ticks, f->value[TA_METRIC_ticks],
                                         f->known[TA_METRIC_ticks])
                              .text,
                          ta_count_text(f->ticks_planned).text);
    }
}
