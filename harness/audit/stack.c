/* The call stack, frame by frame: by the unwind tables, which every program carries and which know
 * each instruction, and by frame pointers where there are none (code made at run time, say). Tables
 * can be wrong and a frame register may hold anything, so nothing is read but what is known to be
 * mapped: a thread's own stack from here to its end, and what the kernel says can be read. */
#define _GNU_SOURCE
#include "audit.h"
#include "cfi.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t ta_stack_first_end;

enum {
    FRAME_BYTES_MAX = 64 << 20, /* a caller's frame further away than this is no frame */
    FIRST_STACK_MAX = 64 << 20, /* the kernel keeps at least twice that free below its end */
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

/* A thread's block of thread-local storage lies at the end of its stack, as libc lays them out (but
 * the first thread's). */
static uint64_t end_of_threads_stack(void) {
    return (uint64_t)(uintptr_t)__builtin_thread_pointer();
}

/* From where on this thread's stack is known to be mapped without a gap, up to its end. */
static __thread uint64_t known_from __attribute__((tls_model("initial-exec")));

/* Looks at each page from what is known down to `address`, which happens once a page. A gap means
 * that the address lies on another stack, of a coroutine say. */
static bool reaches_down_to(uint64_t address) {
    uint64_t end = end_of_threads_stack();
    if (!known_from)
        known_from = end / PAGE * PAGE;
    if (address >= end || end - address > FIRST_STACK_MAX)
        return false;
    while (known_from > address) {
        if (!is_readable(known_from - PAGE))
            return false;
        known_from -= PAGE;
    }
    return true;
}

/* The end of the stack that `address` is on, as far as all up to there is known to be mapped; 0
 * when it is on none that we know. */
static uint64_t stack_end_at(uint64_t address) {
    uint64_t first_end = ta_stack_first_end;
    if (address < first_end && first_end - address < FIRST_STACK_MAX)
        return first_end;
    return reaches_down_to(address) ? end_of_threads_stack() : 0;
}

size_t ta_stack_readable(const void *begin, size_t wanted) {
    uint64_t at = (uint64_t)(uintptr_t)begin, end = stack_end_at(at);
    if (!end) { /* the page that it begins in is there, and perhaps the next */
        end = at / PAGE * PAGE + PAGE;
        end += end - at < wanted && is_readable(end) ? PAGE : 0;
    }
    return end - at < wanted ? end - at : wanted;
}

/* Where the walk is: the registers that a function would find when the one that it called returns.
 */
typedef struct place {
    uint64_t pc, rsp, rbp;
    uint64_t page;       /* the page that was read last, and so can be */
    uint64_t begin, end; /* what is known to be mapped */
    uint64_t after_call; /* 1: pc is a return address; 0: a signal came there */
} place;

/* The word at `at`, which is aligned, so that it lies in one page; false where there is none. */
static inline bool read_word(place *p, uint64_t at, uint64_t *word) {
    if (TA_UNLIKELY(at % sizeof *word != 0))
        return false;
    if (TA_UNLIKELY(at < p->begin || at >= p->end)) {
        if (at / PAGE != p->page && !is_readable(at))
            return false;
        p->page = at / PAGE;
    }
    *word = *(const uint64_t *)(uintptr_t)at;
    return true;
}

/* Stacks grow down: a caller's frame lies above, and not too far. */
static inline bool move_to(place *p, uint64_t cfa, uint64_t return_address, uint64_t rbp) {
    if (cfa <= p->rsp || cfa - p->rsp > FRAME_BYTES_MAX || return_address < CODE_ADDRESS_MIN)
        return false;
    p->pc = return_address;
    p->rsp = cfa;
    p->rbp = rbp;
    p->after_call = 1;
    return true;
}

static bool step_by_frame_pointer(place *p) {
    uint64_t return_address, rbp;
    if (p->rbp < p->rsp || p->rbp - p->rsp > FRAME_BYTES_MAX)
        return false;
    return read_word(p, p->rbp, &rbp) && read_word(p, p->rbp + 8, &return_address) &&
           move_to(p, p->rbp + 16, return_address, rbp);
}

/* The registers as the kernel keeps them for a handler (struct ucontext of x86-64): the handler may
 * have had a stack of its own. */
static bool step_out_of_handler(place *p) {
    enum { RBP_AT = 120, RSP_AT = 160, RIP_AT = 168 };
    uint64_t pc, rsp, rbp;
    if (!read_word(p, p->rsp + RIP_AT, &pc) || !read_word(p, p->rsp + RSP_AT, &rsp) ||
        !read_word(p, p->rsp + RBP_AT, &rbp) || pc < CODE_ADDRESS_MIN)
        return false;
    uint64_t end = stack_end_at(rsp);
    *p = (place){.pc = pc, .rsp = rsp, .rbp = rbp, .begin = end ? rsp : 0, .end = end};
    return true;
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

static inline bool step(place *p, ta_unwind_rule rule) {
    if (TA_LIKELY(rule.base == TA_CFA_RSP || rule.base == TA_CFA_RBP ||
                  rule.base == TA_CFA_RBP_DEREF))
        return step_by_rule(p, rule);
    if (rule.base == TA_CFA_SIGNAL)
        return step_out_of_handler(p);
    return rule.base == TA_CFA_NONE && step_by_frame_pointer(p);
}

/* A return address may be the first of another function, when the call was the last of its own: the
 * rule is that of the call, one byte before. Where a signal came no call was made; such an address
 * is noted as if it were one byte further on, so that readers need not know. */
unsigned ta_stack_walk(void *const *frame, uint64_t *frames, unsigned frames_max) {
    uint64_t at = (uint64_t)(uintptr_t)frame, end = stack_end_at(at);
    place p = {.pc = (uint64_t)(uintptr_t)frame[1],
               .rsp = at + 16,
               .rbp = (uint64_t)(uintptr_t)frame[0],
               .page = (at + 8) / PAGE,
               .begin = end ? at : 0,
               .end = end,
               .after_call = 1};
    unsigned depth = 0;
    ta_unwind_rule rule;
    do {
        rule = ta_cfi_rule(p.pc - p.after_call);
        frames[depth++] = ta_frame_pack(p.pc + 1 - p.after_call, rule.module);
    } while (depth < frames_max && step(&p, rule));
    return depth;
}
