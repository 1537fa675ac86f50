#include "site_frames.h"

#include <string.h>

enum { PERIOD_MAX = 4 }; /* functions that call each other in turn */

static const ta_frame *at(const ta_result *result, uint32_t frame) {
    return &result->frames[frame & ~TA_SITE_FRAME_RECURSIVE];
}

int ta_frame_compare(const ta_frame *a, const ta_frame *b) {
    int order = strcmp(a->function, b->function);
    if (order == 0)
        order = strcmp(a->module, b->module);
    if (order == 0)
        order = strcmp(a->file, b->file);
    if (order == 0 && a->line != b->line)
        order = a->line < b->line ? -1 : 1;
    if (order == 0 && a->line == 0 && a->offset != b->offset)
        order = a->offset < b->offset ? -1 : 1;
    return order;
}

/* Without a name, two addresses are taken for two functions. */
static bool same_function(const ta_result *result, uint32_t a, uint32_t b) {
    const ta_frame *x = at(result, a), *y = at(result, b);
    if (!*x->function || !*y->function)
        return ta_frame_compare(x, y) == 0;
    return strcmp(x->function, y->function) == 0 && strcmp(x->module, y->module) == 0;
}

/* How many frames from the first on are one function that calls itself. Two different places of
 * one name are no proof: overloads have one name too. */
static uint32_t run_of(const ta_result *result, const uint32_t *frames, uint32_t count) {
    uint32_t run = 1, equal = 1;
    while (run < count && same_function(result, frames[0], frames[run])) {
        equal += ta_frame_compare(at(result, frames[0]), at(result, frames[run])) == 0;
        run++;
    }
    return run > 2 || equal == run ? run : 1;
}

/* The last `period` frames are the functions of those before them. */
static bool repeats(const ta_result *result, const uint32_t *frames, uint32_t count,
                    uint32_t period) {
    if (count < 2 * period)
        return false;
    for (uint32_t i = count - period; i < count; i++) {
        if (!same_function(result, frames[i - period], frames[i]))
            return false;
    }
    return true;
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* _start has no name in a stripped program; it is known by what it calls, which main does not. */
static bool begins_program(const ta_result *result, const uint32_t *frames, uint32_t count) {
    const ta_frame *last = at(result, frames[count - 1]);
    if (strcmp(last->function, "_start") == 0 || ta_frame_is_of_system(last))
        return true;
    return !*last->function &&
           starts_with(at(result, frames[count - 2])->function, "__libc_start_main");
}

uint32_t ta_frames_fold(const ta_result *result, uint32_t *frames, uint32_t count) {
    uint32_t kept = 0, whole = count;
    while (count > 1 && begins_program(result, frames, count))
        count--;
    if (count == 1 && ta_frame_is_of_system(at(result, frames[0])))
        count = whole; /* the loader itself: then its frames are all there is to tell */
    for (uint32_t i = 0, run; i < count; i += run) {
        run = run_of(result, frames + i, count - i);
        frames[kept++] = frames[i] | (run > 1 ? TA_SITE_FRAME_RECURSIVE : 0);
        for (uint32_t period = 2; period <= PERIOD_MAX; period++) {
            if (repeats(result, frames, kept, period)) {
                kept -= period;
                for (uint32_t j = kept - period; j < kept; j++)
                    frames[j] |= TA_SITE_FRAME_RECURSIVE;
                break;
            }
        }
    }
    return kept;
}
