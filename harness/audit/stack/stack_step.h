/* stack_step.h: one step outwards on a stack: by the unwind tables, which every program carries and
 * which know each instruction, and by frame pointers where there are none (code made at run time,
 * say). For stack.c, which walks; what can be read is stack_memory.c's. */
#ifndef TA_AUDIT_STACK_STEP_H
#define TA_AUDIT_STACK_STEP_H

#include "audit.h"
#include "cfi.h"

enum {
    TA_STACK_PAGE = 4096,          /* the granularity of checks; never more than the real page */
    TA_STACK_FRAME_MAX = 64 << 20, /* a caller's frame further away than this is no frame */
    TA_STACK_CODE_MIN = 65536      /* no code lies below */
};

#pragma GCC visibility push(hidden)

bool ta_stack_is_readable(uint64_t address);

/* The end of the stack that `address` is on, as far as all up to there is known to be mapped; 0
 * when it is on none that we know. */
uint64_t ta_stack_end_at(uint64_t address);

#pragma GCC visibility pop

/* Where the walk is: the registers that a function would find when the one that it called returns.
 */
typedef struct ta_place {
    uint64_t pc, rsp, rbp;
    uint64_t after_call; /* 1: pc is a return address; 0: a signal came there */
    uint64_t begin, end; /* what is known to be mapped */
    uint64_t page;       /* the page that was read last beyond that, and so can be */
} ta_place;

/* The word at `at`, which is aligned, so that it lies in one page; false where there is none. */
static inline bool ta_place_read(ta_place *p, uint64_t at, uint64_t *word) {
    if (TA_UNLIKELY(at % sizeof *word != 0))
        return false;
    if (TA_UNLIKELY(at < p->begin || at >= p->end)) {
        if (at / TA_STACK_PAGE != p->page && !ta_stack_is_readable(at))
            return false;
        p->page = at / TA_STACK_PAGE;
    }
    *word = *(const uint64_t *)(uintptr_t)at;
    return true;
}

/* Stacks grow down: a caller's frame lies above, and not too far. */
static inline bool ta_place_move(ta_place *p, uint64_t cfa, uint64_t return_address, uint64_t rbp) {
    if (cfa <= p->rsp || cfa - p->rsp > TA_STACK_FRAME_MAX || return_address < TA_STACK_CODE_MIN)
        return false;
    p->pc = return_address;
    p->rsp = cfa;
    p->rbp = rbp;
    p->after_call = 1;
    return true;
}

static inline bool ta_place_by_rule(ta_place *p, ta_unwind_rule rule) {
    uint64_t cfa = (rule.base == TA_CFA_RSP ? p->rsp : p->rbp) + (uint64_t)(int64_t)rule.cfa_offset;
    if (rule.base == TA_CFA_RBP_DEREF && !ta_place_read(p, cfa, &cfa))
        return false;
    uint64_t rbp = p->rbp, return_address;
    if (rule.rbp_at != TA_RBP_UNCHANGED &&
        !ta_place_read(p, cfa + (uint64_t)(int64_t)rule.rbp_at, &rbp))
        return false;
    return ta_place_read(p, cfa - 8, &return_address) && ta_place_move(p, cfa, return_address, rbp);
}

static inline bool ta_place_by_frame_pointer(ta_place *p) {
    uint64_t return_address, rbp;
    if (p->rbp < p->rsp || p->rbp - p->rsp > TA_STACK_FRAME_MAX)
        return false;
    return ta_place_read(p, p->rbp, &rbp) && ta_place_read(p, p->rbp + 8, &return_address) &&
           ta_place_move(p, p->rbp + 16, return_address, rbp);
}

/* The registers as the kernel keeps them for a handler: the handler may have had a stack of its
 * own. */
static inline bool ta_place_out_of_handler(ta_place *p) {
    uint64_t pc, rsp, rbp;
    if (!ta_place_read(p, p->rsp + TA_SIGNAL_PC_AT, &pc) ||
        !ta_place_read(p, p->rsp + TA_SIGNAL_RSP_AT, &rsp) ||
        !ta_place_read(p, p->rsp + TA_SIGNAL_RBP_AT, &rbp) || pc < TA_STACK_CODE_MIN)
        return false;
    uint64_t end = ta_stack_end_at(rsp);
    *p = (ta_place){.pc = pc, .rsp = rsp, .rbp = rbp, .begin = end ? rsp : 0, .end = end};
    return true;
}

/* To the caller's place; false at the end of the stack, and where it cannot be followed. */
static inline bool ta_place_step(ta_place *p, ta_unwind_rule rule) {
    if (TA_LIKELY(rule.base == TA_CFA_RSP || rule.base == TA_CFA_RBP ||
                  rule.base == TA_CFA_RBP_DEREF))
        return ta_place_by_rule(p, rule);
    if (rule.base == TA_CFA_SIGNAL)
        return ta_place_out_of_handler(p);
    return rule.base == TA_CFA_NONE && ta_place_by_frame_pointer(p);
}

#endif
