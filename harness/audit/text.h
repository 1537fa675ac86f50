/* text.h: putting a text together without stdio, which may allocate. What finds no room is cut. */
#ifndef TA_AUDIT_TEXT_H
#define TA_AUDIT_TEXT_H

#include <stdint.h>

typedef struct ta_text {
    char *at;        /* where the next byte goes */
    const char *end; /* behind the last that there is room for */
} ta_text;

static inline void ta_text_add(ta_text *text, const char *words) {
    while (*words && text->at < text->end)
        *text->at++ = *words++;
}

/* In base 10 or 16. */
static inline void ta_text_add_number(ta_text *text, uint64_t number, unsigned base) {
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    while (count && text->at < text->end)
        *text->at++ = digits[--count];
}

#endif
