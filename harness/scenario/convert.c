#include "convert.h"

#include <stdio.h>
#include <string.h>

#include "budget.h"

bool ta_scenario_is_arena(const ta_scenario *scenario) {
    return strcmp(scenario->workload, "arena") == 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
static const char name_characters[] = LETTERS "0123456789_-.";

/* The name goes into the names of files: no slash, no leading dot or dash. */
static bool is_name(const char *name) {
    return name[0] != '.' && name[0] != '-' && name[strspn(name, name_characters)] == '\0';
}

void ta_scenario_name_of(const char *path, char name[TA_NAME_MAX]) {
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t bytes = strlen(file), used = 0;
    if (bytes > 5 && strcmp(file + bytes - 5, ".json") == 0)
        bytes -= 5;
    for (; used < bytes && used < TA_NAME_MAX - 1; used++)
        name[used] = (char)(strchr(name_characters, file[used]) ? file[used] : '_');
    name[used] = '\0';
    if (used == 0)
        memcpy(name, "scenario", sizeof "scenario");
    else if (name[0] == '.' || name[0] == '-')
        name[0] = '_';
}

static bool convert_head(ta_reader *reader, const ta_object *root, const char *path,
                         ta_scenario *scenario) {
    char schema[TA_SCENARIO_PATH_MAX];
    const ta_key *name = &ta_root_keys[TA_ROOT_name];
    snprintf(scenario->path, sizeof scenario->path, "%s", path);
    ta_scenario_name_of(path, scenario->name);
    if (!ta_read_text(reader, root, &ta_root_keys[TA_ROOT_schema], schema, sizeof schema) ||
        !ta_read_text(reader, root, name, scenario->name, sizeof scenario->name) ||
        !ta_read_text(reader, root, &ta_root_keys[TA_ROOT_description], scenario->description,
                      sizeof scenario->description))
        return false;
    if (!is_name(scenario->name))
        return ta_reader_fail_key(reader, root, name,
                                  "expected letters, digits, '_', '-' and '.' only, the first "
                                  "neither '-' nor '.', found \"%s\"",
                                  scenario->name);
    return true;
}

static bool convert_numbers(ta_reader *reader, const ta_object *root, ta_scenario *scenario) {
    scenario->tick_hz = 60;
    scenario->render = true;
    return ta_read_whole(reader, root, &ta_root_keys[TA_ROOT_seed], &scenario->seed) &&
           ta_read_whole32(reader, root, &ta_root_keys[TA_ROOT_tick_hz], &scenario->tick_hz) &&
           ta_read_whole32(reader, root, &ta_root_keys[TA_ROOT_pool], &scenario->capacity) &&
           ta_read_whole(reader, root, &ta_root_keys[TA_ROOT_warmup_ticks],
                         &scenario->warmup_ticks) &&
           ta_read_number(reader, root, &ta_root_keys[TA_ROOT_timeout_seconds],
                          &scenario->timeout_seconds) &&
           ta_read_truth(reader, root, &ta_root_keys[TA_ROOT_render], &scenario->render);
}

static bool convert_level(ta_reader *reader, const ta_object *root, ta_scenario *scenario) {
    const ta_key *key = &ta_root_keys[TA_ROOT_optimizations];
    memcpy(scenario->level, "all", sizeof "all");
    if (!ta_read_text(reader, root, key, scenario->level, sizeof scenario->level))
        return false;
    if (ta_level_switches(scenario->level, &scenario->switches))
        return true;
    return ta_reader_fail_key(reader, root, key,
                              "unknown level \"%s\"; expected none, phase_4 to phase_9 or all",
                              scenario->level);
}

static bool convert_switches(ta_reader *reader, const ta_object *root, ta_scenario *scenario) {
    ta_object object;
    if (!ta_read_object(reader, root, &ta_root_keys[TA_ROOT_switches], &object))
        return false;
    if (!object.node)
        return true;
    if (!ta_read_keys(reader, &object, ta_switch_keys, SIM_SWITCH_COUNT, "switches"))
        return false;
    for (unsigned i = 0; i < SIM_SWITCH_COUNT; i++) {
        uint32_t bit = UINT32_C(1) << i;
        bool on = (scenario->switches & bit) != 0;
        if (!ta_read_truth(reader, &object, &ta_switch_keys[i], &on))
            return false;
        scenario->switches = on ? scenario->switches | bit : scenario->switches & ~bit;
    }
    return true;
}

static bool convert_faults(ta_reader *reader, const ta_object *root, ta_fault_plan *faults) {
    ta_object object;
    if (!ta_read_object(reader, root, &ta_root_keys[TA_ROOT_faults], &object))
        return false;
    if (!object.node)
        return true;
    if (!ta_read_keys(reader, &object, ta_fault_keys, TA_FAULT_KEY_COUNT, "faults"))
        return false;
#define READ_WHOLE(id)                                    ta_read_whole(reader, &object, &ta_fault_keys[TA_FAULT_##id], &faults->id)
#define READ_TRUTH(id)                                    ta_read_truth(reader, &object, &ta_fault_keys[TA_FAULT_##id], &faults->id)
#define READ_FAULT(id, name, type, required, least, most) &&READ_##type(id)
    return true TA_FAULT_KEY_LIST(READ_FAULT);
}

bool ta_convert_budgets(ta_reader *reader, const ta_object *owner, const ta_key *key,
                        ta_budget *budgets, uint32_t *count) {
    ta_object array;
    if (!ta_read_array(reader, owner, key, &array))
        return false;
    if (!array.node)
        return true;
    for (const cJSON *item = array.node->child; item; item = item->next) {
        char path[TA_JSON_PATH_MAX + 16];
        snprintf(path, sizeof path, "%s[%u]", array.path, *count);
        if (!cJSON_IsString(item))
            return ta_reader_fail(reader, item, TA_AT_VALUE, path,
                                  "expected a text like \"hot_allocs = 0\", found %s",
                                  ta_json_kind(item));
        ta_status status = ta_budget_parse(item->valuestring, &budgets[*count]);
        if (!ta_ok(status))
            return ta_reader_fail(reader, item, TA_AT_VALUE, path, "%s", status.text);
        for (uint32_t i = 0; i < *count; i++)
            if (strcmp(budgets[i].text, budgets[*count].text) == 0)
                return ta_reader_fail(reader, item, TA_AT_VALUE, path,
                                      "the budget \"%.64s\" stands here twice", budgets[i].text);
        ++*count;
    }
    return true;
}

/* Enemies that are not counted once passed for speed: the arena's own sums must always agree. */
static void imply_budgets(ta_scenario *scenario) {
    if (!ta_scenario_is_arena(scenario))
        return;
    for (uint32_t i = 0; i < scenario->budget_count; i++) {
        const ta_budget *budget = &scenario->budgets[i];
        bool bounded = budget->op == TA_BUDGET_LE || budget->op == TA_BUDGET_EQ;
        if (budget->metric == TA_METRIC_population_mismatch && bounded && budget->limit == 0)
            return;
    }
    scenario->budgets[scenario->budget_count++] =
        ta_budget_implied(TA_METRIC_population_mismatch, "=", 0);
}

/* Without a "pool" the largest population is the capacity. */
static void settle_capacity(ta_scenario *scenario) {
    if (scenario->capacity > 0)
        return;
    scenario->capacity = 1;
    for (uint32_t i = 0; i < scenario->phase_count; i++)
        if (scenario->phases[i].plan.population_last > scenario->capacity)
            scenario->capacity = scenario->phases[i].plan.population_last;
}

ta_status ta_scenario_convert(const ta_document *document, const char *path,
                              ta_scenario *scenario) {
    ta_reader reader = {.document = document, .status = ta_status_ok()};
    ta_object root = {.node = ta_document_root(document)};
    bool converted = ta_read_keys(&reader, &root, ta_root_keys, TA_ROOT_KEY_COUNT, "a scenario") &&
                     convert_head(&reader, &root, path, scenario) &&
                     ta_convert_workload(&reader, &root, path, scenario) &&
                     convert_numbers(&reader, &root, scenario) &&
                     convert_level(&reader, &root, scenario) &&
                     convert_switches(&reader, &root, scenario) &&
                     ta_convert_parameters(&reader, &root, scenario) &&
                     convert_faults(&reader, &root, &scenario->faults) &&
                     ta_convert_budgets(&reader, &root, &ta_root_keys[TA_ROOT_budgets],
                                        scenario->budgets, &scenario->budget_count) &&
                     ta_convert_phases(&reader, &root, scenario);
    if (!converted)
        return reader.status;
    settle_capacity(scenario);
    if (!ta_convert_check(&reader, &root, scenario))
        return reader.status;
    imply_budgets(scenario);
    const cJSON *workload = ta_object_get(&root, &ta_root_keys[TA_ROOT_workload]);
    scenario->hash = ta_scenario_hash(scenario, workload ? workload->valuestring : "arena");
    return ta_status_ok();
}
