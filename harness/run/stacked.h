/* stacked.h: the reader's part of hot paths by stack: it finds the code of the functions in each
 * module that an audited process has loaded, and tells the auditor, which looks its frames up.
 *
 *     ta_stacked *stacked = ta_stacked_new(names, count, TA_CODE_EVERYWHERE);
 *     ta_stacked_instruct(stacked, plan);                 before the program starts
 *     while (running) ta_stacked_serve(stacked, &file, TA_STACKED_ALL);
 *     ta_stacked_settle(stacked, ledger);                 when one has ended, before it is measured
 *     ta_stacked_free(stacked);
 *
 * Allocates; one thread at a time. */
#ifndef TA_RUN_STACKED_H
#define TA_RUN_STACKED_H

#include "function_code.h"
#include "ledger.h"

typedef struct ta_stacked ta_stacked;

/* NULL without memory. `count` names, at most TA_LEDGER_STACKED_MAX; they are copied. */
ta_stacked *ta_stacked_new(const char *const *names, uint32_t count, ta_code_scope scope);
void ta_stacked_free(ta_stacked *stacked);

/* Writes the names into the ledger, or into a set's plan; its flags have TA_LEDGER_ASKS. */
void ta_stacked_instruct(const ta_stacked *stacked, ta_ledger *ledger);

/* Of all processes, or of those that have asked and were not answered yet. */
typedef enum ta_stacked_whom { TA_STACKED_ALL, TA_STACKED_ASKING } ta_stacked_whom;

/* Tells processes the ranges of modules that are new, and wakes those that wait for that. Of all
 * every few milliseconds, since a module may be noted without a question, and a question without a
 * system call; of those that ask, when the bell has rung. */
void ta_stacked_serve(ta_stacked *stacked, ta_ledger_file *file, ta_stacked_whom whom);

/* A futex of the file that changes when a process waits for an answer. */
const uint32_t *ta_stacked_bell(const ta_ledger_file *file);

/* Of a process that has ended. Allocations whose stacks led through modules that were not read yet:
 * those that hold a function are added to its hot path, with sites and totals, and with their ticks
 * where these are known. A second time changes nothing. */
void ta_stacked_settle(ta_stacked *stacked, ta_ledger *ledger);

/* Stacks of processes that may hold functions which were not seen (see ta_ledger.stacks), and
 * modules whose ranges could not be told. */
typedef struct ta_stack_doubts {
    uint64_t cut, broken, guessed, untold;
} ta_stack_doubts;

void ta_stack_doubts_add(ta_stack_doubts *doubts, const ta_ledger *ledger);

/* Allocations that were added to a function's hot path when the program had ended, and cannot all
 * be told by tick and thread: the number of these, and the most in one tick, may be higher. */
uint64_t ta_stacked_late(const ta_stacked *stacked, uint32_t function);

/* What a module's file has of the functions; NULL without memory. It lives as long as `stacked`. */
const ta_function_code *ta_stacked_code(ta_stacked *stacked, const char *path);

#endif
