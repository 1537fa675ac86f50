#define _GNU_SOURCE /* strnlen */
#include "budget.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

/* Where the reading stands in a budget's text, and what it will say when it cannot go on. */
typedef struct cursor {
    const char *text, *at;
    bool single_equals; /* the operator was "=", whatever it was read as */
    ta_status status;
} cursor;

static void skip_blanks(cursor *c) {
    while (*c->at == ' ' || *c->at == '\t')
        c->at++;
}

__attribute__((format(printf, 3, 4))) static bool fail_at(cursor *c, const char *at,
                                                          const char *format, ...) {
    char words[TA_STATUS_TEXT_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    c->status = ta_status_make(TA_BAD_INPUT, "budget \"%.128s\", column %zu: %s", c->text,
                               (size_t)(at - c->text) + 1, words);
    return false;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool read_metric(cursor *c, ta_metric *metric) {
    const char *start = c->at;
    while (is_word(*c->at))
        c->at++;
    size_t bytes = (size_t)(c->at - start);
    char name[TA_NAME_MAX];
    if (bytes == 0)
        return fail_at(c, start, "expected a metric's name, as in \"hot_allocs = 0\"");
    if (bytes >= sizeof name)
        return fail_at(c, start, "a metric's name of %zu bytes; none has more than 20", bytes);
    memcpy(name, start, bytes);
    name[bytes] = '\0';
    if (ta_metric_find_any(name, metric))
        return true;
    const char *nearest =
        ta_nearest_name(name, ta_metric_names, TA_METRIC_COUNT + TA_METRIC_SHORT_COUNT);
    if (nearest)
        return fail_at(c, start, "unknown metric \"%s\"; did you mean \"%s\"?", name, nearest);
    return fail_at(c, start, "unknown metric \"%s\"; docs/scenario_format.md lists them", name);
}

static bool is_hot_metric(ta_metric metric) {
    return metric == TA_METRIC_hot_allocs || metric == TA_METRIC_hot_bytes ||
           metric == TA_METRIC_hot_frees;
}

/* "[combat_tick]", or nothing. */
static bool read_hot_path(cursor *c, ta_budget *budget) {
    skip_blanks(c);
    if (*c->at != '[')
        return true;
    if (!is_hot_metric(budget->metric))
        return fail_at(c, c->at, "only hot_allocs, hot_bytes and hot_frees take a hot path");
    const char *start = c->at + 1, *end = strchr(start, ']');
    if (!end)
        return fail_at(c, c->at, "expected ']' after the hot path's name");
    size_t bytes = (size_t)(end - start);
    if (bytes == 0 || bytes >= sizeof budget->hot_path)
        return fail_at(c, start, "expected the name of a hot path, of 1 to %zu bytes",
                       sizeof budget->hot_path - 1);
    memcpy(budget->hot_path, start, bytes);
    budget->hot_path[bytes] = '\0';
    c->at = end + 1;
    return true;
}

/* What a single '=' says of a metric: this, and no worse. */
static ta_budget_operator no_worse(ta_metric metric) {
    static const ta_budget_operator ops[] = {[TA_BETTER_LOWER] = TA_BUDGET_LE,
                                             [TA_BETTER_HIGHER] = TA_BUDGET_GE,
                                             [TA_BETTER_NONE] = TA_BUDGET_EQ};
    return ops[ta_metric_table[metric].better];
}

static bool read_operator(cursor *c, ta_budget *budget) {
    skip_blanks(c);
    char first = c->at[0];
    bool doubled = first && c->at[1] == '=';
    c->single_equals = first == '=' && !doubled;
    if (first == '<')
        budget->op = doubled ? TA_BUDGET_LE : TA_BUDGET_LT;
    else if (first == '>')
        budget->op = doubled ? TA_BUDGET_GE : TA_BUDGET_GT;
    else if (first == '=')
        budget->op = doubled ? TA_BUDGET_EQ : no_worse(budget->metric);
    else
        return fail_at(c, c->at, "expected one of <, <=, =, ==, >=, >");
    c->at += doubled ? 2 : 1;
    return true;
}

/* A unit that may follow the number, for metrics of which unit, and what it multiplies by. */
typedef struct unit {
    const char *name, *of;
    double factor;
} unit;

static const unit units[] = {
    {"B", "B", 1},
    {"KiB", "B", 1024},
    {"MiB", "B", 1048576},
    {"GiB", "B", 1073741824},
    {"KiB", "MiB", 1.0 / 1024},
    {"MiB", "MiB", 1},
    {"GiB", "MiB", 1024},
    {"us", "ms", 0.001},
    {"ms", "ms", 1},
    {"s", "ms", 1000},
    {"%", "%", 1},
    {"fps", "1/s", 1},
};
enum { UNIT_COUNT = sizeof units / sizeof *units };

/* What the metric could have been followed by, as "B, KiB, MiB, GiB". */
static void units_of(const char *of, char *list, size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (int i = 0; i < UNIT_COUNT; i++)
        if (strcmp(units[i].of, of) == 0 && used < size)
            used +=
                (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "", units[i].name);
}

static bool read_unit(cursor *c, const char *of, double *factor) {
    skip_blanks(c);
    *factor = 1;
    const char *start = c->at;
    size_t bytes = strcspn(start, " \t");
    c->at += bytes;
    if (bytes == 0)
        return true;
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(units[i].of, of) == 0 && strlen(units[i].name) == bytes &&
            memcmp(units[i].name, start, bytes) == 0) {
            *factor = units[i].factor;
            return true;
        }
    }
    char list[64];
    units_of(of, list, sizeof list);
    int shown = bytes < 32 ? (int)bytes : 32;
    if (list[0] == '\0')
        return fail_at(c, start, "unexpected \"%.*s\": this metric is a plain count", shown, start);
    return fail_at(c, start, "unknown unit \"%.*s\"; expected one of %s", shown, start, list);
}

enum { LIMIT_TEXT_MAX = 40 };

/* Bytes that look like a number or a failed one: digits, points, an exponent and its sign. */
static size_t number_bytes(const char *text) {
    size_t bytes = strspn(text, "0123456789.");
    if (text[bytes] == 'e' || text[bytes] == 'E')
        bytes += text[bytes + 1] == '-' || text[bytes + 1] == '+' ? 2 : 1;
    return bytes + strspn(text + bytes, "0123456789");
}

/* strtod takes "1." and "1.e3" too, JSON and the schema do not. */
static bool has_bare_point(const char *digits) {
    const char *point = strchr(digits, '.');
    return point && (point[1] < '0' || point[1] > '9');
}

static bool read_limit(cursor *c, ta_budget *budget) {
    skip_blanks(c);
    const char *start = c->at;
    if (*start == '-')
        return fail_at(c, start, "expected a limit of zero or more");
    size_t bytes = number_bytes(start);
    char digits[LIMIT_TEXT_MAX + 1], *end;
    if (*start < '0' || *start > '9' || bytes > LIMIT_TEXT_MAX)
        return fail_at(c, start, "expected a number of at most %d characters", LIMIT_TEXT_MAX);
    memcpy(digits, start, bytes);
    digits[bytes] = '\0';
    double number = ta_number_read(digits, &end), factor;
    if (end != digits + bytes || has_bare_point(digits))
        return fail_at(c, start, "\"%s\" is not a number", digits);
    c->at += bytes;
    if (!read_unit(c, ta_metric_table[budget->metric].unit, &factor))
        return false;
    budget->limit = number * factor;
    if (!(budget->limit <= TA_BUDGET_LIMIT_MAX))
        return fail_at(c, start, "a limit of more than 2^53");
    skip_blanks(c);
    return *c->at == '\0' ? true : fail_at(c, c->at, "expected the end of the budget");
}

/* A promise that always holds or never can is a slip, and the first kind hides an empty world. */
static bool check_sense(cursor *c, const ta_budget *budget) {
    const ta_metric_info *info = &ta_metric_table[budget->metric];
    bool is_count = strcmp(info->unit, "") == 0 || strcmp(info->unit, "B") == 0;
    bool is_share = strcmp(info->unit, "%") == 0;
    double limit = budget->limit;
    if (budget->op == TA_BUDGET_GE && limit == 0 && c->single_equals)
        return fail_at(c, c->text,
                       "more is better of %s, so \"= 0\" is \">= 0\" and promises nothing; for "
                       "exactly none write \"== 0\"",
                       info->name);
    if (budget->op == TA_BUDGET_GE && limit == 0)
        return fail_at(c, c->text, "\">= 0\" promises nothing");
    if (budget->op == TA_BUDGET_LT && limit == 0)
        return fail_at(c, c->text, "\"< 0\" can never hold; did you mean \"%s 0\"?",
                       info->better == TA_BETTER_HIGHER ? "<=" : "=");
    if (budget->op == TA_BUDGET_EQ && is_count && limit != floor(limit))
        return fail_at(c, c->text, "a count is never equal to a fraction");
    if (budget->op == TA_BUDGET_EQ && info->kind == TA_METRIC_TIMED && !is_count && !is_share)
        return fail_at(c, c->text,
                       "%s is measured and never exactly equal; use <= or >=", info->name);
    if (is_share && limit == 100 && budget->op == TA_BUDGET_LE)
        return fail_at(c, c->text, "a share is never more than 100 %%: this promises nothing");
    if (is_share && (limit > 100 || (limit == 100 && budget->op == TA_BUDGET_GT)))
        return fail_at(c, c->text, "a share of more than 100 %% can never be reached");
    return true;
}

ta_status ta_budget_parse(const char *text, ta_budget *budget) {
    ta_budget parsed = {.metric = TA_METRIC_COUNT};
    cursor c = {.text = text, .at = text, .status = ta_status_ok()};
    size_t bytes = strnlen(text, sizeof parsed.text);
    if (bytes == sizeof parsed.text)
        return ta_status_make(TA_BAD_INPUT, "a budget of more than %d bytes",
                              TA_SCENARIO_TEXT_MAX - 1);
    skip_blanks(&c);
    if (read_metric(&c, &parsed.metric) && read_hot_path(&c, &parsed) &&
        read_operator(&c, &parsed) && read_limit(&c, &parsed) && check_sense(&c, &parsed)) {
        memcpy(parsed.text, text, bytes + 1);
        *budget = parsed;
    }
    return c.status;
}

ta_budget ta_budget_implied(ta_metric metric, const char *sign, uint64_t limit) {
    ta_budget budget = {.metric = metric};
    char text[TA_SCENARIO_TEXT_MAX];
    snprintf(text, sizeof text, "%s %s %llu", ta_metric_names[metric], sign,
             (unsigned long long)limit);
    ta_status status = ta_budget_parse(text, &budget);
    assert(ta_ok(status));
    (void)status;
    return budget;
}
