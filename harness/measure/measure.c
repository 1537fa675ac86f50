#include "measure.h"

#include "figures.h"
#include "ledger.h"
#include "measure_process.h"

#include <stdio.h>
#include <string.h>

static ta_stretch of_phase(const ta_ledger *ledger, const ta_phase *phase) {
    uint64_t recorded = ta_ledger_tick_count(ledger);
    uint64_t room = phase->first_tick < recorded ? recorded - phase->first_tick : 0;
    return (ta_stretch){
        .ticks = ta_ledger_ticks(ledger) + phase->first_tick,
        .tick_count = phase->ticks < room ? phase->ticks : room,
        .counted = ta_counters_difference(&phase->at_end, &phase->at_begin),
        .first_live_bytes = phase->first_live_bytes,
        .first_live_blocks = phase->first_live_blocks,
        .first = phase->first,
        .last = phase->last,
        .observations = phase->observations,
        .population_mismatches = phase->population_mismatches,
        .population_peak = phase->population_peak,
        .rss_first = phase->rss_first,
        .rss_peak = phase->rss_peak,
    };
}

/* The whole is all phases together, from the first one's begin. A process that died within a phase
 * had counted more than that phase's last tick knows: the slots say how much. */
static ta_stretch of_whole(const ta_ledger *ledger, const ta_phase *first, const ta_phase *last,
                           bool ended_within) {
    ta_stretch whole = of_phase(ledger, first);
    ta_counters now;
    ta_ledger_sum(ledger, &now);
    whole.counted = ta_counters_difference(ended_within ? &now : &last->at_end, &first->at_begin);
    for (const ta_phase *phase = first + 1; phase <= last; phase++) {
        ta_stretch next = of_phase(ledger, phase);
        whole.tick_count += next.tick_count;
        whole.observations += next.observations;
        whole.population_mismatches += next.population_mismatches;
        if (next.population_peak > whole.population_peak)
            whole.population_peak = next.population_peak;
        if (next.rss_peak > whole.rss_peak)
            whole.rss_peak = next.rss_peak;
        if (next.observations)
            whole.last = next.last;
    }
    return whole;
}

static void measure_phases(const ta_scenario *scenario, const ta_ledger *ledger,
                           ta_result *result) {
    const ta_phase *phases = ta_ledger_phases(ledger);
    result->phase_count = scenario->phase_count;
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        ta_figures *figures = &result->phases[i];
        memcpy(figures->name, scenario->phases[i].plan.name, sizeof figures->name);
        figures->ticks_planned = scenario->phases[i].plan.ticks;
        if (i >= ledger->phase_count)
            continue; /* never begun: everything stays unknown */
        ta_stretch s = of_phase(ledger, &phases[i]);
        ta_figures_measure(&s, figures);
        figures->complete =
            phases[i].state == TA_PHASE_DONE && s.tick_count == figures->ticks_planned;
    }
}

static void measure_whole(const ta_scenario *scenario, const ta_ledger *ledger, ta_result *result) {
    const ta_phase *phases = ta_ledger_phases(ledger);
    snprintf(result->whole.name, sizeof result->whole.name, "whole");
    result->whole.ticks_planned = ta_scenario_ticks(scenario);
    result->whole.complete = true;
    for (uint32_t i = 0; i < result->phase_count; i++)
        result->whole.complete &= result->phases[i].complete;
    if (ledger->phase_count == 0)
        return;
    const ta_phase *last = &phases[ledger->phase_count - 1];
    ta_stretch s = of_whole(ledger, &phases[0], last, last->state == TA_PHASE_OPEN);
    ta_figures_measure(&s, &result->whole);
}

ta_status ta_measure(const ta_scenario *scenario, const ta_ledger *ledger, ta_result *result) {
    measure_phases(scenario, ledger, result);
    measure_whole(scenario, ledger, result);
    ta_status status = ta_measure_process(ledger, result);
    result->lost.ticks += result->lost.records; /* a phase's figures are those of its records */
    result->lost.records = 0;
    return ta_ok(status) ? ta_measure_phase_ticks(ledger, result) : status;
}
