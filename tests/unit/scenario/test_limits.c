#define _GNU_SOURCE /* strdup, asprintf */
#include "support.h"

/* For each limit: the text around the number, the last number that is taken, the next that is not.
 */
typedef struct edge {
    const char *before, *least, *below, *most, *above, *after;
} edge;

#define SEED(key) "{'seed': 1, '" key "': "
#define TAIL      ", 'phases': [" PHASE "]}"
#define FAULT(k)  "{'seed': 1, 'tick_hz': 1000, 'faults': {'" k "': "
#define LONG      "}, 'phases': [{'name': 'a', 'load': 'burst', 'seconds': 2000, 'spawn': 1}]}"
#define FIELD(k)  "{'seed': 1, 'workload': 'p.so', 'phases': [{'name': 'a', 'load': " k ": "
#define END       "}]}"

static const edge edges[] = {
    {"{'seed': ", "0", "-1", "9007199254740991", "9007199254740992", TAIL},
    {"{'seed': ", "0.0", "0.5", "1e15", "1e16", TAIL},
    {SEED("tick_hz"), "1", "0", "1000", "1001", TAIL},
    {SEED("pool"), "10", "9", "1000000", "1000001", TAIL},
    {SEED("warmup_ticks"), "0", "-1", "100000", "100001", TAIL},
    {SEED("timeout_seconds"), "0.1", "0.09", "86400", "86400.001", TAIL},
    {FAULT("alloc_at_tick"), "0", "-1", "2000000", "2000001", LONG},
    {FAULT("end_at_tick"), "0", "-1", "2000000", "2000001", LONG},
    {FAULT("crash_at_tick"), "0", "-1", "2000000", "2000001", LONG},
    {FAULT("hang_at_tick"), "0", "-1", "2000000", "2000001", LONG},
    {FAULT("miscount_at_tick"), "0", "-1", "2000000", "2000001", LONG},
    {FAULT("slow_at_tick"), "0", "-1", "2000000", "2000001", LONG},
    {FAULT("leak_bytes_per_tick"), "0", "-1", "536", "537", LONG},
    {"{'seed': 1, 'faults': {'leak_bytes_per_tick': ", "0", "-1", "16777216", "16777217",
     "}, 'phases': [{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 1}]}"},
    {FIELD("'burst', 'spawn': 1, 'seconds'"), "0.001", "0.0009", "3600", "3600.1", END},
    {FIELD("'burst', 'seconds': 1, 'spawn'"), "1", "0", "1000000", "1000001", END},
    {FIELD("'gradual', 'seconds': 1, 'from': 0, 'to'"), "1", "0", "1000000", "1000001", END},
    {FIELD("'gradual', 'seconds': 1, 'to': 1000000, 'from'"), "0", "-1", "1000000", "1000001", END},
    {FIELD("'combat', 'seconds': 1, 'spawn': 1000000, 'refill_below'"), "0", "-1", "1000000",
     "1000001", END},
    {FIELD("'mixed_tier', 'seconds': 1, 'spawn': 9, 'quota': {'boss': 100, 'elite'"), "0", "-0.01",
     "0.005", "0.02", "}" END},
};

static ta_status parse_edge(const edge *e, const char *number) {
    static ta_scenario scenario;
    char *text;
    cr_assert(asprintf(&text, "%s%s%s", e->before, number, e->after) > 0);
    ta_status status = parse_with(text, NULL, &scenario);
    free(text);
    return status;
}

Test(scenario_limits, each_number_is_taken_at_its_limits_and_refused_beyond) {
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        const edge *e = &edges[i];
        const char *good[] = {e->least, e->most}, *bad[] = {e->below, e->above};
        for (int k = 0; k < 2; k++) {
            ta_status status = parse_edge(e, good[k]);
            cr_expect(ta_ok(status), "%s%s: %s", e->before, good[k], status.text);
            status = parse_edge(e, bad[k]);
            cr_expect_eq(status.code, TA_BAD_INPUT, "%s%s was taken", e->before, bad[k]);
        }
    }
}

/* A text of `bytes` letters in `format`'s place, which is a %s. */
static ta_status parse_long(const char *before, size_t bytes, const char *after) {
    static ta_scenario scenario;
    char *letters = malloc(bytes + 1), *text;
    memset(letters, 'a', bytes);
    letters[bytes] = '\0';
    cr_assert(asprintf(&text, "%s%s%s", before, letters, after) > 0);
    ta_status status = parse_with(text, NULL, &scenario);
    free(letters);
    free(text);
    return status;
}

Test(scenario_limits, each_text_is_taken_at_its_limit_and_refused_beyond) {
    const struct {
        const char *before;
        size_t most;
        const char *after;
    } texts[] = {
        {"{'name': '", 63, "', 'seed': 1" TAIL},
        {"{'description': '", 511, "', 'seed': 1" TAIL},
        {"{'$schema': '", 1023, "', 'seed': 1" TAIL},
        {"{'workload': '/", 1019, ".so', 'seed': 1" TAIL},
        {"{'seed': 1, 'phases': [{'load': 'burst', 'seconds': 1, 'spawn': 1, 'name': '", 63,
         "'}]}"},
        {"{'workload': 'p.so', 'parameters': {'", 63, "': 1}, 'seed': 1" TAIL},
        {"{'workload': 'p.so', 'parameters': {'x': '", 255, "'}, 'seed': 1" TAIL},
        {"{'budgets': ['hot_allocs[", 255, "] = 0'], 'seed': 1" TAIL},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ta_status status = parse_long(texts[i].before, texts[i].most, texts[i].after);
        cr_expect(ta_ok(status), "%s: %s", texts[i].before, status.text);
        status = parse_long(texts[i].before, texts[i].most + 1, texts[i].after);
        cr_expect_eq(status.code, TA_BAD_INPUT, "%s", texts[i].before);
    }
}

/* `count` items made by printf from `format` and their number, between two texts. */
static ta_status parse_items(const char *before, const char *format, unsigned count,
                             const char *after, const char *override) {
    static ta_scenario scenario;
    size_t size = strlen(before) + strlen(after) + count * 128 + 1, used;
    char *text = malloc(size);
    used = (size_t)snprintf(text, size, "%s", before);
    for (unsigned i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s", i ? ", " : "");
        used += (size_t)snprintf(text + used, size - used, format, i + 1);
    }
    snprintf(text + used, size - used, "%s", after);
    ta_status status = parse_with(text, override, &scenario);
    free(text);
    return status;
}

Test(scenario_limits, each_list_is_taken_at_its_limit_and_refused_beyond) {
    const struct {
        const char *before, *format;
        unsigned most;
        const char *after;
    } lists[] = {
        {"{'seed': 1, 'phases': [", "{'name': 'p%u', 'load': 'burst', 'seconds': 1, 'spawn': 10}",
         TA_SCENARIO_PHASES_MAX, "]}"},
        {"{'seed': 1, 'budgets': [", "'allocs < %u'", TA_SCENARIO_BUDGETS_WRITTEN_MAX, "]" TAIL},
        {"{'seed': 1, 'phases': [{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 1, "
         "'budgets': [",
         "'allocs < %u'", TA_SCENARIO_BUDGETS_WRITTEN_MAX, "]}]}"},
        {"{'seed': 1, 'workload': 'p.so', 'parameters': {", "'p%u': 1", TA_PARAMETERS_MAX,
         "}" TAIL},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        ta_status status =
            parse_items(lists[i].before, lists[i].format, lists[i].most, lists[i].after, NULL);
        cr_expect(ta_ok(status), "%s: %s", lists[i].format, status.text);
        status =
            parse_items(lists[i].before, lists[i].format, lists[i].most + 1, lists[i].after, NULL);
        cr_expect_eq(status.code, TA_BAD_INPUT, "%s", lists[i].format);
    }
}

Test(scenario_limits, the_ticks_of_the_whole_have_a_limit_of_their_own) {
    const char *phase = "{'name': 'p%u', 'load': 'burst', 'seconds': 1000, 'spawn': 1}";
    const char *head = "{'seed': 1, 'tick_hz': 1000, 'phases': [";
    cr_expect(ta_ok(parse_items(head, phase, 2, "]}", NULL)));
    ta_status status = parse_items(head, phase, 2, "]}", "warmup_ticks=1");
    cr_expect_str_eq(status.text, "t.json:1:40: phases: the warm-up and all phases are 2000001 "
                                  "ticks; at most 2000000 are run");
}

Test(scenario_limits, a_text_in_memory_is_taken_up_to_its_size) {
    static ta_scenario scenario;
    char *json = quoted(PHASES(PHASE));
    size_t most = TA_SCENARIO_FILE_BYTES_MAX;
    char *text = malloc(most + 1);
    memset(text, ' ', most + 1);
    memcpy(text, json, strlen(json));
    cr_expect(ta_ok(ta_scenario_parse(text, most, "t.json", NULL, 0, &scenario)));
    ta_status status = ta_scenario_parse(text, most + 1, "t.json", NULL, 0, &scenario);
    cr_expect_str_eq(status.text, "t.json: 1048577 bytes; a scenario file has at most 1048576");
    free(text);
    free(json);
}
