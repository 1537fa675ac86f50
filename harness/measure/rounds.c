#include "rounds.h"

#include "evidence.h"
#include "figures.h"
#include "message.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same(double a, double b) {
    return !(a < b) && !(a > b);
}

/* The figure of a tick by which a metric that differs is looked for; 0 for one that no tick tells.
 */
static uint64_t figure_of(const ta_tick_figures *t, ta_metric metric) {
    switch (ta_figures_group(metric)) {
    case TA_FIGURES_HOT:
        return t->hot_allocs;
    case TA_FIGURES_PEAK:
    case TA_FIGURES_GROWTH:
        return (uint64_t)t->live_bytes;
    case TA_FIGURES_WORLD:
    case TA_FIGURES_WORLD_END:
        return t->population;
    default:
        break;
    }
    if (metric == TA_METRIC_frees)
        return t->frees;
    return metric == TA_METRIC_bytes ? t->bytes : t->allocs;
}

static uint64_t first_tick_that_differs(const ta_result *a, const ta_result *b, ta_metric metric) {
    for (uint64_t i = 0; i < a->tick_count; i++) {
        if (figure_of(&a->ticks[i], metric) != figure_of(&b->ticks[i], metric))
            return i + 1;
    }
    return 0;
}

static void join_metric(ta_result *first, const ta_result *next, ta_metric m) {
    ta_round_range *range = &first->round_ranges[m];
    double value = next->whole.value[m], before = first->whole.value[m];
    if (first->rounds == 1)
        *range = (ta_round_range){first->whole.known[m], before, before, 0};
    range->known = range->known && next->whole.known[m];
    range->least = fmin(range->least, value);
    range->greatest = fmax(range->greatest, value);
    if (ta_metric_table[m].kind != TA_METRIC_EXACT || same(value, before))
        return;
    uint64_t tick = first_tick_that_differs(first, next, m);
    if (tick && (!range->first_tick || tick < range->first_tick))
        range->first_tick = tick;
}

static void join_ticks(ta_result *first, const ta_result *next) {
    for (uint64_t i = 0; i < first->tick_count; i++) {
        ta_tick_figures *tick = &first->ticks[i];
        uint64_t ns = next->ticks[i].wall_ns;
        if (first->rounds == 1)
            tick->wall_ns_max = tick->wall_ns;
        tick->wall_ns = ns < tick->wall_ns ? ns : tick->wall_ns;
        tick->wall_ns_max = ns > tick->wall_ns_max ? ns : tick->wall_ns_max;
        bool other = tick->state_hash != next->ticks[i].state_hash;
        if (other && (!first->round_hash_tick || i + 1 < first->round_hash_tick))
            first->round_hash_tick = i + 1;
        first->round_hashes_differ |= other;
    }
    first->round_hashes_differ |= first->state_hash != next->state_hash;
}

static void join_judgement(ta_judgement *j, const ta_judgement *next, uint32_t round) {
    if (ta_metric_table[j->metric].kind != TA_METRIC_EXACT ||
        (j->known == next->known && same(j->value, next->value)))
        return;
    if (j->verdict == TA_VERDICT_FAIL && next->verdict == TA_VERDICT_FAIL)
        return;
    j->verdict = TA_VERDICT_INCONCLUSIVE;
    ta_message why = {j->why, sizeof j->why, 0};
    ta_message_add(&why, "it is nondeterministic: %.15g in round 1, %.15g in round %u", j->value,
                   next->value, round);
}

ta_status ta_rounds_join(ta_result *first, const ta_result *next) {
    if (first->tick_count != next->tick_count || first->judgement_count != next->judgement_count)
        return ta_status_make(TA_INTERNAL,
                              "the rounds have %" PRIu64 " and %" PRIu64
                              " ticks: they cannot be one result",
                              first->tick_count, next->tick_count);
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        join_metric(first, next, (ta_metric)m);
    join_ticks(first, next);
    for (uint32_t i = 0; i < first->judgement_count; i++)
        join_judgement(&first->judgements[i], &next->judgements[i], first->rounds + 1);
    first->wall_seconds += next->wall_seconds;
    first->rounds++;
    return ta_status_ok();
}

void ta_rounds_differences(const ta_result *result, char *text, size_t size) {
    ta_message out = {text, size, 0};
    text[0] = 0;
    for (int m = 0; m < TA_METRIC_COUNT && result->rounds > 1; m++) {
        const ta_round_range *range = &result->round_ranges[m];
        if (ta_metric_table[m].kind != TA_METRIC_EXACT || !(range->greatest > range->least))
            continue;
        ta_message_add(&out, "%s%s (%.15g to %.15g", out.used ? ", " : "", ta_metric_table[m].name,
                       range->least, range->greatest);
        if (range->first_tick)
            ta_message_add(&out, ", first in tick %" PRIu64, range->first_tick);
        ta_message_add(&out, ")");
    }
    if (result->round_hashes_differ)
        ta_message_add(&out, "%sstate_hash (first in tick %" PRIu64 ")", out.used ? ", " : "",
                       result->round_hash_tick);
}

/* Times of the ticks of a phase (all of them: `phase` below 0), the least or the greatest. */
static uint64_t take_times(const ta_result *r, int phase, bool greatest, ta_tick_record *records) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < r->tick_count; i++) {
        if (phase < 0 || r->ticks[i].phase == (uint32_t)phase)
            records[count++].wall_ns = greatest ? r->ticks[i].wall_ns_max : r->ticks[i].wall_ns;
    }
    return count;
}

static void set_times(const ta_result *r, int phase, ta_tick_record *records, ta_figures *f) {
    static const ta_metric of_minima[] = {TA_METRIC_avg_fps, TA_METRIC_p95_ms,
                                          TA_METRIC_frame_ms_mean};
    ta_figures least = {0};
    uint64_t count = take_times(r, phase, false, records);
    if (count == 0)
        return;
    ta_figures_measure_times(records, count, &least);
    (void)take_times(r, phase, true, records);
    ta_figures_measure_times(records, count, f);
    for (unsigned i = 0; i < sizeof of_minima / sizeof *of_minima; i++) {
        f->value[of_minima[i]] = least.value[of_minima[i]];
        f->known[of_minima[i]] = least.known[of_minima[i]];
    }
}

static ta_status add_evidence(ta_result *r) {
    char differences[TA_RESULT_TEXT_MAX];
    ta_rounds_differences(r, differences, sizeof differences);
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    char detail[TA_RESULT_TEXT_MAX];
    (void)snprintf(detail, sizeof detail, "%u rounds differ in %.400s", r->rounds, differences);
    if (differences[0])
        finding =
            (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                         .detail = detail,
                         .remedy = "look for what the program takes from a clock, an address, "
                                   "another thread or the system, from that tick on"};
    return ta_evidence_add(r, TA_FACT_rounds_agree, finding);
}

ta_status ta_rounds_finish(ta_result *r) {
    if (r->rounds <= 1)
        return ta_status_ok();
    ta_tick_record *records = calloc(r->tick_count ? r->tick_count : 1, sizeof *records);
    if (!records)
        return ta_status_make(TA_INTERNAL, "no memory to join the rounds");
    set_times(r, -1, records, &r->whole);
    for (uint32_t i = 0; i < r->phase_count; i++)
        set_times(r, (int)i, records, &r->phases[i]);
    free(records);
    return add_evidence(r);
}
