#define _GNU_SOURCE /* getcwd as a POSIX function */
#include "convert.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Puts a plugin's path together: an absolute one stays; one from the file is relative to the file,
 * one from the command line to the current folder. False when it does not fit. */
static bool make_absolute(const char *given, const char *scenario_path, char *out, size_t size) {
    char folder[TA_SCENARIO_PATH_MAX] = "";
    const char *slash = scenario_path ? strrchr(scenario_path, '/') : NULL;
    int base_bytes = slash ? (int)(slash - scenario_path) + 1 : 0;
    bool base_absolute = base_bytes > 0 && scenario_path[0] == '/';
    if (given[0] == '/')
        return (size_t)snprintf(out, size, "%s", given) < size;
    if (!base_absolute && !getcwd(folder, sizeof folder))
        return false;
    return (size_t)snprintf(out, size, "%s%s%.*s%s", folder, folder[0] ? "/" : "", base_bytes,
                            base_bytes ? scenario_path : "", given) < size;
}

bool ta_convert_workload(ta_reader *reader, const ta_object *root, const char *path,
                         ta_scenario *scenario) {
    const ta_key *key = &ta_root_keys[TA_ROOT_workload];
    char given[TA_SCENARIO_PATH_MAX] = "arena";
    if (!ta_read_text(reader, root, key, given, sizeof given))
        return false;
    size_t bytes = strlen(given);
    if (strcmp(given, "arena") == 0) {
        memcpy(scenario->workload, given, bytes + 1);
        return true;
    }
    if (bytes < 4 || strcmp(given + bytes - 3, ".so") != 0)
        return ta_reader_fail_key(reader, root, key,
                                  "expected \"arena\" or the path of a plugin ending in .so, found "
                                  "\"%.64s\"",
                                  given);
    bool typed = ta_document_override(reader->document, ta_object_get(root, key)) != NULL;
    if (!make_absolute(given, typed ? NULL : path, scenario->workload, sizeof scenario->workload))
        return ta_reader_fail_key(reader, root, key,
                                  "made absolute, this path has more than %d bytes",
                                  TA_SCENARIO_PATH_MAX - 1);
    return true;
}

static bool is_parameter_name(const char *name) {
    size_t bytes = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_.-");
    return bytes > 0 && bytes < TA_NAME_MAX && name[bytes] == '\0';
}

static bool convert_parameter(ta_reader *reader, const ta_object *object, const cJSON *member,
                              ta_parameter *parameter) {
    char path[TA_JSON_PATH_MAX];
    if (!is_parameter_name(member->string))
        return ta_reader_fail(reader, member, TA_AT_KEY, object->path,
                              "expected a name of 1 to %d letters, digits, '_', '-' and '.', found "
                              "\"%.64s\"",
                              TA_NAME_MAX - 1, member->string);
    snprintf(path, sizeof path, "parameters.%s", member->string);
    memcpy(parameter->name, member->string, strlen(member->string) + 1);
    if (cJSON_IsNumber(member)) {
        parameter->number = member->valuedouble;
    } else if (cJSON_IsBool(member)) {
        parameter->number = cJSON_IsTrue(member) ? 1 : 0;
    } else if (cJSON_IsString(member)) {
        size_t bytes = strlen(member->valuestring);
        if (bytes >= TA_PARAMETER_TEXT_MAX)
            return ta_reader_fail(reader, member, TA_AT_VALUE, path,
                                  "expected a text of at most %d bytes, found %zu",
                                  TA_PARAMETER_TEXT_MAX - 1, bytes);
        parameter->is_text = true;
        memcpy(parameter->text, member->valuestring, bytes + 1);
    } else {
        return ta_reader_fail(reader, member, TA_AT_VALUE, path,
                              "expected a number, a text, true or false, found %s",
                              ta_json_kind(member));
    }
    return true;
}

bool ta_convert_parameters(ta_reader *reader, const ta_object *root, ta_scenario *scenario) {
    ta_object object;
    const ta_key *key = &ta_root_keys[TA_ROOT_parameters];
    if (!ta_read_object(reader, root, key, &object))
        return false;
    if (!object.node)
        return true;
    for (const cJSON *member = object.node->child; member; member = member->next) {
        if (ta_scenario_is_arena(scenario))
            return ta_reader_fail(reader, member, TA_AT_KEY, object.path,
                                  "unknown parameter \"%.64s\": the arena has none",
                                  member->string);
        if (scenario->parameter_count == TA_PARAMETERS_MAX)
            return ta_reader_fail(reader, member, TA_AT_KEY, object.path, "more than %d parameters",
                                  TA_PARAMETERS_MAX);
        if (!convert_parameter(reader, &object, member,
                               &scenario->parameters[scenario->parameter_count]))
            return false;
        scenario->parameter_count++;
    }
    return true;
}
