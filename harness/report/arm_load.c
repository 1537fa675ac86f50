#include <string.h>
#include <unistd.h>

#include "compare_text.h"
#include "csv_log.h"
#include "result_json.h"

static ta_status load_file(const char *path, ta_arm *arm, ta_result **kept) {
    ta_result *result;
    ta_status status = ta_result_read_json(path, &result);
    if (ta_ok(status)) {
        *arm = ta_arm_from_result(result, path);
        if (kept)
            *kept = result;
        else
            ta_result_free(result);
    }
    return status;
}

static ta_status load_row(const char *folder, const char *name, ta_arm *arm) {
    ta_csv_log log;
    ta_status status = ta_csv_log_read(folder, &log);
    if (!ta_ok(status))
        return status;
    const ta_log_row *row = ta_log_find_run(log.rows, log.count, name);
    if (row)
        *arm = row->arm;
    else
        status = ta_status_make(TA_BAD_INPUT,
                                "there is no run \"%.200s\": no such result file, none of that id "
                                "in %.200s/runs, and no row in %.200s/" TA_CSV_LOG_NAME,
                                name, folder, folder);
    ta_csv_log_free(&log);
    return status;
}

ta_status ta_arm_load(const char *folder, const char *name, ta_arm *arm, ta_result **kept) {
    char path[TA_RESULTS_PATH_MAX];
    if (kept)
        *kept = NULL;
    if (ta_result_find(folder, name, path))
        return load_file(path, arm, kept);
    return load_row(folder, name, arm);
}

void ta_arm_complete(const char *folder, ta_arm *arm, ta_result **kept) {
    char path[TA_RESULTS_PATH_MAX];
    ta_arm whole;
    ta_result *result = NULL;
    if (kept)
        *kept = NULL;
    bool found = ta_ok(ta_results_path(folder, arm->run_id, ".json", path)) &&
                 access(path, F_OK) == 0 && ta_ok(load_file(path, &whole, &result));
    /* A file that was copied to another run's name knows better who it is. */
    bool is_his = found && strcmp(whole.run_id, arm->run_id) == 0 &&
                  strcmp(whole.timestamp, arm->timestamp) == 0;
    if (is_his) {
        memcpy(whole.source, arm->source, sizeof whole.source);
        *arm = whole;
    }
    if (is_his && kept)
        *kept = result;
    else
        ta_result_free(result);
}
