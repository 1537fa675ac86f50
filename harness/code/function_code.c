/* The code of named functions in a file, by symbols and by debug information. */
#define _GNU_SOURCE
#include "function_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *no_debug_path = NULL;
static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .debuginfo_path = &no_debug_path};

void ta_search_add_range(ta_function_search *s, uint64_t begin, uint64_t end, unsigned function) {
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

static bool is_coroutines(const char *symbol) {
    return strstr(symbol, ".actor") || strstr(symbol, ".resume") || strstr(symbol, ".destroy") ||
           strstr(symbol, ".cleanup");
}

static void take_symbol(ta_function_search *s, unsigned function, ta_name_match match,
                        const ta_function_symbol *symbol) {
    ta_function_found *found = &s->code->found[function];
    bool is_known = false;
    for (uint32_t i = 0; i < s->code->range_count && !is_known; i++)
        is_known = s->code->ranges[i].begin == symbol->address &&
                   s->code->ranges[i].functions == UINT32_C(1) << function;
    ta_search_add_range(s, symbol->address, symbol->address + (symbol->size ? symbol->size : 1),
                        function);
    if (is_known)
        return; /* an alias, or the same symbol in both tables */
    if (match == TA_NAME_PART) {
        bool is_body = is_coroutines(symbol->name);
        found->bodies += is_body;
        found->parts += !is_body && !strstr(symbol->name, ".cold");
        return;
    }
    if (found->symbols < TA_FUNCTION_ENTRIES_MAX) {
        found->entries[found->symbols].address = symbol->address;
        found->entries[found->symbols].size = symbol->size;
    }
    found->symbols++;
}

bool ta_search_symbol(const ta_function_search *s, int i, ta_function_symbol *found) {
    GElf_Sym symbol;
    GElf_Addr address;
    GElf_Word section;
    const char *name =
        dwfl_module_getsym_info(s->module, i, &symbol, &address, &section, NULL, NULL);
    unsigned type = name ? GELF_ST_TYPE(symbol.st_info) : STT_OBJECT;
    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || section == SHN_UNDEF || section == SHN_ABS)
        return false;
    *found = (ta_function_symbol){name, address - s->bias, symbol.st_size,
                                  GELF_ST_BIND(symbol.st_info) == STB_LOCAL};
    return true;
}

static void search_symbols(ta_function_search *s) {
    int count = dwfl_module_getsymtab(s->module);
    for (int i = 1; i < count; i++) {
        ta_function_symbol symbol;
        bool is_function = ta_search_symbol(s, i, &symbol);
        for (unsigned n = 0; is_function && n < s->count; n++) {
            if (symbol.is_local && (s->exported >> n & 1))
                continue;
            ta_name_match match = ta_function_name_match(&s->names[n], symbol.name);
            if (match != TA_NAME_OTHER)
                take_symbol(s, n, match, &symbol);
        }
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

static void search_file(ta_function_search *s, const char *path, ta_code_scope scope) {
    bool is_systems = ta_code_is_systems(path);
    s->code->is_read = true;
    search_symbols(s);
    if (scope == TA_CODE_EVERYWHERE || s->code->range_count > 0 || !is_systems)
        ta_search_debug(s);
    if (!is_systems) /* there, one function has many names */
        ta_search_twins(s);
    if (!s->out_of_memory)
        s->out_of_memory = !sort_ranges(s->code);
    if (!s->out_of_memory && s->code->range_count > 0)
        ta_search_jumps(s);
}

ta_status ta_function_code_find(const char *path, const ta_function_name *names, uint32_t count,
                                ta_code_scope scope, uint32_t exported, ta_function_code *code) {
    *code = (ta_function_code){0};
    ta_function_search s = {.names = names, .count = count, .exported = exported, .code = code};
    unsetenv("DEBUGINFOD_URLS"); /* or libdw would ask a server for what it does not find */
    Dwfl *dwfl = dwfl_begin(&callbacks);
    s.module = dwfl ? dwfl_report_elf(dwfl, path, path, -1, 1 << 20, true) : NULL;
    if (dwfl)
        dwfl_report_end(dwfl, NULL, NULL);
    if (s.module && dwfl_module_getelf(s.module, &s.bias))
        search_file(&s, path, scope);
    if (dwfl)
        dwfl_end(dwfl);
    if (s.out_of_memory) {
        ta_function_code_free(code);
        return ta_status_make(TA_INTERNAL, "no memory for the functions of %s", path);
    }
    return ta_status_ok();
}

void ta_function_code_free(ta_function_code *code) {
    free(code->ranges);
    *code = (ta_function_code){0};
}
