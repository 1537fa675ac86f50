#include "utf8.h"

#include <string.h>

static size_t bytes_of_lead(unsigned char lead) {
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2) /* the rest of a character, or an overlong form */
        return 0;
    if (lead < 0xE0)
        return 2;
    if (lead < 0xF0)
        return 3;
    return lead < 0xF5 ? 4 : 0;
}

size_t ta_utf8_bytes(const unsigned char *text, size_t size) {
    unsigned char lead = text[0], low = 0x80, high = 0xBF;
    size_t bytes = bytes_of_lead(lead);
    if (bytes > size)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    for (size_t i = 1; i < bytes; i++) {
        if (text[i] < low || text[i] > high)
            return 0;
        low = 0x80; /* only the second byte is narrowed by the lead */
        high = 0xBF;
    }
    return bytes;
}

bool ta_code_is_control(unsigned code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

bool ta_utf8_is_control(const unsigned char *text, size_t bytes) {
    if (bytes == 1)
        return ta_code_is_control(text[0]);
    return bytes == 2 && text[0] == 0xC2 && ta_code_is_control(text[1]);
}

bool ta_utf8_is_clean(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    for (size_t left = strlen(text); left > 0;) {
        size_t bytes = ta_utf8_bytes(at, left);
        if (bytes == 0 || ta_utf8_is_control(at, bytes))
            return false;
        at += bytes;
        left -= bytes;
    }
    return true;
}
