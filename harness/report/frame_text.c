#include "frame_text.h"

#include <inttypes.h>
#include <stdio.h>

ta_frame_name ta_frame_name_of(const ta_frame *frame) {
    ta_frame_name name;
    if (*frame->function)
        (void)snprintf(name.text, sizeof name.text, "%s", frame->function);
    else if (*frame->file)
        (void)snprintf(name.text, sizeof name.text, "%s+0x%" PRIx64, frame->file, frame->offset);
    else
        (void)snprintf(name.text, sizeof name.text, "(unknown)");
    return name;
}

const char *ta_site_root(const ta_site *site) {
    return *site->hot_path ? site->hot_path : "(no hot path)";
}
