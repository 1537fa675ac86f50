#define _GNU_SOURCE /* strtod_l */
#include "number.h"

#include <locale.h>
#include <stdlib.h>

double ta_number_read(const char *text, char **end) {
    /* For "C" glibc hands out a constant: nothing is allocated, nothing to free. */
    return strtod_l(text, end, newlocale(LC_ALL_MASK, "C", (locale_t)0));
}
