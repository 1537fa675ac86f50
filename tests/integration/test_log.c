/* results/perf_phase_log.csv: one whole row per run, whoever else writes. */
#include "audit_run.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(csv_log, .init = scratch_make, .fini = scratch_remove);

static const char HEADER[] =
    "timestamp,phase,pre_post,avg_fps,p95_ms,mem_growth_mb,enemy_final,enemy_peak,frames_below_30,"
    "spikes_over_50ms,notes,scenario,seed,run_id,hot_allocs,allocs_per_tick_max,live_bytes_growth,"
    "rss_growth_mb,fps_stability_pct,state_hash,allocator,revision,machine,verdict\n";
enum { COLUMNS = 24 };

/* Cells of a line in which no cell is quoted. */
static unsigned cells(const char *line) {
    unsigned count = 1;
    for (; *line && *line != '\n'; line++)
        count += *line == ',';
    return count;
}

Test(csv_log, has_exactly_these_columns_and_a_row_per_run) {
    plugin_scenario("a.json", "'hot_mallocs': 3", 5, "'hot_allocs = 0'");
    program_end end =
        tickaudit("run", "-q", "--label", "PHASE_4", "--pre", "--notes", "as it was", "a.json");
    expect_code(&end, 1);
    char *log = scratch_read("results/perf_phase_log.csv");
    cr_assert(strncmp(log, HEADER, strlen(HEADER)) == 0, "the header is\n%s", log);
    const char *row = log + strlen(HEADER);
    cr_assert_eq(cells(row), COLUMNS, "%s", row);
    cr_assert(strstr(row, ",PHASE_4,pre,"));
    cr_assert(strstr(row, ",as it was,a,7,"));
    cr_assert(strstr(row, ",mimalloc "));
    cr_assert_str_eq(row + strlen(row) - strlen(",fail\n"), ",fail\n");
    cJSON *result = the_result();
    cr_assert(strstr(row, json_string(result, "run_id")));
    cr_assert(strstr(row, json_string(result, "state_hash")));
    free(log);
}

Test(csv_log, takes_sixteen_writers_at_once) {
    enum { WRITERS = 16 };
    program *writers[WRITERS];
    plugin_scenario("a.json", "'hot_mallocs': 1", 5, "");
    const char *arguments[] = {"run", "-q", "a.json", NULL};
    for (int i = 0; i < WRITERS; i++)
        writers[i] = tickaudit_start(arguments, (program_options){0});
    for (int i = 0; i < WRITERS; i++) {
        program_end end = program_wait(writers[i]);
        expect_code(&end, 0);
        program_end_free(&end);
    }
    char *log = scratch_read("results/perf_phase_log.csv"), *rest = log;
    cr_assert_eq(log_lines("results"), WRITERS + 1);
    cr_assert(strncmp(log, HEADER, strlen(HEADER)) == 0);
    cr_assert_null(strstr(log + strlen(HEADER), "timestamp,"), "one header");
    strtok_r(rest, "\n", &rest);
    for (char *row; (row = strtok_r(rest, "\n", &rest));)
        cr_assert_eq(cells(row), COLUMNS, "%s", row);
    cr_assert_eq(scratch_count("results/runs", ".json"), WRITERS);
    cr_assert_eq(scratch_count("results/runs", ".tmp"), 0);
    free(log);
}

Test(csv_log, another_programs_file_is_refused_and_not_touched) {
    static const char theirs[] = "name,price\nmilk,1\n";
    plugin_scenario("a.json", "", 5, "");
    cr_assert_eq(tickaudit("run", "-q", "a.json").code, 0);
    scratch_write("results/perf_phase_log.csv", theirs);
    program_end end = tickaudit("run", "a.json");
    expect_code(&end, 2);
    expect_err(&end, "perf_phase_log.csv");
    char *text = scratch_read("results/perf_phase_log.csv");
    cr_assert_str_eq(text, theirs);
    cr_assert_eq(scratch_count("results/runs", ".json"), 2, "the run itself is kept");
    free(text);
}

Test(csv_log, torn_last_line_is_set_aside_and_told) {
    plugin_scenario("a.json", "", 5, "");
    cr_assert_eq(tickaudit("run", "-q", "a.json").code, 0);
    char *log = scratch_read("results/perf_phase_log.csv");
    char *torn = malloc(strlen(log) + 20);
    strcat(strcpy(torn, log), "2026-01-01T0");
    scratch_write("results/perf_phase_log.csv", torn);
    program_end end = tickaudit("run", "-q", "a.json");
    expect_code(&end, 0);
    expect_err(&end, "perf_phase_log.csv.torn");
    char *after = scratch_read("results/perf_phase_log.csv");
    cr_assert_eq(log_lines("results"), 3);
    cr_assert(strncmp(after, log, strlen(log)) == 0, "earlier rows stay as they were");
    char *aside = scratch_read("results/perf_phase_log.csv.torn");
    cr_assert(strstr(aside, "2026-01-01T0"));
    free(log), free(torn), free(after), free(aside);
}

Test(csv_log, notes_can_break_neither_row_nor_spreadsheet) {
    plugin_scenario("a.json", "", 5, "");
    program_end end = tickaudit("run", "-q", "--notes", "=1+2, \"so\"\nit is", "a.json");
    expect_code(&end, 0);
    cr_assert_eq(log_lines("results"), 2, "a row is a line");
    char *log = scratch_read("results/perf_phase_log.csv");
    cr_assert_null(strstr(log, ",=1"));
    cr_assert_null(strstr(log, ",\"=1"));
    cr_assert(strstr(log, "\"\"so\"\""));
    free(log);
}
