/* Files of suppressions: what is read, and what is refused with which words. */
#define _GNU_SOURCE /* strdup */
#include "support.h"

#include "suppressions.h"

static ta_status parse_text(const char *text, ta_suppressions *suppressions) {
    char *json = quoted(text), *tight = malloc(strlen(json) ? strlen(json) : 1);
    memcpy(tight, json, strlen(json)); /* without its zero: a read too far is seen */
    ta_status status = ta_suppressions_parse(tight, strlen(json), "s.json", suppressions);
    free(tight);
    free(json);
    return status;
}

Test(suppressions, a_file_is_read_in_its_order) {
    ta_suppressions s;
    ta_status status =
        parse_text("{'schema': 'tickaudit-suppressions/1', 'suppressions': ["
                   "{'hot-path': 'combat_*', 'function': 'g_log*', 'module': 'libglib-*',"
                   " 'reason': 'it logs', 'expires': '2027-01-31'},"
                   "{'reason': 'no date', 'function': 'f'}, {'module': 'm', 'reason': 'r'},"
                   "{'hot-path': 'h', 'reason': 'r'}]}",
                   &s);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_str_eq(s.path, "s.json");
    cr_assert_eq(s.count, 4);
    cr_expect_str_eq(s.items[0].hot_path, "combat_*");
    cr_expect_str_eq(s.items[0].function, "g_log*");
    cr_expect_str_eq(s.items[0].module, "libglib-*");
    cr_expect_str_eq(s.items[0].reason, "it logs");
    cr_expect_str_eq(s.items[0].expires, "2027-01-31");
    cr_expect_str_eq(s.items[1].function, "f");
    cr_expect_str_eq(s.items[1].hot_path, "");
    cr_expect_str_eq(s.items[1].module, "");
    cr_expect_str_eq(s.items[1].expires, "");
    cr_expect_str_eq(s.items[2].module, "m");
    cr_expect_str_eq(s.items[3].hot_path, "h");
    ta_suppressions_free(&s);
    cr_expect_eq(s.count, 0);
    cr_expect_null(s.items);
}

Test(suppressions, a_file_may_name_none) {
    ta_suppressions s;
    cr_assert(ta_ok(parse_text("{'suppressions': []}", &s)));
    cr_expect_eq(s.count, 0);
    ta_suppressions_free(&s);
}

#define ONE(inside) "{'suppressions': [{" inside "}]}"

static const bad_text bad[] = {
    {"[]", "s.json:1:1: expected an object, as in {\"suppressions\": [{\"function\": \"g_log*\", "
           "\"reason\": \"...\"}]}"},
    {"{'suppressions': [", "s.json:1:19: suppressions[0]: expected a value, found the end: it is "
                           "unfinished"},
    {"{}", "s.json:1:1: a suppressions file needs the key \"suppressions\""},
    {"{'suppresions': []}",
     "s.json:1:2: unknown key \"suppresions\"; did you mean \"suppressions\"?"},
    {"{'schema': 'tickaudit-suppressions/2', 'suppressions': []}",
     "s.json:1:12: schema: this version reads \"tickaudit-suppressions/1\", found "
     "\"tickaudit-suppressions/2\""},
    {"{'suppressions': {}}", "s.json:1:18: suppressions: expected an array, found an object"},
    {"{'suppressions': ['x']}", "s.json:1:19: suppressions[0]: expected an object, found a text"},
    {ONE("'hot_path': 'x', 'reason': 'r'"),
     "s.json:1:20: suppressions[0]: unknown key \"hot_path\"; did you mean \"hot-path\"?"},
    {"{'suppressions': [\n  {'function': 'x', 'reason': 'r', 'function': 'y'}]}",
     "s.json:2:36: the key \"function\" appears twice; first on line 2"},
    {ONE("'reason': 'r'"), "s.json:1:19: suppressions[0]: a suppression needs at least one of "
                           "\"hot-path\", \"function\" and \"module\""},
    {ONE("'function': 'x'"), "s.json:1:19: suppressions[0]: a suppression needs the key "
                             "\"reason\""},
    {ONE("'function': 'x', 'reason': ''"), "s.json:1:47: suppressions[0].reason: expected a text "
                                           "of 1 to 511 bytes, found 0"},
    {ONE("'function': 'x', 'reason': '  '"),
     "s.json:1:47: suppressions[0].reason: expected a reason, found blanks"},
    {ONE("'function': '', 'reason': 'r'"), "s.json:1:32: suppressions[0].function: expected a "
                                           "text of 1 to 255 bytes, found 0"},
    {ONE("'function': 3, 'reason': 'r'"),
     "s.json:1:32: suppressions[0].function: expected a text, found a number"},
    {ONE("'module': 'm', 'reason': 'r', 'expires': '2026-02-30'"),
     "s.json:1:61: suppressions[0].expires: expected a day of the calendar such as "
     "\"2027-01-31\", found \"2026-02-30\""},
    {ONE("'module': 'm', 'reason': 'r', 'expires': '2026-2-3'"),
     "s.json:1:61: suppressions[0].expires: expected a day of the calendar such as \"2027-01-31\", "
     "found \"2026-2-3\""},
};

Test(suppressions, what_is_wrong_is_told_with_its_place) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ta_suppressions s;
        ta_status status = parse_text(bad[i].text, &s);
        cr_expect_eq(status.code, TA_BAD_INPUT, "%s", bad[i].text);
        cr_expect_str_eq(status.text, bad[i].expected, "\n got %s\nwant %s", status.text,
                         bad[i].expected);
        cr_expect(s.count == 0 && s.items == NULL);
    }
}

static bool takes_date(const char *date) {
    char text[256];
    snprintf(text, sizeof text, ONE("'module': 'm', 'reason': 'r', 'expires': '%s'"), date);
    ta_suppressions s;
    ta_status status = parse_text(text, &s);
    ta_suppressions_free(&s);
    return ta_ok(status);
}

Test(suppressions, a_date_is_a_day_of_the_calendar) {
    static const char *const days[] = {"2026-01-31", "2024-02-29", "2000-02-29",
                                       "2026-12-31", "2026-04-30", "9999-12-31"};
    static const char *const none[] = {"2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10",
                                       "2026-01-00", "2026-04-31", "2026/01/31", "2026-1-031",
                                       "2026-01-3x", "20260-1-31", "+026-01-31", "2026-01- 1"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        cr_expect(takes_date(days[i]), "%s", days[i]);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_not(takes_date(none[i]), "%s", none[i]);
}

/* A file of `count` suppressions whose pattern has `bytes`. */
static ta_status parse_many(unsigned count, unsigned bytes, ta_suppressions *suppressions) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("{'suppressions': [", out);
    for (unsigned i = 0; i < count; i++) {
        fprintf(out, "%s{'hot-path': 'h', 'module': 'm', 'reason': 'r', 'expires': '2030-01-01', ",
                i ? "," : "");
        fputs("'function': '", out);
        for (unsigned b = 0; b < bytes; b++)
            fputc('f', out);
        fputs("'}", out);
    }
    fputs("]}", out);
    fclose(out);
    ta_status status = parse_text(text, suppressions);
    free(text);
    return status;
}

Test(suppressions, what_does_not_fit_is_refused_and_not_cut) {
    ta_suppressions s;
    cr_assert(ta_ok(parse_many(TA_SUPPRESSIONS_MAX, 1, &s)));
    cr_expect_eq(s.count, TA_SUPPRESSIONS_MAX);
    ta_suppressions_free(&s);
    ta_status status = parse_many(TA_SUPPRESSIONS_MAX + 1, 1, &s);
    cr_expect(strstr(status.text, "expected 0 to 512 items, found 513"), "%s", status.text);
    cr_assert(ta_ok(parse_many(1, 255, &s)));
    cr_expect_eq(strlen(s.items[0].function), 255);
    ta_suppressions_free(&s);
    status = parse_many(1, 256, &s);
    cr_expect(strstr(status.text, "expected a text of 1 to 255 bytes, found 256"), "%s",
              status.text);
}

Test(suppressions, what_is_no_file_is_refused) {
    ta_suppressions s;
    static const bad_text files[] = {{"/nonexistent/s.json", "no such file"},
                                     {"/tmp", "is a folder; expected a suppressions file"},
                                     {"/dev/zero", "is not a regular file"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ta_status status = ta_suppressions_load(files[i].text, &s);
        cr_expect_eq(status.code, TA_BAD_INPUT);
        cr_expect(strstr(status.text, files[i].expected), "%s", status.text);
        cr_expect(s.count == 0 && s.items == NULL);
    }
}

Test(suppressions, the_example_of_the_page_is_one) {
    static char page[1 << 16];
    FILE *in = fopen(TA_SOURCE_DIR "/docs/suppressions.md", "r");
    cr_assert(in);
    page[fread(page, 1, sizeof page - 1, in)] = '\0';
    fclose(in);
    const char *begin = strstr(page, "```json\n");
    cr_assert(begin);
    begin += strlen("```json\n");
    ta_suppressions s;
    ta_status status =
        ta_suppressions_parse(begin, (size_t)(strstr(begin, "```") - begin), "page", &s);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_eq(s.count, 2);
    ta_suppressions_free(&s);
}
