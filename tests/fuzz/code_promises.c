#define _GNU_SOURCE
#include "code_promises.h"

#include "function.h"
#include "function_arguments.h"
#include "function_code.h"
#include "function_list.h"
#include "function_references.h"
#include "own_malloc.h"
#include "symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ENDS(text) (strnlen(text, sizeof(text)) < sizeof(text))

enum { NAMES = 6, WATCHED = 4, ADDRESSES = 64 };
static const char *const names[NAMES] = {"seed_outer", "seed_inlined", "seed_many",
                                         "seed_tail",  "seed_both",    "malloc"};

static const char *broken_in_ranges(const ta_function_code *code) {
    for (uint32_t i = 0; i < code->range_count; i++) {
        const ta_range *r = &code->ranges[i];
        if (r->begin >= r->end || !r->functions || r->functions >> NAMES)
            return "a range has code and functions";
        if (i > 0 && r->begin < code->ranges[i - 1].end)
            return "ranges are sorted and do not overlap";
    }
    for (int n = 0; n < NAMES; n++) {
        const ta_function_found *f = &code->found[n];
        if (!ENDS(f->twin) || !ENDS(f->tail_to) || !ENDS(f->jumps_to))
            return "names end";
    }
    return NULL;
}

static const char *broken_in_code(const char *path) {
    ta_function_name wanted[NAMES];
    ta_function_code code;
    for (int n = 0; n < NAMES; n++)
        ta_function_name_read(names[n], &wanted[n]);
    if (!ta_ok(ta_function_code_find(path, wanted, NAMES, TA_CODE_EVERYWHERE, 1 << (NAMES - 1),
                                     &code)))
        return NULL;
    const char *broken = broken_in_ranges(&code);
    ta_function_code_free(&code);
    return broken;
}

static const char *broken_in_watched(const char *path) {
    ta_watched watched[WATCHED];
    for (int n = 0; n < NAMES; n++) {
        uint32_t count = 0;
        (void)ta_function_find(path, names[n], watched, WATCHED, &count);
        if (count > WATCHED)
            return "no more are found than there is room for";
        ta_function_arguments(path, watched, count);
        for (uint32_t i = 0; i < count; i++) {
            if (!ENDS(watched[i].symbol) || watched[i].own.code_bytes > TA_LEDGER_PATCH_CODE_MAX ||
                watched[i].own.moved_bytes > TA_LEDGER_PATCH_MOVED_MAX)
                return "a watched function is whole";
            (void)ta_function_references(path, watched[i].own.address, 16);
        }
        if (ta_function_imports(path, names[n], watched, WATCHED) > WATCHED)
            return "no more imports are found than there is room for";
    }
    return NULL;
}

static const char *broken_in_names(const char *path) {
    char text[256];
    (void)ta_function_meant(path, "seed_outer", text, sizeof text);
    if (!ENDS(text))
        return "the names that are meant end";
    ta_function_nearest(path, "seed_outr", text, sizeof text);
    return ENDS(text) ? NULL : "the names that are like it end";
}

static const char *broken_in_own(const char *path) {
    static ta_ledger ledger;
    ta_own_malloc_copies copies;
    ta_status status = ta_own_malloc_find(path, &ledger);
    if (ta_ok(status) && !ledger.own_family[TA_OWN_malloc].address)
        return "a family has a malloc";
    (void)ta_own_malloc_find_copies(path, &copies);
    return NULL;
}

static const char *broken_in_frames(const ta_result *result, uint32_t first, uint32_t count) {
    if (count == 0 || first + count > result->frame_count)
        return "an address stands for a frame";
    for (uint32_t i = first; i < first + count; i++) {
        const ta_frame *f = &result->frames[i];
        if (!ENDS(f->function) || !ENDS(f->file) || !ENDS(f->module))
            return "texts of frames end";
    }
    return NULL;
}

static const char *broken_in_symbols(const char *path) {
    static ta_module module; /* of no build id: whatever the file says of itself */
    snprintf(module.path, sizeof module.path, "%s", path);
    ta_result *result = ta_result_new();
    ta_symbols *symbols = ta_symbols_open(&module, 1);
    const char *broken = NULL;
    for (uint64_t i = 0; symbols && result && !broken && i < ADDRESSES; i++) {
        uint32_t first, count;
        if (ta_symbols_frames(symbols, ta_frame_pack(0x1000 + i * 24, 1), result, &first, &count))
            broken = broken_in_frames(result, first, count);
    }
    if (symbols)
        ta_symbols_close(symbols);
    ta_result_free(result);
    return broken;
}

const char *code_broken_promise(const char *path) {
    static const char *(*const readers[])(const char *) = {
        broken_in_symbols, broken_in_code, broken_in_watched, broken_in_names, broken_in_own};
    const char *broken = NULL;
    for (unsigned i = 0; !broken && i < sizeof readers / sizeof *readers; i++)
        broken = readers[i](path);
    return broken;
}

const char *code_broken_promise_of(const void *bytes, unsigned long count) {
    char path[64];
    int file = memfd_create("code", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, count) != (ssize_t)count)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const char *broken = code_broken_promise(path);
    close(file);
    return broken;
}
