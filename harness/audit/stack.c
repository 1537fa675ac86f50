/* The call stack, frame by frame: by the unwind tables, which every program carries and which know
 * each instruction, and by frame pointers where there are none (code made at run time, say). Tables
 * can be wrong and a frame register may hold anything, so no page is read before the kernel has
 * said that it can be. */
#define _GNU_SOURCE
#include "audit.h"
#include "cfi.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FRAME_BYTES_MAX = 64 << 20, /* a caller's frame further away than this is no frame */
    PAGE = 4096,                /* the granularity of the check; never more than the real page */
    CODE_ADDRESS_MIN = 65536,
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

/* Where the walk is: the registers that a function would find when the one that it called returns.
 */
typedef struct place {
    uint64_t pc, rsp, rbp;
    uint64_t page; /* the page that was read last, and so can be */
} place;

/* The word at `at`, which is aligned, so that it lies in one page; false where there is none. */
static bool read_word(place *p, uint64_t at, uint64_t *word) {
    if (at % sizeof *word != 0)
        return false;
    if (at / PAGE != p->page && !is_readable(at))
        return false;
    p->page = at / PAGE;
    *word = *(const uint64_t *)(uintptr_t)at;
    return true;
}

/* Stacks grow down: a caller's frame lies above, and not too far. */
static bool move_to(place *p, uint64_t cfa, uint64_t return_address, uint64_t rbp) {
    if (cfa <= p->rsp || cfa - p->rsp > FRAME_BYTES_MAX || return_address < CODE_ADDRESS_MIN)
        return false;
    p->pc = return_address;
    p->rsp = cfa;
    p->rbp = rbp;
    return true;
}

static bool step_by_frame_pointer(place *p) {
    uint64_t return_address, rbp;
    if (p->rbp < p->rsp || p->rbp - p->rsp > FRAME_BYTES_MAX)
        return false;
    return read_word(p, p->rbp, &rbp) && read_word(p, p->rbp + 8, &return_address) &&
           move_to(p, p->rbp + 16, return_address, rbp);
}

static bool step_by_rule(place *p, ta_unwind_rule rule) {
    uint64_t cfa = (rule.base == TA_CFA_RSP ? p->rsp : p->rbp) + (uint64_t)(int64_t)rule.cfa_offset;
    if (rule.base == TA_CFA_RBP_DEREF && !read_word(p, cfa, &cfa))
        return false;
    uint64_t rbp = p->rbp, return_address;
    if (rule.rbp_at != TA_RBP_UNCHANGED &&
        !read_word(p, cfa + (uint64_t)(int64_t)rule.rbp_at, &rbp))
        return false;
    return read_word(p, cfa - 8, &return_address) && move_to(p, cfa, return_address, rbp);
}

/* A return address may be the first of another function, when the call was the last of its own: the
 * rule is that of the call, one byte before. */
static bool step(place *p) {
    ta_unwind_rule rule = ta_cfi_rule(p->pc - 1);
    if (rule.base == TA_CFA_END)
        return false;
    return rule.base == TA_CFA_NONE ? step_by_frame_pointer(p) : step_by_rule(p, rule);
}

unsigned ta_stack_walk(void *const *frame, uint64_t *frames, unsigned frames_max) {
    uint64_t at = (uint64_t)(uintptr_t)frame;
    place p = {.pc = (uint64_t)(uintptr_t)frame[1],
               .rsp = at + 16,
               .rbp = (uint64_t)(uintptr_t)frame[0],
               .page = (at + 8) / PAGE};
    unsigned depth = 0;
    do {
        frames[depth++] = p.pc;
    } while (depth < frames_max && step(&p));
    return depth;
}
