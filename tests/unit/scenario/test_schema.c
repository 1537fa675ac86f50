#define _GNU_SOURCE /* strdup */
#include "support.h"

#include <cjson/cJSON.h>

#include "keys.h"

/* The schema is for editors, the tables of keys for the reader, the page for people. They say the
 * same, or this fails. */

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    char *text = calloc(1, 1 << 20);
    cr_assert_gt(fread(text, 1, (1 << 20) - 1, file), 0);
    fclose(file);
    return text;
}

static cJSON *schema;

static void load_schema(void) {
    char *text = read_file(TA_SOURCE_DIR "/scenarios/scenario.schema.json");
    schema = cJSON_Parse(text);
    cr_assert(schema, "the schema is not JSON");
    free(text);
}

static void free_schema(void) {
    cJSON_Delete(schema);
}

TestSuite(scenario_schema, .init = load_schema, .fini = free_schema);

/* "properties/phases/items" from a node. */
static const cJSON *descend(const cJSON *node, const char *path) {
    char *copy = strdup(path);
    for (char *step = strtok(copy, "/"); step && node; step = strtok(NULL, "/"))
        node = cJSON_GetObjectItemCaseSensitive(node, step);
    free(copy);
    return node;
}

static double number(const cJSON *node, const char *key, double absent) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(node, key);
    return found ? found->valuedouble : absent;
}

static bool in_list(const cJSON *list, const char *name) {
    for (const cJSON *item = list ? list->child : NULL; item; item = item->next)
        if (strcmp(item->valuestring, name) == 0)
            return true;
    return false;
}

static void expect_limits(const cJSON *property, const ta_key *key, const char *least,
                          const char *most) {
    cr_expect_float_eq(number(property, least, 0), key->least, 0, "%s %s", key->name, least);
    cr_expect_float_eq(number(property, most, 0), key->most, 0, "%s %s", key->name, most);
}

static void expect_property(const cJSON *property, const ta_key *key) {
    static const char *const types[] = {
        [TA_KEY_TEXT] = "string",   [TA_KEY_WHOLE] = "integer", [TA_KEY_NUMBER] = "number",
        [TA_KEY_TRUTH] = "boolean", [TA_KEY_OBJECT] = "object", [TA_KEY_ARRAY] = "array"};
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(property, "type"));
    cr_assert_str_eq(type, types[key->type], "%s", key->name);
    cr_expect(cJSON_HasObjectItem(property, "description"), "%s is not described", key->name);
    bool is_enum = cJSON_HasObjectItem(property, "enum");
    if (key->type == TA_KEY_TEXT && !is_enum)
        expect_limits(property, key, "minLength", "maxLength");
    else if (key->type == TA_KEY_WHOLE || key->type == TA_KEY_NUMBER)
        expect_limits(property, key, "minimum", "maximum");
    else if (key->type == TA_KEY_ARRAY)
        expect_limits(property, key, "minItems", "maxItems");
}

/* The object at `path` has the table's keys, no others, with the same types, limits and needs. */
static void expect_table(const char *path, const ta_key *keys, unsigned count) {
    const cJSON *object = descend(schema, path);
    const cJSON *properties = descend(object, "properties"),
                *required = descend(object, "required");
    cr_assert(properties, "%s", path);
    cr_expect_eq(cJSON_GetArraySize(properties), (int)count, "%s", path);
    cr_expect(cJSON_IsFalse(descend(object, "additionalProperties")), "%s", path);
    for (unsigned i = 0; i < count; i++) {
        const cJSON *property = cJSON_GetObjectItemCaseSensitive(properties, keys[i].name);
        cr_assert(property, "%s has no %s", path, keys[i].name);
        cr_expect_eq(in_list(required, keys[i].name), keys[i].required, "%s", keys[i].name);
        expect_property(property, &keys[i]);
    }
}

Test(scenario_schema, schema_and_reader_know_the_same_keys_and_limits) {
    expect_table("", ta_root_keys, TA_ROOT_KEY_COUNT);
    expect_table("properties/switches", ta_switch_keys, SIM_SWITCH_COUNT);
    expect_table("properties/faults", ta_fault_keys, TA_FAULT_KEY_COUNT);
    expect_table("definitions/phase", ta_phase_keys, TA_PHASE_KEY_COUNT);
    expect_table("definitions/phase/properties/quota", ta_quota_keys, TA_QUOTA_KEY_COUNT);
}

Test(scenario_schema, schema_and_reader_know_the_same_levels_and_loads) {
    const cJSON *levels = descend(schema, "properties/optimizations/enum");
    cr_expect_eq(cJSON_GetArraySize(levels), TA_LEVEL_COUNT);
    for (int i = 0; i < TA_LEVEL_COUNT; i++)
        cr_expect(in_list(levels, ta_levels[i].name), "%s", ta_levels[i].name);
    const cJSON *loads = descend(schema, "definitions/phase/properties/load/enum");
    cr_expect_eq(cJSON_GetArraySize(loads), TA_LOAD_COUNT);
    for (int i = 0; i < TA_LOAD_COUNT; i++)
        cr_expect(in_list(loads, ta_load_names[i]), "%s", ta_load_names[i]);
}

Test(scenario_schema, schema_and_reader_agree_on_which_keys_go_with_a_load) {
    const cJSON *rules = descend(schema, "definitions/phase/allOf");
    cr_assert_eq(cJSON_GetArraySize(rules), TA_LOAD_COUNT);
    for (const cJSON *rule = rules->child; rule; rule = rule->next) {
        const char *name = cJSON_GetStringValue(descend(rule, "if/properties/load/const"));
        unsigned load = 0;
        while (load < TA_LOAD_COUNT && strcmp(ta_load_names[load], name) != 0)
            load++;
        cr_assert_lt(load, TA_LOAD_COUNT, "%s", name);
        for (unsigned i = 0; i < TA_PHASE_KEY_COUNT; i++) {
            const char *key = ta_phase_keys[i].name;
            bool allowed = ta_phase_loads[i].allowed >> load & 1U;
            bool required = ta_phase_loads[i].required >> load & 1U;
            const cJSON *banned = descend(rule, "then/properties");
            cr_expect_eq(!cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(banned, key)), allowed,
                         "%s %s", name, key);
            cr_expect_eq(in_list(descend(rule, "then/required"), key) || ta_phase_keys[i].required,
                         required, "%s %s", name, key);
        }
    }
}

/* Whether `name` stands in the text, with neither letter, digit nor _ beside it. */
static bool stands_in(const char *text, const char *name) {
    const char *word = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t bytes = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
        if ((at == text || !strchr(word, at[-1])) && (!at[bytes] || !strchr(word, at[bytes])))
            return true;
    return false;
}

Test(scenario_schema, the_pattern_of_budgets_names_every_metric) {
    const char *pattern = cJSON_GetStringValue(descend(schema, "definitions/budget/pattern"));
    size_t bars = 0;
    for (int i = 0; i < TA_METRIC_COUNT + TA_METRIC_SHORT_COUNT; i++)
        cr_expect(stands_in(pattern, ta_metric_names[i]), "%s", ta_metric_names[i]);
    for (const char *at = pattern; at < strstr(pattern, "[ \\t]*(?:<"); at++)
        bars += *at == '|';
    cr_expect_eq(bars, TA_METRIC_COUNT + TA_METRIC_SHORT_COUNT - 1); /* and no others */
}

Test(scenario_schema, its_examples_of_budgets_are_budgets) {
    const cJSON *examples = descend(schema, "definitions/budget/examples");
    cr_assert_gt(cJSON_GetArraySize(examples), 0);
    for (const cJSON *item = examples->child; item; item = item->next) {
        ta_budget budget;
        ta_status status = ta_budget_parse(item->valuestring, &budget);
        cr_expect(ta_ok(status), "%s", status.text);
    }
}

static void expect_written(const char *page, const ta_key *keys, unsigned count) {
    char name[TA_NAME_MAX + 3];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "`%s`", keys[i].name);
        cr_expect(strstr(page, name), "docs/scenario_format.md does not tell %s", name);
    }
}

Test(scenario_schema, the_page_tells_every_key_metric_and_load) {
    char *page = read_file(TA_SOURCE_DIR "/docs/scenario_format.md"), name[TA_NAME_MAX + 3];
    expect_written(page, ta_root_keys, TA_ROOT_KEY_COUNT);
    expect_written(page, ta_phase_keys, TA_PHASE_KEY_COUNT);
    expect_written(page, ta_quota_keys, TA_QUOTA_KEY_COUNT);
    expect_written(page, ta_fault_keys, TA_FAULT_KEY_COUNT);
    expect_written(page, ta_switch_keys, SIM_SWITCH_COUNT);
    for (int i = 0; i < TA_METRIC_COUNT + TA_METRIC_SHORT_COUNT; i++) {
        snprintf(name, sizeof name, "`%s`", ta_metric_names[i]);
        cr_expect(strstr(page, name), "%s", name);
    }
    for (int i = 0; i < TA_LOAD_COUNT; i++) {
        snprintf(name, sizeof name, "`%s`", ta_load_names[i]);
        cr_expect(strstr(page, name), "%s", name);
    }
    free(page);
}

Test(scenario_schema, no_switch_is_named_like_a_key_of_the_whole) {
    for (unsigned i = 0; i < SIM_SWITCH_COUNT; i++) /* --set would not reach it */
        cr_expect_null(ta_key_find(ta_root_keys, TA_ROOT_KEY_COUNT, ta_switch_keys[i].name));
}
