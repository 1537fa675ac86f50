/* function_search.h: one search in a file, which the parts of function_code.c share: by symbols
 * (function_code.c), by debug information (function_debug.c), for other names of the same code
 * (function_twins.c), for jumps that leave it (function_jumps.c). */
#ifndef TA_CODE_FUNCTION_SEARCH_H
#define TA_CODE_FUNCTION_SEARCH_H

#include "function_code.h"

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

/* Symbols at the address of a named function, of all functions; those beyond are only counted. */
enum { TA_SEARCH_TWINS_MAX = 16 };

typedef struct ta_function_twin {
    unsigned function;
    char symbol[TA_FUNCTION_NAME_MAX];
} ta_function_twin;

typedef struct ta_function_search {
    const ta_function_name *names;
    uint32_t count;
    uint32_t exported; /* a bit for each name of which only functions are meant that are so */
    ta_function_code *code;
    uint32_t room;
    uint64_t bias; /* subtracted from an address of `module`: the file's own */
    Dwfl_Module *module;
    bool out_of_memory;
    uint32_t twin_count;
    ta_function_twin twins[TA_SEARCH_TWINS_MAX];
} ta_function_search;

/* A function's symbol; its address is the file's. */
typedef struct ta_function_symbol {
    const char *name;
    uint64_t address, size;
    bool is_local;
} ta_function_symbol;

/* Code from `begin` up to `end` belongs to a function, by its number. */
void ta_search_add_range(ta_function_search *s, uint64_t begin, uint64_t end, unsigned function);

/* The symbol number `i` of the module; false when it is no function that is defined in the file. */
bool ta_search_symbol(const ta_function_search *s, int i, ta_function_symbol *found);

/* Adds ranges, inlined copies and tail calls. */
void ta_search_debug(ta_function_search *s);

/* Visits the entries of functions and inlined copies in all units. */
void ta_search_entries(ta_function_search *s,
                       void (*visit)(ta_function_search *s, Dwarf_Die *die, int tag));

/* The linker's name of an entry, or NULL. */
const char *ta_search_linkage_name(Dwarf_Die *die);

/* Finds other functions at the same addresses (found->folded, found->twins). */
void ta_search_twins(ta_function_search *s);

/* Reads the code of the ranges, which must be sorted, for jumps that leave the function. */
void ta_search_jumps(ta_function_search *s);

/* Whether what has this readable name is known not to allocate. */
bool ta_search_is_harmless(const char *readable);

#endif
