/* cfi_by_hand.h: what cfi.c asks the auditor, answered from memory of a test's own: one module,
 * whose tables are what the test says. Included once, by a program that is linked with cfi.c.
 *
 *     cfi_module = (ta_object){.begin = ..., .end = ..., .eh_frame_hdr = ...};
 *     ta_unwind_rule rule = ta_cfi_rule(address);
 */
#ifndef TA_TESTS_CFI_BY_HAND_H
#define TA_TESTS_CFI_BY_HAND_H

#include "assumptions.h"
#include "audit.h"
#include "cfi.h"
#include "objects.h"

static ta_object cfi_module;

bool ta_object_find(const void *address, ta_object *found) {
    (void)address;
    *found = cfi_module;
    return cfi_module.begin != NULL;
}

unsigned ta_module_of(uint64_t address) {
    (void)address;
    return 3;
}

uint32_t ta_assumption_states[TA_ASSUMPTION_COUNT];

void ta_assumption_settle(ta_assumption assumption, bool holds) {
    ta_assumption_states[assumption] = holds ? TA_ASSUMPTION_HOLDS : TA_ASSUMPTION_FAILED;
}

#endif
