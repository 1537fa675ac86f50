/* symbols.h: from an address in the audited process to functions, files and lines, with libdw.
 *
 *     ta_symbols *symbols = ta_symbols_open(ledger);
 *     unsigned count = ta_symbols_frames(symbols, address, frames, room);
 *     ta_symbols_close(symbols);
 *
 * Reads the modules' files, and asks no network. Allocates; one thread at a time. */
#ifndef TA_RUN_SYMBOLS_H
#define TA_RUN_SYMBOLS_H

#include "layout.h"
#include "result.h"

typedef struct ta_symbols ta_symbols;

/* NULL when there is no memory. The ledger must stay mapped until the close. */
ta_symbols *ta_symbols_open(const ta_ledger *ledger);
void ta_symbols_close(ta_symbols *symbols);

/* The frames that a return address stands for, innermost first: the functions that were inlined
 * there, each called from the line of the next, then the function that holds the code. At least one
 * and at most `room`. What has no name keeps its module and offset. */
unsigned ta_symbols_frames(ta_symbols *symbols, uint64_t address, ta_frame *frames, unsigned room);

#endif
