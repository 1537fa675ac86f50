#include "summary.h"

#include <inttypes.h>
#include <string.h>

#include "figure_text.h"
#include "results_folder.h"
#include "summary_blocks.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 60, LABEL_WIDTH = 22 };

static void print_rule(const ta_page *page) {
    for (unsigned i = 0; i < page->style.width; i++)
        (void)fputc('=', page->out);
    (void)fputc('\n', page->out);
}

/* A line of the header; what is not known has none. */
static void print_fact(const ta_page *page, const char *label, const char *text) {
    enum { FACT_WIDTH = 12 };
    if (!*text)
        return;
    (void)fprintf(page->out, "%-*s", FACT_WIDTH, label);
    ta_print_wrapped(page->out, ta_ascii(text).text, FACT_WIDTH, FACT_WIDTH, page->style.width);
}

static void print_partial(const ta_page *page) {
    char text[TA_RESULT_TEXT_MAX + 64];
    (void)snprintf(text, sizeof text, "*** PARTIAL RUN: %s ***",
                   *page->result->partial_why ? ta_ascii(page->result->partial_why).text
                                              : "it did not finish its phases");
    ta_print_coloured(page->out, text, TA_RED, page->style.colour);
    (void)fputs("\n*** The figures cover what was done until then; they can be no baseline. ***\n",
                page->out);
}

/* A program that was audited from outside has no phases, frames or enemies. */
static bool is_program(const ta_result *result) {
    return *result->workload && !*result->scenario_path;
}

static void print_header(const ta_page *page) {
    const ta_result *r = page->result;
    char text[TA_RESULT_TEXT_MAX];
    if (r->partial)
        print_partial(page);
    print_rule(page);
    (void)fprintf(page->out, "=== TICKAUDIT %s: %s\n", TA_VERSION_STRING,
                  *r->scenario ? ta_ascii(r->scenario).text : "(no scenario)");
    print_rule(page);
    print_fact(page, "Run", r->run_id);
    print_fact(page, "Timestamp", r->timestamp);
    (void)snprintf(text, sizeof text, "%s %s", r->label, r->pre_post);
    print_fact(page, "Label", *r->label || *r->pre_post ? text : "");
    print_fact(page, "Notes", r->notes);
    (void)snprintf(text, sizeof text, "%" PRIu64, r->seed);
    print_fact(page, "Seed", is_program(r) ? "" : text);
    print_fact(page, "Program", is_program(r) ? r->workload : "");
    print_fact(page, "Level", r->level);
    print_fact(page, "Switches", r->switches_on);
    print_fact(page, "Allocator", r->allocator);
    if (r->rounds > 1) {
        char rounds[96];
        (void)snprintf(rounds, sizeof rounds,
                       "%u: mean, p95 and FPS are over the least time of each tick", r->rounds);
        print_fact(page, "Rounds", rounds);
    }
    print_fact(page, "Hooks", r->hooks);
    print_fact(page, "Revision", r->revision);
    print_fact(page, "Machine", r->machine);
    (void)snprintf(text, sizeof text, "%s%s%s", r->compiler,
                   *r->compiler && *r->build_type ? ", " : "", r->build_type);
    print_fact(page, "Compiler", text);
}

static void print_label(const ta_page *page, const char *label) {
    (void)fprintf(page->out, "  %-*s", LABEL_WIDTH, label);
}

static void print_metric(const ta_page *page, const char *label, ta_metric metric) {
    const ta_figures *whole = &page->result->whole;
    print_label(page, label);
    (void)fprintf(page->out, "%s%s\n",
                  ta_metric_text(metric, whole->value[metric], whole->known[metric]).text,
                  whole->known[metric] ? ta_unit_text(metric).text : "");
}

/* "500 of 500 at the peak": an empty world must not look like a fast one. */
static void print_enemies(const ta_page *page) {
    const ta_result *r = page->result;
    const ta_figures *whole = &r->whole;
    ta_metric peak = TA_METRIC_enemy_peak, last = TA_METRIC_enemy_final;
    ta_metric spawned = TA_METRIC_enemies_spawned, died = TA_METRIC_enemies_died;
    print_label(page, "Enemies");
    (void)fputs(ta_metric_text(peak, whole->value[peak], whole->known[peak]).text, page->out);
    if (r->population_planned)
        (void)fprintf(page->out, " of %s", ta_count_text(r->population_planned).text);
    (void)fprintf(page->out, " at the peak, %s at the end\n",
                  ta_metric_text(last, whole->value[last], whole->known[last]).text);
    if (!whole->known[spawned] || !whole->known[died])
        return;
    print_label(page, "");
    (void)fprintf(page->out, "%s spawned, %s killed\n",
                  ta_metric_text(spawned, whole->value[spawned], true).text,
                  ta_metric_text(died, whole->value[died], true).text);
}

static void print_frames(const ta_page *page) {
    const ta_figures *whole = &page->result->whole;
    ta_metric below = TA_METRIC_frames_below_30, ticks = TA_METRIC_ticks;
    print_label(page, "Frames below 30 FPS");
    (void)fputs(ta_metric_text(below, whole->value[below], whole->known[below]).text, page->out);
    if (whole->known[ticks])
        (void)fprintf(page->out, " of %s", ta_metric_text(ticks, whole->value[ticks], true).text);
    (void)fputc('\n', page->out);
}

static void print_results(const ta_page *page) {
    (void)fputs("\nRESULTS\n", page->out);
    print_metric(page, "Average FPS", TA_METRIC_avg_fps);
    print_metric(page, "Frame p95", TA_METRIC_p95_ms);
    print_metric(page, "Memory growth", TA_METRIC_mem_growth_mb);
    print_metric(page, "FPS stability", TA_METRIC_fps_stability_pct);
    print_enemies(page);
    print_frames(page);
    print_metric(page, "Spikes over 50 ms", TA_METRIC_spikes_over_50ms);
    if (page->result->state_hash) {
        print_label(page, "State hash");
        (void)fprintf(page->out, "0x%016" PRIx64 "\n", page->result->state_hash);
    }
}

/* "+1,234 B": a difference says so by its sign. */
static void print_difference(const ta_page *page, const char *label, ta_metric metric) {
    const ta_figures *whole = &page->result->whole;
    bool known = whole->known[metric];
    print_label(page, label);
    (void)fprintf(page->out, "%s%s%s\n", known && whole->value[metric] > 0 ? "+" : "",
                  ta_metric_text(metric, whole->value[metric], known).text,
                  known ? ta_unit_text(metric).text : "");
}

static void print_tick_count(const ta_page *page) {
    const ta_result *r = page->result;
    bool whole_run = r->tick_count == 1 && strcmp(r->ticks_of, "whole") == 0;
    print_label(page, "Ticks");
    bool known = r->whole.known[TA_METRIC_ticks];
    uint64_t count = known ? (uint64_t)r->whole.value[TA_METRIC_ticks] : r->tick_count;
    (void)fprintf(page->out, "%s%s\n", ta_count_text(count).text,
                  whole_run ? " (the whole run)"
                  : count   ? ""
                            : " (none was marked; --tick names a source)");
}

static void print_live(const ta_page *page) {
    const ta_result *r = page->result;
    if (!r->live_at_end.known)
        return;
    print_label(page, "Live at the end");
    (void)fprintf(page->out, "%s B in %s blocks\n",
                  ta_number_text((double)r->live_at_end.bytes, 0).text,
                  ta_number_text((double)r->live_at_end.blocks, 0).text);
}

static void print_program_results(const ta_page *page) {
    const ta_result *r = page->result;
    char end[128];
    (void)fputs("\nRESULTS\n", page->out);
    if (r->program_end.how != TA_PROGRAM_END_UNKNOWN) {
        ta_program_end_text(&r->program_end, end, sizeof end);
        print_label(page, "Program's end");
        (void)fprintf(page->out, "%s\n", end);
    }
    print_label(page, "Wall time");
    (void)fprintf(page->out, "%s s\n", ta_number_text(r->wall_seconds, 3).text);
    print_tick_count(page);
    print_live(page);
    print_metric(page, "Memory growth", TA_METRIC_mem_growth_mb);
    print_difference(page, "Growth of live bytes", TA_METRIC_live_bytes_growth);
    print_difference(page, "Growth of blocks", TA_METRIC_live_blocks_growth);
}

/* What to do about a run that did not end as it was meant to. */
static const char *advice_on_end(const ta_result *r) {
    if (!is_program(r))
        return "the run did not finish its phases, so it promises nothing. Mend what ended it, "
               "then "
               "run again.";
    return r->judgement_count
               ? "it did not end as meant, so nothing is promised. Mend that, or name "
                 "this end by --expect-exit."
               : "no budget was named, nothing was judged.";
}

/* What to do next, in a sentence or two. */
static void advice(const ta_page *page, char *text, size_t size) {
    const ta_result *r = page->result;
    unsigned unwell = ta_page_failed(page), count = r->judgement_count;
    const char *criteria = count == 1 ? "criterion" : "criteria";
    if (r->partial || r->verdict == TA_VERDICT_PARTIAL)
        (void)snprintf(text, size, "%s", advice_on_end(r));
    else if (count == 0)
        (void)snprintf(text, size, "no budget was named, nothing was judged.");
    else if (r->verdict == TA_VERDICT_FAIL)
        (void)snprintf(text, size, "%u of %u %s not met. See the lines marked [FAIL]%s%s.", unwell,
                       count, criteria, r->site_count ? " and the worst sites" : "",
                       page->style.no_details ? "" : ", then the whole run in the file below");
    else if (r->verdict == TA_VERDICT_INCONCLUSIVE)
        (void)snprintf(
            text, size,
            "%u of %u %s could not be told. See the lines marked [????] for what was missing.",
            unwell, count, criteria);
    else
        (void)snprintf(text, size, "%u of %u %s met.", count - unwell, count, criteria);
}

/* With no budget `exec` ends with the program's own code, which the summary tells apart. */
static void print_word(const ta_page *page, ta_verdict verdict, char *text, size_t size) {
    const ta_result *r = page->result;
    (void)snprintf(text, size, "VERDICT: %s", ta_verdict_text(verdict).text);
    ta_print_coloured(page->out, text, ta_verdict_colour(verdict), page->style.colour);
    size_t used = strlen(text);
    if (is_program(r) && r->judgement_count == 0)
        (void)snprintf(text + used, size - used, ": ");
    else
        (void)snprintf(text + used, size - used, " (exit code %d): ", (int)r->exit_code);
    (void)fputs(text + used, page->out);
}

static void print_verdict(const ta_page *page) {
    const ta_result *r = page->result;
    ta_verdict verdict = r->partial ? TA_VERDICT_PARTIAL : r->verdict;
    char word[128], text[TA_RESULT_TEXT_MAX];
    print_word(page, verdict, word, sizeof word);
    advice(page, text, sizeof text);
    ta_print_wrapped(page->out, text, (unsigned)strlen(word), 2, page->style.width);
    if (page->style.no_details)
        return;
    if (page->style.details)
        (void)fprintf(page->out, "Details: %s\n", ta_ascii(page->style.details).text);
    else
        (void)fprintf(page->out, "Details: runs/%s.json\n", ta_ascii(r->run_id).text);
}

void ta_summary_print(FILE *out, const ta_result *result, ta_summary_style style) {
    ta_page page = {out, result, style};
    if (page.style.width == 0)
        page.style.width = WIDTH_DEFAULT;
    if (page.style.width < WIDTH_MIN)
        page.style.width = WIDTH_MIN;
    if (style.quiet) {
        if (result->partial)
            print_partial(&page);
        ta_page_criteria(&page, true);
        print_verdict(&page);
        return;
    }
    print_header(&page);
    if (is_program(result))
        print_program_results(&page);
    else
        print_results(&page);
    ta_page_allocations(&page);
    ta_page_processes(&page);
    ta_page_suppressions(&page);
    ta_page_evidence(&page);
    if (result->judgement_count || !is_program(result))
        ta_page_criteria(&page, false);
    if (!is_program(result))
        ta_page_phases(&page);
    (void)fputc('\n', out);
    print_verdict(&page);
}

static bool write_summary(FILE *out, const void *context) {
    ta_summary_print(out, context, (ta_summary_style){0});
    return !ferror(out);
}

ta_status ta_summary_save(const char *folder, const ta_result *result) {
    char path[TA_RESULTS_PATH_MAX];
    ta_status status = ta_results_path(folder, result->run_id, "_summary.txt", path);
    return ta_ok(status) ? ta_file_replace(path, write_summary, result) : status;
}
