#define _GNU_SOURCE /* strdup */
#include "support.h"

#include <cjson/cJSON.h>

/* cJSON gives out of memory at its n-th request, for each n there is: every way out of the reader
 * is taken once, and a sanitizer watches. */

static long requests_left;
static bool refused;

static void *scarce_malloc(size_t size) {
    if (requests_left-- == 0) {
        refused = true;
        return NULL;
    }
    return malloc(size);
}

Test(scenario_memory, a_lack_of_it_is_told_wherever_it_strikes) {
    static ta_scenario scenario, untouched;
    const char *const sets[] = {"seed=3",
                                "phases[0].seconds=2",
                                "enemy_pool=off",
                                "description=abc",
                                "budgets[0]=ticks < 5",
                                "faults={}",
                                "phases[0]={\"name\": \"b\", \"load\": \"burst\"}",
                                "phases[b].seconds=1",
                                "phases[b].spawn=1"};
    enum { SETS = sizeof sets / sizeof *sets };
    cJSON_Hooks hooks = {scarce_malloc, free};
    char *text = quoted(PHASES(PHASE));
    size_t size = strlen(text);
    ta_status status;
    long n = 0;
    cJSON_InitHooks(&hooks);
    for (;; n++) {
        requests_left = n;
        refused = false;
        status = ta_scenario_parse(text, size, "t.json", sets, SETS, &scenario);
        if (!refused)
            break;
        cr_assert_eq(status.code, TA_INTERNAL, "request %ld: %s", n, status.text);
        cr_assert(strstr(status.text, "out of memory"), "request %ld: %s", n, status.text);
        cr_assert(memcmp(&scenario, &untouched, sizeof scenario) == 0, "request %ld", n);
    }
    cJSON_InitHooks(NULL);
    cr_expect(ta_ok(status), "%s", status.text);
    cr_expect_gt(n, 40, "only %ld requests", n); /* otherwise the hooks were not in force */
    free(text);
}
