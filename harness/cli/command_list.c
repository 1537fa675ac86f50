#include "cli.h"

#include "scenario.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    ta_cli_common common;
    const char *folder;
    bool json;
} arguments;

enum { KEY_JSON = 0x100 };

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "Print the list as JSON", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one folder at a time");
        a->folder = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_text(const ta_scenario_entry *entries, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (!ta_ok(entries[i].status))
            continue; /* told on stderr */
        printf("%-16s %6.4g s  %2" PRIu32 " %s  %s\n", entries[i].name, entries[i].seconds,
               entries[i].phase_count, entries[i].phase_count == 1 ? "phase " : "phases",
               entries[i].description);
    }
}

static ta_status print_json(const ta_scenario_entry *entries, unsigned count) {
    cJSON *list = cJSON_CreateArray();
    for (unsigned i = 0; i < count; i++) {
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "path", entries[i].path);
        if (ta_ok(entries[i].status)) {
            cJSON_AddStringToObject(entry, "name", entries[i].name);
            cJSON_AddStringToObject(entry, "description", entries[i].description);
            cJSON_AddNumberToObject(entry, "phases", entries[i].phase_count);
            cJSON_AddNumberToObject(entry, "ticks", (double)entries[i].ticks);
            cJSON_AddNumberToObject(entry, "seconds", entries[i].seconds);
        } else {
            cJSON_AddStringToObject(entry, "error", entries[i].status.text);
        }
        cJSON_AddItemToArray(list, entry);
    }
    return ta_cli_print_json(list);
}

int ta_command_list(int argc, char **argv) {
    static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "[FOLDER]",
        "Lists the scenarios of a folder (default: scenarios).\v"
        "Example: tickaudit list scenarios/negative\n\n"
        "Exits 0, or 2 when the folder cannot be read or a file in it is no scenario.",
        children,
        NULL,
        NULL};
    arguments a = {.folder = "scenarios"};
    ta_cli_parse(&argp, "list", 0, argc, argv, &a);
    ta_scenario_entry *entries;
    unsigned count;
    ta_status status = ta_scenario_list(a.folder, &entries, &count);
    if (!ta_ok(status))
        return ta_cli_report(status);
    int code = TA_OK;
    for (unsigned i = 0; i < count; i++) {
        if (!ta_ok(entries[i].status))
            code = ta_cli_report(entries[i].status);
    }
    if (a.json)
        status = print_json(entries, count);
    else
        print_text(entries, count);
    free(entries);
    if (ta_ok(status))
        status = ta_cli_flush(stdout);
    return ta_ok(status) ? code : ta_cli_report(status);
}
