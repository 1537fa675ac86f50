/* The interposer's second natural use: allocations that fail because they were told to. When a
 * ledger asks for it, these functions are put between the program and the allocator; else nothing
 * of this file is ever on the way. */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <string.h>

static ta_allocator beneath;

/* Whether this thread's last call was made to fail, and whether its next one is to fail with it. */
static __thread struct { bool last, again; } here __attribute__((tls_model("initial-exec")));

static bool in_named_hot_path(const ta_ledger *ledger, ta_slot *slot) {
    for (uint32_t i = 0; i < slot->scope_depth && i < ta_scopes_max(slot); i++) {
        const ta_scope_entry *scope = ta_scope_at(ledger, slot, i);
        if (scope->mode == TA_MODE_HOT && scope->index < TA_LEDGER_HOT_PATHS_MAX &&
            strncmp(ta_ledger_hot_paths(ledger)[scope->index].name, ledger->fail.hot_path,
                    TA_HOT_NAME_MAX) == 0)
            return true;
    }
    return false;
}

/* The first frame of a walk that begins here is in our own malloc: it is left out. */
static void note_site(size_t bytes, void *const *frame) {
    ta_stack stack;
    unsigned depth = ta_stack_walk(frame, stack.frames, TA_LEDGER_STACK_MAX), first = 0;
    unsigned ours = ta_ledger_mine->auditor;
    while (ours && first + 1 < depth && ta_frame_module(stack.frames[first]) == ours)
        first++;
    for (unsigned i = first; i < depth; i++)
        stack.frames[i - first] = stack.frames[i];
    ta_stack_set(&stack, depth - first);
    ta_site_note_stack(TA_LEDGER_SITE_OF_FAULT, (ta_hot_set){{0}}, 1, bytes, ta_tick_now(), &stack);
}

static bool is_due(size_t bytes, void *const *frame) {
    ta_ledger *ledger = ta_ledger_mine;
    here.last = here.again;
    here.again = false;
    if (here.last || !ledger || ta_slot_here() == &ta_slot_early)
        return here.last;
    if (ledger->fail.hot_path[0] && !in_named_hot_path(ledger, ta_slot_here()))
        return false;
    uint64_t number = ta_add_shared(&ledger->fail.calls, 1) + 1;
    bool always = ledger->fail.hot_path[0] && !ledger->fail.nth && !ledger->fail.every;
    bool due = always || number == ledger->fail.nth ||
               (ledger->fail.every && number % ledger->fail.every == 0);
    if (due) {
        here.last = true;
        ta_add_shared(&ledger->fail.injected, 1);
        if (ledger->flags & TA_LEDGER_SITES)
            note_site(bytes, frame);
    }
    return due;
}

void ta_fault_goes_on(void) {
    here.again = here.last;
}

bool ta_fault_was_made(void) {
    return here.last;
}

#define FRAME() ((void *const *)__builtin_frame_address(0))

static void *no_memory(void) {
    errno = ENOMEM;
    return NULL;
}

static void *failing_malloc(size_t size) {
    return is_due(size, FRAME()) ? no_memory() : beneath.malloc(size);
}

static void *failing_calloc(size_t count, size_t size) {
    return is_due(count * size, FRAME()) ? no_memory() : beneath.calloc(count, size);
}

/* Of size zero it is a free, and a free does not fail. */
static void *failing_realloc(void *block, size_t size) {
    bool frees = block && size == 0;
    return !frees && is_due(size, FRAME()) ? no_memory() : beneath.realloc(block, size);
}

static int failing_posix_memalign(void **block, size_t alignment, size_t size) {
    return is_due(size, FRAME()) ? ENOMEM : beneath.posix_memalign(block, alignment, size);
}

static void *failing_aligned_alloc(size_t alignment, size_t size) {
    return is_due(size, FRAME()) ? no_memory() : beneath.aligned_alloc(alignment, size);
}

static void *failing_memalign(size_t alignment, size_t size) {
    return is_due(size, FRAME()) ? no_memory() : beneath.memalign(alignment, size);
}

static void *failing_valloc(size_t size) {
    return is_due(size, FRAME()) ? no_memory() : beneath.valloc(size);
}

static void *failing_pvalloc(size_t size) {
    return is_due(size, FRAME()) ? no_memory() : beneath.pvalloc(size);
}

bool ta_fault_is_due(size_t bytes, void *const *frame) {
    return beneath.malloc && is_due(bytes, frame);
}

void ta_faults_install(const ta_ledger *ledger) {
    if (!ledger->fail.nth && !ledger->fail.every && !ledger->fail.hot_path[0])
        return;
    beneath = ta_real;
    ta_real.malloc = ta_real.malloc_from_16 = failing_malloc;
    ta_real.calloc = failing_calloc;
    ta_real.realloc = failing_realloc;
    ta_real.posix_memalign = failing_posix_memalign;
    ta_real.aligned_alloc = failing_aligned_alloc;
    ta_real.memalign = failing_memalign;
    ta_real.valloc = failing_valloc;
    ta_real.pvalloc = failing_pvalloc;
}
