#include "site_keys.h"

#include "frame_kind.h"
#include "name_text.h"

#include <string.h>

static const uint64_t EMPTY = UINT64_C(14695981039346656037); /* FNV-1a */

static void add_bytes(uint64_t *hash, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
}

static void add_text(uint64_t *hash, const char *text, size_t length) {
    add_bytes(hash, text, length);
    add_bytes(hash, "", 1);
}

static bool is_own_function(const ta_frame *frame) {
    return !ta_frame_is_runtime(frame) && strcmp(frame->function, "_start") != 0;
}

/* A part is called by the rest of its function, which in the source is one with it. */
static bool is_rest_of_part(const ta_frame *frame, const ta_frame *called) {
    if (!ta_name_is_part(called->function))
        return false;
    size_t length = ta_name_length(frame->function);
    return length == ta_name_length(called->function) &&
           strncmp(frame->function, called->function, length) == 0;
}

uint32_t ta_site_next_own(const ta_result *result, const ta_site *site, uint32_t depth) {
    for (; depth < site->frame_count; depth++) {
        const ta_frame *frame = ta_site_frame(result, site, depth);
        if (is_own_function(frame) &&
            !(depth > 0 && is_rest_of_part(frame, ta_site_frame(result, site, depth - 1))))
            break;
    }
    return depth;
}

/* A frame without a name is known by its place alone. */
static void add_frame(ta_site_keys *keys, const ta_frame *frame) {
    bool named = *frame->function;
    const char *name = named ? frame->function : frame->module;
    const uint64_t *offset = named ? &frame->function_offset : &frame->offset;
    add_text(&keys->functions, name, strlen(name));
    add_text(&keys->places, name, strlen(name));
    add_bytes(&keys->places, offset, sizeof *offset);
}

/* By the base of its name: of an inlined function debug information may tell no more. */
static void add_own(ta_site_keys *keys, const ta_frame *frame) {
    size_t length = strlen(frame->module);
    const char *name = frame->module;
    if (*frame->function) {
        name = ta_name_base(frame->function, &length);
        keys->has_names = true;
    }
    add_text(&keys->own, name, length);
    keys->has_own = true;
}

static uint32_t line_within(const ta_frame *frame) {
    return frame->line && frame->function_line ? frame->line - frame->function_line + 1 : 0;
}

static void add_all_own(ta_site_keys *keys, const ta_result *result, const ta_site *site) {
    uint32_t first = ta_site_next_own(result, site, 0);
    keys->lines = keys->line = EMPTY;
    for (uint32_t i = first; i < site->frame_count; i = ta_site_next_own(result, site, i + 1)) {
        const ta_frame *frame = ta_site_frame(result, site, i);
        uint32_t line = line_within(frame);
        add_own(keys, frame);
        add_bytes(&keys->lines, &line, sizeof line);
        if (i == first)
            keys->line = keys->lines;
    }
    if (first == site->frame_count || !line_within(ta_site_frame(result, site, first)))
        keys->lines = keys->line = 0;
}

static void add_entry(ta_site_keys *keys, const ta_result *result, const ta_site *site) {
    const ta_frame *entry = ta_frames_through(result, result->stacks + site->stack_at,
                                              ta_site_next_own(result, site, 0));
    keys->own_entry = keys->own;
    if (entry)
        add_text(&keys->own_entry, entry->function, ta_name_length(entry->function));
}

ta_site_keys ta_site_keys_of(const ta_result *result, const ta_site *site) {
    ta_site_keys keys = {.functions = EMPTY};
    add_text(&keys.functions, site->hot_path, strlen(site->hot_path));
    keys.places = keys.own = keys.functions;
    for (uint32_t depth = 0; depth < site->frame_count; depth++)
        add_frame(&keys, ta_site_frame(result, site, depth));
    add_all_own(&keys, result, site);
    add_entry(&keys, result, site);
    return keys;
}
