#include "compare_text.h"

#include <inttypes.h>
#include <string.h>

#include "figure_text.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 60, FACT_WIDTH = 6, TABLE_MARKS = 51 };

static void print_rule(FILE *out, unsigned width) {
    for (unsigned i = 0; i < width; i++)
        (void)fputc('=', out);
    (void)fputc('\n', out);
}

static void add_word(char *text, size_t size, const char *word) {
    size_t used = strlen(text);
    if (*word)
        (void)snprintf(text + used, size - used, "%s%s", used ? "  " : "", word);
}

static void print_arm(FILE *out, const char *which, const ta_arm *arm, unsigned width) {
    char text[512] = "";
    add_word(text, sizeof text, arm->run_id);
    add_word(text, sizeof text, arm->timestamp);
    add_word(text, sizeof text, arm->label);
    add_word(text, sizeof text, arm->pre_post);
    if (*arm->revision) {
        add_word(text, sizeof text, "revision");
        add_word(text, sizeof text, arm->revision);
    }
    (void)fprintf(out, "%-*s", FACT_WIDTH, which);
    ta_print_wrapped(out, ta_ascii(text).text, FACT_WIDTH, FACT_WIDTH, width);
    (void)fprintf(out, "%*sfrom %s\n", FACT_WIDTH, "", ta_ascii(arm->source).text);
}

static void print_header(FILE *out, const ta_comparison *c, unsigned width) {
    char seed[32] = "unknown";
    if (c->post.seed_known)
        (void)snprintf(seed, sizeof seed, "%" PRIu64, c->post.seed);
    print_rule(out, width);
    (void)fprintf(out, "=== COMPARE %s: pre with post\n", ta_ascii(c->post.scenario).text);
    print_rule(out, width);
    print_arm(out, "Pre", &c->pre, width);
    print_arm(out, "Post", &c->post, width);
    char both[512];
    (void)snprintf(both, sizeof both, "seed %s, allocator %s, %s", seed, c->post.allocator,
                   c->post.machine);
    (void)fprintf(out, "%-*s", FACT_WIDTH, "Both");
    ta_print_wrapped(out, ta_ascii(both).text, FACT_WIDTH, FACT_WIDTH, width);
}

/* Only a count can be better or worse by itself. */
static const char *mark_of(const ta_comparison *c, ta_metric metric) {
    int direction = ta_compare_metric(&c->pre, &c->post, metric);
    if (ta_metric_table[metric].kind == TA_METRIC_TIMED)
        return "  not judged";
    if (direction == 0)
        return "";
    return direction > 0 ? "  better" : "  worse";
}

/* A mark that does not fit goes to a line of its own. */
static void print_metric(FILE *out, const ta_comparison *c, ta_metric metric, unsigned width) {
    bool pre = c->pre.known[metric], post = c->post.known[metric];
    double before = c->pre.value[metric], after = c->post.value[metric];
    ta_figure_text difference = ta_difference_text(metric, before, after, pre && post);
    const char *mark = mark_of(c, metric);
    int column = fprintf(out, "  %-19s%15s%15s  ", ta_metric_table[metric].name,
                         ta_metric_text_against(metric, before, pre, post ? after : before).text,
                         ta_metric_text_against(metric, after, post, pre ? before : after).text);
    bool fits = column > 0 && (size_t)column + strlen(difference.text) + strlen(mark) <= width;
    (void)fputs(difference.text, out);
    if (!fits && *mark)
        (void)fprintf(out, "\n%*s", TABLE_MARKS, "");
    (void)fprintf(out, "%s\n", mark);
}

static void print_table(FILE *out, const ta_comparison *c, unsigned width) {
    (void)fprintf(out, "\n  %-19s%15s%15s  %s\n", "metric", "pre", "post", "difference");
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        if (c->pre.known[m] || c->post.known[m])
            print_metric(out, c, (ta_metric)m, width);
    }
    (void)fprintf(out, "  not judged: taken apart in time (%s)\n",
                  c->times_judged ? "the gates below are over interleaved rounds"
                                  : "--rerun judges interleaved rounds");
}

static void gate_text(const ta_comparison *c, const ta_gate *gate, char *text, size_t size) {
    ta_metric m = gate->metric;
    if (gate->kind == TA_GATE_STATE_HASH) {
        (void)snprintf(text, size, "%s %s: 0x%016" PRIx64 " -> 0x%016" PRIx64, ta_gate_name(gate),
                       ta_gate_rule_text(gate->rule), c->pre.state_hash, c->post.state_hash);
        return;
    }
    if (gate->kind == TA_GATE_PROGRAM_END) {
        (void)snprintf(text, size, "%s %s", ta_gate_name(gate), ta_gate_rule_text(gate->rule));
        return;
    }
    bool pre = gate->pre_known, post = gate->post_known;
    char phase[TA_RESULT_TEXT_MAX + 16] = "";
    if (*gate->phase)
        (void)snprintf(phase, sizeof phase, " in phase %s", ta_ascii(gate->phase).text);
    (void)snprintf(text, size, "%s%s %s: %s -> %s, %s", ta_gate_name(gate), phase,
                   ta_gate_rule_text(gate->rule),
                   ta_metric_text_against(m, gate->pre, pre, post ? gate->post : gate->pre).text,
                   ta_metric_text_against(m, gate->post, post, pre ? gate->pre : gate->post).text,
                   ta_difference_text(m, gate->pre, gate->post, pre && post).text);
}

static void print_gate(FILE *out, const ta_comparison *c, const ta_gate *gate,
                       ta_compare_style style) {
    char text[1024];
    gate_text(c, gate, text, sizeof text);
    static const char *const marks[] = {[TA_VERDICT_PASS] = "[PASS]",
                                        [TA_VERDICT_FAIL] = "[FAIL]",
                                        [TA_VERDICT_IMPROVED] = "[PASS]",
                                        [TA_VERDICT_INCONCLUSIVE] = "[????]",
                                        [TA_VERDICT_PARTIAL] = "[????]"};
    (void)fputs("  ", out);
    ta_print_coloured(out, marks[gate->verdict], ta_verdict_colour(gate->verdict), style.colour);
    (void)fputc(' ', out);
    ta_print_wrapped(out, text, 9, 9, style.width);
    if (*gate->why) {
        (void)fprintf(out, "%*s", 9, "");
        ta_print_wrapped(out, ta_ascii(gate->why).text, 9, 9, style.width);
    }
}

static bool passes(ta_verdict verdict) {
    return verdict == TA_VERDICT_PASS || verdict == TA_VERDICT_IMPROVED;
}

/* A gate over one phase that passes is told by the one over the whole. */
static bool is_shown(const ta_gate *gate, ta_compare_style style) {
    return !passes(gate->verdict) || (!style.quiet && !*gate->phase);
}

static void print_gates(FILE *out, const ta_comparison *c, ta_compare_style style) {
    if (!style.quiet)
        (void)fputs("\nGATES\n", out);
    for (unsigned i = 0; i < c->gate_count; i++)
        if (is_shown(&c->gates[i], style))
            print_gate(out, c, &c->gates[i], style);
    for (unsigned i = 0; i < c->note_count; i++) {
        (void)fputs("  Note: ", out);
        ta_print_wrapped(out, ta_ascii(c->notes[i]).text, 8, 8, style.width);
    }
}

static void print_verdict(FILE *out, const ta_comparison *c, ta_compare_style style) {
    unsigned failed = 0, unclear = 0;
    for (unsigned i = 0; i < c->gate_count; i++) {
        failed += c->gates[i].verdict == TA_VERDICT_FAIL;
        unclear += c->gates[i].verdict == TA_VERDICT_INCONCLUSIVE;
    }
    char word[96], text[256];
    if (failed)
        (void)snprintf(text, sizeof text,
                       "%u of %u gates failed; this change may not land as it is.", failed,
                       c->gate_count);
    else if (c->gate_count == 0)
        (void)snprintf(text, sizeof text, "the runs have nothing in common that could be judged.");
    else if (unclear)
        (void)snprintf(text, sizeof text,
                       "%u of %u gates could not be told; why, and what settles it, stands there.",
                       unclear, c->gate_count);
    else
        (void)snprintf(text, sizeof text, "%u of %u gates pass%s.", c->gate_count, c->gate_count,
                       c->times_judged ? "" : "; no time was judged");
    (void)snprintf(word, sizeof word, "VERDICT: %s", ta_verdict_text(c->verdict).text);
    ta_print_coloured(out, word, ta_verdict_colour(c->verdict), style.colour);
    int column = fprintf(out, " (exit code %d): ", (int)ta_verdict_exit_code(c->verdict));
    ta_print_wrapped(out, text, (unsigned)(column > 0 ? column : 0) + (unsigned)strlen(word), 2,
                     style.width);
}

void ta_compare_print(FILE *out, const ta_comparison *comparison, const ta_site_changes *changes,
                      ta_compare_style style) {
    if (style.width == 0)
        style.width = WIDTH_DEFAULT;
    if (style.width < WIDTH_MIN)
        style.width = WIDTH_MIN;
    if (!style.quiet) {
        print_header(out, comparison, style.width);
        print_table(out, comparison, style.width);
    }
    print_gates(out, comparison, style);
    if (!style.quiet || comparison->verdict == TA_VERDICT_FAIL)
        ta_compare_print_sites(out, comparison, changes, style);
    if (!style.quiet)
        (void)fputc('\n', out);
    print_verdict(out, comparison, style);
}
