#define _GNU_SOURCE /* strdup, nftw */
#include "skip.h"
#include "support.h"

#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCENARIOS TA_SOURCE_DIR "/scenarios"

static char folder[64];

static void make_folder(void) {
    strcpy(folder, "/tmp/ta_scenario_XXXXXX");
    cr_assert(mkdtemp(folder));
    alarm(20); /* a reader that waits for a pipe must not wait for ever */
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void remove_folder(void) {
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(scenario_files, .init = make_folder, .fini = remove_folder);

static const char *in_folder(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const char *text) {
    char *json = quoted(text);
    FILE *file = fopen(in_folder(name), "w");
    cr_assert(file);
    fputs(json, file);
    fclose(file);
    free(json);
    return in_folder(name);
}

static void expect_refused(const char *path, const char *expected) {
    static ta_scenario scenario;
    ta_status status = ta_scenario_load(path, NULL, 0, &scenario);
    cr_expect_eq(status.code, TA_BAD_INPUT);
    cr_expect(strstr(status.text, expected), "%s", status.text);
    cr_expect(strncmp(status.text, path, strlen(path)) == 0, "%s", status.text);
}

Test(scenario_files, what_is_no_regular_file_is_refused_at_once) {
    expect_refused(in_folder("missing.json"), ": no such file; `tickaudit list` names");
    expect_refused(in_folder("missing/x.json"), ": no such file");
    expect_refused(folder, ": is a folder; expected a scenario file");
    expect_refused("/dev/zero", ": is not a regular file");
    expect_refused("/dev/tty", ": is not a regular file");
    cr_assert_eq(mkfifo(in_folder("pipe.json"), 0600), 0);
    expect_refused(in_folder("pipe.json"), ": is not a regular file");
    cr_assert_eq(symlink("loop.json", in_folder("loop.json")), 0);
    expect_refused(in_folder("loop.json"), ": cannot be read: Too many levels");
    expect_refused("-", ": no such file");
    expect_refused("", ": no such file");
    write_file("plain", "x");
    expect_refused(in_folder("plain/x.json"), ": cannot be read: Not a directory");
}

Test(scenario_files, a_misspelt_file_is_guessed) {
    write_file("burst.json", "{}");
    write_file("combat.json", "{}");
    char expected[256];
    snprintf(expected, sizeof expected, ": no such file; did you mean \"%s/burst.json\"?", folder);
    expect_refused(in_folder("brust.json"), expected);
    expect_refused(in_folder("xylophone"), ": no such file; `tickaudit list`");
    cr_assert_eq(chdir(folder), 0);
    expect_refused("combt.json", ": no such file; did you mean \"combat.json\"?");
}

Test(scenario_files, a_file_without_permission_is_told) {
    if (geteuid() == 0)
        ta_skip("root may read everything");
    chmod(write_file("secret.json", "{}"), 0);
    expect_refused(in_folder("secret.json"), ": cannot be opened: Permission denied");
}

Test(scenario_files, a_file_of_100_mb_is_refused_by_its_size) {
    write_file("large.json", "{");
    cr_assert_eq(truncate(in_folder("large.json"), 100 << 20), 0);
    expect_refused(in_folder("large.json"),
                   ": 104857600 bytes; a scenario file has at most 1048576");
}

Test(scenario_files, an_empty_file_is_told) {
    expect_refused(write_file("empty.json", ""), ":1:1: is empty; expected an object");
}

Test(scenario_files, a_file_reads_as_its_text) {
    static ta_scenario scenario;
    const char *path = write_file("good.json", PHASES(PHASE)), *set = "seed=9";
    ta_status status = ta_scenario_load(path, &set, 1, &scenario);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_str_eq(scenario.name, "good");
    cr_expect_str_eq(scenario.path, path);
    cr_expect_eq(scenario.seed, 9);
}

Test(scenario_files, a_path_has_a_limit) {
    static ta_scenario scenario;
    char path[TA_SCENARIO_PATH_MAX + 1];
    memset(path, '/', sizeof path);
    memcpy(path, folder, strlen(folder));
    path[TA_SCENARIO_PATH_MAX] = '\0';
    write_file("a", PHASES(PHASE));
    path[TA_SCENARIO_PATH_MAX - 1] = 'a';
    cr_expect_eq(ta_scenario_load(path, NULL, 0, &scenario).code, TA_BAD_INPUT);
    path[TA_SCENARIO_PATH_MAX - 2] = 'a';
    path[TA_SCENARIO_PATH_MAX - 1] = '\0';
    ta_status status = ta_scenario_load(path, NULL, 0, &scenario);
    cr_expect(ta_ok(status), "%s", status.text);
}

Test(scenario_files, a_list_is_sorted_and_bears_bad_files) {
    write_file("b.json", WITH("'description': 'second'"));
    write_file("a.json",
               PHASES(PHASE ", {'name': 'c', 'load': 'burst', 'seconds': 2.5, 'spawn': 1}"));
    write_file("c.json", "{'sed': 1}");
    write_file("x.schema.json", "{}");
    write_file(".hidden.json", "{}");
    write_file("notes.txt", "");
    cr_assert_eq(mkdir(in_folder("d.json"), 0700), 0);
    ta_scenario_entry *entries;
    unsigned count;
    ta_status status = ta_scenario_list(folder, &entries, &count);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_assert_eq(count, 4);
    cr_expect_str_eq(entries[0].name, "a");
    cr_expect_eq(entries[0].phase_count, 2);
    cr_expect_float_eq(entries[0].seconds, 3.5, 1e-9);
    cr_expect_eq(entries[0].ticks, 210);
    cr_expect_str_eq(entries[0].path, in_folder("a.json"));
    cr_expect_str_eq(entries[1].description, "second");
    cr_expect(strstr(entries[2].status.text, "c.json:1:2: unknown key \"sed\""));
    cr_expect(strstr(entries[3].status.text, "d.json: is a folder"));
    free(entries);
}

Test(scenario_files, a_list_of_nothing_is_empty_and_of_no_folder_an_error) {
    ta_scenario_entry *entries;
    unsigned count;
    cr_expect(ta_ok(ta_scenario_list(folder, &entries, &count)));
    cr_expect_eq(count, 0);
    free(entries);
    ta_status status = ta_scenario_list(in_folder("none"), &entries, &count);
    cr_expect_eq(status.code, TA_BAD_INPUT);
    cr_expect(strstr(status.text, "cannot be listed: No such file or directory"));
    cr_expect_null(entries);
}

static void expect_all_load(const char *path, unsigned least) {
    ta_scenario_entry *entries;
    unsigned count;
    cr_assert(ta_ok(ta_scenario_list(path, &entries, &count)));
    cr_expect_geq(count, least);
    for (unsigned i = 0; i < count; i++) {
        cr_expect(ta_ok(entries[i].status), "%s", entries[i].status.text);
        cr_expect_neq(entries[i].description[0], '\0', "%s says nothing", entries[i].path);
    }
    free(entries);
}

Test(scenario_files, every_shipped_scenario_loads) {
    expect_all_load(SCENARIOS, 6);
    expect_all_load(SCENARIOS "/negative", 8);
}

Test(scenario_files, a_negative_scenario_plans_a_fault_and_is_short) {
    static ta_scenario s;
    static const ta_fault_plan none;
    ta_scenario_entry *entries;
    unsigned count;
    cr_assert(ta_ok(ta_scenario_list(SCENARIOS "/negative", &entries, &count)));
    for (unsigned i = 0; i < count; i++) {
        cr_assert(ta_ok(ta_scenario_load(entries[i].path, NULL, 0, &s)));
        cr_expect(memcmp(&s.faults, &none, sizeof none) != 0, "%s", s.path);
        cr_expect_leq(entries[i].seconds, 2);
        cr_expect(strstr(s.description, "Must fail"), "%s", s.path);
    }
    free(entries);
}

static void expect_phase(const ta_scenario_phase *phase, const char *name, ta_load_kind load,
                         uint64_t ticks, uint32_t first, uint32_t refill) {
    cr_expect_str_eq(phase->plan.name, name);
    cr_expect_eq(phase->plan.load, (uint32_t)load);
    cr_expect_eq(phase->plan.ticks, ticks);
    cr_expect_eq(phase->plan.population_first, first);
    cr_expect_eq(phase->plan.population_last, 500);
    cr_expect_eq(phase->plan.refill_below, refill);
}

static void expect_budget(const ta_scenario *s, const char *text) {
    for (uint32_t i = 0; i < s->budget_count; i++)
        if (strcmp(s->budgets[i].text, text) == 0)
            return;
    cr_expect(false, "no budget %s", text);
}

Test(scenario_files, stress_500_is_the_test_that_it_always_was) {
    static ta_scenario s;
    ta_status status = ta_scenario_load(SCENARIOS "/stress_500.json", NULL, 0, &s);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_eq(s.seed, 12345);
    cr_expect_eq(s.capacity, 500);
    cr_expect_eq(ta_scenario_ticks(&s), 1800);
    cr_assert_eq(s.phase_count, 4);
    expect_phase(&s.phases[0], "gradual_scaling", TA_LOAD_gradual, 480, 100, 0);
    expect_phase(&s.phases[1], "burst_spawn", TA_LOAD_burst, 300, 0, 0);
    expect_phase(&s.phases[2], "combat_stress", TA_LOAD_combat, 600, 0, 400);
    expect_phase(&s.phases[3], "mixed_tier", TA_LOAD_mixed_tier, 420, 0, 0);
    const double quota[] = {0.60, 0.25, 0.12, 0.03};
    for (int tier = 0; tier < TA_TIER_COUNT; tier++)
        cr_expect_float_eq(s.phases[3].plan.quota[tier], quota[tier], 1e-12);
    expect_budget(&s, "mem_growth_mb < 50");
    expect_budget(&s, "avg_fps >= 30");
    expect_budget(&s, "p95_ms < 33.3");
    expect_budget(&s, "fps_stability_pct > 90");
    expect_budget(&s, "enemy_peak >= 500");
    expect_budget(&s, "hot_allocs = 0");
    expect_budget(&s, "population_mismatch = 0");
}
