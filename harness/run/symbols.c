#define _GNU_SOURCE
#include "symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { INLINED_MAX = 8 }; /* deeper nests of inlined functions lose their outermost names */

/* One resolved address; stacks share most of theirs. */
typedef struct known_address {
    uint64_t address;
    unsigned count;
    ta_frame frames[INLINED_MAX];
    UT_hash_handle hh;
} known_address;

struct ta_symbols {
    Dwfl *dwfl; /* NULL when libdw could not begin: addresses keep their modules */
    const ta_ledger *ledger;
    known_address *known;
};

static char *no_debug_path = NULL;
static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .debuginfo_path = &no_debug_path};

ta_symbols *ta_symbols_open(const ta_ledger *ledger) {
    ta_symbols *symbols = calloc(1, sizeof *symbols);
    if (!symbols)
        return NULL;
    unsetenv("DEBUGINFOD_URLS"); /* or libdw would ask a server for what it does not find */
    symbols->ledger = ledger;
    symbols->dwfl = dwfl_begin(&callbacks);
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; symbols->dwfl && i < TA_LEDGER_MODULES_MAX && modules[i].state == 2; i++)
        dwfl_report_elf(symbols->dwfl, modules[i].path, modules[i].path, -1, modules[i].load_bias,
                        true);
    if (symbols->dwfl)
        dwfl_report_end(symbols->dwfl, NULL, NULL);
    return symbols;
}

void ta_symbols_close(ta_symbols *symbols) {
    known_address *known, *next;
    /* The analyzer does not follow uthash's macros. NOLINTBEGIN(clang-analyzer-unix.Malloc) */
    HASH_ITER(hh, symbols->known, known, next) {
        HASH_DEL(symbols->known, known);
        free(known);
    }
    /* NOLINTEND(clang-analyzer-unix.Malloc) */
    if (symbols->dwfl)
        dwfl_end(symbols->dwfl);
    free(symbols);
}

/* The file and its folder: they say enough, and no more fits. */
static void copy_tail(char *to, size_t size, const char *path) {
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

static void name_module(const ta_ledger *ledger, uint64_t address, ta_frame *frame) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state == 2; i++) {
        if (address < modules[i].begin || address >= modules[i].end)
            continue;
        const char *base = strrchr(modules[i].path, '/');
        snprintf(frame->file, sizeof frame->file, "%.127s", base ? base + 1 : modules[i].path);
        frame->offset = address - modules[i].load_bias;
        return;
    }
}

static void name_function(ta_frame *frame, const char *name) {
    snprintf(frame->function, sizeof frame->function, "%.127s", name ? name : "");
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

/* The scopes around `call` by the tree of entries, innermost first. (The scopes that libdw gives
 * for an address lead from an inlined function to where it was written, not to where it was
 * called.) */
static int scopes_around(Dwfl_Module *module, Dwarf_Addr call, Dwarf_Die **scopes) {
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, call, &bias), innermost;
    Dwarf_Die *written = NULL;
    if (!unit || dwarf_getscopes(unit, call - bias, &written) <= 0)
        return 0;
    Dwarf_Off offset = dwarf_dieoffset(&written[0]);
    free(written);
    if (!dwarf_offdie(dwfl_module_getdwarf(module, &bias), offset, &innermost))
        return 0;
    return dwarf_getscopes_die(&innermost, scopes);
}

/* Gives the inlined functions at `call` frames of their own; how many frames there are then. */
static unsigned add_inlined(Dwfl_Module *module, Dwarf_Addr call, ta_frame *frames) {
    Dwarf_Die *scopes = NULL;
    int scope_count = scopes_around(module, call, &scopes);
    unsigned count = 1;
    for (int i = 0; i < scope_count && count < INLINED_MAX; i++) {
        if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
            continue;
        frames[count] = frames[count - 1]; /* the holder moves outwards: module and offset stay */
        name_function(&frames[count - 1], dwarf_diename(&scopes[i]));
        set_call_line(&frames[count], &scopes[i]);
        count++;
    }
    free(scopes);
    return count;
}

/* A return address is the instruction after the call: the line of the call is one byte before. */
static unsigned resolve(const ta_symbols *symbols, uint64_t address, ta_frame *frames) {
    Dwarf_Addr call = address - 1;
    frames[0] = (ta_frame){0};
    name_module(symbols->ledger, address, &frames[0]);
    Dwfl_Module *module = symbols->dwfl ? dwfl_addrmodule(symbols->dwfl, call) : NULL;
    if (!module)
        return 1;
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, call, &bias);
    Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, call - bias) : NULL;
    int number = 0;
    if (line && dwarf_lineno(line, &number) == 0)
        set_line(&frames[0], dwarf_linesrc(line, NULL, NULL), (unsigned)number);
    unsigned count = add_inlined(module, call, frames);
    name_function(&frames[count - 1], dwfl_module_addrname(module, call));
    return count;
}

static const known_address *look_up(ta_symbols *symbols, uint64_t address) {
    known_address *known;
    HASH_FIND(hh, symbols->known, &address, sizeof address, known);
    if (known)
        return known;
    known = calloc(1, sizeof *known);
    if (!known)
        return NULL;
    known->address = address;
    known->count = resolve(symbols, address, known->frames);
    HASH_ADD(hh, symbols->known, address, sizeof known->address, known);
    return known;
}

unsigned ta_symbols_frames(ta_symbols *symbols, uint64_t address, ta_frame *frames, unsigned room) {
    const known_address *known = look_up(symbols, address);
    if (!known || room == 0)
        return 0;
    unsigned count = known->count < room ? known->count : room;
    memcpy(frames, known->frames, count * sizeof *frames);
    return count;
}
