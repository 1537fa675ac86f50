#include "cli.h"

#include "scenario.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    ta_cli_common common;
    const char **overrides;
    unsigned override_count;
    char **files;
    int file_count;
} arguments;

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Check with a value changed: a JSON path (seed, phases[0].seconds) or a switch (enemy_pool)",
     0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case 's':
        a->overrides[a->override_count++] = argument;
        return 0;
    case ARGP_KEY_ARGS:
        a->files = state->argv + state->next;
        a->file_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name at least one scenario file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The schema for editors lies beside the scenarios, and `scenarios/` and a star names it too. */
static bool is_schema(const char *path) {
    static const char ending[] = ".schema.json";
    size_t length = strlen(path), wanted = sizeof ending - 1;
    return length >= wanted && strcmp(path + length - wanted, ending) == 0;
}

static void tell(const char *path, const ta_scenario *scenario) {
    printf("%s: ok, %" PRIu32 " phase%s, %" PRIu64 " ticks, seed %" PRIu64 ", optimizations %s\n",
           path, scenario->phase_count, scenario->phase_count == 1 ? "" : "s",
           ta_scenario_ticks(scenario), scenario->seed, scenario->level);
}

int ta_command_validate(int argc, char **argv) {
    static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "SCENARIO...",
        "Checks scenario files without running them, and says for each what it holds.\v"
        "Example: tickaudit validate scenarios/*.json\n\n"
        "Exits 0 when all are well-formed, 2 when one is not.",
        children,
        NULL,
        NULL};
    arguments a = {.overrides = calloc((size_t)argc, sizeof *a.overrides)};
    ta_scenario *scenario = malloc(sizeof *scenario);
    if (!a.overrides || !scenario) {
        free(a.overrides);
        free(scenario);
        return ta_cli_report(ta_status_make(TA_INTERNAL, "no memory"));
    }
    ta_cli_parse(&argp, "validate", 0, argc, argv, &a);
    int worst = TA_OK;
    for (int i = 0; i < a.file_count; i++) {
        if (a.file_count > 1 && is_schema(a.files[i]))
            continue;
        ta_status status = ta_scenario_load(a.files[i], a.overrides, a.override_count, scenario);
        if (!ta_ok(status))
            worst = ta_cli_report(status) > worst ? ta_exit_code(status) : worst;
        else if (!a.common.quiet)
            tell(a.files[i], scenario);
    }
    free(scenario);
    free(a.overrides);
    ta_status flushed = ta_cli_flush(stdout);
    return ta_ok(flushed) ? worst : ta_cli_report(flushed);
}
