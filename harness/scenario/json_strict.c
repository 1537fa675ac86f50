#include "json_strict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "utf8.h"

/* One open object or array, for the path of an error. */
typedef struct level {
    const unsigned char
        *key; /* the last key read, as written; NULL in an array or before the first */
    size_t key_bytes;
    bool is_array;
    unsigned index;
} level;

typedef struct scanner {
    const unsigned char *text;
    size_t size, offset;
    uint32_t line, column;
    uint32_t key_line, key_column; /* of the value that comes next */
    unsigned depth;
    level levels[TA_JSON_DEPTH_MAX];
    ta_json_position *positions;
    unsigned capacity, count;
    ta_json_error *error;
} scanner;

static int look(const scanner *s) {
    return s->offset < s->size ? s->text[s->offset] : -1;
}

static void step(scanner *s) {
    unsigned char byte = s->text[s->offset++];
    if (byte == '\n') {
        s->line++;
        s->column = 1;
    } else if ((byte & 0xC0) != 0x80) { /* the rest of a character takes no column of its own */
        s->column++;
    }
}

static void write_path(const scanner *s, char *path) {
    size_t used = 0;
    path[0] = '\0';
    for (unsigned i = 0; i < s->depth; i++) {
        const level *at = &s->levels[i];
        int wrote = 0;
        if (at->is_array)
            wrote = snprintf(path + used, TA_JSON_PATH_MAX - used, "[%u]", at->index);
        else if (at->key)
            wrote = snprintf(path + used, TA_JSON_PATH_MAX - used, "%s%.*s", used ? "." : "",
                             at->key_bytes < 64 ? (int)at->key_bytes : 64, (const char *)at->key);
        used += (size_t)wrote;
        if (used >= TA_JSON_PATH_MAX)
            return;
    }
}

__attribute__((format(printf, 4, 5))) static bool
fail_at(scanner *s, uint32_t line, uint32_t column, const char *format, ...) {
    s->error->line = line;
    s->error->column = column;
    write_path(s, s->error->path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->error->text, sizeof s->error->text, format, arguments);
    va_end(arguments);
    return false;
}

/* "expected WHAT, found ..." at the place where the scanner stands. */
static bool fail_expected(scanner *s, const char *what) {
    int c = look(s);
    if (c < 0)
        return fail_at(s, s->line, s->column, "expected %s, found the end: it is unfinished", what);
    if (c > 0x20 && c < 0x7F)
        return fail_at(s, s->line, s->column, "expected %s, found '%c'", what, c);
    return fail_at(s, s->line, s->column, "expected %s, found the byte 0x%02X", what, (unsigned)c);
}

static void skip_space(scanner *s) {
    for (int c = look(s); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = look(s))
        step(s);
}

/* The four hexadecimal digits after \u. */
static bool scan_unit(scanner *s, unsigned *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int c = look(s);
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return fail_expected(s, "four hexadecimal digits after \\u");
        *unit = *unit * 16 + digit;
        step(s);
    }
    return true;
}

static bool scan_unicode_escape(scanner *s, uint32_t line, uint32_t column) {
    unsigned unit, low;
    if (!scan_unit(s, &unit))
        return false;
    if (ta_code_is_control(unit))
        return fail_at(s, line, column, "a text may not hold the control character \\u%04X", unit);
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    if (unit > 0xDBFF || look(s) != '\\')
        return fail_at(s, line, column, "\\u%04X is half of a character", unit);
    step(s);
    if (look(s) != 'u')
        return fail_at(s, line, column, "\\u%04X is half of a character", unit);
    step(s);
    if (!scan_unit(s, &low))
        return false;
    if (low < 0xDC00 || low > 0xDFFF)
        return fail_at(s, line, column, "\\u%04X is half of a character", unit);
    return true;
}

static bool scan_escape(scanner *s) {
    uint32_t line = s->line, column = s->column;
    step(s);
    int c = look(s);
    switch (c) {
    case '"':
    case '\\':
    case '/':
        step(s);
        return true;
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return fail_at(s, line, column, "a text may not hold the control character \\%c", c);
    case 'u':
        step(s);
        return scan_unicode_escape(s, line, column);
    default:
        return fail_expected(s, "one of \" \\ / u after a backslash");
    }
}

/* The scanner stands at the opening quote. */
static bool scan_text(scanner *s) {
    uint32_t line = s->line, column = s->column;
    step(s);
    for (;;) {
        int c = look(s);
        if (c < 0)
            return fail_at(s, line, column, "the text that begins here has no closing '\"'");
        if (c == '"') {
            step(s);
            return true;
        }
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
            continue;
        }
        const unsigned char *at = s->text + s->offset;
        size_t bytes = ta_utf8_bytes(at, s->size - s->offset);
        if (bytes == 0)
            return fail_at(s, s->line, s->column, "the byte 0x%02X is not UTF-8", (unsigned)c);
        if (c == '\n' || c == '\r')
            return fail_at(s, line, column, "the text that begins here has no '\"' on its line");
        if (ta_utf8_is_control(at, bytes))
            return fail_at(s, s->line, s->column,
                           "a text may not hold the control character 0x%02X",
                           (unsigned)at[bytes - 1]);
        for (size_t i = 0; i < bytes; i++)
            step(s);
    }
}

static bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

static bool scan_digits(scanner *s, const char *where) {
    if (!is_digit(look(s)))
        return fail_expected(s, where);
    while (is_digit(look(s)))
        step(s);
    return true;
}

/* The grammar alone: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static bool scan_number_shape(scanner *s, bool *whole) {
    *whole = true;
    if (look(s) == '-')
        step(s);
    if (look(s) == '0') {
        step(s);
        if (is_digit(look(s)) || look(s) == 'x' || look(s) == 'X')
            return fail_at(s, s->line, s->column, "a number may not begin with a zero");
    } else if (!scan_digits(s, "a digit")) {
        return false;
    }
    if (look(s) == '.') {
        *whole = false;
        step(s);
        if (!scan_digits(s, "a digit after the point"))
            return false;
    }
    if (look(s) == 'e' || look(s) == 'E') {
        *whole = false;
        step(s);
        if (look(s) == '+' || look(s) == '-')
            step(s);
        return scan_digits(s, "a digit of the exponent");
    }
    return true;
}

static bool scan_number(scanner *s) {
    uint32_t line = s->line, column = s->column;
    size_t start = s->offset;
    bool whole;
    if (!scan_number_shape(s, &whole))
        return false;
    size_t bytes = s->offset - start;
    if (bytes > TA_JSON_NUMBER_BYTES_MAX)
        return fail_at(s, line, column, "a number of %zu characters; at most %d are read", bytes,
                       TA_JSON_NUMBER_BYTES_MAX);
    char digits[TA_JSON_NUMBER_BYTES_MAX + 1];
    memcpy(digits, s->text + start, bytes);
    digits[bytes] = '\0';
    if (!isfinite(ta_number_read(digits, NULL)))
        return fail_at(s, line, column, "%s is too large for a number", digits);
    if (whole && (strtoull(digits + (digits[0] == '-'), NULL, 10) > TA_JSON_WHOLE_MAX))
        return fail_at(s, line, column,
                       "%s is too large to be exact; whole numbers go up to 9007199254740992",
                       digits);
    return true;
}

/* The words that other notations have and JSON has not. */
static bool fail_value(scanner *s) {
    static const char *const not_json[] = {"NaN",   "nan",  "Infinity", "inf",   "True",
                                           "False", "None", "TRUE",     "FALSE", "NULL"};
    const char *rest = (const char *)s->text + s->offset;
    size_t left = s->size - s->offset;
    for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
        size_t bytes = strlen(not_json[i]);
        if (bytes <= left && memcmp(rest, not_json[i], bytes) == 0)
            return fail_at(s, s->line, s->column, "expected a value, found %s, which is not JSON",
                           not_json[i]);
    }
    switch (look(s)) {
    case '\'':
        return fail_at(s, s->line, s->column, "expected a value; texts stand in double quotes");
    case '/':
    case '#':
        return fail_at(s, s->line, s->column, "expected a value; JSON has no comments");
    case '+':
    case '.':
        return fail_at(s, s->line, s->column,
                       "expected a value; a number begins with a digit or '-'");
    default:
        return fail_expected(s, "a value");
    }
}

static bool scan_word(scanner *s, const char *word) {
    size_t bytes = strlen(word);
    if (s->size - s->offset < bytes || memcmp(s->text + s->offset, word, bytes) != 0)
        return fail_value(s);
    for (size_t i = 0; i < bytes; i++)
        step(s);
    return true;
}

static bool scan_value(scanner *s);

static bool open_level(scanner *s, bool is_array) {
    if (s->depth == TA_JSON_DEPTH_MAX)
        return fail_at(s, s->line, s->column, "nested more than %d deep", TA_JSON_DEPTH_MAX);
    s->levels[s->depth++] = (level){.is_array = is_array};
    step(s);
    skip_space(s);
    return true;
}

static bool close_level(scanner *s) {
    s->depth--;
    step(s);
    return true;
}

/* After a value: true with *more set when a comma follows, or clear when `closing` stands here. */
static bool scan_separator(scanner *s, int closing, const char *expected, bool *more) {
    skip_space(s);
    *more = look(s) == ',';
    if (!*more)
        return look(s) == closing ? true : fail_expected(s, expected);
    uint32_t line = s->line, column = s->column;
    step(s);
    skip_space(s);
    if (look(s) == closing)
        return fail_at(s, line, column, "the comma before '%c' is one too many", closing);
    return true;
}

static bool scan_key(scanner *s) {
    level *at = &s->levels[s->depth - 1];
    at->key = NULL; /* what goes wrong in a key is the object's fault */
    if (look(s) != '"')
        return fail_expected(s, "a key in double quotes");
    uint32_t line = s->line, column = s->column;
    size_t start = s->offset;
    if (!scan_text(s))
        return false;
    size_t end = s->offset;
    skip_space(s);
    if (look(s) != ':')
        return fail_expected(s, "':' after the key");
    step(s);
    at->key = s->text + start + 1;
    at->key_bytes = end - start - 2;
    s->key_line = line;
    s->key_column = column;
    return true;
}

static bool scan_object(scanner *s) {
    if (!open_level(s, false))
        return false;
    bool more = look(s) != '}';
    while (more) {
        if (!scan_key(s) || !scan_value(s))
            return false;
        if (!scan_separator(s, '}', "',' or '}'", &more))
            return false;
    }
    return close_level(s);
}

static bool scan_array(scanner *s) {
    if (!open_level(s, true))
        return false;
    bool more = look(s) != ']';
    while (more) {
        if (!scan_value(s))
            return false;
        s->levels[s->depth - 1].index++;
        if (!scan_separator(s, ']', "',' or ']'", &more))
            return false;
    }
    return close_level(s);
}

static bool record_position(scanner *s) {
    if (s->count == s->capacity)
        return fail_at(s, s->line, s->column, "more than %u values", s->capacity);
    s->positions[s->count++] = (ta_json_position){s->line, s->column, s->key_line, s->key_column};
    s->key_line = s->key_column = 0;
    return true;
}

/* Recursion ends at TA_JSON_DEPTH_MAX. */
static bool scan_value(scanner *s) {
    skip_space(s);
    int c = look(s);
    if (!record_position(s))
        return false;
    switch (c) {
    case '{':
        return scan_object(s);
    case '[':
        return scan_array(s);
    case '"':
        return scan_text(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return c == '-' || is_digit(c) ? scan_number(s) : fail_value(s);
    }
}

static bool refuse_marks(scanner *s) {
    static const char *const marks[] = {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"};
    for (int i = 0; i < 3; i++) {
        size_t bytes = strlen(marks[i]);
        if (s->size >= bytes && memcmp(s->text, marks[i], bytes) == 0)
            return fail_at(s, 1, 1, "begins with a byte-order mark; save it as UTF-8 without one");
    }
    return true;
}

bool ta_json_scan(const char *text, size_t size, ta_json_position *positions, unsigned capacity,
                  unsigned *count, ta_json_error *error) {
    scanner s = {.text = (const unsigned char *)text,
                 .size = size,
                 .line = 1,
                 .column = 1,
                 .positions = positions,
                 .capacity = capacity,
                 .error = error};
    *count = 0;
    if (!refuse_marks(&s))
        return false;
    skip_space(&s);
    if (s.offset == size)
        return fail_at(&s, 1, 1, "is empty; expected an object");
    if (!scan_value(&s))
        return false;
    skip_space(&s);
    if (s.offset != size)
        return fail_expected(&s, "the end after the last bracket");
    *count = s.count;
    return true;
}
