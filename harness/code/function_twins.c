/* Other functions at the address of a named one: another name for it, or a function that a linker
 * found to have the same code and folded with it (--icf). Of one that was folded, debug information
 * has an entry of its own, as of both. */
#define _GNU_SOURCE
#include "function_search.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

static bool has_code_at(const ta_function_search *s, unsigned function, uint64_t address) {
    for (uint32_t i = 0; i < s->code->range_count; i++) {
        const ta_range *r = &s->code->ranges[i];
        if (r->begin == address && (r->functions >> function & 1))
            return true;
    }
    return false;
}

/* Of an inlined copy, the begin may be that of the function around it: only those that have an
 * address of their own are meant. */
static bool has_entry_at(const ta_function_search *s, unsigned function, uint64_t address) {
    const ta_function_found *found = &s->code->found[function];
    for (uint32_t i = 0; i < found->symbols && i < TA_FUNCTION_ENTRIES_MAX; i++) {
        if (found->entries[i].address == address)
            return true;
    }
    return found->symbols == 0 && found->inlined == 0 && found->defined > 0 &&
           has_code_at(s, function, address);
}

static bool is_listed(const ta_function_search *s, unsigned function, const char *symbol) {
    for (uint32_t i = 0; i < s->twin_count; i++) {
        if (s->twins[i].function == function && strcmp(s->twins[i].symbol, symbol) == 0)
            return true;
    }
    return false;
}

static void take(ta_function_search *s, unsigned function, const char *symbol) {
    ta_function_found *found = &s->code->found[function];
    if (is_listed(s, function, symbol))
        return; /* it is in both tables */
    if (found->twins++ == 0 && !found->has_twin)
        ta_symbol_readable(symbol, found->twin, sizeof found->twin);
    if (s->twin_count < TA_SEARCH_TWINS_MAX && strlen(symbol) < TA_FUNCTION_NAME_MAX) {
        s->twins[s->twin_count].function = function;
        strcpy(s->twins[s->twin_count++].symbol, symbol); /* NOLINT: its length was seen */
    }
}

static void take_definition(ta_function_search *s, Dwarf_Die *die, int tag) {
    if (tag != DW_TAG_subprogram || dwarf_hasattr(die, DW_AT_declaration) ||
        !(dwarf_hasattr(die, DW_AT_low_pc) || dwarf_hasattr(die, DW_AT_ranges)))
        return;
    const char *linkage = ta_search_linkage_name(die), *name = dwarf_diename(die);
    for (uint32_t i = 0; i < s->twin_count; i++) {
        ta_function_found *found = &s->code->found[s->twins[i].function];
        if (found->is_folded || !found->defined ||
            strcmp(linkage ? linkage
                   : name  ? name
                           : "",
                   s->twins[i].symbol) != 0)
            continue;
        found->is_folded = true;
        ta_symbol_readable(s->twins[i].symbol, found->twin, sizeof found->twin);
    }
}

void ta_search_twins(ta_function_search *s) {
    int count = s->code->range_count ? dwfl_module_getsymtab(s->module) : 0;
    s->twin_count = 0;
    for (int i = 1; i < count; i++) {
        ta_function_symbol symbol;
        bool is_function = ta_search_symbol(s, i, &symbol);
        for (unsigned n = 0; is_function && n < s->count; n++) {
            if (has_entry_at(s, n, symbol.address) &&
                ta_function_name_match(&s->names[n], symbol.name) == TA_NAME_OTHER)
                take(s, n, symbol.name);
        }
    }
    for (unsigned n = 0; n < s->count; n++) /* else these are two names of the same */
        s->code->found[n].is_folded = s->code->found[n].has_twin && s->code->found[n].defined;
    if (s->twin_count > 0)
        ta_search_entries(s, take_definition);
}
