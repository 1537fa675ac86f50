/* Results as JSON: what is written comes back, and nothing that comes in can hurt. */
#define _GNU_SOURCE
#include <cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "result_json.h"
#include "sample_result.h"
#include "scratch.h"

TestSuite(result_json, .init = scratch_make, .fini = scratch_remove, .timeout = 120);

static char *print(const ta_result *result, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    ta_status status = ta_result_print_json(out, result);
    cr_assert(ta_ok(status), "%s", status.text);
    fclose(out);
    return text;
}

static void expect_round_trip(const ta_result *result) {
    char path[TA_RESULTS_PATH_MAX];
    ta_status status = ta_result_save_json(scratch_folder, result, path);
    cr_assert(ta_ok(status), "%s", status.text);
    ta_result *back;
    status = ta_result_read_json(path, &back);
    cr_assert(ta_ok(status), "%s", status.text);
    const char *what;
    cr_assert(sample_results_equal(result, back, &what), "%s differs", what);
    ta_result_free(back);
}

Test(result_json, comes_back_equal_in_every_field) {
    for (int kind = SAMPLE_WHOLE; kind <= SAMPLE_PARTIAL; kind++) {
        ta_result *result = sample_result_new((sample_kind)kind);
        expect_round_trip(result);
        ta_result_free(result);
    }
}

Test(result_json, extremes_come_back_equal) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    result->totals.allocs = UINT64_MAX;
    result->totals.frees = (UINT64_C(1) << 53) + 1;
    result->totals.bytes = UINT64_C(1) << 53;
    result->seed = UINT64_MAX - 1;
    result->whole.value[TA_METRIC_avg_fps] = 1.0 / 3;
    result->whole.value[TA_METRIC_p95_ms] = 5e-324;
    result->whole.value[TA_METRIC_bytes] = 1e300;
    result->whole.value[TA_METRIC_live_bytes_growth] = -9007199254740991.0;
    memset(result->notes, 'n', sizeof result->notes - 1);
    memset(result->partial_why, 0, sizeof result->partial_why);
    (void)snprintf(result->partial_why, sizeof result->partial_why, "%s",
                   "\"\\/\b\t\n\x01 \xf0\x9f\x8e\xae");
    result->exit_code = TA_INTERNAL;
    sample_result_set_ticks(result, 0);
    expect_round_trip(result);
    sample_result_set_ticks(result, 10001);
    expect_round_trip(result);
    ta_result_free(result);
}

Test(result_json, suppressions_come_back_equal) {
    ta_result *result = sample_result_new(SAMPLE_SUPPRESSED);
    expect_round_trip(result);
    size_t size;
    char *text = print(result, &size);
    cJSON *root = cJSON_Parse(text);
    const cJSON *all = cJSON_GetObjectItem(root, "suppressions");
    cr_assert_eq(cJSON_GetArraySize(all), 3);
    const cJSON *third = cJSON_GetArrayItem(all, 2);
    cr_expect_str_eq(cJSON_GetObjectItem(third, "state")->valuestring, "expired");
    cr_expect_str_eq(cJSON_GetObjectItem(third, "expires")->valuestring, "2025-12-31");
    const cJSON *site = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "sites"), 1);
    cr_expect_eq(cJSON_GetObjectItem(site, "suppressed_by")->valuedouble, 1);
    const cJSON *total = cJSON_GetObjectItem(root, "suppressed");
    cr_expect_eq(cJSON_GetObjectItem(total, "allocs")->valuedouble, 400);
    cr_expect_str_eq(cJSON_GetObjectItem(total, "file")->valuestring, "known/violations.json");
    cJSON_Delete(root);
    free(text);
    ta_result_free(result);
}

Test(result_json, empty_result_comes_back_equal) {
    ta_result *result = ta_result_new();
    (void)snprintf(result->run_id, sizeof result->run_id, "empty");
    expect_round_trip(result);
    ta_result_free(result);
}

Test(result_json, has_the_promised_fields) {
    ta_result *result = sample_result_new(SAMPLE_PARTIAL);
    result->totals.bytes = (UINT64_C(1) << 53) + 1;
    size_t size;
    char *text = print(result, &size);
    cJSON *root = cJSON_ParseWithOpts(text, NULL, true);
    cr_assert_not_null(root);
    cr_assert_str_eq(cJSON_GetObjectItem(root, "schema")->valuestring, "tickaudit-result/3");
    const cJSON *totals = cJSON_GetObjectItem(root, "totals");
    cr_assert_eq(cJSON_GetObjectItem(totals, "allocs")->valuedouble, 12700);
    cr_assert_str_eq(cJSON_GetObjectItem(totals, "bytes")->valuestring, "9007199254740993");
    cr_assert(cJSON_IsNull(cJSON_GetObjectItem(root, "state_hash")));
    cr_assert_str_eq(cJSON_GetObjectItem(root, "scenario_hash")->valuestring, "0x00c0ffee12345678");
    const cJSON *whole = cJSON_GetObjectItem(root, "whole");
    cr_assert(cJSON_IsNull(cJSON_GetObjectItem(whole, "avg_fps")), "unknown is null");
    for (int m = 0; m < TA_METRIC_COUNT; m++)
        cr_assert_not_null(cJSON_GetObjectItemCaseSensitive(whole, ta_metric_table[m].name));
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "phases")), 3);
    const cJSON *ticks = cJSON_GetObjectItem(root, "ticks");
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(ticks, "wall_ns")), 100);
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(ticks, "state_hash")), 100);
    const cJSON *bytes = cJSON_GetObjectItem(ticks, "bytes");
    cr_assert_str_eq(cJSON_GetArrayItem(bytes, 1)->valuestring, "18446744073709551615");
    cr_assert_eq(cJSON_GetArrayItem(bytes, 2)->valuedouble, 666);
    cJSON_Delete(root);
    free(text);
    ta_result_free(result);
}

Test(result_json, bytes_that_are_no_text_become_question_marks) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    (void)snprintf(result->notes, sizeof result->notes, "%s",
                   "a\xff\xc3(\xed\xa0\x80 ok \xc3\xa9 \xf0\x9f\x8e");
    size_t size;
    char *text = print(result, &size);
    ta_result *back;
    cr_assert(ta_ok(ta_result_parse_json(text, size, "x", &back)));
    cr_assert_str_eq(back->notes, "a?\?(?\?\? ok \xc3\xa9 ?\?\?");
    ta_result_free(back);
    free(text);
    ta_result_free(result);
}

Test(result_json, not_finite_is_null) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    result->whole.value[TA_METRIC_avg_fps] = 1.0 / 0.0;
    size_t size;
    char *text = print(result, &size);
    ta_result *back;
    cr_assert(ta_ok(ta_result_parse_json(text, size, "x", &back)));
    cr_assert_not(back->whole.known[TA_METRIC_avg_fps]);
    ta_result_free(back);
    free(text);
    ta_result_free(result);
}

/* Replaces the first `from` by `to` in a sample's text, and wants a message with `why`. */
static void expect_bad(const char *from, const char *to, const char *why) {
    ta_result *result = sample_result_new(SAMPLE_SUPPRESSED), *back = result;
    size_t size, changed_size;
    char *text = print(result, &size), *at = strstr(text, from), *changed;
    ta_result_free(result);
    cr_assert_not_null(at, "%s", from);
    FILE *out = open_memstream(&changed, &changed_size);
    fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(out);
    ta_status status = ta_result_parse_json(changed, changed_size, "run.json", &back);
    cr_assert_eq(status.code, TA_BAD_INPUT, "%s -> %s", from, to);
    cr_assert_null(back);
    cr_assert_not_null(strstr(status.text, "run.json"), "%s", status.text);
    cr_assert_not_null(strstr(status.text, why), "%s", status.text);
    free(changed);
    free(text);
}

Test(result_json, what_is_wrong_is_named) {
    expect_bad("tickaudit-result/3", "tickaudit-result/9", "tickaudit-result/9");
    expect_bad("\"schema\"", "\"scheme\"", "schema is missing");
    expect_bad("{", "[", "");
    expect_bad("\"seed\":\t12345", "\"seed\":\t-1", "seed is not a whole number");
    expect_bad("\"seed\":\t12345", "\"seed\":\t1.5", "seed is not a whole number");
    expect_bad("\"seed\":\t12345", "\"seed\":\t1e999", "seed is not a whole number");
    expect_bad("\"seed\":\t12345", "\"seed\":\t\"12x\"", "seed is not a whole number");
    expect_bad("\"seed\":\t12345", "\"seed\":\t\"99999999999999999999\"", "seed is not");
    expect_bad("\"verdict\":\t\"fail\"", "\"verdict\":\t\"maybe\"", "maybe");
    expect_bad("\"exit_code\":\t1", "\"exit_code\":\t6", "exit_code");
    expect_bad("\"state_hash\":\t\"0xfe", "\"state_hash\":\t\"0xFE", "state_hash is not a hash");
    expect_bad("\"avg_fps\":\t1234", "\"avg_fps\":\t\"fast\",\"x\":1234", "whole.avg_fps");
    expect_bad("\"complete\":\ttrue", "\"complete\":\t1", "whole.complete");
    expect_bad("\"metric\":\t\"avg_fps\"", "\"metric\":\t\"speed\"", "judgements[1].metric");
    expect_bad("\"state\":\t\"used\"", "\"state\":\t\"odd\"", "suppressions[0].state is \"odd\"");
    expect_bad("\"state\":\t\"incomplete\"", "\"state\":\t\"odd\"", "evidence[0].state is \"odd\"");
    expect_bad("\"evidence\":\t[", "\"evidences\":\t[", "evidence is missing");
    expect_bad("\"how\":\t\"exited\"", "\"how\":\t\"odd\"", "program_end.how is \"odd\"");
    expect_bad("\"how\":\t\"exited\"", "\"how\":\t\"killed\"", "does not go with how");
    expect_bad("\"signal\":\tnull", "\"signal\":\t9", "does not go with how");
    expect_bad("\"live_at_end\":", "\"live\":", "live_at_end is missing");
    expect_bad("\"strict\":\tfalse", "\"strict\":\t0", "strict");
    expect_bad("\"suppressed_by\":\t0", "\"suppressed_by\":\t-1", "sites[0].suppressed_by");
    expect_bad("\"hot_paths\":\t[0", "\"hot_paths\":\t[2", "sites[0].hot_paths[0] is not");
    expect_bad("\"suppressed\":\t{", "\"suppress\":\t{", "suppressed is missing");
    expect_bad("\"frames\":\t[", "\"frames\":\t[1,", "frames[0] is not an object");
    expect_bad("\"stack\":\t[0,", "\"stack\":\t[\"a\",", "sites[0].stack[0] is not a whole");
    expect_bad("\"stack\":\t[0,", "\"stack\":\t[1000,", "sites[0].stack[0] is not a whole");
    expect_bad("\"stack\":\t[0,", "\"stuck\":\t[0,", "sites[0].stack is missing");
    expect_bad("\"worst_tick_allocs\":\t3",
               "\"worst_tick_allocs\":\t3,\"phases\":[{\"name\":\"x\"}]",
               "sites[0].phases names \"x\"");
    expect_bad("\"population\":\t[0,", "\"population\":\t[", "another length");
    expect_bad("\"population\":\t[0,", "\"population\":\t[0,0,", "another length");
    expect_bad("\"state_hash\":\t[null,", "\"state_hash\":\t[",
               "ticks.state_hash has another length");
    expect_bad("\"wall_ns\":\t[8", "\"wall_ns\":\t[-8", "ticks.wall_ns[0]");
    expect_bad("\"population\":\t[0,", "\"population\":\t[-1,", "ticks.population[0]");
    expect_bad("\"population\":\t[0,", "\"population\":\t[4294967296,", "ticks.population[0]");
    expect_bad("\"population\":\t[0,", "\"population\":\t[0.5,", "ticks.population[0]");
    expect_bad("\"population\":\t[0,", "\"population\":\t[0 1,", "ticks.population");
    expect_bad("\"population\":\t[0,", "\"popu\":\t[0,", "ticks.population is missing");
    expect_bad("\"phase\":\t[0,", "\"phase\":\t[4,", "of 4 phases");
    expect_bad("\"ticks\":\t{", "\"tocks\":\t{", "ticks is missing");
}

/* What a result of the version before has not is unknown, and no error. */
Test(result_json, the_schema_before_is_read_with_the_evidence_that_its_losses_are) {
    ta_result *result = sample_result_new(SAMPLE_SUPPRESSED), *back;
    size_t size;
    char *text = print(result, &size);
    char *schema = strstr(text, "tickaudit-result/3"), *evidence = strstr(text, "\"evidence\"");
    char *end = strstr(text, "\"program_end\"");
    schema[strlen("tickaudit-result/")] = '2';
    evidence[1] = end[1] = 'x';
    ta_status status = ta_result_parse_json(text, size, "x", &back);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_str_eq(back->evidence[0].what, "program_end");
    cr_expect_eq(back->evidence[0].state, TA_EVIDENCE_UNKNOWN);
    unsigned open = 0;
    for (uint32_t i = 0; i < back->evidence_count; i++)
        open += back->evidence[i].state == TA_EVIDENCE_INCOMPLETE;
    cr_expect_eq(open, 5, "%u: names, processes, sites (twice), heaps", open);
    cr_expect_eq(back->program_end.how, TA_PROGRAM_END_UNKNOWN);
    cr_expect_eq(back->judgement_count, result->judgement_count);
    ta_result_free(back);
    free(text);
    ta_result_free(result);
}

Test(result_json, too_long_texts_are_refused_and_not_cut) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE), *back;
    size_t size;
    char *text = print(result, &size), *changed;
    cr_assert_geq(
        asprintf(&changed, "{\"schema\":\"tickaudit-result/3\",\"run_id\":\"%0100d\"}", 7), 0);
    ta_status status = ta_result_parse_json(changed, strlen(changed), "x", &back);
    cr_assert_not_null(strstr(status.text, "run_id is longer than 47 bytes"), "%s", status.text);
    free(changed);
    free(text);
    ta_result_free(result);
}

Test(result_json, fields_of_later_versions_are_skipped) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE), *back;
    size_t size, longer_size;
    char *text = print(result, &size), *longer;
    FILE *out = open_memstream(&longer, &longer_size);
    fprintf(out, "{\"new\":{\"ticks\":[\"}\\\"\"]},%s", text + 1);
    fclose(out);
    ta_status status = ta_result_parse_json(longer, longer_size, "x", &back);
    cr_assert(ta_ok(status), "%s", status.text);
    const char *what;
    cr_assert(sample_results_equal(result, back, &what), "%s", what);
    ta_result_free(back);
    free(longer);
    free(text);
    ta_result_free(result);
}

Test(result_json, mutations_never_crash_the_reader) {
    ta_result *result = sample_result_new(SAMPLE_FAILING);
    sample_result_set_ticks(result, 8);
    size_t size;
    char *text = print(result, &size);
    unsigned seed = 99, good = 0;
    static const char bytes[] = "\"\\,:[]{}0-.ex \n\0\xff";
    for (int round = 0; round < 4000; round++) {
        size_t length = round % 4 ? size : scratch_random(&seed) % size;
        char *mutant = malloc(length + 1); /* no zero behind it: reading over it would show */
        memcpy(mutant, text, length);
        for (unsigned i = 1 + scratch_random(&seed) % 3; length > 0 && i-- > 0;)
            mutant[scratch_random(&seed) % length] =
                bytes[scratch_random(&seed) % (sizeof bytes - 1)];
        ta_result *back = NULL;
        ta_status status = ta_result_parse_json(mutant, length, "x", &back);
        cr_assert(ta_ok(status) == (back != NULL));
        good += ta_ok(status);
        ta_result_free(back);
        free(mutant);
    }
    cr_assert(good > 0 && good < 3000);
    free(text);
    ta_result_free(result);
}

Test(result_json, failure_leaves_nothing) {
    signal(SIGXFSZ, SIG_IGN);
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    cr_assert(ta_ok(ta_result_save_json(scratch_folder, result, NULL)));
    char name[128];
    (void)snprintf(name, sizeof name, "runs/%s.json", result->run_id);
    size_t before, after;
    char *old = scratch_read(name, &before);
    struct rlimit limit = {1000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    ta_status status = ta_result_save_json(scratch_folder, result, NULL);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_assert_eq(status.code, TA_INTERNAL, "%s", status.text);
    cr_assert_eq(scratch_count("runs"), 1, "no temporary file");
    char *now = scratch_read(name, &after);
    cr_assert(after == before && memcmp(now, old, before) == 0, "the older file stays");
    free(now);
    free(old);
    ta_result_free(result);
}

Test(result_json, run_id_cannot_leave_its_folder) {
    ta_result *result = sample_result_new(SAMPLE_WHOLE);
    static const char *const bad[] = {"", ".", "..", "../x", "a/b", ".hidden", "a b", "a\n"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(result->run_id, sizeof result->run_id, "%s", bad[i]);
        cr_assert_eq(ta_result_save_json(scratch_folder, result, NULL).code, TA_BAD_INPUT);
    }
    cr_assert_eq(scratch_count("."), 0);
    ta_result_free(result);
}

Test(result_json, file_that_cannot_be_read_is_named) {
    ta_result *back;
    ta_status status = ta_result_read_json(scratch_path("none.json"), &back);
    cr_assert_eq(status.code, TA_BAD_INPUT);
    cr_assert_not_null(strstr(status.text, "none.json"));
    cr_assert_eq(ta_result_read_json(scratch_folder, &back).code, TA_BAD_INPUT);
}
