/* own_malloc.h: a program that defines malloc itself (an allocator that is linked into it, say):
 * its calls never leave it, so its family is watched as functions of the program.
 *
 *     status = ta_own_malloc_find(path, ledger);     before the program starts
 *
 * Reads the file. Allocates; one thread at a time. */
#ifndef TA_CODE_OWN_MALLOC_H
#define TA_CODE_OWN_MALLOC_H

#include "layout.h"
#include "status.h"

#include <stdbool.h>

/* Writes the beginnings of its functions into a ledger, for the auditor. TA_BAD_INPUT, with the
 * reason as a clause, when it cannot be watched: the names are not those that libraries call, a
 * sanitizer is linked into it, code cannot be moved. */
ta_status ta_own_malloc_find(const char *path, ta_ledger *ledger);

/* Copies of them that are called, or run, in their place and are not watched: clones, by symbols;
 * and what was inlined into code outside of the allocator, by debug information. */
typedef struct ta_own_malloc_copies {
    bool known; /* it has debug information */
    uint32_t count;
    const char *name; /* of which function the first one is */
} ta_own_malloc_copies;

/* TA_INTERNAL without memory. */
ta_status ta_own_malloc_find_copies(const char *path, ta_own_malloc_copies *copies);

#endif
