/* The call stack by frame pointers: 1 to 3 ns a frame, and right wherever the code was compiled
 * with them. Where it was not, the frame register may hold anything, so nothing is read that is not
 * known to be mapped. */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FRAME_BYTES_MAX = 1 << 20, /* a caller's frame further away than this is no frame */
    PAGE = 4096,               /* the granularity of the check; never more than the real page */
    STACK_ADDRESS_MIN = 65536
};

/* Whether the pages from `low` to `high` are all mapped: mincore fails where there is a hole. */
static bool is_mapped(uint64_t low, uint64_t high) {
    unsigned char residency[FRAME_BYTES_MAX / PAGE + 2];
    int before = errno;
    bool mapped = mincore((void *)(uintptr_t)low, high - low, residency) == 0;
    errno = before;
    return mapped;
}

/* Makes sure that the frame at `at` (two words) can be read, given that `from` can. What was found
 * out once is remembered: a stack stays where it is. */
static bool may_read(ta_slot *slot, uint64_t from, uint64_t at) {
    if (at >= slot->stack_low && at + 16 <= slot->stack_high)
        return true;
    uint64_t low = from / PAGE * PAGE, high = (at + 16 + PAGE - 1) / PAGE * PAGE;
    if (!is_mapped(low, high))
        return false;
    if (low <= slot->stack_high && low >= slot->stack_low) {
        slot->stack_high = high > slot->stack_high ? high : slot->stack_high;
    } else {
        slot->stack_low = low;
        slot->stack_high = high;
    }
    return true;
}

unsigned ta_stack_walk(ta_slot *slot, void *const *frame, uint64_t *frames, unsigned frames_max) {
    uint64_t at = (uint64_t)(uintptr_t)frame;
    unsigned depth = 0;
    while (depth < frames_max) {
        const uint64_t *words = (const uint64_t *)(uintptr_t)at;
        uint64_t outer = words[0], return_address = words[1];
        if (return_address < STACK_ADDRESS_MIN)
            break;
        frames[depth++] = return_address;
        bool plausible = outer > at && outer - at < FRAME_BYTES_MAX && outer % 8 == 0;
        if (!plausible || !may_read(slot, at, outer))
            break;
        at = outer;
    }
    return depth;
}
