#define _GNU_SOURCE /* strdup */
#include "expect_text.h"
#include "support.h"

#include "sim/switches.h"

#define TWO                                                                                        \
    "{'seed': 1, 'phases': [" PHASE                                                                \
    ", {'name': 'fight', 'load': 'combat', 'seconds': 2, 'spawn': 20}]}"

Test(scenario_overrides, a_key_is_set_wherever_it_stands) {
    cr_expect_eq(parsed(TWO, "seed=77")->seed, 77);
    cr_expect_eq(parsed(TWO, "tick_hz=30")->tick_hz, 30);
    cr_expect_float_eq(parsed(TWO, "phases[0].seconds=0.5")->phases[0].seconds, 0.5, 0);
    cr_expect_float_eq(parsed(TWO, "phases[fight].seconds=0.5")->phases[1].seconds, 0.5, 0);
    cr_expect_eq(parsed(TWO, "phases[fight].refill_below=1")->phases[1].plan.refill_below, 1);
    cr_expect_eq(parsed(TWO, "faults.alloc_at_tick=9")->faults.alloc_at_tick, 9);
    cr_expect_eq(parsed(TWO, "faults={\"alloc_at_tick\": 9}")->faults.alloc_at_tick, 9);
    cr_expect_str_eq(parsed(TWO, "description=a b = c")->description, "a b = c");
    cr_expect_str_eq(parsed(TWO, "name=\"7\"")->name, "7");
    cr_expect_str_eq(parsed(TWO, "optimizations=phase_5")->level, "phase_5");
}

Test(scenario_overrides, lists_grow_by_one_and_can_be_replaced) {
    cr_expect_str_eq(parsed(TWO, "budgets[0]=hot_allocs = 0")->budgets[0].text, "hot_allocs = 0");
    cr_expect_str_eq(parsed(TWO, "budgets=[\"ticks = 3\"]")->budgets[0].text, "ticks = 3");
    cr_expect_eq(parsed(TWO, "phases[2]={\"name\": \"c\", \"load\": \"burst\", \"seconds\": 1, "
                             "\"spawn\": 1}")
                     ->phase_count,
                 3);
    cr_expect_eq(parsed(TWO, "phases[0]={\"name\": \"c\", \"load\": \"burst\", \"seconds\": 1, "
                             "\"spawn\": 1}")
                     ->phase_count,
                 2);
}

Test(scenario_overrides, a_switch_goes_by_its_own_name) {
    const char *const off[] = {"enemy_pool=off", "enemy_pool=false", "enemy_pool=0",
                               "switches.enemy_pool=off"};
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        cr_expect_eq(parsed(TWO, off[i])->switches, SIM_SWITCHES_ALL - SIM_SWITCH_enemy_pool);
    const char *none = WITH("'optimizations': 'none'");
    const char *const on[] = {"enemy_pool=on", "enemy_pool=true", "enemy_pool=1"};
    for (size_t i = 0; i < sizeof on / sizeof *on; i++)
        cr_expect_eq(parsed(none, on[i])->switches, SIM_SWITCH_enemy_pool);
    cr_expect_not(parsed(TWO, "render=off")->render);
}

static const bad_text bad[] = {
    {"enemypool=off",
     "--set enemypool=off: unknown key \"enemypool\"; did you mean \"enemy_pool\"?"},
    {"sed=1", "--set sed=1: unknown key \"sed\"; did you mean \"seed\"?"},
    {"xylophone=1",
     "--set xylophone=1: unknown key \"xylophone\"; docs/scenario_format.md lists them"},
    {"enemy_pool=2",
     "--set enemy_pool=2: switches.enemy_pool: expected on, off, true or false, found a number"},
    {"enemy_pool=maybe",
     "--set enemy_pool=maybe: switches.enemy_pool: expected on, off, true or false, found a text"},
    {"switches.enemypool=on", "--set switches.enemypool=on: switches: unknown key \"enemypool\"; "
                              "did you mean \"enemy_pool\"?"},
    {"seed", "--set seed: expected KEY=VALUE"},
    {"", "--set : expected KEY=VALUE"},
    {"=1", "--set =1: expected KEY=VALUE, with a key like seed or phases[0].seconds"},
    {".seed=1", "--set .seed=1: expected KEY=VALUE, with a key like seed or phases[0].seconds"},
    {"faults.=1", "--set faults.=1: expected KEY=VALUE, with a key like seed or phases[0].seconds"},
    {"[0]=1", "--set [0]=1: expected KEY=VALUE, with a key like seed or phases[0].seconds"},
    {"phases[]=1", "--set phases[]=1: expected KEY=VALUE, with a key like seed or "
                   "phases[0].seconds"},
    {"phases[0=1", "--set phases[0=1: expected ']' after '['"},
    {"phases[0]seconds=1", "--set phases[0]seconds=1: expected '.', '[' or '=' after ']'"},
    {"phases.seconds=1",
     "--set phases.seconds=1: \"seconds\" follows something that is not an object"},
    {"seed[0]=1", "--set seed[0]=1: [0] follows something that is not an array"},
    {"phases[3]=1", "--set phases[3]=1: there is no [3]; the last is [1]"},
    {"phases[99999999999]=1", "--set phases[99999999999]=1: there is no [99999999999]; the last is "
                              "[1]"},
    {"phases[figth].seconds=1",
     "--set phases[figth].seconds=1: nothing is named \"figth\" here; did you mean \"fight\"?"},
    {"phases[xylophone].seconds=1", "--set phases[xylophone].seconds=1: nothing is named "
                                    "\"xylophone\" here; an index would do, as in phases[0]"},
    {"seed=",
     "--set seed=: seed: expected a whole number from 0 to 9007199254740991, found a text"},
    {"seed=-1",
     "--set seed=-1: seed: expected a whole number from 0 to 9007199254740991, found -1"},
    {"seed=1e999",
     "--set seed=1e999: seed: expected a whole number from 0 to 9007199254740991, found a text"},
    {"seed={", "--set seed={: column 2 of the value: expected a key in double quotes, found the "
               "end: it is unfinished"},
    {"budgets=[\"a]", "--set budgets=[\"a]: column 2 of the value: the text that begins here has "
                      "no closing '\"'"},
    {"faults={\"end_at_tick\": 1, \"end_at_tick\": 2}",
     "--set faults={\"end_at_tick\": 1, \"end_at_tick\": 2}: the key \"end_at_tick\" appears "
     "twice"},
    {"faults={\"ends_at_tick\": 1}", "--set faults={\"ends_at_tick\": 1}: faults: unknown key "
                                     "\"ends_at_tick\"; did you mean \"end_at_tick\"?"},
    {"budgets[0]=hot_alocs = 0", "--set budgets[0]=hot_alocs = 0: budgets[0]: budget \"hot_alocs = "
                                 "0\", column 1: unknown metric \"hot_alocs\"; did you mean "
                                 "\"hot_allocs\"?"},
    {"phases[0].from=3", "--set phases[0].from=3: phases[0]: the key \"from\" does not go with the "
                         "load \"burst\", only with gradual, custom"},
    {"pool=3", "t.json:1:78: phases[0].spawn: a population of 10 does not fit into the pool of 3"},
    {"faults.end_at_tick=1000",
     "--set faults.end_at_tick=1000: faults.end_at_tick: tick 1000 never "
     "comes: the run has 180, warm-up included"},
    {"name=a\x1b[31m", "--set: expected KEY=VALUE in UTF-8 without control characters"},
    {"name=\xff", "--set: expected KEY=VALUE in UTF-8 without control characters"},
    {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1",
     "--set a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1: a path of more than 16 steps"},
};

Test(scenario_overrides, a_bad_override_is_told_by_itself) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_override_error(TWO, bad[i].text, bad[i].expected);
}

Test(scenario_overrides, later_ones_win_and_earlier_ones_are_seen) {
    static ta_scenario s;
    char *text = quoted(TWO);
    const char *const sets[] = {"seed=2",
                                "seed=3",
                                "phases[fight].name=war",
                                "phases[war].seconds=4",
                                "faults={}",
                                "faults.end_at_tick=7",
                                "budgets=[]",
                                "budgets[0]=ticks = 1",
                                "budgets[1]=allocs = 1"};
    ta_status status = ta_scenario_parse(text, strlen(text), "t.json", sets, 9, &s);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_eq(s.seed, 3);
    cr_expect_float_eq(s.phases[1].seconds, 4, 0);
    cr_expect_eq(s.faults.end_at_tick, 7);
    cr_expect_eq(s.budget_count, 3);
    free(text);
}

Test(scenario_overrides, a_good_one_does_not_heal_a_bad_one_before_it) {
    static ta_scenario s;
    char *text = quoted(TWO);
    const char *const sets[] = {"sed=2", "seed=3"};
    ta_status status = ta_scenario_parse(text, strlen(text), "t.json", sets, 2, &s);
    cr_expect_str_eq(status.text, "--set sed=2: unknown key \"sed\"; did you mean \"seed\"?");
    free(text);
}

Test(scenario_overrides, a_missing_key_may_come_from_the_command_line) {
    cr_expect_eq(parsed("{'phases': [" PHASE "]}", "seed=5")->seed, 5);
}

Test(scenario_overrides, their_number_and_their_values_have_limits) {
    static ta_scenario s;
    static const char *many[TA_SCENARIO_OVERRIDES_MAX + 1];
    char *text = quoted(TWO), *flood = malloc(3 * TA_SCENARIO_VALUES_MAX);
    for (unsigned i = 0; i <= TA_SCENARIO_OVERRIDES_MAX; i++)
        many[i] = "seed=5";
    cr_expect(ta_ok(
        ta_scenario_parse(text, strlen(text), "t.json", many, TA_SCENARIO_OVERRIDES_MAX, &s)));
    EXPECT_TEXT(
        ta_scenario_parse(text, strlen(text), "t.json", many, TA_SCENARIO_OVERRIDES_MAX + 1, &s),
        "257 times --set; at most 256 are taken");
    memset(flood, 'x', TA_SCENARIO_OVERRIDE_MAX + 1);
    memcpy(flood, "description=", 12);
    flood[TA_SCENARIO_OVERRIDE_MAX] = '\0';
    cr_expect(strstr(parse_with(TWO, flood, &s).text, ": more than 2047 bytes"));
    flood[TA_SCENARIO_OVERRIDE_MAX - 1] = '\0'; /* now it fits, and its value does not */
    cr_expect(strstr(parse_with(TWO, flood, &s).text, "expected a text of 0 to 511 bytes"));
    free(flood);
    free(text);
}

Test(scenario_overrides, overrides_cannot_fill_the_table_of_values) {
    static ta_scenario s;
    static char sets[8][TA_SCENARIO_OVERRIDE_MAX];
    const char *pointers[8];
    char *text = quoted(TWO);
    for (int i = 0; i < 8; i++) { /* a thousand values each, in eight unknown keys below faults */
        size_t used = (size_t)sprintf(sets[i], "faults.k%d=[0", i);
        while (used + 4 < sizeof sets[i])
            used += (size_t)sprintf(sets[i] + used, ",0");
        strcat(sets[i], "]");
        pointers[i] = sets[i];
    }
    ta_status status = ta_scenario_parse(text, strlen(text), "t.json", pointers, 8, &s);
    cr_expect(strstr(status.text, "with this the scenario has more than 4096 values"), "%s",
              status.text);
    for (int i = 0; i < 8; i++) /* the same key eight times: each value replaces the last */
        sets[i][8] = '0';
    status = ta_scenario_parse(text, strlen(text), "t.json", pointers, 8, &s);
    cr_expect(strstr(status.text, "faults: unknown key \"k0\""), "%s", status.text);
    free(text);
}
