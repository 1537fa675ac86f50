#include "tell_tick.h"

#include "frame_kind.h"
#include "name_text.h"

#include <inttypes.h>

enum { NAME_COLUMNS = 60 }; /* of a line of 80 */

/* One without a name by its module and offset. */
static void tell_frame(const ta_frame *frame, ta_message *why) {
    if (frame->function[0])
        ta_message_add(why, "%s", ta_name_fit(frame->function, NAME_COLUMNS).text);
    else if (frame->module[0])
        ta_message_add(why, "%s+0x%" PRIx64, frame->module, frame->offset);
    else
        ta_message_add(why, "code in no file");
    if (frame->line)
        ta_message_add(why, " (%s:%u)", frame->file, frame->line);
}

void ta_tell_site(const ta_result *result, const ta_site *site, const char *by, ta_message *why) {
    uint32_t start = ta_site_start(result, site);
    const ta_frame *through = ta_frames_through(result, result->stacks + site->stack_at, start);
    tell_frame(ta_site_frame(result, site, start), why);
    if (through)
        ta_message_add(why, " through %s", ta_name_fit(through->function, NAME_COLUMNS).text);
    if (start + 1 < site->frame_count) {
        ta_message_add(why, "%s", by);
        tell_frame(ta_site_frame(result, site, start + 1), why);
    }
}

/* The number, from 1, of the first tick with so many; 0 when it was not kept. */
static uint64_t find_tick(const ta_result *result, uint32_t phase, uint64_t allocs) {
    for (uint64_t i = 0; i < result->tick_count; i++) {
        const ta_tick_figures *tick = &result->ticks[i];
        if (tick->allocs == allocs && (!phase || tick->phase == phase - 1))
            return i + 1;
    }
    return 0;
}

static void tell_threads(const ta_result *result, ta_message *message) {
    uint64_t others = 0;
    uint32_t told = 0;
    ta_message_add(message, "; %" PRIu64 " of the ticking thread", result->worst_tick.own_allocs);
    for (uint32_t i = 0; i < result->worst_tick.thread_count && i < TA_RESULT_THREADS_MAX; i++) {
        const ta_thread_share *thread = &result->worst_tick.threads[i];
        others += thread->allocs;
        if (thread->id == result->worst_tick.ticking_thread)
            continue;
        ta_message_add(message, ", %" PRIu64 " of thread %" PRId32, thread->allocs, thread->id);
        told++;
    }
    if (result->worst_tick.thread_count > told + 1 && others < result->worst_tick.allocs)
        ta_message_add(message, ", %" PRIu64 " of others", result->worst_tick.allocs - others);
}

/* Sites are in the order of their allocations in all ticks, which is not that of one tick. */
static const ta_site *next_site(const ta_result *result, uint64_t below, const ta_site *after) {
    const ta_site *best = NULL;
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        bool is_later =
            site->in_worst_tick < below || (site->in_worst_tick == below && after && site > after);
        if (site->in_worst_tick && site->frame_count && is_later &&
            (!best || site->in_worst_tick > best->in_worst_tick))
            best = site;
    }
    return best;
}

static void tell_sites(const ta_result *result, ta_message *message) {
    enum { SITES_TOLD = 3 };
    uint64_t told = 0, below = UINT64_MAX;
    const ta_site *site = NULL;
    for (int i = 0; i < SITES_TOLD && (site = next_site(result, below, site)); i++) {
        ta_message_add(message, "%s%" PRIu64 " at ", i ? ", " : "; ", site->in_worst_tick);
        ta_tell_site(result, site, " by ", message);
        told += site->in_worst_tick;
        below = site->in_worst_tick;
    }
    if (told == 0)
        ta_message_add(message, "; --stacks all tells where");
    else if (told < result->worst_tick.allocs)
        ta_message_add(message, ", %" PRIu64 " elsewhere", result->worst_tick.allocs - told);
}

void ta_tell_tick(const ta_result *result, uint32_t phase, uint64_t allocs, ta_message *message) {
    bool is_worst = result->worst_tick.known && result->worst_tick.allocs == allocs;
    uint64_t tick = find_tick(result, phase, allocs);
    if (is_worst && (!phase || tick == result->worst_tick.tick)) {
        ta_message_add(message, " in tick %" PRIu64, result->worst_tick.tick);
        tell_threads(result, message);
        tell_sites(result, message);
    } else if (tick) {
        ta_message_add(message, " in tick %" PRIu64, tick);
    } else if (result->process_count > 1) {
        ta_message_add(message, " in a tick of a process that it started");
    }
}
