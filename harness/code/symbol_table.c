#include "symbol_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct function {
    GElf_Addr begin, bytes; /* of no bytes: up to the next */
    const char *name;
    unsigned rank; /* of those at one address the lowest is told */
} function;

struct ta_symbol_table {
    size_t count;
    function functions[]; /* by address */
};

static int by_address(const void *a, const void *b) {
    const function *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Names that others link with come first; a size makes sure. */
static unsigned rank_of(const GElf_Sym *symbol) {
    unsigned binding = GELF_ST_BIND(symbol->st_info);
    unsigned rank = binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
    return rank + (symbol->st_size == 0 ? 3 : 0);
}

static bool take(Dwfl_Module *module, int index, function *f) {
    GElf_Sym symbol;
    GElf_Word section;
    const char *name =
        dwfl_module_getsym_info(module, index, &symbol, &f->begin, &section, NULL, NULL);
    unsigned type = name ? GELF_ST_TYPE(symbol.st_info) : STT_OBJECT;
    if (!name || !*name || section == SHN_UNDEF || section == SHN_ABS ||
        (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE))
        return false;
    f->bytes = symbol.st_size;
    f->name = name;
    f->rank = rank_of(&symbol);
    return true;
}

ta_symbol_table *ta_symbol_table_new(Dwfl_Module *module) {
    int count = dwfl_module_getsymtab(module);
    size_t room = count > 0 ? (size_t)count : 0;
    ta_symbol_table *table = calloc(1, sizeof *table + room * sizeof *table->functions);
    if (!table)
        return NULL;
    for (int i = 1; i < count; i++)
        table->count += take(module, i, &table->functions[table->count]);
    qsort(table->functions, table->count, sizeof *table->functions, by_address);
    return table;
}

void ta_symbol_table_free(ta_symbol_table *table) {
    free(table);
}

const char *ta_symbol_table_at(const ta_symbol_table *table, Dwarf_Addr address,
                               Dwarf_Addr *offset) {
    size_t low = 0, high = table->count;
    while (low < high) { /* the first that begins behind the address */
        size_t middle = low + (high - low) / 2;
        if (table->functions[middle].begin <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const function *best = NULL;
    for (size_t i = low; i-- > 0 && table->functions[i].begin == table->functions[low - 1].begin;) {
        const function *f = &table->functions[i];
        if (f->bytes == 0 || address < f->begin + f->bytes)
            best = f; /* those that rank first come last on this way */
    }
    if (best)
        *offset = address - best->begin;
    return best ? best->name : NULL;
}
