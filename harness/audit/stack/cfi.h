/* cfi.h: how to get from a function's frame to its caller's, by the unwind tables (.eh_frame) that
 * every x86-64 program carries, frame pointers or not.
 *
 *     const ta_unwind_rule rule = ta_cfi_rule(return_address);
 *
 * A table says, for each address, where the caller's stack pointer (the "canonical frame address",
 * CFA) is and where the caller's registers were saved. We need three of them: the return address,
 * the stack pointer and rbp, from which most CFAs are computed. What an address means is worked out
 * once and remembered. Format: Linux Standard Base Core, 10.6 (.eh_frame) and DWARF 5, 6.4. */
#ifndef TA_AUDIT_CFI_H
#define TA_AUDIT_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

typedef enum ta_cfa_base {
    TA_CFA_NONE,      /* no table, or a rule that we do not read: try the frame pointer */
    TA_CFA_END,       /* the outermost function: it has no caller */
    TA_CFA_RSP,       /* CFA = rsp + offset */
    TA_CFA_RBP,       /* CFA = rbp + offset */
    TA_CFA_RBP_DEREF, /* CFA = *(rbp + offset): a function that has realigned its stack */
    TA_CFA_SIGNAL     /* a signal handler's return: the kernel keeps the registers at rsp */
} ta_cfa_base;

enum { TA_RBP_UNCHANGED = INT16_MIN };

/* Where a signal frame has the registers, from the stack pointer that the handler returns with: it
 * points to a ucontext_t. (assumption signal_frame) */
#if defined(__x86_64__)
enum {
    TA_SIGNAL_RBP_AT = offsetof(ucontext_t, uc_mcontext.gregs[REG_RBP]),
    TA_SIGNAL_RSP_AT = offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]),
    TA_SIGNAL_PC_AT = offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP])
};
#else
enum { TA_SIGNAL_RBP_AT = 0, TA_SIGNAL_RSP_AT = 0, TA_SIGNAL_PC_AT = 0 }; /* not walked there */
#endif

typedef struct ta_unwind_rule {
    int32_t cfa_offset;
    int16_t rbp_at; /* where the caller's rbp lies, from the CFA; TA_RBP_UNCHANGED: still in rbp */
    uint8_t base;   /* a ta_cfa_base */
    uint8_t module; /* the number of the module that the address lies in; 0: none */
} ta_unwind_rule;

_Static_assert(sizeof(ta_unwind_rule) == 8, "a rule is remembered as a word");

/* What was worked out, by address: key and rule are one word each. An entry is taken once and never
 * changes until all are forgotten; the key is written last. */
typedef struct ta_cfi_entry {
    uint64_t address; /* 0 free, 1 being filled */
    ta_unwind_rule rule;
} ta_cfi_entry;

enum { TA_CFI_ENTRIES_BITS = 17 };

#pragma GCC visibility push(hidden)

extern ta_cfi_entry ta_cfi_entries[1 << TA_CFI_ENTRIES_BITS];

/* The rule of an address that is not in its first place: in another, or worked out from the tables
 * of the module that it lies in, which is recorded in the ledger. */
ta_unwind_rule ta_cfi_rule_elsewhere(uint64_t address);

/* A module was unloaded: what was remembered of its addresses is void. */
void ta_cfi_forget(void);

/* How often that happened. */
uint64_t ta_cfi_forgotten(void);

#pragma GCC visibility pop

static inline uint64_t ta_cfi_place(uint64_t address) {
    return address * UINT64_C(0x9e3779b97f4a7c15) >> (64 - TA_CFI_ENTRIES_BITS);
}

/* The rule at `address`. Allocates nothing and takes no lock. Any number of threads. */
static inline ta_unwind_rule ta_cfi_rule(uint64_t address) {
    const ta_cfi_entry *entry = &ta_cfi_entries[ta_cfi_place(address)];
    if (__builtin_expect(__atomic_load_n(&entry->address, __ATOMIC_ACQUIRE) == address, 1))
        return entry->rule;
    return ta_cfi_rule_elsewhere(address);
}

#endif
