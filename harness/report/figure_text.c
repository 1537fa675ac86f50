#include "figure_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "arm.h"

/* Puts a comma before every third digit of the whole part. */
static ta_figure_text with_separators(const char *plain) {
    ta_figure_text result = {""};
    size_t sign = strspn(plain, "-+"), digits = strspn(plain + sign, "0123456789");
    size_t used = 0, length = strlen(plain);
    for (size_t i = 0; i < length && used + 2 < sizeof result.text; i++) {
        size_t left = sign + digits - i; /* digits of the whole part from here on */
        if (i > sign && i < sign + digits && left % 3 == 0)
            result.text[used++] = ',';
        result.text[used++] = plain[i];
    }
    result.text[used] = '\0';
    return result;
}

ta_figure_text ta_count_text(uint64_t count) {
    char plain[32];
    (void)snprintf(plain, sizeof plain, "%" PRIu64, count);
    return with_separators(plain);
}

ta_figure_text ta_count_fit(uint64_t count, unsigned width) {
    ta_figure_text result = ta_count_text(count);
    if (strlen(result.text) <= width)
        return result;
    (void)snprintf(result.text, sizeof result.text, "%" PRIu64, count);
    static const char units[] = "kMGTPE";
    double scaled = (double)count;
    for (const char *unit = units; *unit && strlen(result.text) > width; unit++) {
        scaled /= 1000;
        (void)snprintf(result.text, sizeof result.text, "%.1f%c", scaled, *unit);
    }
    return result;
}

ta_figure_text ta_bytes_text(double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;
    for (; fabs(bytes) >= 1024 && unit < 4; unit++)
        bytes /= 1024;
    ta_figure_text number = ta_number_text(bytes, unit ? 1 : 0), result;
    (void)snprintf(result.text, sizeof result.text, "%.40s %s", number.text, units[unit]);
    return result;
}

ta_figure_text ta_number_text(double value, int decimals) {
    char plain[64];
    if (fabs(value) >= 1e18) {
        ta_figure_text huge;
        (void)snprintf(huge.text, sizeof huge.text, "%.4g", value);
        return huge;
    }
    (void)snprintf(plain, sizeof plain, "%.*f", decimals, value);
    if (plain[0] == '-' && strspn(plain + 1, "0.") == strlen(plain + 1))
        memmove(plain, plain + 1, strlen(plain)); /* no "-0.0" */
    return with_separators(plain);
}

/* Decimals that a reader can use; fewer than were measured. */
static int shown_decimals(ta_metric metric) {
    int measured = ta_metric_decimals(metric);
    return measured > 3 ? (strcmp(ta_metric_table[metric].unit, "%") == 0 ? 2 : 3)
                        : (measured ? 1 : 0);
}

static ta_figure_text unknown_text(void) {
    return (ta_figure_text){"unknown"};
}

ta_figure_text ta_metric_text(ta_metric metric, double value, bool known) {
    return known ? ta_number_text(value, shown_decimals(metric)) : unknown_text();
}

ta_figure_text ta_metric_text_against(ta_metric metric, double value, bool known, double other) {
    if (!known)
        return unknown_text();
    for (int decimals = shown_decimals(metric); decimals <= ta_metric_decimals(metric);
         decimals++) {
        ta_figure_text text = ta_number_text(value, decimals);
        if (strcmp(text.text, ta_number_text(other, decimals).text) != 0)
            return text;
    }
    return ta_number_text(value, shown_decimals(metric));
}

/* Decimals in which the difference does not vanish. */
static ta_figure_text signed_text(ta_metric metric, double difference) {
    ta_figure_text number = ta_metric_text_against(metric, difference, true, 0), result;
    (void)snprintf(result.text, sizeof result.text, "%s%.40s", difference > 0 ? "+" : "",
                   number.text);
    return result;
}

ta_figure_text ta_difference_text(ta_metric metric, double pre, double post, bool known) {
    if (!known)
        return unknown_text();
    double difference = post - pre;
    int decimals = ta_metric_decimals(metric);
    if (fabs(difference) <= (decimals ? pow(10, -decimals) : 0))
        return (ta_figure_text){"same"};
    ta_figure_text number = signed_text(metric, difference), result = number;
    if (pre > 0)
        (void)snprintf(result.text, sizeof result.text, "%.30s (%+.1f %%)", number.text,
                       100 * difference / pre);
    else if (!(pre < 0))
        (void)snprintf(result.text, sizeof result.text, "%.40s (new)", number.text);
    return result;
}

ta_figure_text ta_unit_text(ta_metric metric) {
    const char *unit = ta_metric_table[metric].unit;
    ta_figure_text result = {""};
    if (*unit && strcmp(unit, "1/s") != 0)
        (void)snprintf(result.text, sizeof result.text, " %s", unit);
    return result;
}

/* A character of several bytes becomes one mark, not several. */
ta_ascii_text ta_ascii(const char *text) {
    ta_ascii_text result;
    size_t used = 0;
    for (; *text && used + 1 < sizeof result.text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c & 0xc0) == 0x80)
            continue;
        bool printable = c >= 0x20 && c < 0x7f;
        result.text[used++] = *(printable ? text : "?");
    }
    result.text[used] = '\0';
    return result;
}

void ta_print_wrapped(FILE *out, const char *text, unsigned column, unsigned indent,
                      unsigned width) {
    bool first = true;
    while (*(text += strspn(text, " "))) {
        unsigned length = (unsigned)strcspn(text, " ");
        if (!first && column + 1 + length > width) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fprintf(out, "%.*s", (int)length, text);
        column += length;
        text += length;
        first = false;
    }
    (void)fputc('\n', out);
}

void ta_print_coloured(FILE *out, const char *text, ta_colour colour, bool coloured) {
    static const char *const codes[] = {
        [TA_PLAIN] = "", [TA_GREEN] = "\033[32m", [TA_RED] = "\033[31m", [TA_YELLOW] = "\033[33m"};
    bool marked = coloured && colour != TA_PLAIN;
    (void)fprintf(out, "%s%s%s", marked ? codes[colour] : "", text, marked ? "\033[0m" : "");
}

ta_colour ta_verdict_colour(ta_verdict verdict) {
    switch (verdict) {
    case TA_VERDICT_PASS:
    case TA_VERDICT_IMPROVED:
        return TA_GREEN;
    case TA_VERDICT_FAIL:
    case TA_VERDICT_PARTIAL:
        return TA_RED;
    case TA_VERDICT_INCONCLUSIVE:
    case TA_VERDICT_NONE:
        break;
    }
    return TA_YELLOW;
}

ta_figure_text ta_verdict_text(ta_verdict verdict) {
    ta_figure_text result;
    (void)snprintf(result.text, sizeof result.text, "%s", ta_verdict_name(verdict));
    for (char *c = result.text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return result;
}
