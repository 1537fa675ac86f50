#define _GNU_SOURCE
#include "cli.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int ta_cli_report(ta_status status) {
    if (!ta_ok(status))
        fprintf(stderr, "tickaudit: %s\n", status.text);
    return ta_exit_code(status);
}

enum { KEY_COLOR = 0x1000 };

static const struct argp_option common_options[] = {
    {"quiet", 'q', NULL, 0, "Print the verdict alone", 90},
    {"verbose", 'v', NULL, 0, "Tell what is done, on stderr", 90},
    {"color", KEY_COLOR, "WHEN", 0, "auto, always or never; auto heeds NO_COLOR", 90},
    {"colour", KEY_COLOR, "WHEN", OPTION_ALIAS | OPTION_HIDDEN, NULL, 90},
    {0}};

static error_t parse_common(int key, char *argument, struct argp_state *state) {
    ta_cli_common *common = state->input;
    switch (key) {
    case 'q':
        common->quiet = true;
        return 0;
    case 'v':
        common->verbose = true;
        return 0;
    case KEY_COLOR:
        if (strcmp(argument, "always") == 0)
            common->color = TA_COLOR_ALWAYS;
        else if (strcmp(argument, "never") == 0)
            common->color = TA_COLOR_NEVER;
        else if (strcmp(argument, "auto") != 0)
            argp_error(state, "--color takes auto, always or never, not \"%s\"", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp ta_cli_common_argp = {.options = common_options, .parser = parse_common};

bool ta_cli_colors(const ta_cli_common *common, FILE *stream) {
    if (common->color != TA_COLOR_AUTO)
        return common->color == TA_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    if (no_color && no_color[0])
        return false;
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && !(terminal && strcmp(terminal, "dumb") == 0);
}

unsigned ta_cli_width(FILE *stream) {
    enum { USUAL = 80 };
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL;
    return size.ws_col;
}

void ta_cli_parse(const struct argp *argp, const char *command, unsigned flags, int argc,
                  char **argv, void *input) {
    static char name[64];
    snprintf(name, sizeof name, "tickaudit %s", command);
    argv[0] = name; /* argp names itself by it in every message */
    argp_err_exit_status = TA_BAD_INPUT;
    error_t error = argp_parse(argp, argc, argv, flags, NULL, input);
    if (error) {
        fprintf(stderr, "%s: %s\n", name, strerror(error));
        exit(error == EINVAL ? TA_BAD_INPUT : TA_INTERNAL);
    }
}

char **ta_cli_copy_arguments(const char *command, int argc, char **argv) {
    char **copy = calloc((size_t)argc + 1, sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    copy[0] = (char *)(uintptr_t)command; /* read only */
    return copy;
}

bool ta_cli_duration(const char *text, double *seconds) {
    char *end;
    double number = strtod(text, &end);
    if (end == text || !isfinite(number) || number <= 0)
        return false;
    double unit = 1;
    if (strcmp(end, "ms") == 0)
        unit = 1e-3;
    else if (strcmp(end, "min") == 0)
        unit = 60;
    else if (strcmp(end, "s") != 0 && *end)
        return false;
    *seconds = number * unit;
    return true;
}

void ta_cli_allocator(struct argp_state *state, const char *name, ta_run_allocator *allocator) {
    if (strcmp(name, "mimalloc") == 0)
        *allocator = TA_ALLOCATOR_MIMALLOC;
    else if (strcmp(name, "system") == 0)
        *allocator = TA_ALLOCATOR_SYSTEM;
    else
        argp_error(state, "--allocator takes mimalloc or system, not \"%s\"", name);
}

bool ta_cli_number(const char *text, uint64_t most, uint64_t *number) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value == 0 || value > most)
        return false;
    *number = value;
    return true;
}

bool ta_cli_bytes(const char *text, uint64_t *bytes) {
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
    char digits[16];
    size_t length = strspn(text, "0123456789");
    uint64_t number, unit = text[length] ? 0 : 1;
    for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + length, units[i].name) == 0)
            unit = units[i].bytes;
    }
    if (length == 0 || length >= sizeof digits || unit == 0)
        return false;
    memcpy(digits, text, length);
    digits[length] = 0;
    if (!ta_cli_number(digits, (UINT64_C(1) << 30) / unit, &number))
        return false;
    *bytes = number * unit;
    return *bytes >= 1024;
}

ta_status ta_cli_flush(FILE *stream) {
    if (fflush(stream) != 0 || ferror(stream))
        return ta_status_make(TA_INTERNAL, "cannot write the output: %s", strerror(errno));
    return ta_status_ok();
}

ta_status ta_cli_print_json(cJSON *json) {
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    if (!text)
        return ta_status_make(TA_INTERNAL, "no memory to print JSON");
    puts(text);
    free(text);
    return ta_status_ok();
}
