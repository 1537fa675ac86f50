/* Stops the process at its first violation, so that a debugger or a core file stands at the line
 * that is guilty. What is said is put together here: printf may allocate, and we are in malloc. */
#define _GNU_SOURCE
#include "audit.h"

#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 1024, FRAMES_TOLD = 16 };

typedef struct text {
    char bytes[TEXT_MAX];
    size_t used;
} text;

static void add(text *t, const char *words) {
    while (*words && t->used < sizeof t->bytes)
        t->bytes[t->used++] = *words++;
}

static void add_number(text *t, uint64_t number, unsigned base) {
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    while (count && t->used < sizeof t->bytes)
        t->bytes[t->used++] = digits[--count];
}

static void add_stack(text *t, void *const *frame) {
    uint64_t frames[FRAMES_TOLD];
    unsigned depth = ta_stack_walk(frame, frames, FRAMES_TOLD);
    for (unsigned i = 0; i < depth; i++) {
        add(t, i % 4 == 0 ? "\ntickaudit:   called from 0x" : " 0x");
        add_number(t, ta_frame_address(frames[i]), 16);
    }
    add(t, "\n");
}

void ta_trap(const char *call, size_t bytes, const char *hot_path, void *const *frame) {
    text t = {.used = 0};
    add(&t, "tickaudit: trap: ");
    add(&t, call);
    add(&t, " of ");
    add_number(&t, bytes, 10);
    add(&t, " bytes in hot path \"");
    add(&t, hot_path);
    add(&t, "\"");
    if (ta_tick_now()) {
        add(&t, ", tick ");
        add_number(&t, ta_tick_now(), 10);
    }
    add_stack(&t, frame);
    for (size_t at = 0; at < t.used;) {
        ssize_t wrote = write(STDERR_FILENO, t.bytes + at, t.used - at);
        if (wrote <= 0)
            break; /* nobody listens: the ledger has it all the same */
        at += (size_t)wrote;
    }
    abort();
}
