/* The processes of a run whose children were followed: a line for each program, however often it
 * was started; the result has each by itself. */
#include "summary_blocks.h"

#include "figure_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRAMS_SHOWN = 12, NAME_WIDTH = 24 };

typedef struct program {
    const char *name;
    uint64_t count, allocs, frees, bytes, hot_allocs;
} program;

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const program *)a)->name, ((const program *)b)->name);
}

static int most_allocs_first(const void *a, const void *b) {
    const program *x = a, *y = b;
    if (x->allocs != y->allocs)
        return x->allocs < y->allocs ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void add(program *to, const program *from) {
    to->count += from->count;
    to->allocs += from->allocs;
    to->frees += from->frees;
    to->bytes += from->bytes;
    to->hot_allocs += from->hot_allocs;
}

/* One entry a program, the largest first; how many there are. */
static uint32_t collect(const ta_result *result, program *programs) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < result->process_count; i++) {
        const ta_process_figures *p = &result->processes[i];
        programs[i] =
            (program){base_of(p->program), 1, p->allocs, p->frees, p->bytes, p->hot_allocs};
    }
    qsort(programs, result->process_count, sizeof *programs, by_name);
    for (uint32_t i = 0; i < result->process_count; i++) {
        if (kept > 0 && strcmp(programs[kept - 1].name, programs[i].name) == 0)
            add(&programs[kept - 1], &programs[i]);
        else
            programs[kept++] = programs[i];
    }
    qsort(programs, kept, sizeof *programs, most_allocs_first);
    return kept;
}

static void print_program(const ta_page *page, const program *p) {
    ta_ascii_text name = ta_ascii(p->name);
    bool cut = strlen(name.text) > NAME_WIDTH;
    (void)fprintf(page->out, "  %.*s%s%*s%7s%14s%14s%12s\n", cut ? NAME_WIDTH - 2 : NAME_WIDTH,
                  name.text, cut ? ".." : "", cut ? 0 : NAME_WIDTH - (int)strlen(name.text), "",
                  ta_count_text(p->count).text, ta_count_text(p->allocs).text,
                  ta_count_text(p->frees).text, ta_bytes_text((double)p->bytes).text);
    if (p->hot_allocs)
        (void)fprintf(page->out, "    %s of these allocations in hot paths\n",
                      ta_count_text(p->hot_allocs).text);
}

static void print_ends(const ta_page *page) {
    const ta_result *r = page->result;
    uint32_t running = 0;
    for (uint32_t i = 0; i < r->process_count; i++)
        running += r->processes[i].end == TA_PROCESS_RUNNING;
    if (running)
        (void)fprintf(page->out,
                      "  %" PRIu32 " still running when the program ended: counted so far\n",
                      running);
}

void ta_page_processes(const ta_page *page) {
    const ta_result *r = page->result;
    if (r->process_count == 0)
        return;
    program *programs = calloc(r->process_count, sizeof *programs);
    if (!programs)
        return; /* a table less; the result has it */
    uint32_t count = collect(r, programs);
    (void)fprintf(page->out, "\nPROCESSES (%s, all of them in the figures above)\n",
                  ta_count_text(r->process_count).text);
    (void)fprintf(page->out, "  %-*s%7s%14s%14s%12s\n", NAME_WIDTH, "program", "times",
                  "allocations", "frees", "bytes");
    for (uint32_t i = 0; i < count && i < PROGRAMS_SHOWN; i++)
        print_program(page, &programs[i]);
    if (count > PROGRAMS_SHOWN)
        (void)fprintf(page->out, "  ... %" PRIu32 " more programs\n", count - PROGRAMS_SHOWN);
    print_ends(page);
    free(programs);
}
