/* symbols.h: from an address in the audited process to functions, files and lines, with libdw.
 *
 *     ta_symbols *symbols = ta_symbols_open(modules, count);
 *     bool good = ta_symbols_frames(symbols, frame, result, &first, &count);
 *     ta_symbols_close(symbols);
 *
 * Reads the modules' files, and asks no network. Allocates; one thread at a time. */
#ifndef TA_CODE_SYMBOLS_H
#define TA_CODE_SYMBOLS_H

#include "layout.h"
#include "result.h"

typedef struct ta_symbols ta_symbols;

/* The modules that frames count from 1. NULL when there is no memory. They must stay where they are
 * until the close. */
ta_symbols *ta_symbols_open(const ta_module *modules, uint32_t count);
void ta_symbols_close(ta_symbols *symbols);

/* The frames that one of a stack stands for, innermost first: the functions that were inlined
 * there, each called from the line of the next, then the function that holds the code. They are
 * added to the result's frames once, as `*count` of them from index `*first`. What has no name
 * keeps its module and offset; so does what lies in a file that is no longer the one that was
 * loaded, by its build id. False without memory. */
bool ta_symbols_frames(ta_symbols *symbols, uint64_t frame, ta_result *result, uint32_t *first,
                       uint32_t *count);

#endif
