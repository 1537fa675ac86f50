/* `tickaudit check`: whether the auditor can be trusted on this system. */
#define _GNU_SOURCE
#include "cli.h"

#include "check.h"
#include "identity.h"

#include <cjson/cJSON.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { KEY_JSON = 0x100, KEY_ALLOCATOR, ALLOCATORS = 2 };

typedef struct arguments {
    ta_cli_common common;
    bool json, one;
    ta_run_allocator allocator; /* when only one is to be checked */
} arguments;

static const struct argp_option options[] = {
    {"allocator", KEY_ALLOCATOR, "mimalloc|system", 0, "Check this one alone (default: both)", 0},
    {"json", KEY_JSON, NULL, 0, "Print everything as JSON", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->common;
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    case KEY_ALLOCATOR:
        ta_cli_allocator(state, argument, &a->allocator);
        a->one = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "check takes no arguments");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *const assumption_names[] = {
#define NAME(name, assumed, fallback) #name,
    TA_ASSUMPTION_LIST(NAME)
#undef NAME
};

static const char *const assumed[] = {
#define ASSUMED(name, assumed, fallback) assumed,
    TA_ASSUMPTION_LIST(ASSUMED)
#undef ASSUMED
};

static const char *const fallbacks[] = {
#define FALLBACK(name, assumed, fallback) fallback,
    TA_ASSUMPTION_LIST(FALLBACK)
#undef FALLBACK
};

static const char *const defect_names[] = {
#define NAME(name, does) #name,
    TA_DEFECT_LIST(NAME)
#undef NAME
};

static const char *const defects[] = {
#define DOES(name, does) does,
    TA_DEFECT_LIST(DOES)
#undef DOES
};

static bool is_fallback(uint32_t state) {
    return state == TA_ASSUMPTION_FAILED || state == TA_ASSUMPTION_FORCED;
}

static const char *name_of(const ta_check *check) {
    return check->allocator_name[0]                  ? check->allocator_name
           : check->allocator == TA_ALLOCATOR_SYSTEM ? "system"
                                                     : "mimalloc";
}

static void print_assumption(const ta_check *check, unsigned i) {
    uint32_t state = check->assumptions[i];
    if (state == TA_ASSUMPTION_UNUSED)
        return;
    printf("  %-16s %-8s %s\n", assumption_names[i], ta_assumption_state_name(state), assumed[i]);
    if (is_fallback(state))
        printf("  %-16s %-8s instead: %s\n", "", "", fallbacks[i]);
}

static void print_check(const ta_check *check) {
    printf("\n%s: %s\n", name_of(check), ta_check_passed(check) ? "ok" : "FAILED");
    if (!ta_ok(check->status)) {
        printf("  %s\n", check->status.text);
        return;
    }
    for (unsigned i = 0; i < check->count_count; i++) {
        const ta_check_count *c = &check->counts[i];
        printf("  %-16s %-8s %s: %" PRIu64 " of %" PRIu64 "\n", "counts",
               c->counted == c->expected ? "exact" : "WRONG", c->what, c->counted, c->expected);
    }
    for (unsigned i = 0; i < TA_DEFECT_COUNT; i++) {
        if (check->defects >> i & 1)
            printf("  %-16s %-8s %s\n", defect_names[i],
                   i == TA_DEFECT_aligned_usable ? "told" : "mended", defects[i]);
    }
    for (unsigned i = 0; i < TA_ASSUMPTION_COUNT; i++)
        print_assumption(check, i);
}

static void print_text(const ta_check *checks, unsigned count) {
    struct utsname kernel;
    char machine[256];
    ta_identity_machine(machine, sizeof machine);
    uname(&kernel);
    printf("glibc %s, %s %s, %s, %s\n", gnu_get_libc_version(), kernel.sysname, kernel.release,
           kernel.machine, machine);
    for (unsigned i = 0; i < count; i++)
        print_check(&checks[i]);
}

static cJSON *check_as_json(const ta_check *check) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "allocator", name_of(check));
    cJSON_AddBoolToObject(object, "passed", ta_check_passed(check));
    if (!ta_ok(check->status))
        cJSON_AddStringToObject(object, "error", check->status.text);
    cJSON *list = cJSON_AddArrayToObject(object, "counts");
    for (unsigned i = 0; i < check->count_count; i++) {
        cJSON *count = cJSON_CreateObject();
        cJSON_AddStringToObject(count, "what", check->counts[i].what);
        cJSON_AddNumberToObject(count, "expected", (double)check->counts[i].expected);
        cJSON_AddNumberToObject(count, "counted", (double)check->counts[i].counted);
        cJSON_AddItemToArray(list, count);
    }
    list = cJSON_AddArrayToObject(object, "defects");
    for (unsigned i = 0; i < TA_DEFECT_COUNT; i++) {
        if (check->defects >> i & 1)
            cJSON_AddItemToArray(list, cJSON_CreateString(defect_names[i]));
    }
    cJSON *states = cJSON_AddObjectToObject(object, "assumptions");
    for (unsigned i = 0; i < TA_ASSUMPTION_COUNT; i++)
        cJSON_AddStringToObject(states, assumption_names[i],
                                ta_assumption_state_name(check->assumptions[i]));
    return object;
}

static ta_status print_json(const ta_check *checks, unsigned count) {
    cJSON *list = cJSON_CreateArray();
    for (unsigned i = 0; i < count; i++)
        cJSON_AddItemToArray(list, check_as_json(&checks[i]));
    return ta_cli_print_json(list);
}

int ta_command_check(int argc, char **argv) {
    static const struct argp_child children[] = {{&ta_cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "",
        "Proves the auditor on this system: audits a program whose allocations are known, over "
        "each allocator, and says what was counted, what the allocator does otherwise than "
        "glibc's, and which implementation details of libc and the kernel hold as assumed. Where "
        "one does not, a fallback is in use: allocations are counted to the call all the same, "
        "while stacks may be shorter, and a hot path that longjmp has left may stay open for a "
        "while.\v"
        "Example: tickaudit check\n\n"
        "TICKAUDIT_FALLBACK=NAME[,NAME...] or =all forces fallbacks, here and in every audit.\n"
        "Exits 0 when everything was counted to the call, else 5.",
        children,
        NULL,
        NULL};
    arguments a = {0};
    ta_cli_parse(&argp, "check", 0, argc, argv, &a);
    static const ta_run_allocator both[ALLOCATORS] = {TA_ALLOCATOR_SYSTEM, TA_ALLOCATOR_MIMALLOC};
    static ta_check checks[ALLOCATORS];
    unsigned count = a.one ? 1 : ALLOCATORS;
    bool passed = true;
    for (unsigned i = 0; i < count; i++) {
        ta_check_allocator(a.one ? a.allocator : both[i], &checks[i]);
        passed = passed && ta_check_passed(&checks[i]);
    }
    ta_status status = ta_status_ok();
    if (a.json)
        status = print_json(checks, count);
    else if (!a.common.quiet)
        print_text(checks, count);
    if (ta_ok(status))
        status = ta_cli_flush(stdout);
    if (!ta_ok(status))
        return ta_cli_report(status);
    return passed ? TA_OK : TA_INTERNAL;
}
