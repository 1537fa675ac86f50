/* bypass.h: code that allocates past the auditor: modules that call an allocator by names of its
 * own (mi_malloc, je_malloc, __libc_malloc) rather than malloc. */
#ifndef TA_RUN_BYPASS_H
#define TA_RUN_BYPASS_H

#include "layout.h"
#include "result.h"

/* Reads the imports of each module in the ledger, and says in result->bypassed which of them call
 * what, or leaves it empty; modules that
 * cannot be read are counted in result->modules_unread. What modules mapped, and what was loaded
 * into other namespaces, is added to the result. What is linked into a module statically and has no
 * import cannot be found. Allocates while it reads; what was read of a module is kept. One thread
 * at a time. */
void ta_bypass_find(const ta_ledger *ledger, ta_result *result);

#endif
