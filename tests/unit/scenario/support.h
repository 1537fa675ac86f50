/* support.h: small helpers of the scenario tests.
 *
 *     expect_error("{'sed': 1}", "t.json:1:2: unknown key \"sed\"; did you mean \"seed\"?");
 *
 * In texts of scenarios ' stands for ", so that they can be read. */
#ifndef TEST_SCENARIO_SUPPORT_H
#define TEST_SCENARIO_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "scenario.h"

/* A smallest scenario around one phase; and around keys of the whole before the phases. */
#define PHASE      "{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10}"
#define WITH(keys) "{'seed': 1, " keys ", 'phases': [" PHASE "]}"
#define PHASES(p)  "{'seed': 1, 'phases': [" p "]}"

typedef struct bad_text {
    const char *text, *expected;
} bad_text;

static inline char *quoted(const char *text) {
    char *copy = strdup(text);
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

static inline ta_status parse_with(const char *text, const char *override, ta_scenario *scenario) {
    char *json = quoted(text), *exact = malloc(strlen(json) + 1);
    size_t size = strlen(json);
    memcpy(exact, json, size); /* without its zero, so that a sanitizer sees a read too far */
    char *tight = realloc(exact, size ? size : 1);
    ta_status status = ta_scenario_parse(tight, size, "t.json", override ? &override : NULL,
                                         override ? 1 : 0, scenario);
    free(tight);
    free(json);
    return status;
}

static inline ta_scenario *parsed(const char *text, const char *override) {
    static ta_scenario scenario;
    memset(&scenario, 0, sizeof scenario);
    ta_status status = parse_with(text, override, &scenario);
    cr_assert(ta_ok(status), "%s %s: %s", text, override ? override : "", status.text);
    return &scenario;
}

/* The text is refused with exactly these words, and the scenario is not written. */
static inline void expect_override_error(const char *text, const char *override,
                                         const char *expected) {
    static ta_scenario scenario, untouched;
    memset(&scenario, 0x5A, sizeof scenario);
    memset(&untouched, 0x5A, sizeof untouched);
    ta_status status = parse_with(text, override, &scenario);
    cr_expect(status.code == TA_BAD_INPUT, "%s: taken, should be refused: %s", text, expected);
    cr_expect_str_eq(status.text, expected, "for %.200s\n got %s\nwant %s", text, status.text,
                     expected);
    cr_expect(memcmp(&scenario, &untouched, sizeof scenario) == 0, "%s: was written", text);
}

static inline void expect_error(const char *text, const char *expected) {
    expect_override_error(text, NULL, expected);
}

static inline void expect_errors(const bad_text *table, size_t count) {
    for (size_t i = 0; i < count; i++)
        expect_error(table[i].text, table[i].expected);
}

#define EXPECT_ERRORS(table) expect_errors((table), sizeof(table) / sizeof *(table))

#endif
