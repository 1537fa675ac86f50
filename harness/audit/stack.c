/* The call stack, frame by frame. Most of it is as it was at the thread's last walk: where a walk
 * comes upon a place of the one before, it only compares the words that the outer places were read
 * from, which costs a tenth of working them out. */
#define _GNU_SOURCE
#include "stack_step.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A place that a walk came through. */
typedef struct step {
    uint64_t pc, rsp, rbp, rbp_from;
    uint64_t frame; /* packed */
    uint64_t hash;  /* of this frame and all outer ones */
    bool plain;     /* it was reached by words that can be compared: see ta_place */
} step;

/* A thread's last walk, the outermost place first; and room for the places that are new in the one
 * that is being made, the innermost first. */
typedef struct ta_trace {
    uint64_t forgotten; /* the value of ta_cfi_forgotten() that it belongs to */
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

unsigned ta_stack_walk(void *const *frame, uint64_t *frames, unsigned frames_max) {
    ta_place p = begin_at(frame);
    unsigned depth = 0;
    ta_unwind_rule rule;
    do {
        rule = ta_cfi_rule(p.pc - p.after_call);
        frames[depth++] = frame_of(&p, rule);
    } while (depth < frames_max && ta_place_step(&p, rule));
    return depth;
}

static inline bool is_at(const step *s, const ta_place *p) {
    return s->rsp == p->rsp && s->pc == p->pc && s->rbp == p->rbp && p->after_call;
}

/* Whether the place is still reached from the one within it, which is still there: what its return
 * address and rbp were read from says the same. */
static inline bool still_holds(const step *s, const ta_place *p) {
    return s->plain && s->rsp <= p->end && *(const uint64_t *)(uintptr_t)(s->rsp - 8) == s->pc &&
           (!s->rbp_from ||
            (s->rbp_from >= p->begin && *(const uint64_t *)(uintptr_t)s->rbp_from == s->rbp));
}

/* From step `at`, where the walk is, outwards as far as all holds: the outermost that does. */
static uint32_t follow(const trace *t, uint32_t at, const ta_place *p) {
    while (at > 0 && still_holds(&t->steps[at - 1], p))
        at--;
    return at;
}

static void keep_fresh(trace *t, uint32_t *fresh, const ta_place *p, uint64_t frame, bool plain) {
    t->fresh[(*fresh)++] = (step){.pc = p->after_call ? p->pc : 0, /* else nothing is like it */
                                  .rsp = p->rsp,
                                  .rbp = p->rbp,
                                  .rbp_from = p->rbp_from,
                                  .frame = frame,
                                  .plain = plain && p->after_call};
}

/* The outer steps from `kept` on are the last walk's; those within are fresh. */
static void join(trace *t, uint32_t kept, uint32_t fresh) {
    uint64_t hash = kept ? t->steps[kept - 1].hash : 0;
    for (uint32_t i = fresh; i-- > 0;) {
        hash = hash_on(hash, t->fresh[i].frame);
        t->fresh[i].hash = hash;
        t->steps[kept++] = t->fresh[i];
    }
    t->depth = kept;
}

/* Leaves the walk in t->steps; false when it is deeper than that. */
static bool walk_along(trace *t, void *const *frame) {
    ta_place p = begin_at(frame);
    uint32_t fresh = 0, candidates = p.end ? t->depth : 0;
    bool plain = false;
    for (;;) {
        while (candidates > 0 && t->steps[candidates - 1].rsp < p.rsp)
            candidates--;
        if (candidates > 0 && is_at(&t->steps[candidates - 1], &p)) {
            uint32_t outermost = follow(t, candidates - 1, &p);
            if (outermost == 0)
                break;
            candidates = outermost; /* what lies between is walked again */
        }
        if (fresh == TA_LEDGER_STACK_MAX)
            return false;
        ta_unwind_rule rule = ta_cfi_rule(p.pc - p.after_call);
        keep_fresh(t, &fresh, &p, frame_of(&p, rule), plain);
        if (!ta_place_step(&p, rule)) {
            candidates = 0;
            break;
        }
        plain = p.plain;
    }
    if (candidates + fresh > TA_LEDGER_STACK_MAX)
        return false;
    if (candidates > 0) { /* it was reached from another place this time */
        t->steps[candidates - 1].plain = plain;
        t->steps[candidates - 1].rbp_from = p.rbp_from;
    }
    join(t, candidates, fresh);
    return true;
}

static bool take_along(ta_stack *stack, void *const *frame) {
    trace *t = trace_here();
    if (!t)
        return false;
    t->busy = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (t->forgotten != ta_cfi_forgotten())
        t->depth = 0;
    t->forgotten = ta_cfi_forgotten();
    if (!walk_along(t, frame)) {
        t->depth = 0;
        t->busy = 0;
        return false;
    }
    stack->trace = t;
    stack->depth = t->depth;
    stack->hash = t->steps[t->depth - 1].hash;
    return true;
}

void ta_stack_take(ta_stack *stack, void *const *frame) {
    if (take_along(stack, frame))
        return;
    ta_stack_set(stack, ta_stack_walk(frame, stack->frames, TA_LEDGER_STACK_MAX));
}

void ta_stack_set(ta_stack *stack, unsigned depth) {
    stack->trace = NULL;
    stack->depth = depth;
    stack->hash = 0;
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
