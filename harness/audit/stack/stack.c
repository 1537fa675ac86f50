/* The call stack, frame by frame. Most of it is as it was at the thread's last walk: where a walk
 * comes upon a place of the one before, it only compares the words that the outer places were read
 * from, which costs a tenth of working them out. */
#define _GNU_SOURCE
#include "stack_step.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A place that a walk came through. It follows from the one within it by two words of the stack,
 * its return address below rsp and its rbp at rbp_from, or by less that can be compared. */
typedef struct step {
    uint64_t pc, rsp, rbp;
    uint64_t rbp_from; /* RBP_AS_BEFORE: it is that of the place within */
    uint64_t frame;    /* packed */
    uint64_t hash;     /* of this frame and all outer ones */
    uint32_t own;      /* what this frame adds, see TA_STACK_FUNCTIONS */
    uint32_t holds;    /* what is known of it and all outer ones */
} step;

enum { RBP_AS_BEFORE = 0, NOT_COMPARABLE = 1 };

/* A thread's last walk, the outermost place first; and room for the places that are new in the one
 * that is being made, the innermost first. */
typedef struct ta_trace {
    uint64_t forgotten; /* how often modules were forgotten, and ranges told: two that only grow */
    uint32_t depth;
    volatile uint32_t busy; /* a signal handler that allocates finds it in use */
    step steps[TA_LEDGER_STACK_MAX];
    step fresh[TA_LEDGER_STACK_MAX];
} trace;

enum { TRACES_MAX = 256 }; /* threads beyond these walk without */

static trace *traces;

void ta_stack_prepare(void) {
    size_t bytes = TRACES_MAX * sizeof(trace);
    void *mapped = (void *)syscall(SYS_mmap, NULL, bytes, (long)(PROT_READ | PROT_WRITE),
                                   (long)(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1L, 0L);
    traces = mapped == MAP_FAILED ? NULL : mapped;
    if (traces)
        ta_locking_spares(traces, bytes);
}

static trace *trace_here(void) {
    ptrdiff_t number = ta_thread_here.slot - ta_ledger_slots(ta_ledger_mine);
    if (!traces || number < 0 || number >= TRACES_MAX || traces[number].busy)
        return NULL;
    return &traces[number];
}

static uint64_t hash_on(uint64_t hash, uint64_t frame) {
    return ((hash << 5 | hash >> 59) ^ frame) * UINT64_C(0x9e3779b97f4a7c15);
}

static ta_place begin_at(void *const *frame) {
    uint64_t at = (uint64_t)(uintptr_t)frame, end = ta_stack_end_at(at);
    return (ta_place){.pc = (uint64_t)(uintptr_t)frame[1],
                      .rsp = at + 16,
                      .rbp = (uint64_t)(uintptr_t)frame[0],
                      .page = (at + 8) / TA_STACK_PAGE,
                      .begin = end ? at : 0,
                      .end = end,
                      .after_call = 1};
}

/* A return address may be the first of another function, when the call was the last of its own: the
 * rule is that of the call, one byte before. Where a signal came no call was made; such an address
 * is noted as if it were one byte further on, so that readers need not know. */
static inline uint64_t frame_of(const ta_place *p, ta_unwind_rule rule) {
    return ta_frame_pack(p->pc + 1 - p->after_call, rule.module);
}

/* What a frame adds to what is known of a stack. */
static inline uint32_t holds_by(uint64_t frame) {
    return TA_LIKELY(!ta_stacked_on) ? 0 : ta_stacked_at(frame);
}

/* And a step that could be taken from it. */
static inline uint32_t holds_by_step(ta_unwind_rule rule) {
    return ta_stacked_on && rule.base == TA_CFA_NONE ? TA_STACK_GUESSED : 0;
}

/* A walk ended here: at the outermost frame, which tables tell or a return address of 0, or because
 * it cannot be followed. */
static uint32_t holds_at_end(const ta_place *p, ta_unwind_rule rule) {
    uint64_t return_address = 1;
    uint64_t cfa = (rule.base == TA_CFA_RSP ? p->rsp : p->rbp) + (uint64_t)(int64_t)rule.cfa_offset;
    ta_place at = *p;
    if (!ta_stacked_on || rule.base == TA_CFA_END)
        return 0;
    if (rule.base == TA_CFA_RSP || rule.base == TA_CFA_RBP)
        (void)ta_place_read(&at, cfa - 8, &return_address);
    else if (rule.base == TA_CFA_NONE && p->rbp == 0)
        return rule.module ? 0
                           : TA_STACK_GUESSED; /* as the ABI marks the outermost frame; but in code
                                                * that was made at run time it may be chance */
    return return_address == 0 ? 0 : TA_STACK_BROKEN;
}

/* Goes on outwards from what is kept, for the functions that are there; a frame of a module that is
 * not read yet could not be looked at later. */
static __attribute__((noinline)) uint32_t walk_beyond(ta_place *p) {
    enum { BEYOND_MAX = 4096 };
    uint32_t holds = 0;
    for (unsigned i = 0; i < BEYOND_MAX; i++) {
        ta_unwind_rule rule = ta_cfi_rule(p->pc - p->after_call);
        holds |= holds_by(frame_of(p, rule));
        if (!ta_place_step(p, rule))
            return (holds & TA_STACK_UNREAD ? holds | TA_STACK_CUT : holds) | holds_at_end(p, rule);
        holds |= holds_by_step(rule);
    }
    return holds | TA_STACK_CUT;
}

static unsigned walk(void *const *frame, uint64_t *frames, unsigned frames_max, uint32_t *holds) {
    ta_place p = begin_at(frame);
    unsigned depth = 0;
    *holds = 0;
    for (;;) {
        ta_unwind_rule rule = ta_cfi_rule(p.pc - p.after_call);
        frames[depth] = frame_of(&p, rule);
        *holds |= holds_by(frames[depth++]);
        if (!ta_place_step(&p, rule)) {
            *holds |= holds_at_end(&p, rule);
            return depth;
        }
        *holds |= holds_by_step(rule);
        if (depth == frames_max) {
            *holds |= ta_stacked_on ? walk_beyond(&p) : 0;
            return depth;
        }
    }
}

unsigned ta_stack_walk(void *const *frame, uint64_t *frames, unsigned frames_max) {
    uint32_t holds;
    return walk(frame, frames, frames_max, &holds);
}

uint32_t ta_stack_id(void *const *frame) {
    enum { STEPS_MAX = 1 << 14, GRAIN_BITS = 4 };
    uint64_t end = ta_stack_end_at((uint64_t)(uintptr_t)frame);
    if (TA_UNLIKELY(!end)) {
        ta_place p = begin_at(frame);
        for (int steps = 0; steps < STEPS_MAX && !p.end; steps++)
            if (!ta_place_step(&p, ta_cfi_rule(p.pc - p.after_call)))
                break;
        end = p.end ? p.end : p.rsp;
    }
    return (uint32_t)(end >> GRAIN_BITS);
}

/* Where a walk is, in registers: the few words of a ta_place that change. */
typedef struct spot {
    uint64_t pc, rsp, rbp, rbp_from;
} spot;

/* Whether the place is still reached from the one within it, which is still there: what its return
 * address and rbp were read from says the same. */
static inline bool still_holds(const step *s, uint64_t begin, uint64_t end) {
    if (s->rsp > end || *(const uint64_t *)(uintptr_t)(s->rsp - 8) != s->pc)
        return false;
    if (s->rbp_from == RBP_AS_BEFORE)
        return true;
    return s->rbp_from >= begin && *(const uint64_t *)(uintptr_t)s->rbp_from == s->rbp;
}

/* From step `at`, where the walk is, outwards as far as all holds: the outermost that does. */
static inline uint32_t follow(const step *steps, uint32_t at, uint64_t begin, uint64_t end) {
    while (at > 0 && still_holds(&steps[at - 1], begin, end))
        at--;
    return at;
}

/* By a rule that is computed from rsp or rbp, on a stack that is mapped from `begin` to `end`, as
 * nearly all are. False for the slow way. */
static inline bool step_quickly(spot *at, ta_unwind_rule rule, uint64_t begin, uint64_t end) {
    uint64_t base = rule.base == TA_CFA_RSP ? at->rsp : at->rbp;
    uint64_t cfa = base + (uint64_t)(int64_t)rule.cfa_offset;
    if (TA_UNLIKELY(rule.base != TA_CFA_RSP && rule.base != TA_CFA_RBP) || cfa <= at->rsp ||
        cfa > end || cfa % 8 != 0)
        return false;
    uint64_t return_address = *(const uint64_t *)(uintptr_t)(cfa - 8);
    if (return_address < TA_STACK_CODE_MIN)
        return false;
    at->rbp_from = RBP_AS_BEFORE;
    if (rule.rbp_at != TA_RBP_UNCHANGED) {
        at->rbp_from = cfa + (uint64_t)(int64_t)rule.rbp_at;
        if (at->rbp_from < begin || at->rbp_from % 8 != 0)
            return false;
        at->rbp = *(const uint64_t *)(uintptr_t)at->rbp_from;
    }
    at->pc = return_address;
    at->rsp = cfa;
    return true;
}

/* The general way. False at the end of the stack. What it comes to can be followed again, but for
 * a place where a signal came (its pc is none that is returned to). */
static __attribute__((noinline)) bool step_slowly(spot *at, ta_unwind_rule rule, ta_place *p) {
    p->pc = at->pc;
    p->rsp = at->rsp;
    p->rbp = at->rbp;
    if (!ta_place_step(p, rule))
        return false;
    *at = (spot){p->pc, p->rsp, p->rbp, NOT_COMPARABLE};
    return true;
}

/* The outer steps from `kept` on are the last walk's; those within are fresh. */
static inline void join(trace *t, uint32_t kept, uint32_t fresh) {
    uint64_t hash = kept ? t->steps[kept - 1].hash : 0;
    uint32_t holds = kept ? t->steps[kept - 1].holds : 0;
    for (uint32_t i = fresh; i-- > 0;) {
        hash = hash_on(hash, t->fresh[i].frame);
        holds |= t->fresh[i].own;
        t->steps[kept] = t->fresh[i];
        t->steps[kept].holds = holds;
        t->steps[kept++].hash = hash;
    }
    t->depth = kept;
}

/* Leaves the walk in t->steps; false when it is deeper than that, on a stack that is not known to
 * be mapped, or leads out of a signal handler: such walks are made by themselves. */
static bool walk_along(trace *t, void *const *frame) {
    ta_place p = begin_at(frame);
    const uint64_t begin = p.begin, end = p.end;
    step *steps = t->steps, *fresh = t->fresh;
    uint32_t made = 0, candidates = t->depth;
    spot at = {p.pc, p.rsp, p.rbp, NOT_COMPARABLE};
    if (!end)
        return false;
    for (;;) {
        while (candidates > 0 && steps[candidates - 1].rsp < at.rsp)
            candidates--;
        const step *same = &steps[candidates - 1];
        if (candidates > 0 && same->rsp == at.rsp && same->pc == at.pc && same->rbp == at.rbp) {
            uint32_t outermost = follow(steps, candidates - 1, begin, end);
            if (outermost == 0)
                break;
            if (made + candidates - outermost > TA_LEDGER_STACK_MAX)
                return false;
            for (uint32_t k = candidates - 1; k > outermost; k--) { /* these still hold */
                fresh[made] = steps[k];
                fresh[made++].rbp_from = at.rbp_from;
                at = (spot){steps[k - 1].pc, steps[k - 1].rsp, steps[k - 1].rbp,
                            steps[k - 1].rbp_from};
            }
            candidates = outermost;
        }
        if (made == TA_LEDGER_STACK_MAX)
            return false;
        ta_unwind_rule rule = ta_cfi_rule(at.pc - 1);
        uint64_t packed = ta_frame_pack(at.pc, rule.module);
        fresh[made++] = (step){.pc = at.pc,
                               .rsp = at.rsp,
                               .rbp = at.rbp,
                               .rbp_from = at.rbp_from,
                               .frame = packed,
                               .own = holds_by(packed)};
        if (step_quickly(&at, rule, begin, end))
            continue;
        if (rule.base == TA_CFA_SIGNAL)
            return false;
        if (!step_slowly(&at, rule, &p)) {
            fresh[made - 1].own |= holds_at_end(&p, rule);
            candidates = 0;
            break;
        }
        fresh[made - 1].own |= holds_by_step(rule);
    }
    if (candidates + made > TA_LEDGER_STACK_MAX)
        return false;
    if (candidates > 0) /* it was reached from another place this time */
        steps[candidates - 1].rbp_from = at.rbp_from;
    join(t, candidates, made);
    return true;
}

static bool take_along(ta_stack *stack, void *const *frame) {
    trace *t = trace_here();
    if (!t)
        return false;
    t->busy = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint64_t forgotten = ta_cfi_forgotten() + (ta_stacked_on ? ta_stacked_told() : 0);
    if (t->forgotten != forgotten)
        t->depth = 0;
    t->forgotten = forgotten;
    if (!walk_along(t, frame)) {
        t->depth = 0;
        t->busy = 0;
        return false;
    }
    stack->trace = t;
    stack->depth = t->depth;
    stack->hash = t->steps[t->depth - 1].hash;
    stack->holds = t->steps[t->depth - 1].holds;
    return true;
}

void ta_stack_take(ta_stack *stack, void *const *frame) {
    if (take_along(stack, frame))
        return;
    uint32_t holds;
    ta_stack_set(stack, walk(frame, stack->frames, TA_LEDGER_STACK_MAX, &holds));
    stack->holds = holds;
}

void ta_stack_set(ta_stack *stack, unsigned depth) {
    stack->trace = NULL;
    stack->depth = depth;
    stack->hash = 0;
    stack->holds = 0;
    for (unsigned i = depth; i-- > 0;)
        stack->hash = hash_on(stack->hash, stack->frames[i]);
}

void ta_stack_copy(const ta_stack *stack, uint64_t *to) {
    for (unsigned i = 0; i < stack->depth; i++)
        to[i] = stack->trace ? stack->trace->steps[stack->depth - 1 - i].frame : stack->frames[i];
}

void ta_stack_leave(const ta_stack *stack) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (stack->trace)
        traces[stack->trace - traces].busy = 0;
}
