/* Where a trap was sprung, in words: the audited process can tell modules and offsets alone, not
 * functions and lines. */
#include "cli.h"

#include "name_text.h"

#include <inttypes.h>
#include <signal.h>

/* The violation of a program that ended at its first; other threads may have come to more. */
static const ta_site *sprung_at(const ta_result *result) {
    for (uint32_t i = 0; i < result->site_count; i++) {
        for (uint32_t path = 0; path < result->hot_path_count; path++) {
            if (ta_site_has_path(&result->sites[i], path))
                return &result->sites[i];
        }
    }
    return NULL;
}

static void tell_frame(const ta_frame *frame) {
    enum { NAME_COLUMNS = 40 }; /* beside module, offset and line */
    fputs("tickaudit:   ", stderr);
    if (frame->module[0])
        fprintf(stderr, "%s+0x%" PRIx64, frame->module, frame->offset);
    else
        fputs("code in no file", stderr);
    if (frame->function[0])
        fprintf(stderr, "  %s", ta_name_fit(frame->function, NAME_COLUMNS).text);
    if (frame->line)
        fprintf(stderr, "  %s:%u", frame->file, frame->line);
    fputc('\n', stderr);
}

void ta_cli_tell_trap(const ta_result *result) {
    const ta_program_end *end = &result->program_end;
    bool sprung = end->how == TA_PROGRAM_KILLED && end->number == SIGABRT;
    const ta_site *site = sprung ? sprung_at(result) : NULL;
    if (!site)
        return;
    fprintf(stderr, "tickaudit: trap: in hot path \"%s\", called from\n", site->hot_path);
    for (unsigned depth = 0; depth < site->frame_count; depth++)
        tell_frame(ta_site_frame(result, site, depth));
}
