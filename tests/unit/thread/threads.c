/* What the headers say may be called from any thread, called from eight at once: reading scenarios,
 * printing results, appending to one log. A plain program, since Criterion cannot start under
 * ThreadSanitizer, which is what it is made for; without it the rows are still counted. */
#define _GNU_SOURCE
#include "csv_log.h"
#include "result_json.h"
#include "scenario.h"
#include "summary.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 5 };

static char folder[] = "/tmp/ta_threads_XXXXXX";

static void must(ta_status status) {
    if (ta_ok(status))
        return;
    fprintf(stderr, "%s\n", status.text);
    exit(1);
}

static void read_scenario(void) {
    ta_scenario *scenario = malloc(sizeof *scenario);
    if (!scenario)
        abort();
    must(ta_scenario_load(TA_SOURCE_DIR "/scenarios/stress_500.json", NULL, 0, scenario));
    free(scenario);
}

static void write_result(FILE *nowhere, unsigned thread, unsigned round) {
    ta_result *result = ta_result_new();
    if (!result)
        abort();
    snprintf(result->run_id, sizeof result->run_id, "thread-%u-%u", thread, round);
    must(ta_result_print_json(nowhere, result));
    ta_summary_print(nowhere, result, (ta_summary_style){0});
    must(ta_csv_log_append(folder, result, NULL));
    ta_result_free(result);
}

static void *work(void *number) {
    FILE *nowhere = fopen("/dev/null", "w");
    if (!nowhere)
        abort();
    for (unsigned round = 0; round < ROUNDS; round++) {
        read_scenario();
        write_result(nowhere, *(unsigned *)number, round);
    }
    fclose(nowhere);
    return NULL;
}

static size_t whole_rows(void) {
    ta_csv_log log;
    must(ta_csv_log_read(folder, &log));
    size_t whole = 0;
    for (size_t i = 0; i < log.count; i++)
        whole += log.rows[i].state == TA_LOG_ROW_WHOLE;
    ta_csv_log_free(&log);
    return whole;
}

static void remove_folder(void) {
    char path[128];
    snprintf(path, sizeof path, "%s/" TA_CSV_LOG_NAME, folder);
    unlink(path);
    rmdir(folder);
}

int main(void) {
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    if (!mkdtemp(folder))
        return 1;
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0)
            return 1;
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    size_t rows = whole_rows();
    remove_folder();
    printf("%zu whole rows of %d\n", rows, THREADS * ROUNDS);
    return rows != (size_t)THREADS * ROUNDS;
}
