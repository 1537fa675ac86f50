#include "suppress.h"

#include "evidence.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static bool fits(const char *pattern, const char *text) {
    return !*pattern || fnmatch(pattern, text, 0) == 0;
}

static bool is_violation(const ta_site *site) {
    for (unsigned i = 0; i < TA_RESULT_HOT_PATHS_MAX / 64; i++)
        if (site->within[i])
            return true;
    return false;
}

/* A frame is asked once, however many stacks it is in. */
enum { NOT_ASKED, FITS, FITS_NOT };

static bool frame_fits(const ta_suppression *s, const ta_result *result, uint32_t frame,
                       unsigned char *asked) {
    const ta_frame *f = &result->frames[frame];
    if (asked[frame] == NOT_ASKED)
        asked[frame] =
            fits(s->function, f->function) && fits(s->module, f->module) ? FITS : FITS_NOT;
    return asked[frame] == FITS;
}

static bool matches(const ta_suppression *s, const ta_result *result, const ta_site *site,
                    unsigned char *asked) {
    if (!is_violation(site) || !fits(s->hot_path, site->hot_path))
        return false;
    if (!*s->function && !*s->module)
        return true;
    for (uint32_t depth = 0; depth < site->frame_count; depth++)
        if (frame_fits(s, result, result->stacks[site->stack_at + depth], asked))
            return true;
    return false;
}

/* All sites that this suppression matches and that none before it has taken. */
static void count_matches(uint32_t number, ta_result *result, unsigned char *asked) {
    ta_suppression_figures *figures = &result->suppressions[number];
    memset(asked, NOT_ASKED, result->frame_count);
    for (uint32_t i = 0; i < result->site_count; i++) {
        ta_site *site = &result->sites[i];
        if (site->suppressed_by || !matches(&figures->suppression, result, site, asked))
            continue;
        figures->sites++;
        figures->allocs += site->allocs;
        figures->bytes += site->bytes;
        if (figures->state == TA_SUPPRESSION_EXPIRED)
            continue;
        figures->state = TA_SUPPRESSION_USED;
        site->suppressed_by = number + 1;
        result->suppressed.sites++;
        result->suppressed.allocs += site->allocs;
        result->suppressed.bytes += site->bytes;
    }
}

/* Dates of this form are in the order of their texts. */
static bool is_expired(const ta_suppression *s, const ta_result *result) {
    return *s->expires && strncmp(result->timestamp, s->expires, strlen(s->expires)) > 0;
}

/* What has expired is tried last: it would have taken what no other takes. */
static void match(ta_result *result, unsigned char *asked) {
    for (uint32_t i = 0; i < result->suppression_count; i++)
        if (result->suppressions[i].state != TA_SUPPRESSION_EXPIRED)
            count_matches(i, result, asked);
    for (uint32_t i = 0; i < result->suppression_count; i++)
        if (result->suppressions[i].state == TA_SUPPRESSION_EXPIRED)
            count_matches(i, result, asked);
}

static uint64_t less(uint64_t value, uint64_t taken) {
    return value > taken ? value - taken : 0;
}

static void take_from_figures(ta_figures *figures, uint64_t allocs, uint64_t bytes) {
    double *hot_allocs = &figures->value[TA_METRIC_hot_allocs];
    double *hot_bytes = &figures->value[TA_METRIC_hot_bytes];
    *hot_allocs = *hot_allocs > (double)allocs ? *hot_allocs - (double)allocs : 0;
    *hot_bytes = *hot_bytes > (double)bytes ? *hot_bytes - (double)bytes : 0;
}

/* The whole of a scenario is its phases, and what was allocated before the first is in none of
 * them; the whole of a program is all of it. */
static void take_site(const ta_site *site, ta_result *result) {
    uint64_t allocs = 0, bytes = 0;
    for (uint32_t p = 0; p < result->phase_count; p++) {
        take_from_figures(&result->phases[p], site->allocs_by_phase[p], site->bytes_by_phase[p]);
        allocs += site->allocs_by_phase[p];
        bytes += site->bytes_by_phase[p];
    }
    if (result->phase_count == 0) {
        allocs = site->allocs;
        bytes = site->bytes;
    }
    take_from_figures(&result->whole, allocs, bytes);
}

/* What is left of a hot path. Its first tick is known from the sites that are left when they are
 * all that is left; its worst tick only if it is one site's. */
static void settle_path(const ta_result *result, uint32_t path) {
    ta_hot_path_figures *h = &result->hot_paths[path];
    uint64_t allocs = h->allocs, left = 0, first_tick = 0;
    const ta_site *only = NULL;
    uint32_t sites_left = 0;
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        if (!ta_site_has_path(site, path))
            continue;
        if (site->suppressed_by) {
            h->allocs = less(h->allocs, site->allocs);
            h->bytes = less(h->bytes, site->bytes);
            h->tick_allocs = less(h->tick_allocs, site->tick_allocs);
            for (uint32_t p = 0; p < result->phase_count; p++) {
                h->by_phase[p].allocs = less(h->by_phase[p].allocs, site->allocs_by_phase[p]);
                h->by_phase[p].bytes = less(h->by_phase[p].bytes, site->bytes_by_phase[p]);
            }
            continue;
        }
        left += site->allocs;
        only = site;
        sites_left++;
        if (site->first_tick && (!first_tick || site->first_tick < first_tick))
            first_tick = site->first_tick;
    }
    if (h->allocs == allocs)
        return;
    bool is_one_site = sites_left == 1 && left == h->allocs;
    h->spread_known = false;
    h->worst_tick = is_one_site ? only->worst_tick : 0;
    h->worst_tick_allocs = is_one_site ? only->worst_tick_allocs : 0;
    if (left == h->allocs)
        h->first_tick = first_tick;
}

ta_status ta_suppress(const ta_suppressions *suppressions, ta_result *result) {
    ta_suppression_figures *figures = calloc(suppressions->count + 1, sizeof *figures);
    unsigned char *asked = calloc(result->frame_count + 1, 1);
    if (!figures || !asked) {
        free(figures);
        free(asked);
        return ta_status_make(TA_INTERNAL, "no memory for the suppressions");
    }
    memcpy(result->suppressions_path, suppressions->path, sizeof result->suppressions_path);
    result->suppressions = figures;
    result->suppression_count = suppressions->count;
    for (uint32_t i = 0; i < suppressions->count; i++) {
        figures[i].suppression = suppressions->items[i];
        figures[i].state = is_expired(&suppressions->items[i], result) ? TA_SUPPRESSION_EXPIRED
                                                                       : TA_SUPPRESSION_UNUSED;
    }
    match(result, asked);
    free(asked);
    for (uint32_t i = 0; i < result->site_count; i++)
        if (result->sites[i].suppressed_by)
            take_site(&result->sites[i], result);
    for (uint32_t path = 0; path < result->hot_path_count; path++)
        settle_path(result, path);
    return ta_evidence_of_suppressions(result);
}
