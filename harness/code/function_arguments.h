/* function_arguments.h: how many bytes of arguments on the stack a function takes, by its debug
 * information, so that the auditor need not copy more.
 *
 *     ta_function_arguments(program, ledger->watched, ledger->watched_count);
 *
 * Reads the program's file. Allocates while it does. */
#ifndef TA_CODE_FUNCTION_ARGUMENTS_H
#define TA_CODE_FUNCTION_ARGUMENTS_H

#include "layout.h"

/* Fills `arguments_known` and `arguments_bytes` of each function of the program's own whose
 * parameters are all numbers and pointers, as the System V ABI of x86-64 passes them; others are
 * left as not known: no debug information, another language, structs by value, a list that is open,
 * a copy that the compiler changed. */
void ta_function_arguments(const char *program, ta_watched *watched, uint32_t count);

#endif
