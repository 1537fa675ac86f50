/* How many bytes of arguments on the stack a watched call has: no more than that is copied. */
#define _GNU_SOURCE
#include "cfi.h"
#include "stack_step.h"
#include "watch.h"

#if defined(__x86_64__)

/* How many bytes of arguments there can be on the stack: they end before the caller's own return
 * address, if its unwind tables tell where that is. A frame pointer could be anything, and is not
 * asked. Tables that lead to no code which has tables too are wrong (hand-written code). */
static uint64_t bytes_by_caller(const uint64_t *arguments, uint64_t rbp) {
    enum { ARGUMENTS_MAX = 512 }; /* 64 words, or so large structs */
    uint64_t at = (uint64_t)(uintptr_t)arguments, end = ta_stack_end_at(at);
    ta_place caller = {.pc = arguments[-1],
                       .rsp = at,
                       .rbp = rbp,
                       .begin = end ? at : 0,
                       .end = end,
                       .after_call = 1};
    ta_unwind_rule rule = ta_cfi_rule(caller.pc - 1);
    bool is_told =
        rule.base == TA_CFA_RSP || rule.base == TA_CFA_RBP || rule.base == TA_CFA_RBP_DEREF;
    if (is_told && ta_place_step(&caller, rule) && caller.rsp - at <= ARGUMENTS_MAX &&
        ta_cfi_rule(caller.pc - 1).base != TA_CFA_NONE)
        return caller.rsp - 8 - at;
    return ta_stack_readable(arguments, ARGUMENTS_MAX) / 8 * 8;
}

uint64_t ta_watch_arguments(unsigned number, const uint64_t *arguments) {
    const ta_ledger *ledger = ta_ledger_mine;
    if (ledger && ledger->watched[number].arguments_known)
        return ledger->watched[number].arguments_bytes;
    return bytes_by_caller(arguments, arguments[-3]);
}

#endif
