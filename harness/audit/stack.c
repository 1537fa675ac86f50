/* The call stack by frame pointers: 1 to 3 ns a frame, and right wherever the code was compiled
 * with them. Where it was not, the frame register may hold anything, so no page is read before the
 * kernel has said that it can be. */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FRAME_BYTES_MAX = 1 << 20, /* a caller's frame further away than this is no frame */
    PAGE = 4096,               /* the granularity of the check; never more than the real page */
    STACK_ADDRESS_MIN = 65536,
    NO_SUCH_WAY = -1
};

/* Asks by a call that reads a signal mask there before it refuses to know what to do with it:
 * EFAULT or EINVAL. Unlike mincore it tells a guard page from memory, and every sandbox permits it.
 */
static bool is_readable(uint64_t address) {
    enum { MASK_BYTES = 8 };
    int before = errno;
    syscall(SYS_rt_sigprocmask, NO_SUCH_WAY, (void *)(uintptr_t)address, NULL, MASK_BYTES);
    bool readable = errno == EINVAL;
    errno = before;
    return readable;
}

/* Whether the frame at `outer` (two words) can be read, given that the page `page` can. */
static bool may_read(uint64_t page, uint64_t outer) {
    uint64_t first = outer / PAGE, last = (outer + 15) / PAGE;
    return (first == page || is_readable(outer)) && (last == first || is_readable(last * PAGE));
}

unsigned ta_stack_walk(void *const *frame, uint64_t *frames, unsigned frames_max) {
    uint64_t at = (uint64_t)(uintptr_t)frame;
    unsigned depth = 0;
    while (depth < frames_max) {
        const uint64_t *words = (const uint64_t *)(uintptr_t)at;
        uint64_t outer = words[0], return_address = words[1];
        if (return_address < STACK_ADDRESS_MIN)
            break;
        frames[depth++] = return_address;
        bool plausible = outer > at && outer - at < FRAME_BYTES_MAX && outer % 8 == 0;
        if (!plausible || !may_read((at + 15) / PAGE, outer))
            break;
        at = outer;
    }
    return depth;
}
