/* Hot paths and allowed stretches: which are open in this thread, and what an allocation within
 * them means. Only code that has scopes open comes here; violations are exceptions, so this is the
 * one place where counters are shared between threads and added to by atomic operations. */
#include "audit.h"

TA_EXPORT void ta_hot_begin(const char *name);
TA_EXPORT void ta_hot_end(void);
TA_EXPORT void ta_allow_begin(const char *name, const char *reason);
TA_EXPORT void ta_allow_end(void);

enum { NO_INDEX = UINT16_MAX };

/* A signal handler of this thread that opens and closes scopes sees these writes in this order. */
#define HANDLER_FENCE() __atomic_signal_fence(__ATOMIC_SEQ_CST)

static uint32_t hash_name(const char *name) {
    uint32_t hash = 2166136261u; /* FNV-1a, 32 bits */
    for (unsigned i = 0; i < TA_HOT_NAME_MAX - 1 && name[i]; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash;
}

/* Not by libc: calls of watched functions come here with arguments in wide registers, and its
 * comparison clears their upper halves. */
static bool same_name(const char *kept, const char *name) {
    for (unsigned i = 0; i < TA_HOT_NAME_MAX - 1; i++) {
        if (kept[i] != name[i])
            return false;
        if (!name[i])
            return true;
    }
    return true;
}

static void copy_text(char *to, const char *from, size_t room) {
    size_t i = 0;
    for (; i + 1 < room && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}

/* True when the entry with this state and name is the one for `name`, which may make it so. An
 * entry that another thread (or the code that a signal interrupted) is just naming is passed over
 * rather than waited for: the name may then have two entries, which the reader adds up. */
static bool claim_entry(uint32_t *state, char *kept, const char *name, bool *is_new) {
    uint32_t seen = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    if (seen == TA_ENTRY_READY)
        return same_name(kept, name);
    if (seen == TA_ENTRY_WRITTEN)
        return false;
    if (!__atomic_compare_exchange_n(state, &seen, TA_ENTRY_WRITTEN, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return seen == TA_ENTRY_READY && same_name(kept, name);
    copy_text(kept, name, TA_HOT_NAME_MAX);
    *is_new = true;
    return true;
}

uint16_t ta_hot_path_find(ta_ledger *ledger, const char *name) {
    ta_hot_path *table = ta_ledger_hot_paths(ledger);
    uint32_t at = hash_name(name);
    for (unsigned probe = 0; probe < TA_LEDGER_HOT_PATHS_MAX; probe++) {
        uint32_t index = (at + probe) % TA_LEDGER_HOT_PATHS_MAX;
        bool is_new = false;
        if (!claim_entry(&table[index].state, table[index].name, name, &is_new))
            continue;
        if (is_new) {
            __atomic_store_n(&table[index].state, TA_ENTRY_READY, __ATOMIC_RELEASE);
            __atomic_fetch_add(&ledger->hot_path_count, 1, __ATOMIC_RELEASE);
        }
        return (uint16_t)index;
    }
    ta_add_shared(&ledger->lost.names, 1);
    return NO_INDEX;
}

static uint16_t find_allowed(ta_ledger *ledger, const char *name, const char *reason) {
    ta_allowed *table = ta_ledger_allowed(ledger);
    uint32_t at = hash_name(name);
    for (unsigned probe = 0; probe < TA_LEDGER_ALLOWED_MAX; probe++) {
        uint32_t index = (at + probe) % TA_LEDGER_ALLOWED_MAX;
        bool is_new = false;
        if (!claim_entry(&table[index].state, table[index].name, name, &is_new))
            continue;
        if (is_new) {
            copy_text(table[index].reason, reason, TA_REASON_MAX);
            __atomic_store_n(&table[index].state, TA_ENTRY_READY, __ATOMIC_RELEASE);
        }
        return (uint16_t)index;
    }
    ta_add_shared(&ledger->lost.names, 1);
    return NO_INDEX;
}

/* How many of the open scopes are kept: the outermost. */
static uint32_t depth_kept(const ta_slot *slot) {
    uint32_t most = ta_scopes_max(slot);
    return slot->scope_depth < most ? slot->scope_depth : most;
}

/* A scope by its depth, from 0, below depth_kept(). */
static ta_scope_entry *scope_at(ta_slot *slot, uint32_t depth) {
    return ta_scope_at(ta_ledger_mine, slot, depth);
}

/* The frame of the function that it stands in: where a look at the stack begins. */
#define FRAME() ((void *const *)__builtin_frame_address(0))

/* A watched call that is under way on another stack: a coroutine's, which was switched from. */
static bool is_elsewhere(const ta_scope_entry *scope, uint32_t stack) {
    return scope->frame && scope->stack != stack;
}

/* On which stack the caller is, if that matters: no watched call is open else. */
static uint32_t stack_if_watched(ta_slot *slot, void *const *frame) {
    for (uint32_t i = 0; i < depth_kept(slot); i++) {
        if (scope_at(slot, i)->frame)
            return ta_stack_id(frame);
    }
    return 0;
}

static bool is_open(ta_slot *slot, uint16_t index, uint32_t stack) {
    for (uint32_t i = 0; i < depth_kept(slot); i++) {
        if (scope_at(slot, i)->mode == TA_MODE_HOT && scope_at(slot, i)->index == index &&
            !is_elsewhere(scope_at(slot, i), stack))
            return true;
    }
    return false;
}

/* A thread that once nests deeply keeps its place for that. */
static void take_far_scopes(ta_ledger *ledger, ta_slot *slot) {
    uint32_t taken = __atomic_fetch_add(&ledger->scopes_used, 1, __ATOMIC_RELAXED);
    if (taken < TA_LEDGER_SCOPE_STACKS)
        slot->far_scopes = taken + 1;
    else
        __atomic_store_n(&ledger->scopes_used, TA_LEDGER_SCOPE_STACKS, __ATOMIC_RELAXED);
}

/* Deeper than the limit a scope changes nothing: the ones around it stay in force. */
static void push(ta_ledger *ledger, ta_slot *slot, uint16_t index, uint8_t mode,
                 const void *frame) {
    uint32_t depth = slot->scope_depth;
    if (depth == TA_LEDGER_SCOPES_NEAR && !slot->far_scopes)
        take_far_scopes(ledger, slot);
    if (depth >= ta_scopes_max(slot)) {
        ta_add_shared(&ledger->lost.scopes, 1);
        slot->scope_depth = depth + 1;
        return;
    }
    uint32_t stack = frame ? ta_stack_id(FRAME()) : stack_if_watched(slot, FRAME());
    uint8_t repeated = mode == TA_MODE_HOT && is_open(slot, index, stack);
    ta_scope_entry entry = {index, mode, repeated, (uint32_t)(uintptr_t)frame, stack};
    ta_scope_entry *place = scope_at(slot, depth);
    *place = entry;
    HANDLER_FENCE();
    slot->scope_depth = depth + 1;
    HANDLER_FENCE();
    *place = entry; /* a handler's scopes may have stood there meanwhile */
    HANDLER_FENCE();
    ta_slot_set_mode(slot, mode);
}

/* The mode of the innermost scope that is kept. */
static void set_mode_of(const ta_ledger *ledger, ta_slot *slot) {
    uint32_t depth = depth_kept(slot);
    ta_slot_set_mode(slot, depth ? ta_scope_at(ledger, slot, depth - 1)->mode : ta_mode_outside);
}

static void pop(ta_ledger *ledger, ta_slot *slot, uint8_t mode) {
    uint32_t depth = slot->scope_depth;
    if (depth == 0) { /* closed more often than opened */
        ta_add_shared(&ledger->lost.scopes, 1);
        return;
    }
    if (depth <= ta_scopes_max(slot) && ta_scope_at(ledger, slot, depth - 1)->mode != mode)
        ta_add_shared(&ledger->lost.scopes, 1); /* closed out of order */
    slot->scope_depth = --depth;
    HANDLER_FENCE();
    set_mode_of(ledger, slot);
}

void ta_hot_begin(const char *name) {
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger)
        return;
    uint16_t index = ta_hot_path_find(ledger, name);
    push(ledger, slot, index, TA_MODE_HOT, NULL);
    if (index != NO_INDEX && !ta_tick_is_warmup())
        ta_add_shared(&ta_ledger_hot_paths(ledger)[index].entries, 1);
}

uint32_t ta_scope_enter(const char *name, const void *frame) {
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    uint32_t depth = slot->scope_depth;
    if (!ledger)
        return depth;
    uint16_t index = ta_hot_path_find(ledger, name);
    const ta_scope_entry *top =
        depth > 0 && depth <= ta_scopes_max(slot) ? scope_at(slot, depth - 1) : NULL;
    if (!top || top->mode != TA_MODE_HOT || top->index != index ||
        (top->frame && is_elsewhere(top, ta_stack_id(FRAME()))))
        push(ledger, slot, index, TA_MODE_HOT, frame);
    if (index != NO_INDEX && !ta_tick_is_warmup())
        ta_add_shared(&ta_ledger_hot_paths(ledger)[index].entries, 1);
    return depth;
}

static void set_depth(ta_slot *slot, uint32_t depth) {
    slot->scope_depth = depth;
    HANDLER_FENCE();
    set_mode_of(ta_ledger_mine, slot);
}

/* Closes all from `at` on, but for watched calls on other stacks. */
static void close_from(ta_slot *slot, uint32_t at, uint32_t stack) {
    uint32_t depth = at;
    for (uint32_t i = at; i < depth_kept(slot); i++) {
        if (is_elsewhere(scope_at(slot, i), stack))
            *scope_at(slot, depth++) = *scope_at(slot, i);
    }
    if (slot->scope_depth > depth)
        set_depth(slot, depth);
}

/* While a call was away, those on other stacks may have been left: its scope lies further out then.
 */
void ta_scope_leave(uint32_t depth, const void *frame) {
    ta_slot *slot = ta_slot_here();
    if (!ta_ledger_mine) /* a forked child begins anew */
        return;
    uint32_t stack = ta_stack_id(FRAME());
    for (uint32_t i = depth_kept(slot); i-- > 0;) {
        const ta_scope_entry *scope = scope_at(slot, i);
        if (scope->frame == (uint32_t)(uintptr_t)frame && scope->stack == stack)
            depth = i;
    }
    close_from(slot, depth, stack);
}

/* Another stack, of a signal handler or a coroutine, says nothing of the calls on this one; none is
 * longer than this, and half of an address is enough to tell how far two places of one lie apart.
 */
static bool is_left(const ta_scope_entry *scope, const void *here, uint32_t stack) {
    enum { STACK_BYTES_MAX = 64 << 20 };
    uint32_t further_out = (uint32_t)(uintptr_t)here - scope->frame;
    return scope->frame && scope->stack == stack && further_out > 0 &&
           further_out < STACK_BYTES_MAX;
}

void ta_scope_close_left(const void *here) {
    ta_slot *slot = ta_slot_here();
    uint32_t depth = slot->scope_depth, stack = stack_if_watched(slot, FRAME());
    while (depth > 0 && depth <= ta_scopes_max(slot) &&
           is_left(scope_at(slot, depth - 1), here, stack))
        depth--;
    if (depth < slot->scope_depth)
        set_depth(slot, depth);
}

void ta_scope_jump(const void *from, const void *to) {
    ta_slot *slot = ta_slot_here();
    uint32_t stack = stack_if_watched(slot, FRAME());
    uint32_t length = (uint32_t)((uintptr_t)to - (uintptr_t)from);
    for (uint32_t i = 0; i < depth_kept(slot); i++) {
        const ta_scope_entry *scope = scope_at(slot, i);
        if (scope->frame && scope->stack == stack &&
            scope->frame - (uint32_t)(uintptr_t)from < length) {
            close_from(slot, i, stack);
            return;
        }
    }
}

void ta_hot_end(void) {
    ta_slot *slot = ta_slot_here();
    if (ta_ledger_mine)
        pop(ta_ledger_mine, slot, TA_MODE_HOT);
}

void ta_allow_begin(const char *name, const char *reason) {
    ta_slot *slot = ta_slot_here();
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger)
        return;
    uint16_t index = find_allowed(ledger, name, reason ? reason : "");
    push(ledger, slot, index, TA_MODE_ALLOWED, NULL);
    if (index != NO_INDEX && !ta_tick_is_warmup())
        ta_add_shared(&ta_ledger_allowed(ledger)[index].entries, 1);
}

void ta_allow_end(void) {
    ta_slot *slot = ta_slot_here();
    if (ta_ledger_mine)
        pop(ta_ledger_mine, slot, TA_MODE_ALLOWED);
}

/* Only its own thread writes a slot's words; one that takes the slot over begins anew. */
static bool is_new_to_thread(ta_slot *slot, unsigned index) {
    uint64_t bit = UINT64_C(1) << index % 64, *seen = &slot->violated[index / 64];
    bool is_new = !(*seen & bit);
    *seen |= bit;
    return is_new;
}

static void note_hot_alloc(ta_slot *slot, unsigned index, size_t bytes, uint64_t tick) {
    ta_ledger *ledger = ta_ledger_mine;
    ta_hot_path *path = &ta_ledger_hot_paths(ledger)[index];
    ta_add_shared(&path->allocs, 1);
    ta_add_shared(&path->bytes, bytes);
    if (is_new_to_thread(slot, index))
        ta_add_shared(&path->threads, 1);
    uint32_t phase = __atomic_load_n(&ledger->phase_now, __ATOMIC_RELAXED);
    if (phase) {
        ta_add_shared(&path->by_phase[phase - 1].allocs, 1);
        ta_add_shared(&path->by_phase[phase - 1].bytes, bytes);
    }
    if (tick)
        ta_tally_add(&path->in_ticks, tick, 1, bytes);
}

static void note_hot_free(ta_ledger *ledger, unsigned index) {
    ta_hot_path *path = &ta_ledger_hot_paths(ledger)[index];
    ta_add_shared(&path->frees, 1);
    uint32_t phase = __atomic_load_n(&ledger->phase_now, __ATOMIC_RELAXED);
    if (phase)
        ta_add_shared(&path->by_phase[phase - 1].frees, 1);
}

/* How many scopes there are up to the innermost that is not elsewhere. */
static uint32_t depth_on(ta_slot *slot, uint32_t stack) {
    uint32_t depth = depth_kept(slot);
    while (depth > 0 && is_elsewhere(scope_at(slot, depth - 1), stack))
        depth--;
    return depth;
}

/* The hot paths that an event belongs to: from the innermost scope outwards, up to the first
 * allowed stretch. Calls `visit` for each, once per path. */
#define FOR_EACH_BROKEN_PROMISE(slot, stack, index)                                                \
    for (uint32_t i_ = depth_kept(slot); i_ > 0 && scope_at((slot), i_ - 1)->mode == TA_MODE_HOT;  \
         i_--)                                                                                     \
        for (unsigned index = scope_at((slot), i_ - 1)->index, once_ = 1; once_; once_ = 0)        \
            if (!scope_at((slot), i_ - 1)->repeated && index != NO_INDEX &&                        \
                !is_elsewhere(scope_at((slot), i_ - 1), stack))

/* An allocation that breaks no promise: its stack is wanted only if all are, or a sample. */
static void note_outside(ta_slot *slot, size_t bytes, void *const *frame) {
    if (ta_ledger_mine->flags & TA_LEDGER_STACKS_ALL)
        ta_site_note(TA_LEDGER_SITE_OUTSIDE, (ta_hot_set){{0}}, bytes,
                     ta_tick_claim(slot, bytes, false), frame);
    else if (ta_ledger_mine->flags & TA_LEDGER_STACKS_SAMPLE)
        ta_site_sample(slot, bytes, frame);
}

static void note_allowed(unsigned index, size_t bytes) {
    if (index == NO_INDEX || ta_tick_is_warmup())
        return;
    ta_allowed *allowed = &ta_ledger_allowed(ta_ledger_mine)[index];
    ta_add_shared(&allowed->allocs, 1);
    ta_add_shared(&allowed->bytes, bytes);
}

static unsigned first_of(ta_hot_set paths) {
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX / 64; i++) {
        if (paths.bits[i])
            return i * 64 + (unsigned)__builtin_ctzll(paths.bits[i]);
    }
    return NO_INDEX;
}

/* An allocation that breaks the promises `within`, each once. Its stack may not be known yet. */
static void note_violation(ta_slot *slot, unsigned innermost, ta_hot_set within, const char *call,
                           size_t bytes, void *const *frame, const ta_stack *stack) {
    const ta_ledger *ledger = ta_ledger_mine;
    ta_add(&slot->counters.hot_allocs, 1);
    ta_add(&slot->counters.hot_bytes, bytes);
    uint64_t tick = ta_tick_claim(slot, bytes, true);
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX / 64; i++) {
        for (uint64_t left = within.bits[i]; left; left &= left - 1)
            note_hot_alloc(slot, i * 64 + (unsigned)__builtin_ctzll(left), bytes, tick);
    }
    if (stack)
        ta_site_note_stack(innermost, within, 1, bytes, tick, stack);
    else if (ledger->flags & TA_LEDGER_SITES)
        ta_site_note(innermost, within, bytes, tick, frame);
    if (TA_UNLIKELY(ledger->flags & TA_LEDGER_TRAP))
        ta_trap(call, bytes,
                innermost != NO_INDEX ? ta_ledger_hot_paths(ledger)[innermost].name : "(unnamed)",
                frame);
}

/* The promises of the open scopes, from the innermost to the first allowed stretch. */
static ta_hot_set broken_by_scopes(ta_slot *slot, uint32_t on) {
    ta_hot_set within = {{0}};
    FOR_EACH_BROKEN_PROMISE(slot, on, index)
    within.bits[index / 64] |= UINT64_C(1) << index % 64;
    return within;
}

/* Outside of allowed stretches, with functions that are hot paths by stack: those that the stack
 * holds are broken as well. In a module that the reader has not told of yet there may be more: the
 * site says so, and the reader adds them when the program has ended. */
static void note_by_stack(ta_slot *slot, uint32_t on, const char *call, size_t bytes,
                          void *const *frame) {
    ta_stack stack;
    uint32_t depth = depth_on(slot, on);
    bool is_hot = depth > 0;
    ta_stack_take(&stack, frame);
    ta_hot_set within = broken_by_scopes(slot, on), more = ta_stacked_paths(stack.holds);
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX / 64; i++)
        within.bits[i] |= more.bits[i];
    uint32_t all = (UINT32_C(1) << ta_ledger_mine->stacked_count) - 1;
    bool has_all = (stack.holds & all) == all;
    if (!has_all)
        ta_stacked_note_doubts(stack.holds);
    unsigned innermost =
        is_hot ? ta_scope_at(ta_ledger_mine, slot, depth - 1)->index : first_of(more);
    bool is_kept = (!has_all && (stack.holds & TA_STACK_UNREAD)) ||
                   (ta_ledger_mine->flags & TA_LEDGER_STACKS_ALL);
    if (is_hot || innermost != NO_INDEX)
        note_violation(slot, innermost, within, call, bytes, frame, &stack);
    else if (is_kept)
        ta_site_note_stack(TA_LEDGER_SITE_OUTSIDE, within, 1, bytes,
                           ta_tick_claim(slot, bytes, false), &stack);
    ta_stack_leave(&stack);
    if (!is_hot && innermost == NO_INDEX && (ta_ledger_mine->flags & TA_LEDGER_STACKS_SAMPLE))
        ta_site_sample(slot, bytes, frame);
}

void ta_scope_note_alloc(ta_slot *slot, const char *call, size_t bytes, void *const *frame) {
    if (TA_UNLIKELY(ta_watch_is_blind))
        ta_scope_close_left(frame);
    uint32_t on = stack_if_watched(slot, frame), depth = depth_on(slot, on);
    if (depth == 0 && slot->scope_depth > 0)
        ta_add_shared(&ta_ledger_mine->hot_elsewhere, 1);
    bool is_inside = depth > 0, by_stack = ta_stacked_on;
    ta_scope_entry scope = is_inside ? *scope_at(slot, depth - 1) : (ta_scope_entry){0};
    bool is_allowed = is_inside && scope.mode == TA_MODE_ALLOWED;
    if (is_allowed)
        note_allowed(scope.index, bytes);
    if (is_allowed || (!is_inside && !by_stack)) {
        note_outside(slot, bytes, frame);
    } else if (ta_tick_is_warmup()) {
        if (is_inside)
            ta_add_shared(&ta_ledger_mine->warmup_hot_allocs, 1);
        note_outside(slot, bytes, frame);
    } else if (by_stack) {
        note_by_stack(slot, on, call, bytes, frame);
    } else {
        note_violation(slot, scope.index, broken_by_scopes(slot, on), call, bytes, frame, NULL);
    }
}

void ta_scope_note_free(ta_slot *slot) {
    uint32_t stack = stack_if_watched(slot, FRAME()), depth = depth_on(slot, stack);
    if (depth == 0 || scope_at(slot, depth - 1)->mode != TA_MODE_HOT || ta_tick_is_warmup())
        return;
    ta_add(&slot->counters.hot_frees, 1);
    FOR_EACH_BROKEN_PROMISE(slot, stack, index)
    note_hot_free(ta_ledger_mine, index);
}
