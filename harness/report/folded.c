#define _GNU_SOURCE
#include "folded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frame_text.h"
#include "json_make.h"

typedef struct line {
    char *stack;
    uint64_t allocs;
} line;

/* Bytes of the character at `s` that would end a name, a stack or a line in the eyes of some
 * reader, or 0. U+0080 to U+00A0 are controls and a blank as well, of two bytes in UTF-8. */
static size_t separator(const char *s) {
    unsigned char first = (unsigned char)s[0], second = (unsigned char)s[1];
    if (first == 0xc2 && second >= 0x80 && second <= 0xa0)
        return 2;
    return first <= ' ' || first == 0x7f || first == ';' ? 1 : 0;
}

static void put_name(FILE *out, const char *name) {
    char clean[sizeof(ta_frame_name)];
    ta_utf8_clean(name, clean, sizeof clean);
    for (const char *at = clean; *at;) {
        size_t length = separator(at);
        (void)fputc(length ? '_' : *at, out);
        at += length ? length : 1;
    }
}

/* NULL without memory. */
static char *stack_text(const ta_result *result, const ta_site *site) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    put_name(out, ta_site_root(site));
    for (unsigned i = site->frame_count; i-- > 0;) {
        (void)fputc(';', out);
        put_name(out, ta_frame_name_of(ta_site_frame(result, site, i)).text);
    }
    bool good = !ferror(out);
    if (fclose(out) == 0 && good)
        return text;
    free(text);
    return NULL;
}

static int by_stack(const void *a, const void *b) {
    return strcmp(((const line *)a)->stack, ((const line *)b)->stack);
}

/* Joins lines of the same text, which are neighbours; how many are left. */
static size_t add_up(line *lines, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(lines[kept - 1].stack, lines[i].stack) == 0) {
            lines[kept - 1].allocs += lines[i].allocs;
            free(lines[i].stack);
        } else {
            lines[kept++] = lines[i];
        }
    }
    return kept;
}

/* False without memory; `*count` lines are to be freed in either case. */
static bool make_lines(const ta_result *result, line *lines, size_t *count) {
    *count = 0;
    for (uint32_t i = 0; i < result->site_count; i++) {
        lines[*count] = (line){stack_text(result, &result->sites[i]), result->sites[i].allocs};
        if (!lines[*count].stack)
            return false;
        ++*count;
    }
    qsort(lines, *count, sizeof *lines, by_stack);
    *count = add_up(lines, *count);
    return true;
}

static bool print_lines(FILE *out, const line *lines, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (fprintf(out, "%s %" PRIu64 "\n", lines[i].stack, lines[i].allocs) < 0)
            return false;
    }
    return fflush(out) == 0;
}

ta_status ta_folded_print(FILE *out, const ta_result *result) {
    errno = 0;
    size_t count = 0;
    line *lines = calloc((size_t)result->site_count + 1, sizeof *lines);
    bool good = lines && make_lines(result, lines, &count) && print_lines(out, lines, count);
    int error = errno;
    for (size_t i = 0; i < count; i++)
        free(lines[i].stack);
    free(lines);
    errno = error;
    if (good)
        return ta_status_ok();
    return ta_status_make(TA_INTERNAL, "cannot print the stacks: %s", strerror(error));
}
