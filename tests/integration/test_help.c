/* What a user reads before anything runs. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(help, .init = scratch_make, .fini = scratch_remove);

static const char *const commands[] = {"run",   "exec",     "torture", "compare", "report",
                                       "check", "validate", "list",    "version"};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void expect_fits(const char *text, size_t columns) {
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        cr_assert_leq(length, columns, "%zu columns: %.*s", length, (int)length, line);
        line += length + (line[length] == '\n');
    }
}

Test(help, each_command_has_an_example_and_fits_80_columns) {
    for (int i = 0; i < COMMANDS; i++) {
        program_end end = tickaudit(commands[i], "--help");
        expect_code(&end, 0);
        expect_out(&end, "Example");
        expect_out(&end, commands[i]);
        expect_fits(end.out, 80);
        cr_assert_eq(end.err_bytes, 0);
        program_end other = tickaudit("help", commands[i]);
        cr_assert_str_eq(other.out, end.out, "help %s is %s --help", commands[i], commands[i]);
    }
}

Test(help, overview_lists_all_commands_and_exit_codes) {
    program_end end = tickaudit("--help");
    expect_code(&end, 0);
    expect_fits(end.out, 80);
    for (int i = 0; i < COMMANDS; i++)
        expect_out(&end, commands[i]);
    expect_out(&end, "4 the workload crashed");
    program_end same = tickaudit("help");
    cr_assert_str_eq(same.out, end.out);
}

Test(help, version_says_program_compiler_and_abi) {
    program_end end = tickaudit("version");
    expect_code(&end, 0);
    cr_assert(strncmp(end.out, "tickaudit ", 10) == 0);
    expect_out(&end, "workload ABI ");
    program_end option = tickaudit("--version");
    cr_assert_str_eq(option.out, end.out);
}

Test(help, list_names_the_shipped_scenarios) {
    program_end end = tickaudit("list", shipped_scenario(""));
    expect_code(&end, 0);
    expect_out(&end, "\nstress_500           30 s   4 phases  ");
    expect_out(&end, "\nsmoke                 2 s   1 phase   ");
    cr_assert_null(strstr(end.out, "schema"));
}

Test(help, list_as_json_holds_the_same) {
    program_end end = tickaudit("list", "--json", shipped_scenario("negative"));
    expect_code(&end, 0);
    cJSON *list = json_text_parse(end.out);
    cr_assert_eq(cJSON_GetArraySize(list), 8);
    cr_assert_str_eq(json_string(list, "[0].name"), "alloc_in_combat_tick");
    cr_assert_eq(json_number(list, "[0].ticks"), 120);
}

Test(help, list_tells_a_bad_file_and_lists_the_others) {
    plugin_scenario("good.json", "", 5, "");
    scratch_write("bad.json", "{");
    program_end end = tickaudit("list", ".");
    expect_code(&end, 2);
    expect_out(&end, "good ");
    expect_err(&end, "bad.json:1:2");
}

Test(help, validate_takes_all_that_is_shipped) {
    const char *smoke = shipped_scenario("smoke.json");
    program_end end = tickaudit("validate", smoke, shipped_scenario("scenario.schema.json"),
                                shipped_scenario("stress_500.json"));
    expect_code(&end, 0);
    expect_out(&end, "smoke.json: ok, 1 phase, 120 ticks, seed 12345, optimizations all\n");
    expect_out(&end, "stress_500.json: ok, 4 phases, 1800 ticks,");
}

Test(help, validate_goes_on_after_a_bad_file) {
    plugin_scenario("good.json", "", 5, "");
    scratch_write("bad.json", "{");
    program_end end = tickaudit("validate", "bad.json", "good.json");
    expect_code(&end, 2);
    expect_out(&end, "good.json: ok");
    program_end quiet = tickaudit("validate", "-q", "good.json");
    expect_code(&quiet, 0);
    cr_assert_eq(quiet.out_bytes + quiet.err_bytes, 0);
}

Test(help, validate_heeds_overrides) {
    plugin_scenario("good.json", "", 5, "");
    program_end end = tickaudit("validate", "--set", "seed=99", "good.json");
    expect_code(&end, 0);
    expect_out(&end, "seed 99");
}
