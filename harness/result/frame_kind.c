#define _GNU_SOURCE /* strcasestr */
#include "frame_kind.h"

#include <string.h>

enum { OWN_LINE_WITHIN = 8 }; /* further out, the library between is what allocates */

static const ta_frame *at(const ta_result *result, uint32_t frame) {
    return &result->frames[frame & ~TA_FRAME_MARK];
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static bool starts_with_any(const char *text, const char *const *starts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (starts_with(text, starts[i]))
            return true;
    }
    return false;
}

#define STARTS_WITH_ANY(text, starts)                                                              \
    starts_with_any(text, starts, sizeof(starts) / sizeof *(starts))

/* They may have lines, where their debug information is installed. */
bool ta_frame_is_of_system(const ta_frame *frame) {
    static const char *const modules[] = {
        "libc.so",   "libc-2",      "libstdc++.so", "libc++.so",
        "libc++abi", "libgcc_s.so", "ld-linux",     "libtickaudit.so",
        "libm.so",   "libpthread",  "libmimalloc",  "libtickaudit-mimalloc.so",
    };
    return STARTS_WITH_ANY(*frame->module ? frame->module : frame->file, modules);
}

/* Namespaces of C++ may have these names as well: by its line it is told that a file is Rust's. */
static bool is_of_rust(const ta_frame *frame) {
    static const char *const names[] = {
        "alloc::", "core::", "hashbrown::", "__rust", "__rdl_", "__rg_"};
    const char *ending = strrchr(frame->file, '.');
    bool maybe = frame->line == 0 || (ending && strcmp(ending, ".rs") == 0);
    return maybe && STARTS_WITH_ANY(frame->function + strspn(frame->function, "<&["), names);
}

/* Their inlined functions have lines as everyone's; the resolver keeps the paths of a compiler's
 * own headers from these folders on. `std` is Rust's too. */
static bool is_of_language(const ta_frame *frame) {
    static const char *const names[] = {
        "std::",           "__gnu_cxx::",  "__gnu_debug::", "operator new",
        "operator delete", "__cxxabiv1::", "__cxa_"};
    static const char *const headers[] = {"c++/", "gcc/", "clang/"};
    const char *name = frame->function + strspn(frame->function, "<&[");
    return STARTS_WITH_ANY(name, names) || is_of_rust(frame) ||
           (frame->line && STARTS_WITH_ANY(frame->file, headers));
}

bool ta_frame_is_runtime(const ta_frame *frame) {
    return is_of_language(frame) || ta_frame_is_of_system(frame);
}

bool ta_frame_is_allocator(const ta_frame *frame) {
    return strcasestr(frame->function, "alloc") || strcasestr(frame->function, "strdup");
}

bool ta_frame_is_own(const ta_frame *frame) {
    return frame->line > 0 && !ta_frame_is_runtime(frame);
}

static bool is_passed_over(const ta_frame *frame) {
    return ta_frame_is_runtime(frame) || (!frame->line && ta_frame_is_allocator(frame));
}

/* A nameless frame within an allocator is a part of it. */
static uint32_t start_by_names(const ta_result *result, const uint32_t *frames, uint32_t count) {
    uint32_t start = 0;
    for (uint32_t i = 0; i < count; i++) {
        const ta_frame *frame = at(result, frames[i]);
        if (is_passed_over(frame))
            start = i + 1;
        else if (*frame->function || i > start)
            break;
    }
    return start < count ? start : 0;
}

/* How many frames the templates of a runtime are spread over says nothing: they do not count. */
uint32_t ta_frames_start(const ta_result *result, const uint32_t *frames, uint32_t count) {
    uint32_t others = 0;
    for (uint32_t i = 0; i < count && others < OWN_LINE_WITHIN; i++) {
        const ta_frame *frame = at(result, frames[i]);
        if (ta_frame_is_own(frame))
            return i;
        others += !ta_frame_is_runtime(frame);
    }
    return start_by_names(result, frames, count);
}

uint32_t ta_site_start(const ta_result *result, const ta_site *site) {
    return ta_frames_start(result, result->stacks + site->stack_at, site->frame_count);
}

const ta_frame *ta_frames_through(const ta_result *result, const uint32_t *frames, uint32_t start) {
    for (uint32_t i = start; i-- > 0;) {
        if (*at(result, frames[i])->function)
            return at(result, frames[i]);
    }
    return NULL;
}
