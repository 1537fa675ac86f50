#include "tick_match.h"

#include <stdlib.h>
#include <string.h>

const ta_figures *ta_phase_like(const ta_result *in, const ta_result *of, uint32_t index) {
    const char *name = of->phases[index].name;
    uint32_t before = 0;
    for (uint32_t i = 0; i < index; i++)
        before += strcmp(of->phases[i].name, name) == 0;
    for (uint32_t i = 0; i < in->phase_count; i++) {
        if (strcmp(in->phases[i].name, name) == 0 && before-- == 0)
            return &in->phases[i];
    }
    return NULL;
}

/* The first tick of each phase and how many it has. A phase's ticks lie together. */
typedef struct phase_ticks {
    size_t first[TA_RESULT_PHASES_MAX], count[TA_RESULT_PHASES_MAX];
} phase_ticks;

static void find_phases(const ta_result *result, phase_ticks *ticks) {
    memset(ticks, 0, sizeof *ticks);
    for (size_t i = 0; i < result->tick_count; i++) {
        uint32_t phase = result->ticks[i].phase;
        if (phase >= TA_RESULT_PHASES_MAX)
            continue;
        if (ticks->count[phase]++ == 0)
            ticks->first[phase] = i;
    }
}

ta_status ta_tick_match(const ta_result *pre, const ta_result *post, ta_tick_pair **pairs,
                        size_t *count) {
    phase_ticks before, after;
    find_phases(pre, &before);
    find_phases(post, &after);
    *count = 0;
    *pairs = malloc((post->tick_count ? post->tick_count : 1) * sizeof **pairs);
    if (!*pairs)
        return ta_status_make(TA_INTERNAL, "no memory to match the ticks");
    bool without = pre->phase_count == 0 && post->phase_count == 0;
    uint32_t phases = without ? 1 : post->phase_count;
    for (uint32_t i = 0; i < phases; i++) {
        const ta_figures *like = without ? &pre->phases[0] : ta_phase_like(pre, post, i);
        size_t p = like ? (size_t)(like - pre->phases) : 0;
        for (size_t t = 0; like && t < after.count[i] && t < before.count[p]; t++)
            (*pairs)[(*count)++] = (ta_tick_pair){before.first[p] + t, after.first[i] + t, t};
    }
    return ta_status_ok();
}
