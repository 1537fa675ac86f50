#include "csv_row.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum column_kind { TEXT, METRIC, SEED, STATE_HASH, VERDICT } column_kind;

typedef struct column_info {
    const char *name;
    column_kind kind;
    size_t offset, size; /* of a text in ta_arm */
    ta_metric metric;
} column_info;

#define TEXT_COLUMN(name, field)                                                                   \
    { (name), TEXT, offsetof(ta_arm, field), sizeof(((ta_arm *)NULL)->field), TA_METRIC_COUNT }
#define METRIC_COLUMN(name)                                                                        \
    { #name, METRIC, 0, 0, TA_METRIC_##name }

/* The order is the format: the first eleven are the seed's. */
static const column_info columns[] = {
    TEXT_COLUMN("timestamp", timestamp),
    TEXT_COLUMN("phase", label),
    TEXT_COLUMN("pre_post", pre_post),
    METRIC_COLUMN(avg_fps),
    METRIC_COLUMN(p95_ms),
    METRIC_COLUMN(mem_growth_mb),
    METRIC_COLUMN(enemy_final),
    METRIC_COLUMN(enemy_peak),
    METRIC_COLUMN(frames_below_30),
    METRIC_COLUMN(spikes_over_50ms),
    TEXT_COLUMN("notes", notes),
    TEXT_COLUMN("scenario", scenario),
    {"seed", SEED, 0, 0, TA_METRIC_COUNT},
    TEXT_COLUMN("run_id", run_id),
    METRIC_COLUMN(hot_allocs),
    METRIC_COLUMN(allocs_per_tick_max),
    METRIC_COLUMN(live_bytes_growth),
    METRIC_COLUMN(rss_growth_mb),
    METRIC_COLUMN(fps_stability_pct),
    {"state_hash", STATE_HASH, 0, 0, TA_METRIC_COUNT},
    TEXT_COLUMN("allocator", allocator),
    TEXT_COLUMN("revision", revision),
    TEXT_COLUMN("machine", machine),
    {"verdict", VERDICT, 0, 0, TA_METRIC_COUNT},
};
_Static_assert(sizeof columns / sizeof *columns == TA_CSV_COLUMNS, "one entry per column");

const char ta_csv_header[] =
    "timestamp,phase,pre_post,avg_fps,p95_ms,mem_growth_mb,enemy_final,enemy_peak,frames_below_30,"
    "spikes_over_50ms,notes,scenario,seed,run_id,hot_allocs,allocs_per_tick_max,live_bytes_growth,"
    "rss_growth_mb,fps_stability_pct,state_hash,allocator,revision,machine,verdict\n";

enum { CELL_BYTES_MAX = 1024 }; /* the longest text with its apostrophe, unquoted */

/* A spreadsheet runs a cell that begins like this. Blanks before it are no protection, and
 * apostrophes are looked through so that taking one away always gives the text back. */
static bool looks_like_formula(const char *text) {
    char first = text[strspn(text, "' ")];
    return first != '\0' && strchr("=+-@\t", first);
}

static void clean_text(const char *text, char cell[CELL_BYTES_MAX]) {
    (void)snprintf(cell, CELL_BYTES_MAX, "%s%s", looks_like_formula(text) ? "'" : "", text);
    for (char *c = cell; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            *c = ' ';
}

/* As many decimals as were measured, and no zeros at their end. */
static void number_text(double value, ta_metric metric, char cell[CELL_BYTES_MAX]) {
    int length = snprintf(cell, CELL_BYTES_MAX, "%.*f", ta_metric_decimals(metric), value);
    if (strchr(cell, '.')) {
        while (length > 0 && cell[length - 1] == '0')
            cell[--length] = '\0';
        if (length > 0 && cell[length - 1] == '.')
            cell[--length] = '\0';
    }
    if (strcmp(cell, "-0") == 0)
        (void)snprintf(cell, CELL_BYTES_MAX, "0");
}

static const char *text_of(const ta_arm *arm, const column_info *column) {
    return (const char *)arm + column->offset;
}

static void cell_text(const ta_arm *arm, const column_info *column, char cell[CELL_BYTES_MAX]) {
    cell[0] = '\0';
    switch (column->kind) {
    case TEXT:
        clean_text(text_of(arm, column), cell);
        break;
    case METRIC:
        if (arm->known[column->metric] && isfinite(arm->value[column->metric]))
            number_text(arm->value[column->metric], column->metric, cell);
        break;
    case SEED:
        if (arm->seed_known)
            (void)snprintf(cell, CELL_BYTES_MAX, "%" PRIu64, arm->seed);
        break;
    case STATE_HASH:
        if (arm->state_hash_known)
            (void)snprintf(cell, CELL_BYTES_MAX, "0x%016" PRIx64, arm->state_hash);
        break;
    case VERDICT:
        if (arm->verdict_known)
            (void)snprintf(cell, CELL_BYTES_MAX, "%s", ta_verdict_name(arm->verdict));
        break;
    }
}

/* csv_write quotes always; what needs no quotes goes without, so that cut and awk can read it. */
static size_t put_cell(char *to, size_t room, const char *cell) {
    size_t length = strlen(cell);
    bool blanks = length > 0 && (strchr(" \t", cell[0]) || strchr(" \t", cell[length - 1]));
    if (blanks || strpbrk(cell, ",\"\r\n"))
        return csv_write(to, room, cell, length);
    (void)snprintf(to, room, "%s", cell);
    return length;
}

size_t ta_csv_row_format(const ta_arm *arm, char text[TA_CSV_ROW_BYTES_MAX]) {
    _Static_assert(sizeof(ta_arm) - sizeof((ta_arm){0}.value) - sizeof((ta_arm){0}.judged) <
                       TA_CSV_ROW_BYTES_MAX / 2,
                   "a row of the longest texts fits");
    size_t used = 0;
    for (unsigned i = 0; i < TA_CSV_COLUMNS; i++) {
        char cell[CELL_BYTES_MAX];
        cell_text(arm, &columns[i], cell);
        used += put_cell(text + used, TA_CSV_ROW_BYTES_MAX - used, cell);
        text[used++] = i + 1 < TA_CSV_COLUMNS ? ',' : '\n';
    }
    return used;
}

/* What libcsv's callback fills, cell by cell. */
typedef struct row_reader {
    ta_arm *arm; /* NULL when cells are only counted */
    size_t cells;
    const char *bad_column; /* the first whose text could not be understood */
} row_reader;

static bool parse_number(const char *text, size_t length, double *value) {
    char *end;
    if (strspn(text, "0123456789+-.eE") != length)
        return false; /* no nan, inf, hexadecimal or blanks */
    *value = strtod(text, &end);
    return end == text + length && isfinite(*value);
}

static bool parse_u64(const char *text, size_t length, int base, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, base);
    return errno == 0 && end == text + length && *text != '-' && *text != '+';
}

static void take_text(ta_arm *arm, const column_info *column, const char *text) {
    if (*text == '\'' && looks_like_formula(text))
        text++;
    (void)snprintf((char *)arm + column->offset, column->size, "%s", text);
}

static bool take_cell(ta_arm *arm, const column_info *column, const char *text, size_t length) {
    if (column->kind == TEXT) {
        take_text(arm, column, text);
        return true;
    }
    if (length == 0)
        return true;
    switch (column->kind) {
    case METRIC:
        arm->known[column->metric] = parse_number(text, length, &arm->value[column->metric]);
        return arm->known[column->metric];
    case SEED:
        return arm->seed_known = parse_u64(text, length, 10, &arm->seed);
    case STATE_HASH:
        return arm->state_hash_known =
                   strncmp(text, "0x", 2) == 0 && parse_u64(text, length, 16, &arm->state_hash);
    case VERDICT:
        return arm->verdict_known = ta_verdict_find(text, &arm->verdict);
    case TEXT:
        break;
    }
    return false;
}

/* libcsv ends each cell with a zero (CSV_APPEND_NULL); a zero within ends a text there. */
static void on_cell(void *text, size_t length, void *data) {
    row_reader *reader = data;
    size_t index = reader->cells++;
    if (!reader->arm || index >= TA_CSV_COLUMNS)
        return;
    if (!take_cell(reader->arm, &columns[index], text ? text : "", length) && !reader->bad_column)
        reader->bad_column = columns[index].name;
}

static bool read_cells(const char *line, size_t length, row_reader *reader) {
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    bool good = csv_parse(&parser, line, length, on_cell, NULL, reader) == length &&
                csv_fini(&parser, on_cell, NULL, reader) == 0;
    csv_free(&parser);
    return good;
}

bool ta_csv_count_cells(const char *line, size_t length, size_t *cells) {
    row_reader reader = {0};
    bool good = read_cells(line, length, &reader);
    *cells = reader.cells;
    return good;
}

bool ta_csv_row_parse(const char *line, size_t length, ta_arm *arm, char *why, size_t why_size) {
    memset(arm, 0, sizeof *arm);
    row_reader reader = {.arm = arm};
    bool good = read_cells(line, length, &reader);
    why[0] = '\0';
    if (!good)
        (void)snprintf(why, why_size, "not CSV: a quote stands wrong or is never closed");
    else if (reader.cells != TA_CSV_COLUMNS)
        (void)snprintf(why, why_size, "%zu of %d cells", reader.cells, TA_CSV_COLUMNS);
    else if (reader.bad_column)
        (void)snprintf(why, why_size, "column %s cannot be read", reader.bad_column);
    else
        return true;
    memset(arm, 0, sizeof *arm);
    return false;
}

typedef struct header_reader {
    size_t cells;
    bool differs;
} header_reader;

static void on_header_cell(void *text, size_t length, void *data) {
    header_reader *reader = data;
    size_t index = reader->cells++;
    const char *name = index < TA_CSV_COLUMNS ? columns[index].name : "";
    if (!text || strlen(name) != length || memcmp(name, text, length) != 0)
        reader->differs = true;
}

bool ta_csv_is_header(const char *line, size_t length) {
    struct csv_parser parser;
    header_reader reader = {0};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return false;
    bool good = csv_parse(&parser, line, length, on_header_cell, NULL, &reader) == length &&
                csv_fini(&parser, on_header_cell, NULL, &reader) == 0;
    csv_free(&parser);
    return good && !reader.differs && reader.cells == TA_CSV_COLUMNS;
}
