#include "tell_tick.h"

#include <inttypes.h>

void ta_tell_frame(const ta_frame *frame, ta_message *why) {
    if (frame->function[0])
        ta_message_add(why, "%s", frame->function);
    else if (frame->module[0])
        ta_message_add(why, "%s+0x%" PRIx64, frame->module, frame->offset);
    else
        ta_message_add(why, "code in no file");
    if (frame->line)
        ta_message_add(why, " (%s:%u)", frame->file, frame->line);
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
        ta_tell_frame(ta_site_frame(result, site, 0), message);
        if (site->frame_count > 1) {
            ta_message_add(message, " by ");
            ta_tell_frame(ta_site_frame(result, site, 1), message);
        }
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
