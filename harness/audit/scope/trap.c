/* Stops the process at its first violation, so that a debugger or a core file stands at the line
 * that is guilty. What is said is put together here: printf may allocate, and we are in malloc. */
#define _GNU_SOURCE
#include "audit.h"
#include "text.h"

#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, FRAMES_TOLD = 16 };

/* "/usr/lib/libgame.so+0x1234", as addr2line and symbolizers take it: the offset is an address of
 * the file. Outside of all modules, and of one that found no place in the ledger, the bare address.
 */
static void add_frame(ta_text *t, uint64_t frame) {
    unsigned module = ta_frame_module(frame);
    const ta_module *in = module ? &ta_ledger_modules(ta_ledger_mine)[module - 1] : NULL;
    if (in) {
        ta_text_add(t, in->path);
        ta_text_add(t, "+");
    }
    ta_text_add(t, "0x");
    ta_text_add_number(t, ta_frame_address(frame) - (in ? in->load_bias : 0), 16);
}

static void add_stack(ta_text *t, void *const *frame) {
    uint64_t frames[FRAMES_TOLD];
    unsigned depth = ta_stack_walk(frame, frames, FRAMES_TOLD);
    for (unsigned i = 0; i < depth; i++) {
        ta_text_add(t, "\ntickaudit:   called from ");
        add_frame(t, frames[i]);
    }
    ta_text_add(t, "\n");
}

void ta_trap(const char *call, size_t bytes, const char *hot_path, void *const *frame) {
    char buffer[TEXT_MAX];
    ta_text t = {buffer, buffer + sizeof buffer};
    ta_text_add(&t, "tickaudit: trap: ");
    ta_text_add(&t, call);
    ta_text_add(&t, " of ");
    ta_text_add_number(&t, bytes, 10);
    ta_text_add(&t, " bytes in hot path \"");
    ta_text_add(&t, hot_path);
    ta_text_add(&t, "\"");
    if (ta_tick_now()) {
        ta_text_add(&t, ", tick ");
        ta_text_add_number(&t, ta_tick_now(), 10);
    }
    add_stack(&t, frame);
    for (const char *at = buffer; at < t.at;) {
        ssize_t wrote = write(STDERR_FILENO, at, (size_t)(t.at - at));
        if (wrote <= 0)
            break; /* nobody listens: the ledger has it all the same */
        at += wrote;
    }
    abort();
}
