/* The code of named functions in a file, by symbols and by debug information. */
#define _GNU_SOURCE
#include "function_code.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *no_debug_path = NULL;
static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .debuginfo_path = &no_debug_path};

typedef struct search {
    const ta_function_name *names;
    uint32_t count;
    ta_function_code *code;
    uint32_t room;
    uint64_t to_file; /* added to an address of the debug information */
    bool out_of_memory;
} search;

static void add_range(search *s, uint64_t begin, uint64_t end, unsigned function) {
    ta_function_code *code = s->code;
    if (begin >= end || s->out_of_memory)
        return;
    if (code->range_count == s->room) {
        uint32_t room = s->room ? s->room * 2 : 64;
        ta_range *ranges = realloc(code->ranges, room * sizeof *ranges);
        s->out_of_memory = !ranges;
        if (!ranges)
            return;
        code->ranges = ranges;
        s->room = room;
    }
    code->ranges[code->range_count++] =
        (ta_range){.begin = begin, .end = end, .functions = UINT32_C(1) << function};
}

/* ---- symbols ---- */

static void take_symbol(search *s, unsigned function, ta_name_match match, const char *symbol,
                        uint64_t address, uint64_t size) {
    ta_function_found *found = &s->code->found[function];
    bool is_known = false;
    for (uint32_t i = 0; i < s->code->range_count && !is_known; i++)
        is_known = s->code->ranges[i].begin == address &&
                   s->code->ranges[i].functions == UINT32_C(1) << function;
    add_range(s, address, address + (size ? size : 1), function);
    if (is_known)
        return; /* an alias, or the same symbol in both tables */
    if (match == TA_NAME_PART) {
        found->parts += !strstr(symbol, ".cold");
        return;
    }
    if (found->symbols < TA_FUNCTION_ENTRIES_MAX) {
        found->entries[found->symbols].address = address;
        found->entries[found->symbols].size = size;
    }
    found->symbols++;
}

static void search_symbols(search *s, Dwfl_Module *module, uint64_t bias) {
    int count = dwfl_module_getsymtab(module);
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name =
            dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);
        unsigned type = name ? GELF_ST_TYPE(symbol.st_info) : STT_OBJECT;
        if ((type != STT_FUNC && type != STT_GNU_IFUNC) || section == SHN_UNDEF ||
            section == SHN_ABS)
            continue;
        for (unsigned n = 0; n < s->count; n++) {
            ta_name_match match = ta_function_name_match(&s->names[n], name);
            if (match != TA_NAME_OTHER)
                take_symbol(s, n, match, name, address - bias, symbol.st_size);
        }
    }
}

/* ---- debug information ---- */

static const char *linkage_name(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *name = NULL;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute))
        name = dwarf_formstring(&attribute);
    return name;
}

/* The short name rules most out; of a name that somebody wrote as the linker does it says nothing.
 */
static bool is_meant(const ta_function_name *name, Dwarf_Die *die, const char *short_name) {
    bool by_linker = name->text[0] == '_' && (name->text[1] == 'Z' || name->text[1] == 'R');
    if (!by_linker && *name->hint && !strstr(short_name, name->hint))
        return false;
    const char *linkage = linkage_name(die);
    return ta_function_name_match(name, linkage ? linkage : short_name) != TA_NAME_OTHER;
}

/* Adds the ranges of an entry; whether it has any. */
static bool add_ranges(search *s, Dwarf_Die *die, unsigned function) {
    Dwarf_Addr base, begin, end;
    bool any = false;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &begin, &end)) > 0;) {
        add_range(s, begin + s->to_file, end + s->to_file, function);
        any = true;
    }
    return any;
}

static bool has_entry_at(const ta_function_found *found, uint64_t address) {
    for (uint32_t i = 0; i < found->symbols && i < TA_FUNCTION_ENTRIES_MAX; i++) {
        if (found->entries[i].address == address)
            return true;
    }
    return false;
}

/* Functions that a linker found alike have one address, and debug information of their own. */
static void look_for_folded(search *s, Dwarf_Die *die, const char *short_name) {
    Dwarf_Addr begin;
    if (dwarf_lowpc(die, &begin) != 0)
        return;
    for (unsigned n = 0; n < s->count; n++) {
        ta_function_found *found = &s->code->found[n];
        if (!has_entry_at(found, begin + s->to_file))
            continue;
        if (is_meant(&s->names[n], die, short_name)) {
            found->has_entry = true;
            continue;
        }
        found->folded++;
        const char *linkage = linkage_name(die);
        ta_symbol_readable(linkage ? linkage : short_name, found->folded_with,
                           sizeof found->folded_with);
    }
}

/* Where a call leads that has a place of its own in the debug information; "" when it is not known.
 */
static void read_target(Dwarf_Die *call, char *text, size_t size) {
    Dwarf_Attribute attribute;
    Dwarf_Die target;
    *text = 0;
    if (!dwarf_attr(call, DW_AT_call_origin, &attribute) &&
        !dwarf_attr(call, DW_AT_abstract_origin, &attribute))
        return;
    if (!dwarf_formref_die(&attribute, &target))
        return;
    const char *linkage = linkage_name(&target), *name = dwarf_diename(&target);
    if (linkage || name)
        ta_symbol_readable(linkage ? linkage : name, text, size);
}

/* These do not allocate. */
static bool is_harmless(const char *target) {
    static const char *const names[] = {"free",       "operator delete",  "operator delete[]",
                                        "memcpy",     "memmove",          "memset",
                                        "memcmp",     "strlen",           "_exit",
                                        "abort",      "__stack_chk_fail", "ta_tick_end",
                                        "ta_hot_end", "ta_allow_end"};
    size_t length = strcspn(target, "(");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == length && strncmp(target, names[i], length) == 0)
            return true;
    }
    return false;
}

/* Calls at the end of a function or of an inlined copy, which its frame does not outlive. */
static void look_for_tail_calls(Dwarf_Die *parent, ta_function_found *found) {
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        bool is_call = tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
        char target[sizeof found->tail_to];
        if (is_call && (dwarf_hasattr(&die, DW_AT_call_tail_call) ||
                        dwarf_hasattr(&die, DW_AT_GNU_tail_call))) {
            read_target(&die, target, sizeof target);
            found->tail_calls += !is_harmless(target);
            if (!*found->tail_to && !is_harmless(target))
                memcpy(found->tail_to, target, sizeof target);
        } else if (tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) {
            look_for_tail_calls(&die, found);
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

static void take_entry(search *s, Dwarf_Die *die, int tag) {
    const char *short_name = dwarf_diename(die);
    if (!short_name)
        return;
    for (unsigned n = 0; n < s->count; n++) {
        if (!is_meant(&s->names[n], die, short_name) || !add_ranges(s, die, n))
            continue;
        s->code->found[n].inlined += tag == DW_TAG_inlined_subroutine;
        look_for_tail_calls(die, &s->code->found[n]);
    }
    if (tag == DW_TAG_subprogram)
        look_for_folded(s, die, short_name);
}

static bool may_hold_code(int tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
           tag == DW_TAG_lexical_block || tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
           tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_module ||
           tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* Recursive as the tree of entries is: as deep as blocks and inlined calls are nested. */
static void search_below(search *s, Dwarf_Die *parent) {
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
            take_entry(s, &die, tag);
        if (may_hold_code(tag))
            search_below(s, &die);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static void search_debug(search *s, Dwfl_Module *module, uint64_t bias) {
    Dwarf_Addr debug_bias;
    Dwarf_Die *unit = NULL;
    if (!dwfl_module_getdwarf(module, &debug_bias))
        return;
    s->to_file = debug_bias - bias;
    while ((unit = dwfl_module_nextcu(module, unit, &debug_bias))) {
        Dwarf_Die child;
        s->code->has_debug |= dwarf_child(unit, &child) == 0;
        search_below(s, unit);
    }
}

/* ---- ranges ---- */

typedef struct edge {
    uint64_t at;
    uint32_t function;
    int32_t change;
} edge;

static int by_place(const void *a, const void *b) {
    const edge *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : 0;
}

/* From ranges that overlap to ranges that do not: between two edges the functions are the same. At
 * most one range less than there are edges. */
static uint32_t separate(const edge *edges, uint32_t count, ta_range *ranges) {
    uint32_t open[TA_LEDGER_STACKED_MAX] = {0}, functions = 0, used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && functions && edges[i].at > edges[i - 1].at) {
            if (used > 0 && ranges[used - 1].end == edges[i - 1].at &&
                ranges[used - 1].functions == functions)
                ranges[used - 1].end = edges[i].at;
            else
                ranges[used++] = (ta_range){edges[i - 1].at, edges[i].at, functions, 0};
        }
        unsigned bit = edges[i].function;
        open[bit] = (uint32_t)((int32_t)open[bit] + edges[i].change);
        functions = open[bit] ? functions | UINT32_C(1) << bit : functions & ~(UINT32_C(1) << bit);
    }
    return used;
}

static bool sort_ranges(ta_function_code *code) {
    uint32_t count = code->range_count;
    edge *edges = calloc((size_t)count * 2 + 1, sizeof *edges);
    ta_range *ranges = calloc((size_t)count * 2 + 1, sizeof *ranges);
    bool good = edges && ranges;
    for (uint32_t i = 0; good && i < count; i++) {
        const ta_range *r = &code->ranges[i];
        uint32_t bit = (uint32_t)__builtin_ctz(r->functions);
        edges[(size_t)i * 2] = (edge){r->begin, bit, 1};
        edges[(size_t)i * 2 + 1] = (edge){r->end, bit, -1};
    }
    if (good) {
        qsort(edges, (size_t)count * 2, sizeof *edges, by_place);
        free(code->ranges);
        code->ranges = ranges;
        code->range_count = separate(edges, count * 2, ranges);
        ranges = NULL;
    }
    free(ranges);
    free(edges);
    return good;
}

bool ta_code_is_systems(const char *path) {
    return strncmp(path, "/lib", 4) == 0 || strncmp(path, "/usr/lib", 8) == 0;
}

ta_status ta_function_code_find(const char *path, const ta_function_name *names, uint32_t count,
                                ta_code_scope scope, ta_function_code *code) {
    *code = (ta_function_code){0};
    search s = {.names = names, .count = count, .code = code};
    unsetenv("DEBUGINFOD_URLS"); /* or libdw would ask a server for what it does not find */
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module = dwfl ? dwfl_report_elf(dwfl, path, path, -1, 1 << 20, true) : NULL;
    GElf_Addr bias;
    if (dwfl)
        dwfl_report_end(dwfl, NULL, NULL);
    if (module && dwfl_module_getelf(module, &bias)) {
        code->is_read = true;
        search_symbols(&s, module, bias);
        if (scope == TA_CODE_EVERYWHERE || code->range_count > 0 || !ta_code_is_systems(path))
            search_debug(&s, module, bias);
        for (unsigned n = 0; n < count; n++) /* else these are other names of the same */
            code->found[n].folded = code->found[n].has_entry ? code->found[n].folded : 0;
    }
    if (dwfl)
        dwfl_end(dwfl);
    if (s.out_of_memory || !sort_ranges(code)) {
        ta_function_code_free(code);
        return ta_status_make(TA_INTERNAL, "no memory for the functions of %s", path);
    }
    return ta_status_ok();
}

void ta_function_code_free(ta_function_code *code) {
    free(code->ranges);
    *code = (ta_function_code){0};
}
