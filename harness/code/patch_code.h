/* patch_code.h: a function's first instructions, read from its file, so that the auditor can move
 * them and put a jump in their place.
 *
 *     const char *why = ta_patch_code_make(address, code, size, room, &watched->own);
 *     if (why) ... it cannot be done ...
 *
 * Any thread; nothing allocates. */
#ifndef TA_CODE_PATCH_CODE_H
#define TA_CODE_PATCH_CODE_H

#include "layout.h"

#include <stdint.h>

/* `bytes` is the code of a function of `count` bytes at an address of its file, and `room` how much
 * there is with what follows it: padding is taken for a jump as well. NULL, or why its beginning
 * cannot be moved, as a clause. */
const char *ta_patch_code_make(uint64_t address, const uint8_t *bytes, uint64_t count,
                               uint64_t room, ta_patch_code *p);

#endif
