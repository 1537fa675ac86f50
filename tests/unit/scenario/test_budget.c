#define _GNU_SOURCE /* strdup */
#include "skip.h"
#include "support.h"

#include <locale.h>

typedef struct good_budget {
    const char *text;
    ta_metric metric;
    const char *hot_path;
    ta_budget_operator op;
    double limit;
} good_budget;

static const good_budget good[] = {
    {"hot_allocs = 0", TA_METRIC_hot_allocs, "", TA_BUDGET_LE, 0},
    {"hot_allocs[combat_tick] = 0", TA_METRIC_hot_allocs, "combat_tick", TA_BUDGET_LE, 0},
    {"hot_bytes [a b.c/d] <= 1KiB", TA_METRIC_hot_bytes, "a b.c/d", TA_BUDGET_LE, 1024},
    {"hot_frees[x]<1", TA_METRIC_hot_frees, "x", TA_BUDGET_LT, 1},
    {"mem_growth_mb < 50", TA_METRIC_mem_growth_mb, "", TA_BUDGET_LT, 50},
    {"mem_growth_mb < 50 MiB", TA_METRIC_mem_growth_mb, "", TA_BUDGET_LT, 50},
    {"mem_growth_mb < 512KiB", TA_METRIC_mem_growth_mb, "", TA_BUDGET_LT, 0.5},
    {"mem_growth_mb < 1GiB", TA_METRIC_mem_growth_mb, "", TA_BUDGET_LT, 1024},
    {"live_bytes_growth <= 1MiB", TA_METRIC_live_bytes_growth, "", TA_BUDGET_LE, 1048576},
    {"live_bytes_growth <= 0.5 KiB", TA_METRIC_live_bytes_growth, "", TA_BUDGET_LE, 512},
    {"bytes <= 2GiB", TA_METRIC_bytes, "", TA_BUDGET_LE, 2147483648.0},
    {"bytes <= 7B", TA_METRIC_bytes, "", TA_BUDGET_LE, 7},
    {"avg_fps >= 30", TA_METRIC_avg_fps, "", TA_BUDGET_GE, 30},
    {"avg_fps >= 30 fps", TA_METRIC_avg_fps, "", TA_BUDGET_GE, 30},
    {"p95_ms < 33.3", TA_METRIC_p95_ms, "", TA_BUDGET_LT, 33.3},
    {"p95_ms<33.3ms", TA_METRIC_p95_ms, "", TA_BUDGET_LT, 33.3},
    {"frame_ms_max < 1s", TA_METRIC_frame_ms_max, "", TA_BUDGET_LT, 1000},
    {"frame_ms_mean < 500us", TA_METRIC_frame_ms_mean, "", TA_BUDGET_LT, 0.5},
    {"fps_stability_pct > 90", TA_METRIC_fps_stability_pct, "", TA_BUDGET_GT, 90},
    {"fps_stability_pct = 100%", TA_METRIC_fps_stability_pct, "", TA_BUDGET_GE, 100},
    {"fps_stability_pct == 100%", TA_METRIC_fps_stability_pct, "", TA_BUDGET_EQ, 100},
    {" \tenemy_peak  >=\t500 ", TA_METRIC_enemy_peak, "", TA_BUDGET_GE, 500},
    {"spikes_over_50ms = 0", TA_METRIC_spikes_over_50ms, "", TA_BUDGET_LE, 0},
    {"allocs_per_tick<=12", TA_METRIC_allocs_per_tick_max, "", TA_BUDGET_LE, 12},
    {"live_growth=1MiB", TA_METRIC_live_bytes_growth, "", TA_BUDGET_LE, 1048576},
    {"p95_ms = 5", TA_METRIC_p95_ms, "", TA_BUDGET_LE, 5},
    {"avg_fps = 60", TA_METRIC_avg_fps, "", TA_BUDGET_GE, 60},
    {"enemy_peak = 500", TA_METRIC_enemy_peak, "", TA_BUDGET_GE, 500},
    {"enemy_peak == 0", TA_METRIC_enemy_peak, "", TA_BUDGET_EQ, 0},
    {"ticks = 600", TA_METRIC_ticks, "", TA_BUDGET_EQ, 600},
    {"allocs==5", TA_METRIC_allocs, "", TA_BUDGET_EQ, 5},
    {"mem_growth_mb = 0.5", TA_METRIC_mem_growth_mb, "", TA_BUDGET_LE, 0.5},
    {"allocs < 1e6", TA_METRIC_allocs, "", TA_BUDGET_LT, 1e6},
    {"allocs < 1.5E+2", TA_METRIC_allocs, "", TA_BUDGET_LT, 150},
    {"allocs <= 9007199254740992", TA_METRIC_allocs, "", TA_BUDGET_LE, 9007199254740992.0},
};

Test(scenario_budget, a_budget_is_metric_operator_limit_and_unit) {
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ta_budget b;
        ta_status status = ta_budget_parse(good[i].text, &b);
        cr_assert(ta_ok(status), "%s", status.text);
        cr_expect_eq(b.metric, good[i].metric, "%s", good[i].text);
        cr_expect_str_eq(b.hot_path, good[i].hot_path);
        cr_expect_eq(b.op, good[i].op, "%s", good[i].text);
        cr_expect_float_eq(b.limit, good[i].limit, 1e-9, "%s: %g", good[i].text, b.limit);
        cr_expect_str_eq(b.text, good[i].text);
    }
}

Test(scenario_budget, one_equals_sign_is_no_worse_and_two_are_exactly) {
    static const ta_budget_operator ops[] = {[TA_BETTER_LOWER] = TA_BUDGET_LE,
                                             [TA_BETTER_HIGHER] = TA_BUDGET_GE,
                                             [TA_BETTER_NONE] = TA_BUDGET_EQ};
    for (int i = 0; i < TA_METRIC_COUNT; i++) {
        char text[64];
        ta_budget b;
        snprintf(text, sizeof text, "%s = 5", ta_metric_names[i]);
        cr_assert(ta_ok(ta_budget_parse(text, &b)), "%s", text);
        cr_expect_eq(b.op, ops[ta_metric_table[i].better], "%s", text);
        cr_expect_str_eq(b.text, text, "it is told as it was written");
        snprintf(text, sizeof text, "%s == 5", ta_metric_names[i]);
        if (ta_ok(ta_budget_parse(text, &b)))
            cr_expect_eq(b.op, TA_BUDGET_EQ, "%s", text);
        else
            cr_expect_eq(ta_metric_table[i].kind, TA_METRIC_TIMED, "%s", text);
    }
}

Test(scenario_budget, every_metric_can_be_promised) {
    for (int i = 0; i < TA_METRIC_COUNT; i++) {
        char text[64];
        ta_budget b;
        snprintf(text, sizeof text, "%s <= 5", ta_metric_names[i]);
        cr_assert(ta_ok(ta_budget_parse(text, &b)), "%s", text);
        cr_expect_eq((int)b.metric, i);
    }
}

static const bad_text bad[] = {
    {"", "budget \"\", column 1: expected a metric's name, as in \"hot_allocs = 0\""},
    {"  = 0", "budget \"  = 0\", column 3: expected a metric's name, as in \"hot_allocs = 0\""},
    {"fps > 3", "budget \"fps > 3\", column 1: unknown metric \"fps\"; docs/scenario_format.md "
                "lists them"},
    {"p95_mss < 3",
     "budget \"p95_mss < 3\", column 1: unknown metric \"p95_mss\"; did you mean \"p95_ms\"?"},
    {"allocs[tick] = 0", "budget \"allocs[tick] = 0\", column 7: only hot_allocs, hot_bytes and "
                         "hot_frees take a hot path"},
    {"hot_allocs[tick = 0",
     "budget \"hot_allocs[tick = 0\", column 11: expected ']' after the hot path's name"},
    {"hot_allocs[] = 0", "budget \"hot_allocs[] = 0\", column 12: expected the name of a hot path, "
                         "of 1 to 255 bytes"},
    {"allocs", "budget \"allocs\", column 7: expected one of <, <=, =, ==, >=, >"},
    {"allocs 5", "budget \"allocs 5\", column 8: expected one of <, <=, =, ==, >=, >"},
    {"allocs != 5", "budget \"allocs != 5\", column 8: expected one of <, <=, =, ==, >=, >"},
    {"allocs = = 5",
     "budget \"allocs = = 5\", column 10: expected a number of at most 40 characters"},
    {"allocs_per_tik < 3", "budget \"allocs_per_tik < 3\", column 1: unknown metric "
                           "\"allocs_per_tik\"; did you mean \"allocs_per_tick\"?"},
    {"live_grwth < 3", "budget \"live_grwth < 3\", column 1: unknown metric \"live_grwth\"; did "
                       "you mean \"live_growth\"?"},
    {"allocs => 5", "budget \"allocs => 5\", column 9: expected a number of at most 40 characters"},
    {"allocs <", "budget \"allocs <\", column 9: expected a number of at most 40 characters"},
    {"allocs < x", "budget \"allocs < x\", column 10: expected a number of at most 40 characters"},
    {"allocs < .5",
     "budget \"allocs < .5\", column 10: expected a number of at most 40 characters"},
    {"allocs < inf",
     "budget \"allocs < inf\", column 10: expected a number of at most 40 characters"},
    {"allocs < nan",
     "budget \"allocs < nan\", column 10: expected a number of at most 40 characters"},
    {"allocs < 1.2.3", "budget \"allocs < 1.2.3\", column 10: \"1.2.3\" is not a number"},
    {"allocs < 1.", "budget \"allocs < 1.\", column 10: \"1.\" is not a number"},
    {"allocs < 1.e3", "budget \"allocs < 1.e3\", column 10: \"1.e3\" is not a number"},
    {"allocs < 0x10", "budget \"allocs < 0x10\", column 11: unexpected \"x10\": this metric is a "
                      "plain count"},
    {"allocs < 1e", "budget \"allocs < 1e\", column 10: \"1e\" is not a number"},
    {"allocs < 1e999", "budget \"allocs < 1e999\", column 10: a limit of more than 2^53"},
    {"bytes < 9007199254740992KiB",
     "budget \"bytes < 9007199254740992KiB\", column 9: a limit of more than 2^53"},
    {"allocs < -1", "budget \"allocs < -1\", column 10: expected a limit of zero or more"},
    {"allocs < 5 ms", "budget \"allocs < 5 ms\", column 12: unexpected \"ms\": this metric is a "
                      "plain count"},
    {"bytes < 5 MB",
     "budget \"bytes < 5 MB\", column 11: unknown unit \"MB\"; expected one of B, KiB, MiB, GiB"},
    {"mem_growth_mb < 5MB", "budget \"mem_growth_mb < 5MB\", column 18: unknown unit \"MB\"; "
                            "expected one of KiB, MiB, GiB"},
    {"p95_ms < 5 sec",
     "budget \"p95_ms < 5 sec\", column 12: unknown unit \"sec\"; expected one of us, ms, s"},
    {"allocs < 5 allocs < 6", "budget \"allocs < 5 allocs < 6\", column 12: unexpected \"allocs\": "
                              "this metric is a plain count"},
    {"p95_ms < 5 ms x", "budget \"p95_ms < 5 ms x\", column 15: expected the end of the budget"},
    {"allocs >= 0", "budget \"allocs >= 0\", column 1: \">= 0\" promises nothing"},
    {"allocs < 0",
     "budget \"allocs < 0\", column 1: \"< 0\" can never hold; did you mean \"= 0\"?"},
    {"enemy_peak < 0",
     "budget \"enemy_peak < 0\", column 1: \"< 0\" can never hold; did you mean \"<= 0\"?"},
    {"enemy_final = 0",
     "budget \"enemy_final = 0\", column 1: more is better of enemy_final, so \"= 0\" is \">= 0\" "
     "and promises nothing; for exactly none write \"== 0\""},
    {"allocs == 0.5", "budget \"allocs == 0.5\", column 1: a count is never equal to a fraction"},
    {"ticks = 0.5", "budget \"ticks = 0.5\", column 1: a count is never equal to a fraction"},
    {"avg_fps == 60", "budget \"avg_fps == 60\", column 1: avg_fps is measured and never exactly "
                      "equal; use <= or >="},
    {"fps_stability_pct <= 100", "budget \"fps_stability_pct <= 100\", column 1: a share is never "
                                 "more than 100 %: this promises nothing"},
    {"fps_stability_pct > 100",
     "budget \"fps_stability_pct > 100\", column 1: a share of more than "
     "100 % can never be reached"},
};

Test(scenario_budget, a_bad_budget_is_told_by_its_column) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ta_budget b = {.limit = 77};
        ta_status status = ta_budget_parse(bad[i].text, &b);
        cr_expect_eq(status.code, TA_BAD_INPUT, "%s", bad[i].text);
        cr_expect_str_eq(status.text, bad[i].expected, "\n got %s\nwant %s", status.text,
                         bad[i].expected);
        cr_expect_float_eq(b.limit, 77, 0, "%s was written", bad[i].text);
    }
}

Test(scenario_budget, a_budget_fits_or_is_refused) {
    char text[TA_SCENARIO_TEXT_MAX + 1];
    ta_budget b;
    memset(text, ' ', sizeof text);
    text[TA_SCENARIO_TEXT_MAX - 1] = '\0';
    memcpy(text, "allocs < 5", 10);
    cr_expect(ta_ok(ta_budget_parse(text, &b)));
    text[TA_SCENARIO_TEXT_MAX - 1] = ' ';
    text[TA_SCENARIO_TEXT_MAX] = '\0';
    ta_status status = ta_budget_parse(text, &b);
    cr_expect_str_eq(status.text, "a budget of more than 511 bytes");
}

/* A locale whose decimal point is a comma: an installed one, or one made for this test. */
static bool set_comma_locale(void) {
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ru_RU.UTF-8"};
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++)
        if (setlocale(LC_ALL, locales[i]))
            return true;
    char folder[] = "/tmp/ta_locale_XXXXXX", command[256];
    cr_assert(mkdtemp(folder));
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1",
             folder, folder);
    bool made = system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 &&
                setlocale(LC_ALL, "de_DE.UTF-8");
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 && made;
}

Test(scenario_budget, numbers_do_not_depend_on_the_locale) {
    if (!set_comma_locale())
        ta_skip("no locale with a decimal comma, and none can be made");
    cr_assert_eq(localeconv()->decimal_point[0], ',');
    ta_budget b;
    cr_assert(ta_ok(ta_budget_parse("p95_ms < 33.3", &b)));
    cr_expect_float_eq(b.limit, 33.3, 1e-9);
    ta_scenario *s =
        parsed(PHASES("{'name': 'a', 'load': 'burst', 'seconds': 0.5, 'spawn': 1}"), NULL);
    cr_expect_float_eq(s->phases[0].seconds, 0.5, 0);
}
