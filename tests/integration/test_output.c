/* Results on standard output, everything else on standard error, bars and colours on terminals. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(output, .init = scratch_make, .fini = scratch_remove);

static const char ESCAPE[] = "\x1b[";

Test(output, json_parses_though_the_workload_talks) {
    plugin_scenario("a.json", "'talks': 1, 'hot_mallocs': 1", 5, "");
    program_end end = tickaudit("run", "--json", "a.json");
    expect_code(&end, 0);
    cJSON *result = json_text_parse(end.out);
    cr_assert_eq(json_number(result, "whole.hot_allocs"), 5);
    cr_assert_str_eq(json_string(result, "schema"), "tickaudit-result/3");
    expect_err(&end, "the workload talks");
    cr_assert(cJSON_Compare(result, the_result(), true), "printed and kept are one");
}

Test(output, json_to_a_file_comes_beside_the_summary) {
    plugin_scenario("a.json", "", 5, "'hot_allocs = 0'");
    program_end end = tickaudit("run", "--json=out/of/the/way.json", "a.json");
    expect_code(&end, 0);
    expect_out(&end, "VERDICT: PASS");
    cr_assert(cJSON_Compare(json_file(scratch_path("out/of/the/way.json")), the_result(), true));
}

Test(output, switches_and_level_are_told_of_the_arena_alone) {
    plugin_scenario("a.json", "", 5, "");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 0);
    cr_expect_null(strstr(end.out, "Switches"), "%s", end.out);
    cr_expect_null(strstr(end.out, "Level"), "%s", end.out);
}

Test(output, json_of_a_partial_run_parses_too) {
    plugin_scenario("a.json", "'kill_at_tick': 3, 'kill_signal': 11", 5, "");
    program_end end = tickaudit("run", "--json", "a.json");
    expect_code(&end, 4);
    cr_assert(json_true(json_text_parse(end.out), "partial"));
}

Test(output, no_bar_and_no_colour_where_there_is_no_terminal) {
    plugin_scenario("a.json", "'hot_mallocs': 1", 5, "'hot_allocs = 0'");
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 1);
    cr_assert_null(strstr(end.out, ESCAPE));
    cr_assert_eq(end.err_bytes, 0, "nothing to say, but said: %s", end.err);
}

/* A workload that stops itself leaves time for several bars until the timeout. */
static program_end run_slowly(unsigned short columns, const char *option) {
    plugin_scenario("a.json", "'kill_at_tick': 30, 'kill_signal': 19", 60, "");
    return TICKAUDIT_WITH(
        ((program_options){.terminals = PROGRAM_TERMINAL_ERR, .columns = columns}), "run",
        "--timeout", "300ms", option, "a.json");
}

Test(output, bar_is_drawn_on_a_terminal_and_cleared) {
    program_end end = run_slowly(80, "--color=auto");
    expect_code(&end, 4);
    expect_err(&end, "\r[##############................]  48 %  only");
    static const char cleared[] = "\r\x1b[K";
    cr_assert_str_eq(end.err + end.err_bytes - strlen(cleared), cleared);
    cr_assert_null(strchr(end.out, '\r'), "the bar is no result");
}

Test(output, no_bar_when_quiet) {
    program_end end = run_slowly(80, "--quiet");
    expect_code(&end, 4);
    cr_assert_eq(end.err_bytes, 0, "said: %s", end.err);
}

static void expect_bar_narrower_than(const char *text, size_t columns) {
    unsigned bars = 0;
    for (const char *at = strchr(text, '\r'); at; at = strchr(at + 1, '\r')) {
        size_t width = strcspn(at + 1, "\r\x1b");
        cr_assert_lt(width, columns, "a bar that wraps cannot be cleared");
        bars += width > 0;
    }
    cr_assert_gt(bars, 0);
}

Test(output, bar_fits_a_narrow_terminal) {
    program_end narrow = run_slowly(50, "--color=auto");
    expect_bar_narrower_than(narrow.err, 50);
    program_end tiny = run_slowly(20, "--color=auto");
    expect_bar_narrower_than(tiny.err, 20);
}

/* Tables keep their columns, and a path is never cut. */
Test(output, page_fits_a_narrow_terminal) {
    plugin_scenario("a.json", "'hot_mallocs': 2, 'allowed_mallocs': 1", 5, "'hot_allocs = 0'");
    program_end end =
        TICKAUDIT_WITH(((program_options){.terminals = PROGRAM_TERMINAL_OUT, .columns = 62}), "run",
                       "--color=never", "a.json");
    expect_code(&end, 1);
    bool in_phases = false;
    for (const char *line = end.out; *line;) {
        size_t length = strcspn(line, "\r\n");
        bool is_table = in_phases || strncmp(line, "  [", 3) == 0;
        cr_assert(length <= 62 || is_table || strncmp(line, "Details", 7) == 0, "%.*s", (int)length,
                  line);
        in_phases = (in_phases || strncmp(line, "PHASE BREAKDOWN", 15) == 0) &&
                    strncmp(line, "VERDICT", 7) != 0;
        line += length + strspn(line + length, "\r\n");
    }
}

static bool coloured(program_options options, const char *option) {
    program_end end = TICKAUDIT_WITH(options, "run", "-q", option, "a.json");
    expect_code(&end, 1);
    bool found = strstr(end.out, ESCAPE) != NULL;
    program_end_free(&end);
    return found;
}

Test(output, colour_follows_option_then_no_color_then_the_terminal) {
    static const char *const no_color[] = {"NO_COLOR=1", "TERM=xterm", NULL};
    static const char *const empty[] = {"NO_COLOR=", "TERM=xterm", NULL};
    static const char *const dumb[] = {"TERM=dumb", NULL};
    program_options pipe = {.environment = empty};
    program_options terminal = {.environment = empty, .terminals = PROGRAM_TERMINAL_OUT};
    program_options terminal_no_color = {.environment = no_color,
                                         .terminals = PROGRAM_TERMINAL_OUT};
    program_options terminal_dumb = {.environment = dumb, .terminals = PROGRAM_TERMINAL_OUT};
    plugin_scenario("a.json", "'hot_mallocs': 1", 5, "'hot_allocs = 0'");
    cr_expect(coloured(terminal, "--color=auto"));
    cr_expect_not(coloured(pipe, "--color=auto"));
    cr_expect_not(coloured(terminal_no_color, "--color=auto"));
    cr_expect_not(coloured(terminal_dumb, "--color=auto"));
    cr_expect(coloured(terminal_no_color, "--color=always"));
    cr_expect(coloured(pipe, "--colour=always"));
    cr_expect_not(coloured(terminal, "--color=never"));
}

/* The results are on disk before anything is printed. */
static void expect_kept(unsigned runs) {
    cr_assert_eq(log_lines("results"), runs + 1);
    cr_assert_eq(scratch_count("results/runs", ".json"), runs);
}

Test(output, full_device_is_exit_code_5_and_results_are_kept) {
    plugin_scenario("a.json", "", 5, "");
    program_options full = {.out_path = "/dev/full"};
    program_end summary = TICKAUDIT_WITH(full, "run", "a.json");
    expect_code(&summary, 5);
    expect_err(&summary, "cannot write the output: No space left on device");
    program_end json = TICKAUDIT_WITH(full, "run", "--json", "a.json");
    expect_code(&json, 5);
    expect_kept(2);
}

Test(output, closed_pipe_is_exit_code_5_and_results_are_kept) {
    plugin_scenario("a.json", "", 5, "");
    program_options closed = {.out_closed_pipe = true};
    program_end end = TICKAUDIT_WITH(closed, "run", "a.json");
    expect_code(&end, 5);
    expect_err(&end, "cannot write the output: Broken pipe");
    expect_kept(1);
}

Test(output, full_device_is_exit_code_5_for_every_command) {
    plugin_scenario("a.json", "", 5, "");
    program_options full = {.out_path = "/dev/full"};
    program_end run = tickaudit("run", "-q", "--json=r.json", "a.json");
    expect_code(&run, 0);
    program_end ends[] = {
        TICKAUDIT_WITH(full, "validate", "a.json"),
        TICKAUDIT_WITH(full, "list", "."),
        TICKAUDIT_WITH(full, "version"),
        TICKAUDIT_WITH(full, "--help"),
        TICKAUDIT_WITH(full, "compare", "--exact", "r.json", "r.json"),
        TICKAUDIT_WITH(full, "compare", "--exact", "--json", "r.json", "r.json"),
    };
    for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        cr_expect_eq(ends[i].code, 5, "the %u. gave %d", i + 1, ends[i].code);
        cr_expect_neq(ends[i].err_bytes, 0);
    }
}

Test(output, verbose_tells_what_was_done_on_standard_error) {
    plugin_scenario("a.json", "", 5, "");
    program_end end = tickaudit("run", "-v", "--json", "a.json");
    expect_code(&end, 0);
    expect_err(&end, "tickaudit: a: 5 ticks over mimalloc");
    expect_err(&end, "tickaudit: wrote results/runs/");
    json_text_parse(end.out);
}
