#define _GNU_SOURCE /* strdup */
#include "support.h"

#include "sim/switches.h"

static const bad_text keys[] = {
    {"{}", "t.json:1:1: a scenario needs the key \"seed\""},
    {"{'seed': 1}", "t.json:1:1: a scenario needs the key \"phases\""},
    {"{'seed': 1,\n  'warmup_tick': 3}",
     "t.json:2:3: unknown key \"warmup_tick\"; did you mean \"warmup_ticks\"?"},
    {PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1,\n 'spwan': 10}"),
     "t.json:2:2: phases[0]: unknown key \"spwan\"; did you mean \"spawn\"?"},
    {PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'xylophone': 10}"),
     "t.json:1:69: phases[0]: unknown key \"xylophone\"; a phase knows name, load, seconds, from, "
     "to, spawn, refill_below, quota, budgets"},
    {WITH("'faults': {'crash_tick': 3}"),
     "t.json:1:24: faults: unknown key \"crash_tick\"; did you mean \"crash_at_tick\"?"},
    {WITH("'switches': {'enemypool': true}"),
     "t.json:1:26: switches: unknown key \"enemypool\"; did you mean \"enemy_pool\"?"},
    {PHASES("{'load': 'burst', 'seconds': 1, 'spawn': 10}"),
     "t.json:1:24: phases[0]: a phase needs the key \"name\""},
    {PHASES("{'name': 'a', 'seconds': 1, 'spawn': 10}"),
     "t.json:1:24: phases[0]: a phase needs the key \"load\""},
    {PHASES("{'name': 'a', 'load': 'burst', 'spawn': 10}"),
     "t.json:1:24: phases[0]: a phase needs the key \"seconds\""},
    {PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1}"),
     "t.json:1:24: phases[0]: the load \"burst\" needs the key \"spawn\""},
    {PHASES("{'name': 'a', 'load': 'gradual', 'seconds': 1, 'from': 1}"),
     "t.json:1:24: phases[0]: the load \"gradual\" needs the key \"to\""},
    {PHASES("{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9}"),
     "t.json:1:24: phases[0]: the load \"mixed_tier\" needs the key \"quota\""},
    {PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 9, 'refill_below': 3}"),
     "t.json:1:81: phases[0]: the key \"refill_below\" does not go with the load \"burst\", only "
     "with combat, custom"},
    {PHASES("{'name': 'a', 'load': 'combat', 'seconds': 1, 'spawn': 9, 'from': 3}"),
     "t.json:1:82: phases[0]: the key \"from\" does not go with the load \"combat\", only with "
     "gradual, custom"},
};

Test(scenario_values, a_missing_or_unknown_key_is_named) {
    EXPECT_ERRORS(keys);
}

static const bad_text types[] = {
    {WITH("'name': 3"), "t.json:1:21: name: expected a text, found a number"},
    {WITH("'description': []"), "t.json:1:28: description: expected a text, found an array"},
    {WITH("'$schema': {}"), "t.json:1:24: $schema: expected a text, found an object"},
    {"{'seed': '1', 'phases': [" PHASE "]}",
     "t.json:1:10: seed: expected a whole number from 0 to 9007199254740991, found a text"},
    {"{'seed': null, 'phases': [" PHASE "]}",
     "t.json:1:10: seed: expected a whole number from 0 to 9007199254740991, found null"},
    {WITH("'render': 1"), "t.json:1:23: render: expected true or false, found a number"},
    {WITH("'render': 'on'"), "t.json:1:23: render: expected true or false, found a text"},
    {WITH("'optimizations': true"), "t.json:1:30: optimizations: expected a text, found true"},
    {WITH("'switches': ['enemy_pool']"),
     "t.json:1:25: switches: expected an object, found an array"},
    {WITH("'switches': {'enemy_pool': 1}"),
     "t.json:1:40: switches.enemy_pool: expected true or false, found a number"},
    {WITH("'faults': false"), "t.json:1:23: faults: expected an object, found false"},
    {WITH("'faults': {'empty_world': 1}"),
     "t.json:1:39: faults.empty_world: expected true or false, found a number"},
    {WITH("'budgets': 'hot_allocs = 0'"), "t.json:1:24: budgets: expected an array, found a text"},
    {WITH("'budgets': [0]"),
     "t.json:1:25: budgets[0]: expected a text like \"hot_allocs = 0\", found a number"},
    {WITH("'parameters': []"), "t.json:1:27: parameters: expected an object, found an array"},
    {"{'seed': 1, 'phases': {}}", "t.json:1:23: phases: expected an array, found an object"},
    {"{'seed': 1, 'phases': []}", "t.json:1:23: phases: expected 1 to 32 items, found 0"},
    {PHASES("[]"), "t.json:1:24: phases[0]: expected an object, found an array"},
    {PHASES(PHASE ", 3"), "t.json:1:83: phases[1]: expected an object, found a number"},
    {PHASES("{'name': 'a', 'load': 4, 'seconds': 1}"),
     "t.json:1:46: phases[0].load: expected a text, found a number"},
    {PHASES("{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9, 'quota': 60}"),
     "t.json:1:95: phases[0].quota: expected an object, found a number"},
};

Test(scenario_values, a_wrong_type_is_told_with_the_right_one) {
    EXPECT_ERRORS(types);
}

static const bad_text words[] = {
    {WITH("'name': 'a/b'"), "t.json:1:21: name: expected letters, digits, '_', '-' and '.' only, "
                            "the first neither '-' nor '.', found \"a/b\""},
    {WITH("'name': '..'"), "t.json:1:21: name: expected letters, digits, '_', '-' and '.' only, "
                           "the first neither '-' nor '.', found \"..\""},
    {WITH("'name': ''"), "t.json:1:21: name: expected a text of 1 to 63 bytes, found 0"},
    {WITH("'workload': 'areena'"), "t.json:1:25: workload: expected \"arena\" or the path of a "
                                   "plugin ending in .so, found \"areena\""},
    {WITH("'workload': '.so'"), "t.json:1:25: workload: expected \"arena\" or the path of a "
                                "plugin ending in .so, found \".so\""},
    {WITH("'optimizations': 'phase_10'"),
     "t.json:1:30: optimizations: unknown level \"phase_10\"; expected "
     "none, phase_4 to phase_9 or all"},
    {WITH("'optimizations': 'everything'"),
     "t.json:1:30: optimizations: unknown level "
     "\"everything\"; expected none, phase_4 to phase_9 or all"},
    {WITH("'parameters': {'speed': 3}"),
     "t.json:1:28: parameters: unknown parameter \"speed\": the arena has none"},
    {WITH("'workload': 'a.so', 'parameters': {'a b': 3}"),
     "t.json:1:48: parameters: expected a name of 1 to 63 letters, digits, '_', '-' and '.', found "
     "\"a b\""},
    {WITH("'workload': 'a.so', 'parameters': {'a': null}"),
     "t.json:1:53: parameters.a: expected a number, a text, true or false, found null"},
    {PHASES("{'name': 'A', 'load': 'burst', 'seconds': 1, 'spawn': 10}"),
     "t.json:1:33: phases[0].name: expected lower-case letters, digits and _ only, found \"A\""},
    {PHASES("{'name': 'whole', 'load': 'burst', 'seconds': 1, 'spawn': 10}"),
     "t.json:1:33: phases[0].name: \"whole\" is how results call the whole run"},
    {PHASES(PHASE ", " PHASE), "t.json:1:92: phases[1].name: phases[0] is named \"a\" too"},
    {PHASES("{'name': 'a', 'load': 'brust', 'seconds': 1, 'spawn': 10}"),
     "t.json:1:46: phases[0].load: unknown load \"brust\"; did you mean \"burst\"?"},
    {PHASES("{'name': 'a', 'load': 'quiet', 'seconds': 1, 'spawn': 10}"),
     "t.json:1:46: phases[0].load: unknown load \"quiet\"; expected gradual, burst, combat, "
     "mixed_tier or custom"},
    {PHASES("{'name': 'a', 'load': 'custom', 'seconds': 1}"),
     "t.json:1:46: phases[0].load: the arena has no custom load; a plugin may"},
    {WITH("'budgets': ['hot_alocs = 0']"),
     "t.json:1:25: budgets[0]: budget \"hot_alocs = 0\", column 1: unknown metric \"hot_alocs\"; "
     "did you mean \"hot_allocs\"?"},
    {WITH("'budgets': ['allocs = 0', 'allocs = 0']"),
     "t.json:1:39: budgets[1]: the budget \"allocs = 0\" stands here twice"},
    {PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10, 'budgets': ['p95_ms']}"),
     "t.json:1:94: phases[0].budgets[0]: budget \"p95_ms\", column 7: expected one of <, <=, =, "
     "==, >=, >"},
};

Test(scenario_values, a_word_that_is_none_of_the_known_is_told) {
    EXPECT_ERRORS(words);
}

static const bad_text sums[] = {
    {PHASES("{'name': 'a', 'load': 'gradual', 'seconds': 1, 'from': 6, 'to': 5}"),
     "t.json:1:79: phases[0].from: expected at most the 5 of \"to\", found 6"},
    {PHASES("{'name': 'a', 'load': 'combat', 'seconds': 1, 'spawn': 5, 'refill_below': 6}"),
     "t.json:1:98: phases[0].refill_below: expected at most the population of 5, found 6"},
    {PHASES(
         "{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9, 'quota': {'swarm': 99}}"),
     "t.json:1:95: phases[0].quota: expected shares that add up to 100 %, found 99"},
    {PHASES("{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9, 'quota': {}}"),
     "t.json:1:95: phases[0].quota: expected shares that add up to 100 %, found 0"},
    {PHASES(
         "{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9, 'quota': {'swarm': 101}}"),
     "t.json:1:105: phases[0].quota.swarm: expected a number from 0 to 100, found 101"},
    {PHASES(
         "{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9, 'quota': {'minion': 1}}"),
     "t.json:1:96: phases[0].quota: unknown key \"minion\"; a quota knows swarm, regular, elite, "
     "boss"},
    {WITH("'pool': 9"),
     "t.json:1:89: phases[0].spawn: a population of 10 does not fit into the pool of 9"},
    {"{'seed': 1, 'pool': 4, 'phases': [{'name': 'a', 'load': 'gradual', 'seconds': 1, 'from': 1, "
     "'to': 5}]}",
     "t.json:1:99: phases[0].to: a population of 5 does not fit into the pool of 4"},
    {WITH("'faults': {'crash_at_tick': 61}"),
     "t.json:1:41: faults.crash_at_tick: tick 61 never comes: the run has 60, warm-up included"},
    {WITH("'faults': {'leak_bytes_per_tick': 16777216}, 'warmup_ticks': 5"),
     "t.json:1:47: faults.leak_bytes_per_tick: 1090519040 bytes in all 65 ticks; at most "
     "1073741824 are leaked"},
};

Test(scenario_values, values_that_do_not_fit_together_are_told) {
    EXPECT_ERRORS(sums);
}

Test(scenario_values, defaults_stand_where_nothing_is_said) {
    ta_scenario *s = parsed(PHASES(PHASE), NULL);
    cr_expect_str_eq(s->name, "t");
    cr_expect_str_eq(s->path, "t.json");
    cr_expect_str_eq(s->description, "");
    cr_expect_str_eq(s->workload, "arena");
    cr_expect_eq(s->seed, 1);
    cr_expect_eq(s->tick_hz, 60);
    cr_expect_eq(s->capacity, 10);
    cr_expect_eq(s->warmup_ticks, 0);
    cr_expect_eq(s->timeout_seconds, 0);
    cr_expect(s->render);
    cr_expect_str_eq(s->level, "all");
    cr_expect_eq(s->switches, SIM_SWITCHES_ALL);
    cr_expect_eq(s->parameter_count, 0);
    cr_expect_eq(s->faults.crash_at_tick, 0);
    cr_expect_not(s->faults.empty_world);
    cr_expect_eq(ta_scenario_ticks(s), 60);
}

Test(scenario_values, every_value_reaches_its_field) {
    ta_scenario *s = parsed(
        "{'$schema': 'x', 'name': 'N-1.b', 'description': 'Gr\xc3\xbc\xc3\x9f \\ud83d\\ude00 \\\\',"
        "'workload': '/x/y.so', 'seed': 9007199254740991, 'tick_hz': 30, 'pool': 700,"
        "'warmup_ticks': 7, 'timeout_seconds': 2.5, 'render': false, 'optimizations': 'phase_4',"
        "'switches': {'enemy_pool': false, 'flag_bits': true},"
        "'parameters': {'speed': -1.5, 'deep': true, 'file': 'a b'},"
        "'faults': {'alloc_at_tick': 1, 'leak_bytes_per_tick': 2, 'end_at_tick': 3,"
        " 'crash_at_tick': 4, 'hang_at_tick': 5, 'miscount_at_tick': 6, 'slow_at_tick': 7,"
        " 'empty_world': true, 'ignore_seed': true},"
        "'budgets': ['hot_allocs[combat_tick] = 0'], 'phases': ["
        "{'name': 'g', 'load': 'gradual', 'seconds': 0.5, 'from': 0, 'to': 500},"
        "{'name': 'c', 'load': 'combat', 'seconds': 1, 'spawn': 600, 'refill_below': 599},"
        "{'name': 'm', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 7,"
        " 'quota': {'swarm': 33.3, 'elite': 33.3, 'boss': 33.4}},"
        "{'name': 'own', 'load': 'custom', 'seconds': 0.001, 'to': 3, 'budgets': ['ticks = 1']}]}",
        NULL);
    cr_expect_str_eq(s->name, "N-1.b");
    cr_expect_str_eq(s->description, "Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \\");
    cr_expect_str_eq(s->workload, "/x/y.so");
    cr_expect_eq(s->seed, UINT64_C(9007199254740991));
    cr_expect_eq(s->tick_hz, 30);
    cr_expect_eq(s->capacity, 700);
    cr_expect_eq(s->warmup_ticks, 7);
    cr_expect_float_eq(s->timeout_seconds, 2.5, 0);
    cr_expect_not(s->render);
    cr_expect_str_eq(s->level, "phase_4");
    cr_expect_eq(s->switches,
                 SIM_SWITCH_multimesh_reuse | SIM_SWITCH_quadmesh_pool | SIM_SWITCH_flag_bits);
    cr_assert_eq(s->parameter_count, 3);
    cr_expect_str_eq(s->parameters[0].name, "speed");
    cr_expect_float_eq(s->parameters[0].number, -1.5, 0);
    cr_expect_float_eq(s->parameters[1].number, 1, 0);
    cr_expect(s->parameters[2].is_text);
    cr_expect_str_eq(s->parameters[2].text, "a b");
    const ta_fault_plan f = s->faults;
    cr_expect(f.alloc_at_tick == 1 && f.leak_bytes_per_tick == 2 && f.end_at_tick == 3 &&
              f.crash_at_tick == 4 && f.hang_at_tick == 5 && f.miscount_at_tick == 6 &&
              f.slow_at_tick == 7 && f.empty_world && f.ignore_seed);
    cr_assert_eq(s->budget_count, 1);
    cr_expect_str_eq(s->budgets[0].hot_path, "combat_tick");
    cr_assert_eq(s->phase_count, 4);
    cr_expect(s->phases[0].plan.load == TA_LOAD_gradual && s->phases[0].plan.ticks == 15 &&
              s->phases[0].plan.population_first == 0 && s->phases[0].plan.population_last == 500);
    cr_expect_eq(s->phases[1].plan.refill_below, 599);
    cr_expect_float_eq(s->phases[2].plan.quota[3], 0.334, 1e-9);
    cr_expect_float_eq(s->phases[2].plan.quota[1], 0, 0);
    cr_expect_eq(s->phases[3].plan.ticks, 1); /* 0.03 of a tick is one */
    cr_expect_eq(s->phases[3].budget_count, 1);
}

Test(scenario_values, seconds_become_the_nearest_ticks) {
    ta_scenario *s = parsed("{'seed': 1, 'tick_hz': 100, 'phases': [{'name': 'a', 'load': 'burst', "
                            "'seconds': 0.29, 'spawn': 1}]}",
                            NULL);
    cr_expect_eq(s->phases[0].plan.ticks, 29); /* 0.29 times 100 is a little less */
}

Test(scenario_values, shares_that_nearly_make_100_are_scaled) {
    ta_scenario *s = parsed(PHASES("{'name': 'a', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 9, "
                                   "'quota': {'swarm': 33.333, 'elite': 33.333, 'boss': 33.333}}"),
                            NULL);
    cr_expect_float_eq(s->phases[0].plan.quota[0], 1.0 / 3, 1e-12);
}

Test(scenario_values, a_level_turns_on_its_phase_and_those_before) {
    const struct {
        const char *text;
        uint32_t switches;
    } levels[] = {
        {WITH("'optimizations': 'none'"), 0},         {WITH("'optimizations': 'phase_4'"), 0x7},
        {WITH("'optimizations': 'phase_5'"), 0x1F},   {WITH("'optimizations': 'phase_6'"), 0x7F},
        {WITH("'optimizations': 'phase_7'"), 0x1FF},  {WITH("'optimizations': 'phase_8'"), 0x7FF},
        {WITH("'optimizations': 'phase_9'"), 0xFFFF}, {WITH("'optimizations': 'all'"), 0xFFFF},
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        cr_expect_eq(parsed(levels[i].text, NULL)->switches, levels[i].switches, "%s",
                     levels[i].text);
}

Test(scenario_values, combat_refills_below_four_fifths_unless_told) {
    ta_scenario *s =
        parsed(PHASES("{'name': 'a', 'load': 'combat', 'seconds': 1, 'spawn': 500}"), NULL);
    cr_expect_eq(s->phases[0].plan.refill_below, 400);
    s = parsed(PHASES("{'name': 'a', 'load': 'combat', 'seconds': 1, 'spawn': 1000000}"), NULL);
    cr_expect_eq(s->phases[0].plan.refill_below, 800000);
    s = parsed(PHASES("{'name': 'a', 'load': 'combat', 'seconds': 1, 'spawn': 7}"), NULL);
    cr_expect_eq(s->phases[0].plan.refill_below, 5);
}

Test(scenario_values, a_plugin_is_found_beside_its_scenario) {
    static ta_scenario s;
    const char *text = "{\"seed\": 1, \"workload\": \"../p.so\", \"phases\": [{\"name\": \"a\", "
                       "\"load\": \"custom\", \"seconds\": 1}]}";
    cr_assert(ta_ok(ta_scenario_parse(text, strlen(text), "/a/b/c.json", NULL, 0, &s)));
    cr_expect_str_eq(s.workload, "/a/b/../p.so");
    cr_assert(ta_ok(ta_scenario_parse(text, strlen(text), "b/c.json", NULL, 0, &s)));
    cr_expect(s.workload[0] == '/' && strstr(s.workload, "/b/../p.so"), "%s", s.workload);
    const char *set = "workload=q.so"; /* typed here, so relative to here */
    cr_assert(ta_ok(ta_scenario_parse(text, strlen(text), "/a/b/c.json", &set, 1, &s)));
    cr_expect(s.workload[0] == '/' && !strstr(s.workload, "/a/b/"), "%s", s.workload);
}

Test(scenario_values, the_name_comes_from_the_file) {
    static ta_scenario s;
    const char *const paths[][2] = {
        {"a/stress_500.json", "stress_500"},
        {"My File!.json", "My_File_"},
        {".json", "_json"},
        {"dir/", "scenario"},
        {"-x.json", "_x"},
        {"plain", "plain"},
    };
    char *text = quoted(PHASES(PHASE));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cr_assert(ta_ok(ta_scenario_parse(text, strlen(text), paths[i][0], NULL, 0, &s)));
        cr_expect_str_eq(s.name, paths[i][1]);
    }
    free(text);
}

static const ta_budget *find_budget(const ta_budget *budgets, uint32_t count, ta_metric metric) {
    for (uint32_t i = 0; i < count; i++)
        if (budgets[i].metric == metric)
            return &budgets[i];
    return NULL;
}

Test(scenario_values, every_phase_promises_its_population) {
    ta_scenario *s = parsed(PHASES(PHASE), NULL);
    const ta_budget *b =
        find_budget(s->phases[0].budgets, s->phases[0].budget_count, TA_METRIC_enemy_peak);
    cr_assert(b);
    cr_expect(b->op == TA_BUDGET_GE && b->limit == 10);
    cr_expect_str_eq(b->text, "enemy_peak >= 10");
}

Test(scenario_values, a_phase_may_promise_another_population_but_not_none) {
    ta_scenario *s = parsed(PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10, "
                                   "'budgets': ['enemy_peak > 7']}"),
                            NULL);
    cr_assert_eq(s->phases[0].budget_count, 1);
    cr_expect_str_eq(s->phases[0].budgets[0].text, "enemy_peak > 7");
    s = parsed(PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10, 'budgets': "
                      "['enemy_peak <= 10']}"),
               NULL);
    cr_expect_eq(s->phases[0].budget_count, 2); /* an upper bound lets an empty world pass */
    s = parsed(PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10, 'budgets': "
                      "['enemy_peak = 9']}"),
               NULL);
    cr_expect_eq(s->phases[0].budget_count, 1); /* at least 9 */
    s = parsed(PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10, 'budgets': "
                      "['enemy_peak == 0']}"),
               NULL);
    cr_expect_eq(s->phases[0].budget_count, 2);
    expect_error(
        PHASES("{'name': 'a', 'load': 'burst', 'seconds': 1, 'spawn': 10, 'budgets': "
               "['enemy_peak >= 0']}"),
        "t.json:1:94: phases[0].budgets[0]: budget \"enemy_peak >= 0\", column 1: \">= 0\" "
        "promises nothing");
}

Test(scenario_values, the_arena_always_promises_that_its_count_is_right) {
    ta_scenario *s = parsed(WITH("'budgets': ['population_mismatch < 5']"), NULL);
    cr_assert_eq(s->budget_count, 2);
    cr_expect_str_eq(s->budgets[1].text, "population_mismatch = 0");
    static const char *const same[] = {WITH("'budgets': ['population_mismatch = 0']"),
                                       WITH("'budgets': ['population_mismatch == 0']"),
                                       WITH("'budgets': ['population_mismatch <= 0']")};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        cr_expect_eq(parsed(same[i], NULL)->budget_count, 1, "%s", same[i]);
    s = parsed(WITH("'budgets': ['population_mismatch = 0']"), NULL);
    cr_expect_eq(s->budget_count, 1);
    s = parsed(WITH("'workload': 'p.so'"), NULL);
    cr_expect_eq(s->budget_count, 0);
}
