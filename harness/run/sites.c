#define _GNU_SOURCE
#include "sites.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* One resolved address; stacks share most of theirs. */
typedef struct known_frame {
    uint64_t address;
    ta_frame frame;
    UT_hash_handle hh;
} known_frame;

typedef struct resolver {
    Dwfl *dwfl;
    const ta_ledger *ledger;
    known_frame *known;
} resolver;

static char *no_debug_path = NULL;
static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .debuginfo_path = &no_debug_path};

/* With this variable set libdw would ask a server for what it does not find. */
static Dwfl *open_modules(const ta_ledger *ledger) {
    unsetenv("DEBUGINFOD_URLS");
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (!dwfl)
        return NULL;
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state == 2; i++)
        dwfl_report_elf(dwfl, modules[i].path, modules[i].path, -1, modules[i].load_bias, true);
    dwfl_report_end(dwfl, NULL, NULL);
    return dwfl;
}

/* The end of a path that fits, from a folder's name on. */
static void copy_tail(char *to, size_t size, const char *path) {
    size_t length = strlen(path);
    const char *from = path + (length >= size ? length - size + 1 : 0);
    int slashes = 0;
    for (const char *at = path + length; at > from; at--) {
        if (at[-1] == '/' && ++slashes == 2) { /* the file and its folder say enough */
            from = at;
            break;
        }
    }
    snprintf(to, size, "%s", from);
}

static const ta_module *module_of(const ta_ledger *ledger, uint64_t address) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state == 2; i++) {
        if (modules[i].begin <= address && address < modules[i].end)
            return &modules[i];
    }
    return NULL;
}

/* A return address is the instruction after the call: the line of the call is one byte before. */
static void resolve(resolver *r, uint64_t address, ta_frame *frame) {
    Dwarf_Addr call = address - 1;
    const ta_module *module = module_of(r->ledger, address);
    if (module) {
        const char *base = strrchr(module->path, '/');
        snprintf(frame->file, sizeof frame->file, "%.127s", base ? base + 1 : module->path);
        frame->offset = address - module->load_bias;
    }
    Dwfl_Module *in = r->dwfl ? dwfl_addrmodule(r->dwfl, call) : NULL;
    if (!in)
        return;
    const char *name = dwfl_module_addrname(in, call);
    snprintf(frame->function, sizeof frame->function, "%.127s", name ? name : "");
    Dwfl_Line *line = dwfl_module_getsrc(in, call);
    int number = 0;
    const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    if (file) {
        copy_tail(frame->file, sizeof frame->file, file);
        frame->line = (unsigned)number;
    }
}

static ta_frame frame_at(resolver *r, uint64_t address) {
    known_frame *known;
    HASH_FIND(hh, r->known, &address, sizeof address, known);
    if (known)
        return known->frame;
    ta_frame frame = {0};
    resolve(r, address, &frame);
    known = calloc(1, sizeof *known);
    if (known) {
        known->address = address;
        known->frame = frame;
        HASH_ADD(hh, r->known, address, sizeof known->address, known);
    }
    return frame;
}

static void forget_frames(resolver *r) {
    known_frame *known, *next;
    HASH_ITER(hh, r->known, known, next) { // NOLINT: the analyzer does not follow uthash's macros
        HASH_DEL(r->known, known);
        free(known);
    }
}

static int most_allocs_first(const void *a, const void *b) {
    const ta_site *x = a, *y = b;
    if (x->allocs != y->allocs)
        return x->allocs < y->allocs ? 1 : -1;
    return (x->first_tick > y->first_tick) - (x->first_tick < y->first_tick);
}

/* Orders records so that those of one stack in one hot path, over all phases, lie together. */
static int by_stack(const void *a, const void *b) {
    const ta_site_record *x = *(const ta_site_record *const *)a;
    const ta_site_record *y = *(const ta_site_record *const *)b;
    if (x->hot_path != y->hot_path)
        return x->hot_path < y->hot_path ? -1 : 1;
    return memcmp(x->frames, y->frames, sizeof x->frames);
}

static void begin_site(resolver *r, const ta_site_record *record, ta_site *site) {
    if (record->hot_path < TA_LEDGER_HOT_PATHS_MAX)
        memcpy(site->hot_path, ta_ledger_hot_paths(r->ledger)[record->hot_path].name,
               sizeof site->hot_path);
    site->first_tick = record->first_tick;
    for (unsigned i = 0; i < record->depth && i < TA_RESULT_FRAMES_MAX; i++)
        site->frames[site->frame_count++] = frame_at(r, record->frames[i]);
}

static void add_to_site(const ta_site_record *record, ta_site *site) {
    site->allocs += record->allocs;
    site->bytes += record->bytes;
    if (record->phase > 0 && record->phase <= TA_RESULT_PHASES_MAX)
        site->allocs_by_phase[record->phase - 1] += record->allocs;
    if (record->first_tick < site->first_tick)
        site->first_tick = record->first_tick;
}

static size_t collect(const ta_ledger *ledger, const ta_site_record **found) {
    const ta_site_record *records = ta_ledger_sites(ledger);
    size_t count = 0;
    for (uint64_t i = 0; i < ledger->sites_max; i++) {
        if (records[i].state == 2)
            found[count++] = &records[i];
    }
    qsort(found, count, sizeof *found, by_stack);
    return count;
}

ta_status ta_sites_resolve(const ta_ledger *ledger, ta_result *result) {
    const ta_site_record **found = calloc(ledger->sites_max + 1, sizeof *found);
    size_t count = found ? collect(ledger, found) : 0;
    result->sites = calloc(count + 1, sizeof *result->sites);
    if (!found || !result->sites) {
        free(found);
        return ta_status_make(TA_INTERNAL, "no memory for %zu sites", count);
    }
    if (count > 0) {
        resolver r = {.dwfl = open_modules(ledger), .ledger = ledger};
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || by_stack(&found[i - 1], &found[i]) != 0)
                begin_site(&r, found[i], &result->sites[result->site_count++]);
            add_to_site(found[i], &result->sites[result->site_count - 1]);
        }
        qsort(result->sites, result->site_count, sizeof *result->sites, most_allocs_first);
        forget_frames(&r);
        if (r.dwfl)
            dwfl_end(r.dwfl);
    }
    free(found);
    return ta_status_ok();
}
