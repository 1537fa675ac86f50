#define _GNU_SOURCE
#include "status.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

ta_status ta_status_make(ta_status_code code, const char *format, ...) {
    ta_status status = {.code = code};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(status.text, sizeof status.text, format, arguments);
    va_end(arguments);
    return status;
}

enum { NAME_MAX_COMPARED = 63 };

static unsigned min3(unsigned a, unsigned b, unsigned c) {
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Optimal string alignment distance (Damerau-Levenshtein without repeated edits): "spwan" is one
 * slip away from "spawn". Three rows of the usual table are enough. */
static unsigned edit_distance(const char *a, const char *b) {
    unsigned na = (unsigned)strnlen(a, NAME_MAX_COMPARED);
    unsigned nb = (unsigned)strnlen(b, NAME_MAX_COMPARED);
    unsigned rows[3][NAME_MAX_COMPARED + 1];
    for (unsigned j = 0; j <= nb; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= na; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= nb; j++) {
            int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (ca != cb ? 1U : 0U));
            bool swapped = i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                           cb == tolower((unsigned char)a[i - 2]);
            if (swapped && above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    return rows[na % 3][nb];
}

const char *ta_nearest_name(const char *given, const char *const *names, unsigned count) {
    const char *nearest = NULL;
    unsigned best = (unsigned)strnlen(given, NAME_MAX_COMPARED) / 3 + 2; /* a third may be wrong */
    for (unsigned i = 0; i < count; i++) {
        unsigned distance = edit_distance(given, names[i]);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
