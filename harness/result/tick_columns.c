#include "tick_columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_make.h"
#include "json_scan.h"

typedef enum column_kind { U32, U64, I64, HASH } column_kind;

/* The order is that of the text. */
#define COLUMN_LIST(X)                                                                             \
    X(phase, U32)                                                                                  \
    X(population, U32)                                                                             \
    X(wall_ns, U64)                                                                                \
    X(wall_ns_max, U64)                                                                            \
    X(own_allocs, U64)                                                                             \
    X(allocs, U64)                                                                                 \
    X(frees, U64)                                                                                  \
    X(bytes, U64)                                                                                  \
    X(hot_allocs, U64)                                                                             \
    X(live_bytes, I64)                                                                             \
    X(live_blocks, I64)                                                                            \
    X(state_hash, HASH)

typedef struct tick_column {
    const char *name;
    column_kind kind;
    size_t offset; /* in ta_tick_figures */
} tick_column;

static const tick_column columns[] = {
#define COLUMN_ROW(name, kind) {#name, kind, offsetof(ta_tick_figures, name)},
    COLUMN_LIST(COLUMN_ROW)
#undef COLUMN_ROW
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

/* A number with its sign apart, so that one reader and one printer serve all kinds. */
typedef struct cell {
    bool negative;
    uint64_t magnitude;
} cell;

static cell get_cell(const ta_tick_figures *tick, const tick_column *column) {
    const char *field = (const char *)tick + column->offset;
    if (column->kind == U32) {
        uint32_t value;
        memcpy(&value, field, sizeof value);
        return (cell){false, value};
    }
    uint64_t value;
    memcpy(&value, field, sizeof value);
    bool negative = column->kind == I64 && value >> 63;
    return (cell){negative, negative ? -value : value};
}

/* False when the number is out of the field's range. */
static bool set_cell(ta_tick_figures *tick, const tick_column *column, cell number) {
    char *field = (char *)tick + column->offset;
    if (column->kind == U32) {
        uint32_t value = (uint32_t)number.magnitude;
        memcpy(field, &value, sizeof value);
        return !number.negative && number.magnitude <= UINT32_MAX;
    }
    uint64_t value = number.negative ? -number.magnitude : number.magnitude;
    memcpy(field, &value, sizeof value);
    if (column->kind == I64)
        return number.magnitude <= (uint64_t)INT64_MAX + number.negative;
    return !number.negative || number.magnitude == 0;
}

/* stdio's formatting would take longer than all the rest: own digits into an own buffer. */
typedef struct printer {
    FILE *out;
    bool failed;
    size_t used;
    char buffer[1 << 15];
} printer;

enum { CELL_BYTES_MAX = 24 };

static void flush_printer(printer *p) {
    p->failed = p->failed || fwrite(p->buffer, 1, p->used, p->out) != p->used;
    p->used = 0;
}

static void put_text(printer *p, const char *text) {
    for (; *text; text++) {
        if (p->used == sizeof p->buffer)
            flush_printer(p);
        p->buffer[p->used++] = *text;
    }
}

static void put_hash(printer *p, uint64_t value) {
    char text[CELL_BYTES_MAX];
    (void)snprintf(text, sizeof text, "\"0x%016" PRIx64 "\"", value);
    put_text(p, value ? text : "null");
}

static void put_number(printer *p, cell number) {
    char text[CELL_BYTES_MAX], *at = text + sizeof text;
    bool quoted = number.magnitude > TA_JSON_EXACT_MAX;
    *--at = '\0';
    if (quoted)
        *--at = '"';
    do
        *--at = (char)('0' + number.magnitude % 10);
    while (number.magnitude /= 10);
    if (number.negative)
        *--at = '-';
    if (quoted)
        *--at = '"';
    put_text(p, at);
}

static void put_column(printer *p, const ta_result *result, const tick_column *column) {
    put_text(p, "\t\t\"");
    put_text(p, column->name);
    put_text(p, "\":\t[");
    for (uint64_t i = 0; i < result->tick_count; i++) {
        cell number = get_cell(&result->ticks[i], column);
        if (i > 0)
            put_text(p, ",");
        if (column->kind == HASH)
            put_hash(p, number.magnitude);
        else
            put_number(p, number);
    }
    put_text(p, "]");
}

/* The one column that only a result of several rounds has. */
static bool is_of_rounds(const tick_column *column) {
    return column->offset == offsetof(ta_tick_figures, wall_ns_max);
}

bool ta_tick_columns_print(FILE *out, const ta_result *result) {
    printer p;
    p.out = out;
    p.failed = false;
    p.used = 0;
    put_text(&p, "{\n");
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        if (is_of_rounds(&columns[i]) && result->rounds <= 1)
            continue;
        put_column(&p, result, &columns[i]);
        put_text(&p, i + 1 < COLUMN_COUNT ? ",\n" : "\n\t}");
    }
    flush_printer(&p);
    return !p.failed;
}

/* Reading. `ticks` grows with the first column; the others must have as many. */
typedef struct ticks_reader {
    ta_tick_figures *ticks;
    size_t count, capacity;
    bool counted; /* the first column is done */
} ticks_reader;

static bool make_room(ticks_reader *reader, size_t index) {
    if (reader->counted)
        return index < reader->count;
    if (index < reader->capacity)
        return true;
    size_t capacity = reader->capacity ? 2 * reader->capacity : 4096;
    ta_tick_figures *ticks = realloc(reader->ticks, capacity * sizeof *ticks);
    if (!ticks)
        return false;
    memset(ticks + reader->capacity, 0, (capacity - reader->capacity) * sizeof *ticks);
    reader->ticks = ticks;
    reader->capacity = capacity;
    return true;
}

static bool digit_of(char c, unsigned base, unsigned *digit) {
    if (c >= '0' && c <= '9')
        *digit = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *digit = (unsigned)(c - 'a') + 10;
    else
        return false;
    return *digit < base;
}

/* The text of one number, `end` behind it; quotes are taken off. A hash is "0x..." or null. */
static bool parse_cell(const char *at, const char *end, column_kind kind, cell *number) {
    *number = (cell){0};
    if (kind == HASH && end - at == 4 && memcmp(at, "null", 4) == 0)
        return true;
    bool quoted = end - at >= 2 && at[0] == '"' && end[-1] == '"';
    if (quoted) {
        at++;
        end--;
    }
    if (kind == HASH && (!quoted || end - at < 3 || memcmp(at, "0x", 2) != 0))
        return false;
    unsigned base = kind == HASH ? 16 : 10, digit;
    if (kind == HASH)
        at += 2;
    number->negative = at < end && *at == '-';
    if (number->negative)
        at++;
    bool any = at < end;
    for (; at < end && digit_of(*at, base, &digit); at++) {
        if (number->magnitude > (UINT64_MAX - digit) / base)
            return false;
        number->magnitude = number->magnitude * base + digit;
    }
    return any && at == end;
}

static bool read_column(ticks_reader *reader, const tick_column *column, ta_json_span array,
                        char *why, size_t why_size) {
    ta_json_items items = ta_json_items_of(array);
    ta_json_span item;
    size_t count = 0;
    for (; ta_json_next_item(&items, &item); count++) {
        cell number;
        if (!make_room(reader, count)) {
            (void)snprintf(why, why_size, "ticks.%s has another length than the first column%s",
                           column->name, reader->counted ? "" : " (or there is no memory)");
            return false;
        }
        if (!parse_cell(item.at, item.end, column->kind, &number) ||
            !set_cell(&reader->ticks[count], column, number)) {
            (void)snprintf(why, why_size, "ticks.%s[%zu] is no number of its kind", column->name,
                           count);
            return false;
        }
    }
    if (!items.good || (reader->counted && count != reader->count)) {
        (void)snprintf(why, why_size, "ticks.%s %s", column->name,
                       items.good ? "has another length than the first column" : "is no array");
        return false;
    }
    reader->count = count;
    reader->counted = true;
    return true;
}

static bool phases_exist(const ticks_reader *reader, uint32_t phases, char *why, size_t why_size) {
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->ticks[i].phase < phases || (phases == 0 && reader->ticks[i].phase == 0))
            continue;
        (void)snprintf(why, why_size, "ticks.phase[%zu] is %" PRIu32 ", of %" PRIu32 " phases", i,
                       reader->ticks[i].phase, phases);
        return false;
    }
    return true;
}

bool ta_tick_columns_read(const char *text, size_t size, ta_result *result, char *why,
                          size_t why_size) {
    ticks_reader reader = {0};
    ta_json_span object = {text, text + size};
    bool good = true;
    for (unsigned i = 0; good && i < COLUMN_COUNT; i++) {
        ta_json_span array;
        good = ta_json_find_member(object, columns[i].name, &array);
        if (!good && is_of_rounds(&columns[i])) {
            good = true;
            continue;
        }
        if (!good)
            (void)snprintf(why, why_size, "ticks.%s is missing", columns[i].name);
        good = good && read_column(&reader, &columns[i], array, why, why_size);
    }
    good = good && phases_exist(&reader, result->phase_count, why, why_size);
    if (!good) {
        free(reader.ticks);
        return false;
    }
    result->ticks = reader.ticks;
    result->tick_count = reader.count;
    return true;
}
