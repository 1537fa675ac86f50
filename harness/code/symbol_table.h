/* symbol_table.h: the functions of a module by address, as its symbols tell, looked up in a moment
 * (libdw's own look-up reads all symbols each time).
 *
 *     ta_symbol_table *table = ta_symbol_table_new(module);
 *     const char *name = ta_symbol_table_at(table, address);
 *     ta_symbol_table_free(table);
 *
 * Allocates; one thread at a time. */
#ifndef TA_CODE_SYMBOL_TABLE_H
#define TA_CODE_SYMBOL_TABLE_H

#include <elfutils/libdwfl.h>

typedef struct ta_symbol_table ta_symbol_table;

/* NULL without memory. The module must outlive the table. */
ta_symbol_table *ta_symbol_table_new(Dwfl_Module *module);
void ta_symbol_table_free(ta_symbol_table *table);

/* The linker's name of the function that holds `address` (as libdw counts them), and how far behind
 * the function's begin that is; NULL for none, and `offset` is as it was. */
const char *ta_symbol_table_at(const ta_symbol_table *table, Dwarf_Addr address,
                               Dwarf_Addr *offset);

#endif
