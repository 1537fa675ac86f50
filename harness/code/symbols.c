#define _GNU_SOURCE
#include "symbols.h"

#include "die.h"
#include "name_text.h"
#include "own_limits.h"
#include "symbol_table.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Deeper nests of inlined functions lose their outermost names; those of the standard library of
 * C++ are more than ten deep. */
enum { INLINED_MAX = 64, SCOPES_MAX = 192 };

/* One resolved frame; stacks share most of theirs. */
typedef struct known_frame {
    uint64_t frame;
    uint32_t first, count; /* of the result's frames */
    UT_hash_handle hh;
} known_frame;

struct ta_symbols {
    Dwfl *dwfl; /* NULL when libdw could not begin: addresses keep their modules */
    const ta_module *loaded;
    uint32_t count;
    Dwfl_Module **modules;    /* NULL when its file is not what was loaded */
    ta_symbol_table **tables; /* made when first needed */
    known_frame *known;
    uint32_t room; /* for frames, in the result */
};

static char *no_debug_path = NULL;
static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .debuginfo_path = &no_debug_path};

/* A file that was replaced since it was loaded has other functions at these addresses. */
static bool is_what_was_loaded(Dwfl_Module *module, const ta_module *loaded) {
    const unsigned char *id;
    GElf_Addr where, bias;
    if (loaded->build_id_bytes == 0 || loaded->build_id_bytes > TA_LEDGER_BUILD_ID_MAX)
        return true; /* it says nothing of itself, and neither does anyone else */
    dwfl_module_getelf(module, &bias);
    int bytes = dwfl_module_build_id(module, &id, &where);
    return bytes == (int)loaded->build_id_bytes && memcmp(id, loaded->build_id, (size_t)bytes) == 0;
}

/* Each module in a place of its own: two that lay at the same addresses, one after the other, would
 * be in each other's way. */
static uint64_t place_of(unsigned index) {
    enum { PLACE_SHIFT = 38 };
    return (uint64_t)(index + 1) << PLACE_SHIFT;
}

static void open_modules(ta_symbols *symbols) {
    for (unsigned i = 0; i < symbols->count; i++) {
        const char *path = symbols->loaded[i].path;
        symbols->modules[i] = dwfl_report_elf(symbols->dwfl, path, path, -1, place_of(i), true);
    }
    dwfl_report_end(symbols->dwfl, NULL, NULL);
    for (unsigned i = 0; i < symbols->count; i++) {
        if (symbols->modules[i] && !is_what_was_loaded(symbols->modules[i], &symbols->loaded[i]))
            symbols->modules[i] = NULL;
    }
}

ta_symbols *ta_symbols_open(const ta_module *modules, uint32_t count) {
    ta_symbols *symbols = calloc(1, sizeof *symbols);
    if (!symbols)
        return NULL;
    symbols->modules = calloc(count + 1, sizeof(Dwfl_Module *));
    symbols->tables = calloc(count + 1, sizeof(ta_symbol_table *));
    if (!symbols->modules || !symbols->tables) {
        ta_symbols_close(symbols);
        return NULL;
    }
    unsetenv("DEBUGINFOD_URLS"); /* or libdw would ask a server for what it does not find */
    symbols->loaded = modules;
    symbols->count = count;
    if (ta_ok(ta_own_limits_check_symbols()))
        symbols->dwfl = dwfl_begin(&callbacks);
    if (symbols->dwfl)
        open_modules(symbols);
    return symbols;
}

void ta_symbols_close(ta_symbols *symbols) {
    known_frame *known, *next;
    /* The analyzer does not follow uthash's macros. NOLINTBEGIN(clang-analyzer-unix.Malloc) */
    HASH_ITER(hh, symbols->known, known, next) {
        HASH_DEL(symbols->known, known);
        free(known);
    }
    /* NOLINTEND(clang-analyzer-unix.Malloc) */
    for (unsigned i = 0; i < symbols->count; i++)
        ta_symbol_table_free(symbols->tables[i]);
    free(symbols->tables);
    free(symbols->modules);
    if (symbols->dwfl)
        dwfl_end(symbols->dwfl);
    free(symbols);
}

/* Of a header of a compiler or of its standard library the path from "c++/", "gcc/" or "clang/" on,
 * by which reports know it (frame_kind.h); NULL of others. */
static const char *compiler_path(const char *path) {
    static const char *const folders[] = {"/include/c++/", "/lib/gcc/", "/lib64/gcc/",
                                          "/lib/clang/"};
    const char *multiarch = strncmp(path, "/usr/include/", 13) == 0 ? strstr(path, "/c++/") : NULL;
    if (multiarch)
        return multiarch + 1;
    if (!strstr(path, "/include/"))
        return NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *found = strstr(path, folders[i]);
        if (found)
            return strchr(found + 1, '/') + 1;
    }
    return NULL;
}

/* The file and its folder: they say enough, and no more fits. */
static void copy_tail(char *to, size_t size, const char *path) {
    const char *of_compiler = compiler_path(path);
    if (of_compiler && strlen(of_compiler) < size) {
        snprintf(to, size, "%s", of_compiler);
        return;
    }
    size_t length = strlen(path);
    const char *from = path + (length >= size ? length - size + 1 : 0);
    int slashes = 0;
    for (const char *at = path + length; at > from; at--) {
        if (at[-1] == '/' && ++slashes == 2) {
            from = at;
            break;
        }
    }
    snprintf(to, size, "%s", from);
}

static void name_module(const ta_module *module, uint64_t address, ta_frame *frame) {
    const char *base = strrchr(module->path, '/');
    base = base ? base + 1 : module->path;
    snprintf(frame->module, sizeof frame->module, "%.63s", base);
    snprintf(frame->file, sizeof frame->file, "%.127s", base);
    frame->offset = address - module->load_bias;
}

/* Names of C++ and Rust as they are written; parameters are left out, since line or offset tell
 * overloads apart. */
static void name_function(ta_frame *frame, const char *name) {
    char *readable = name ? cplus_demangle(name, DMGL_AUTO | DMGL_ANSI) : NULL;
    const char *told = readable ? readable : name ? name : "";
    snprintf(frame->function, sizeof frame->function, "%s",
             ta_name_fit(told, sizeof frame->function - 1).text);
    free(readable);
}

static void set_line(ta_frame *frame, const char *file, unsigned line) {
    if (!file)
        return;
    copy_tail(frame->file, sizeof frame->file, file);
    frame->line = line;
}

/* Where an inlined function was called from: its own attributes say it. */
static void set_call_line(ta_frame *caller, Dwarf_Die *inlined) {
    Dwarf_Die unit;
    Dwarf_Files *files;
    size_t file_count;
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0, line = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) == 0 &&
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0 &&
        dwarf_diecu(inlined, &unit, NULL, NULL) &&
        dwarf_getsrcfiles(&unit, &files, &file_count) == 0)
        set_line(caller, dwarf_filesrc(files, file, NULL, NULL), (unsigned)line);
}

/* The compilation unit of an address. libdw finds it by .debug_aranges, which clang does not write:
 * then each unit is asked. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr call, Dwarf_Addr *bias) {
    Dwarf_Die *unit = dwfl_module_addrdie(module, call, bias);
    if (unit)
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, bias))) {
        if (dwarf_haspc(unit, call - *bias) > 0)
            return unit;
    }
    return NULL;
}

/* The scopes that hold an address, as they are written within each other; innermost last. */
typedef struct scope_path {
    Dwarf_Die scopes[SCOPES_MAX];
    unsigned count;
} scope_path;

/* Code is first looked for where most of it is: beside the types and namespaces. */
typedef enum scope_kind { IN_CODE, IN_NAMESPACES, IN_TYPES, IN_NOTHING } scope_kind;

static scope_kind kind_of(Dwarf_Die *scope) {
    switch (dwarf_tag(scope)) {
    case DW_TAG_subprogram:
    case DW_TAG_inlined_subroutine:
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
        return IN_CODE;
    case DW_TAG_namespace:
    case DW_TAG_module:
        return IN_NAMESPACES;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
        return IN_TYPES;
    default:
        return IN_NOTHING;
    }
}

static bool find_scopes(Dwarf_Die *parent, Dwarf_Addr address, scope_path *path);

static bool find_scopes_in(scope_kind kind, Dwarf_Die *parent, Dwarf_Addr address,
                           scope_path *path) {
    Dwarf_Die child;
    if (dwarf_child(parent, &child) != 0)
        return false;
    do {
        if (kind_of(&child) != kind || (kind == IN_CODE && dwarf_haspc(&child, address) <= 0))
            continue;
        path->scopes[path->count++] = child;
        if (find_scopes(&child, address, path) || kind == IN_CODE)
            return true;
        path->count--;
    } while (ta_die_next(&child));
    return false;
}

/* As deep as the tree of entries, and no deeper than SCOPES_MAX. False when no function below
 * `parent` holds the address; the path is then as it was. */
static bool find_scopes(Dwarf_Die *parent, Dwarf_Addr address, scope_path *path) {
    scope_kind last = kind_of(parent) == IN_CODE ? IN_CODE : IN_TYPES;
    for (scope_kind kind = IN_CODE; kind <= last && path->count < SCOPES_MAX; kind++) {
        if (find_scopes_in(kind, parent, address, path))
            return true;
    }
    return false;
}

/* dwarf_getscopes() would do, but that it leads from an inlined function on to where it was
 * written, not to where it was called, and finds nothing when that is in another unit, as after
 * link-time optimization. */
static void scopes_around(Dwfl_Module *module, Dwarf_Addr call, scope_path *path) {
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, call, &bias);
    path->count = 0;
    if (!unit)
        return;
    uint8_t type;
    Dwarf_Die split; /* -gsplit-dwarf: what the unit is the skeleton of, in a file of its own */
    bool is_split = dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
                    type == DW_UT_skeleton && split.cu;
    (void)find_scopes(is_split ? &split : unit, call - bias, path);
}

/* The name that the linker would know it by, which tells classes and modules; C has none. */
static const char *name_of(Dwarf_Die *function) {
    Dwarf_Attribute attribute;
    const char *name = NULL;
    if (dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute))
        name = dwarf_formstring(&attribute);
    return name ? name : dwarf_diename(function);
}

static void set_function_line(ta_frame *frame, Dwarf_Die *function) {
    int line = 0;
    bool known = dwarf_decl_line(function, &line) == 0 && line > 0;
    frame->function_line = known ? (unsigned)line : 0;
}

/* Gives the inlined functions at `call` frames of their own; how many frames there are then. */
static unsigned add_inlined(Dwfl_Module *module, Dwarf_Addr call, ta_frame *frames) {
    scope_path path;
    scopes_around(module, call, &path);
    unsigned count = 1;
    for (unsigned i = path.count; i-- > 0 && count < INLINED_MAX;) {
        Dwarf_Die *scope = &path.scopes[i];
        int tag = dwarf_tag(scope);
        if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram)
            set_function_line(&frames[count - 1], scope);
        if (tag == DW_TAG_subprogram)
            break;
        if (tag != DW_TAG_inlined_subroutine)
            continue;
        frames[count] = frames[count - 1]; /* the holder moves outwards: module and offset stay */
        name_function(&frames[count - 1], name_of(scope));
        set_call_line(&frames[count], scope);
        frames[count].function_line = 0;
        count++;
    }
    return count;
}

/* What the frame of a module with debug information stands for; 0 when there is none. */
static unsigned resolve_in(Dwfl_Module *module, const ta_symbol_table *table, Dwarf_Addr call,
                           ta_frame *frames) {
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, call, &bias);
    Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, call - bias) : NULL;
    int number = 0;
    if (line && dwarf_lineno(line, &number) == 0)
        set_line(&frames[0], dwarf_linesrc(line, NULL, NULL), (unsigned)number);
    unsigned count = add_inlined(module, call, frames);
    Dwarf_Addr offset = 0;
    name_function(&frames[count - 1], table ? ta_symbol_table_at(table, call, &offset) : NULL);
    for (unsigned i = 0; i < count; i++)
        frames[i].function_offset = offset ? offset + 1 : 0; /* of the return address */
    return count;
}

/* A return address is the instruction after the call: the line of the call is one byte before. */
static unsigned resolve(ta_symbols *symbols, uint64_t frame, ta_frame *frames) {
    unsigned number = ta_frame_module(frame);
    frames[0] = (ta_frame){.offset = ta_frame_address(frame)};
    if (number == 0 || number > symbols->count)
        return 1;
    const ta_module *loaded = &symbols->loaded[number - 1];
    name_module(loaded, ta_frame_address(frame), &frames[0]);
    Dwfl_Module *module = symbols->modules[number - 1];
    if (!module)
        return 1;
    GElf_Addr bias;
    dwfl_module_getelf(module, &bias);
    if (!symbols->tables[number - 1])
        symbols->tables[number - 1] = ta_symbol_table_new(module);
    return resolve_in(module, symbols->tables[number - 1], frames[0].offset - 1 + bias, frames);
}

/* Room for what one address stands for, in the result. */
static bool make_room(ta_symbols *symbols, ta_result *result) {
    if (symbols->room - result->frame_count >= INLINED_MAX)
        return true;
    uint32_t wanted = symbols->room * 2 + 64;
    ta_frame *frames = realloc(result->frames, wanted * sizeof *frames);
    if (!frames)
        return false;
    result->frames = frames;
    symbols->room = wanted;
    return true;
}

static const known_frame *look_up(ta_symbols *symbols, uint64_t frame, ta_result *result) {
    known_frame *known;
    HASH_FIND(hh, symbols->known, &frame, sizeof frame, known);
    if (known)
        return known;
    known = make_room(symbols, result) ? calloc(1, sizeof *known) : NULL;
    if (!known)
        return NULL;
    known->frame = frame;
    known->first = result->frame_count;
    known->count = resolve(symbols, frame, &result->frames[known->first]);
    result->frame_count += known->count;
    HASH_ADD(hh, symbols->known, frame, sizeof known->frame, known);
    return known;
}

bool ta_symbols_frames(ta_symbols *symbols, uint64_t frame, ta_result *result, uint32_t *first,
                       uint32_t *count) {
    const known_frame *known = look_up(symbols, frame, result);
    if (!known)
        return false;
    *first = known->first;
    *count = known->count;
    return true;
}
