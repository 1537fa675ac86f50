/* dwarf.h: reading numbers from a table in DWARF's encodings, never beyond its end.
 *
 *     ta_dwarf r = {begin, end, false};
 *     uint64_t number = ta_dwarf_take_uleb(&r);
 *     if (r.failed) ...it was longer than the table...
 */
#ifndef TA_AUDIT_DWARF_H
#define TA_AUDIT_DWARF_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A place in a table, and its end: nothing is read beyond. */
typedef struct ta_dwarf {
    const uint8_t *at, *end;
    bool failed;
} ta_dwarf;

static inline uint64_t ta_dwarf_take(ta_dwarf *r, unsigned bytes) {
    uint64_t value = 0;
    if (r->failed || (uint64_t)(r->end - r->at) < bytes) {
        r->failed = true;
        return 0;
    }
    memcpy(&value, r->at, bytes); /* little-endian, as the machine is */
    r->at += bytes;
    return value;
}

/* A number in groups of seven bits, the lowest first. */
static inline uint64_t ta_dwarf_take_groups(ta_dwarf *r, unsigned *shift, bool *negative) {
    uint64_t value = 0, byte;
    *shift = 0;
    do {
        byte = ta_dwarf_take(r, 1);
        value |= *shift < 64 ? (byte & 0x7f) << *shift : 0;
        *shift += 7;
    } while (byte & 0x80 && !r->failed);
    *negative = byte & 0x40;
    return value;
}

static inline uint64_t ta_dwarf_take_uleb(ta_dwarf *r) {
    unsigned shift;
    bool negative;
    return ta_dwarf_take_groups(r, &shift, &negative);
}

static inline int64_t ta_dwarf_take_sleb(ta_dwarf *r) {
    unsigned shift;
    bool negative;
    uint64_t value = ta_dwarf_take_groups(r, &shift, &negative);
    return (int64_t)(negative && shift < 64 ? value | ~UINT64_C(0) << shift : value);
}

static inline void ta_dwarf_skip(ta_dwarf *r, uint64_t bytes) {
    if ((uint64_t)(r->end - r->at) < bytes)
        r->failed = true;
    else
        r->at += bytes;
}

#endif
