/* figure_text.h: numbers and names as a person reads them: separators, sensible decimals, ASCII.
 *
 *     fprintf(out, "%s allocations, %s\n", ta_count_text(812).text, ta_bytes_text(26624).text);
 *
 * Texts are values. Nothing here allocates beyond stdio; any thread. */
#ifndef TA_REPORT_FIGURE_TEXT_H
#define TA_REPORT_FIGURE_TEXT_H

#include <stdio.h>

#include "metrics.h"
#include "result.h"

typedef struct ta_figure_text {
    char text[64];
} ta_figure_text;

typedef struct ta_ascii_text {
    char text[TA_RESULT_TEXT_MAX];
} ta_ascii_text;

typedef enum ta_colour { TA_PLAIN, TA_GREEN, TA_RED, TA_YELLOW } ta_colour;

/* 1,234,567 */
ta_figure_text ta_count_text(uint64_t count);

/* The same in at most `width` characters: 1,234,567, else 1234567, else 1.2M. */
ta_figure_text ta_count_fit(uint64_t count, unsigned width);

/* 512 B, 26.0 KiB, 1.5 MiB */
ta_figure_text ta_bytes_text(double bytes);

/* A number with separators and `decimals` of them. */
ta_figure_text ta_number_text(double value, int decimals);

/* A metric's value without its unit; "unknown" when it is not known. */
ta_figure_text ta_metric_text(ta_metric metric, double value, bool known);

/* With as many decimals as it takes to tell the value from `other` when they are not the same. */
ta_figure_text ta_metric_text_against(ta_metric metric, double value, bool known, double other);

/* What the difference is: "same", "+48 (new)", "-1.5 (-12.0 %)", "unknown". From zero there is no
 * percentage, nor from below. */
ta_figure_text ta_difference_text(ta_metric metric, double pre, double post, bool known);

/* " ms", " MiB", "": a metric's unit with a blank before it. */
ta_figure_text ta_unit_text(ta_metric metric);

/* Somebody else's text on a terminal: control characters and what is not ASCII become '?'. */
ta_ascii_text ta_ascii(const char *text);

/* Prints the words of `text` in lines of at most `width` columns, each but the first indented by
 * `indent` blanks; `column` is where the first word begins. Ends the last line. */
void ta_print_wrapped(FILE *out, const char *text, unsigned column, unsigned indent,
                      unsigned width);

/* `text` in a colour, or plain. */
void ta_print_coloured(FILE *out, const char *text, ta_colour colour, bool coloured);

/* Green for what is well, red for a fail, yellow for what cannot be told. */
ta_colour ta_verdict_colour(ta_verdict verdict);

/* "PASS", "FAIL" ... for reading. */
ta_figure_text ta_verdict_text(ta_verdict verdict);

#endif
