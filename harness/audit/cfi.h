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
#include <stdint.h>

typedef enum ta_cfa_base {
    TA_CFA_NONE,      /* no table, or a rule that we do not read: try the frame pointer */
    TA_CFA_END,       /* the outermost function: it has no caller */
    TA_CFA_RSP,       /* CFA = rsp + offset */
    TA_CFA_RBP,       /* CFA = rbp + offset */
    TA_CFA_RBP_DEREF, /* CFA = *(rbp + offset): a function that has realigned its stack */
    TA_CFA_SIGNAL     /* a signal handler's return: the kernel keeps the registers at rsp */
} ta_cfa_base;

enum { TA_RBP_UNCHANGED = INT16_MIN };

typedef struct ta_unwind_rule {
    int32_t cfa_offset;
    int16_t rbp_at; /* where the caller's rbp lies, from the CFA; TA_RBP_UNCHANGED: still in rbp */
    uint8_t base;   /* a ta_cfa_base */
    uint8_t module; /* the number of the module that the address lies in; 0: none */
} ta_unwind_rule;

_Static_assert(sizeof(ta_unwind_rule) == 8, "a rule is remembered as a word");

/* The rule at `address`: remembered, or worked out from the tables of the module that it lies in,
 * which is recorded in the ledger. Allocates nothing and takes no lock. Any number of threads. */
ta_unwind_rule ta_cfi_rule(uint64_t address);

/* A module was unloaded: what was remembered of its addresses is void. */
void ta_cfi_forget(void);

#endif
