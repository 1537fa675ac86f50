/* patch_promises.h: what the rest of the harness relies on of code that was moved.
 *
 *     const char *broken = patch_broken_promise(why, count, room, &p);
 */
#ifndef TA_TESTS_PATCH_PROMISES_H
#define TA_TESTS_PATCH_PROMISES_H

#include "layout.h"

/* The first promise of patch_code.h that does not hold, or NULL; `why` is what was returned. */
static inline const char *patch_broken_promise(const char *why, uint64_t count, uint64_t room,
                                               const ta_patch_code *p) {
    enum { JUMP_BYTES = 5 };
    if (p->code_bytes > TA_LEDGER_PATCH_CODE_MAX || p->moved_bytes > TA_LEDGER_PATCH_MOVED_MAX ||
        p->change_count > TA_LEDGER_PATCH_CHANGES_MAX)
        return "tables are as long as they are";
    if (why)
        return *why ? NULL : "a refusal has a reason";
    if (p->code_bytes < JUMP_BYTES)
        return "a jump fits";
    if (p->code_bytes > (count < JUMP_BYTES ? room : count))
        return "no more is moved than the function has";
    for (uint32_t i = 0; i < p->change_count; i++)
        if (p->changes[i].at + (p->changes[i].is_word ? 4 : 8) > p->moved_bytes)
            return "changes lie in what is moved";
    return NULL;
}

#endif
