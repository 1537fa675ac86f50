#define _GNU_SOURCE /* strdup */
#include "support.h"

/* What stands on line 1 from column 2 on, in an object with nothing else. */
static const bad_text shapes[] = {
    {"", "t.json:1:1: is empty; expected an object"},
    {" \n\t\r\n ", "t.json:1:1: is empty; expected an object"},
    {"[]", "t.json:1:1: expected an object, as in {\"seed\": 1, \"phases\": [...]}"},
    {"null", "t.json:1:1: expected an object, as in {\"seed\": 1, \"phases\": [...]}"},
    {"\"a\"", "t.json:1:1: expected an object, as in {\"seed\": 1, \"phases\": [...]}"},
    {"12", "t.json:1:1: expected an object, as in {\"seed\": 1, \"phases\": [...]}"},
    {"{", "t.json:1:2: expected a key in double quotes, found the end: it is unfinished"},
    {"{'a'", "t.json:1:5: expected ':' after the key, found the end: it is unfinished"},
    {"{'a':", "t.json:1:6: a: expected a value, found the end: it is unfinished"},
    {"{'a':1", "t.json:1:7: a: expected ',' or '}', found the end: it is unfinished"},
    {"{'a':1,", "t.json:1:8: expected a key in double quotes, found the end: it is unfinished"},
    {"{'a':[1", "t.json:1:8: a[1]: expected ',' or ']', found the end: it is unfinished"},
    {"{'a':[1,", "t.json:1:9: a[1]: expected a value, found the end: it is unfinished"},
    {"{'a", "t.json:1:2: the text that begins here has no closing '\"'"},
    {"{'a':'b", "t.json:1:6: a: the text that begins here has no closing '\"'"},
    {"{'a':'b\n'}", "t.json:1:6: a: the text that begins here has no '\"' on its line"},
    {"{a: 1}", "t.json:1:2: expected a key in double quotes, found 'a'"},
    {"{1: 1}", "t.json:1:2: expected a key in double quotes, found '1'"},
    {"{'a' 1}", "t.json:1:6: expected ':' after the key, found '1'"},
    {"{'a': 1 'b': 2}", "t.json:1:9: a: expected ',' or '}', found '\"'"},
    {"{'a': 1,}", "t.json:1:8: a: the comma before '}' is one too many"},
    {"{'a': [1,\n]}", "t.json:1:9: a[1]: the comma before ']' is one too many"},
    {"{,}", "t.json:1:2: expected a key in double quotes, found ','"},
    {"{'a': ,}", "t.json:1:7: a: expected a value, found ','"},
    {"{'a': [1}", "t.json:1:9: a[1]: expected ',' or ']', found '}'"},
    {"{}}", "t.json:1:3: expected the end after the last bracket, found '}'"},
    {"{} {}", "t.json:1:4: expected the end after the last bracket, found '{'"},
    {"{}\n\nx", "t.json:3:1: expected the end after the last bracket, found 'x'"},
    {"\n\n  // seed\n{}", "t.json:3:3: expected a value; JSON has no comments"},
    {"{'a': # b\n1}", "t.json:1:7: a: expected a value; JSON has no comments"},
};

Test(scenario_syntax, a_broken_shape_is_told_by_line_and_column) {
    EXPECT_ERRORS(shapes);
}

static const bad_text numbers[] = {
    {"{'a': NaN}", "t.json:1:7: a: expected a value, found NaN, which is not JSON"},
    {"{'a': Infinity}", "t.json:1:7: a: expected a value, found Infinity, which is not JSON"},
    {"{'a': -Infinity}", "t.json:1:8: a: expected a digit, found 'I'"},
    {"{'a': True}", "t.json:1:7: a: expected a value, found True, which is not JSON"},
    {"{'a': None}", "t.json:1:7: a: expected a value, found None, which is not JSON"},
    {"{'a': nul}", "t.json:1:7: a: expected a value, found 'n'"},
    {"{'a': +1}", "t.json:1:7: a: expected a value; a number begins with a digit or '-'"},
    {"{'a': .5}", "t.json:1:7: a: expected a value; a number begins with a digit or '-'"},
    {"{'a': 1.}", "t.json:1:9: a: expected a digit after the point, found '}'"},
    {"{'a': 1e}", "t.json:1:9: a: expected a digit of the exponent, found '}'"},
    {"{'a': 1e+}", "t.json:1:10: a: expected a digit of the exponent, found '}'"},
    {"{'a': -}", "t.json:1:8: a: expected a digit, found '}'"},
    {"{'a': 01}", "t.json:1:8: a: a number may not begin with a zero"},
    {"{'a': 0x10}", "t.json:1:8: a: a number may not begin with a zero"},
    {"{'a': 1_000}", "t.json:1:8: a: expected ',' or '}', found '_'"},
    {"{'a': 1e999}", "t.json:1:7: a: 1e999 is too large for a number"},
    {"{'a': -1e999}", "t.json:1:7: a: -1e999 is too large for a number"},
    {"{'a': 9007199254740993}", "t.json:1:7: a: 9007199254740993 is too large to be exact; whole "
                                "numbers go up to 9007199254740992"},
    {"{'a': -9007199254740993}", "t.json:1:7: a: -9007199254740993 is too large to be exact; whole "
                                 "numbers go up to 9007199254740992"},
    {"{'a': 99999999999999999999999}", "t.json:1:7: a: 99999999999999999999999 is too large to be "
                                       "exact; whole numbers go up to 9007199254740992"},
    {"{'a': 0.00000000000000000000000000000000000000000000000000000000000000001}",
     "t.json:1:7: a: a number of 67 characters; at most 40 are read"},
};

Test(scenario_syntax, a_number_that_is_none_or_not_exact_is_refused) {
    EXPECT_ERRORS(numbers);
}

static const bad_text texts[] = {
    {"{'a': 'b\tc'}", "t.json:1:9: a: a text may not hold the control character 0x09"},
    {"{'a': 'b\x1b[31m'}", "t.json:1:9: a: a text may not hold the control character 0x1B"},
    {"{'a': 'b\x7f'}", "t.json:1:9: a: a text may not hold the control character 0x7F"},
    {"{'a': 'b\xc2\x9b'}", "t.json:1:9: a: a text may not hold the control character 0x9B"},
    {"{'a': 'b\\nc'}", "t.json:1:9: a: a text may not hold the control character \\n"},
    {"{'a': 'b\\u0000c'}", "t.json:1:9: a: a text may not hold the control character \\u0000"},
    {"{'a': 'b\\u001b'}", "t.json:1:9: a: a text may not hold the control character \\u001B"},
    {"{'a': 'b\\u009b'}", "t.json:1:9: a: a text may not hold the control character \\u009B"},
    {"{'se\\u0000ed': 1}", "t.json:1:5: a text may not hold the control character \\u0000"},
    {"{'a': '\\x41'}", "t.json:1:9: a: expected one of \" \\ / u after a backslash, found 'x'"},
    {"{'a': '\\u12'}", "t.json:1:12: a: expected four hexadecimal digits after \\u, found '\"'"},
    {"{'a': '\\ud800'}", "t.json:1:8: a: \\uD800 is half of a character"},
    {"{'a': '\\udc00'}", "t.json:1:8: a: \\uDC00 is half of a character"},
    {"{'a': '\\ud800\\u0041'}", "t.json:1:8: a: \\uD800 is half of a character"},
    {"{'a': '\\ud800x'}", "t.json:1:8: a: \\uD800 is half of a character"},
    {"{'a': '\x80'}", "t.json:1:8: a: the byte 0x80 is not UTF-8"},
    {"{'a': '\xff'}", "t.json:1:8: a: the byte 0xFF is not UTF-8"},
    {"{'a': '\xc0\x80'}", "t.json:1:8: a: the byte 0xC0 is not UTF-8"},
    {"{'a': '\xc3'}", "t.json:1:8: a: the byte 0xC3 is not UTF-8"},
    {"{'a': '\xe0\x80\x80'}", "t.json:1:8: a: the byte 0xE0 is not UTF-8"},
    {"{'a': '\xed\xa0\x80'}", "t.json:1:8: a: the byte 0xED is not UTF-8"},
    {"{'a': '\xf4\x90\x80\x80'}", "t.json:1:8: a: the byte 0xF4 is not UTF-8"},
    {"{'a': '\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xff'}",
     "t.json:1:11: a: the byte 0xFF is not UTF-8"},
    {"{'a': '\xf0\x9f\x98", "t.json:1:8: a: the byte 0xF0 is not UTF-8"},
    {"\xef\xbb\xbf{}", "t.json:1:1: begins with a byte-order mark; save it as UTF-8 without one"},
    {"\xff\xfe{", "t.json:1:1: begins with a byte-order mark; save it as UTF-8 without one"},
    {"\xc2\xa0{}", "t.json:1:1: expected a value, found the byte 0xC2"},
};

Test(scenario_syntax, a_text_is_utf8_without_control_characters) {
    EXPECT_ERRORS(texts);
}

Test(scenario_syntax, a_single_quote_is_not_a_quote) {
    static ta_scenario scenario;
    const char *text = "{\"a\": 'b'}";
    ta_status status = ta_scenario_parse(text, strlen(text), "t.json", NULL, 0, &scenario);
    cr_expect_str_eq(status.text, "t.json:1:7: a: expected a value; texts stand in double quotes");
}

Test(scenario_syntax, a_zero_byte_does_not_end_the_text) {
    static ta_scenario scenario;
    const char text[] = "{\"seed\": 1}\0garbage";
    ta_status status = ta_scenario_parse(text, sizeof text - 1, "t.json", NULL, 0, &scenario);
    cr_expect_str_eq(status.text, "t.json:1:12: expected the end after the last bracket, found the "
                                  "byte 0x00");
}

static const bad_text duplicates[] = {
    {"{'seed': 1,\n 'seed': 2}", "t.json:2:2: the key \"seed\" appears twice; first on line 1"},
    {"{'seed': 1,\n 'se\\u0065d': 2}",
     "t.json:2:2: the key \"seed\" appears twice; first on line 1"},
    {PHASES("{'name': 'a', 'name': 'b'}"),
     "t.json:1:38: the key \"name\" appears twice; first on line 1"},
    {"{'x': {'y': [[{'z': 1,\n'z': 1}]]}}",
     "t.json:2:1: the key \"z\" appears twice; first on line 1"},
};

Test(scenario_syntax, a_key_stands_once_however_it_is_spelt) {
    EXPECT_ERRORS(duplicates);
}

Test(scenario_syntax, a_key_in_another_case_is_unknown) {
    expect_error("{'Seed': 1}", "t.json:1:2: unknown key \"Seed\"; did you mean \"seed\"?");
}

static void parse_nested(unsigned depth, const char *expected) {
    static ta_scenario scenario;
    size_t size = 5 + 2 * (size_t)depth;
    char *text = malloc(size + 1);
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', depth - 1);
    memset(text + 5 + depth - 1, ']', depth - 1);
    text[5 + 2 * (depth - 1)] = '}';
    ta_status status = ta_scenario_parse(text, 6 + 2 * (depth - 1), "t.json", NULL, 0, &scenario);
    cr_expect(strstr(status.text, expected), "%u deep: %s", depth, status.text);
    free(text);
}

Test(scenario_syntax, nesting_ends_at_its_limit) {
    parse_nested(TA_SCENARIO_DEPTH_MAX, "unknown key \"a\"");
    parse_nested(
        TA_SCENARIO_DEPTH_MAX + 1,
        "t.json:1:21: a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested more than 16 deep");
    parse_nested(10000, "nested more than 16 deep");
}

static void parse_many(unsigned values, const char *expected) {
    static ta_scenario scenario;
    char *text = malloc(2 * (size_t)values + 16);
    size_t size = (size_t)sprintf(text, "{\"a\":[");
    for (unsigned i = 0; i < values - 2; i++) { /* the object and the array are values too */
        text[size++] = '0';
        text[size++] = ',';
    }
    size = size - 1 + (size_t)sprintf(text + size - 1, "]}");
    ta_status status = ta_scenario_parse(text, size, "t.json", NULL, 0, &scenario);
    cr_expect(strstr(status.text, expected), "%u values: %s", values, status.text);
    free(text);
}

Test(scenario_syntax, values_end_at_their_limit) {
    parse_many(TA_SCENARIO_VALUES_MAX, "unknown key \"a\"");
    parse_many(TA_SCENARIO_VALUES_MAX + 1, "more than 4096 values");
}

Test(scenario_syntax, an_error_is_cut_and_never_runs_over) {
    static ta_scenario scenario;
    char *text = malloc(100000);
    memset(text, 'k', 100000);
    memcpy(text, "{\"", 2);
    memcpy(text + 99990, "\":NaN}", 6);
    ta_status status = ta_scenario_parse(text, 99996, "t.json", NULL, 0, &scenario);
    cr_expect_eq(status.code, TA_BAD_INPUT);
    cr_expect_lt(strlen(status.text), 300);
    memcpy(text + 99990, "\":123}", 6);
    status = ta_scenario_parse(text, 99996, "t.json", NULL, 0, &scenario);
    cr_expect_eq(status.code, TA_BAD_INPUT);
    cr_expect_lt(strlen(status.text), 500);
    free(text);
}
