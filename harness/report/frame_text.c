#include "frame_text.h"

#include "figure_text.h"
#include "name_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* The file and the folder it lies in: enough to find it, short enough for a line. */
static const char *short_file(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return path;
    while (slash > path && slash[-1] != '/')
        slash--;
    return slash;
}

/* A place in at most `room` columns: its end says most. */
static void put_place(FILE *out, const char *place, size_t room) {
    size_t length = strlen(place);
    if (length <= room)
        (void)fputs(place, out);
    else if (room > 2)
        (void)fprintf(out, "..%s", place + length - (room - 2));
}

typedef struct place_text {
    char text[192];
} place_text;

static place_text place_of(const ta_frame *frame) {
    place_text place;
    ta_ascii_text file = ta_ascii(*frame->file ? short_file(frame->file) : "(unknown)");
    if (frame->line)
        (void)snprintf(place.text, sizeof place.text, "%.160s:%u", file.text, frame->line);
    else
        (void)snprintf(place.text, sizeof place.text, "%.150s+0x%" PRIx64, file.text,
                       frame->offset);
    return place;
}

/* Columns for a function and its place, in `room` with two blanks between them. */
static void share_room(size_t room, size_t *name, size_t *where) {
    size_t half = (room - 2) / 2;
    if (*name + 2 + *where <= room)
        return;
    if (*where <= half)
        *name = room - 2 - *where;
    else if (*name <= half)
        *where = room - 2 - *name;
    else
        *name = half, *where = room - 2 - half;
}

/* A place without a function is its own name. Returns how many columns it took. */
static size_t put_frame(FILE *out, const ta_frame *frame, size_t room, const char *recursive) {
    place_text place = place_of(frame);
    ta_ascii_text function = ta_ascii(frame->function);
    size_t name = strlen(function.text), where = strlen(place.text);
    if (!name) {
        put_place(out, place.text, room);
        (void)fputs(recursive, out);
        return where < room ? where : room;
    }
    share_room(room, &name, &where);
    ta_name_text fitted = ta_name_fit(function.text, name);
    (void)fprintf(out, "%s%s  ", fitted.text, recursive);
    put_place(out, place.text, where);
    return strlen(fitted.text) + 2 + where;
}

void ta_print_frame(FILE *out, const ta_frame *frame, ta_frame_style style) {
    enum { ROOM_MIN = 16, THROUGH_MIN = 12, THROUGH_EXTRA = 7 }; /* "  (in " and ")" */
    const char *recursive = style.recursive ? " (recursive)" : "";
    size_t room = style.width > style.column + ROOM_MIN ? style.width - style.column : ROOM_MIN;
    room -= strlen(recursive);
    size_t used = put_frame(out, frame, room, recursive);
    if (style.through && *style.through && room >= used + THROUGH_EXTRA + THROUGH_MIN)
        (void)fprintf(out, "  (in %s)",
                      ta_name_fit(ta_ascii(style.through).text, room - used - THROUGH_EXTRA).text);
    (void)fputc('\n', out);
}
