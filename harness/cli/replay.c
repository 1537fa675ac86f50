#define _GNU_SOURCE
#include "replay.h"

#include "identity.h"
#include "kept_builds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ta_replay {
    const ta_replay_kind *kind;
    void *state;
    int folder, before; /* descriptors: where the run was started, and where we are */
    const ta_result *kept;
};

/* A run with a label keeps its build; one without has to be made anew, and so has the other side,
 * when the build in its place is that of the first. */
static ta_status not_kept(const ta_result *result, const char *results, const char *why) {
    const char *file = result->record.workload_file;
    if (result->label[0])
        return ta_status_make(TA_BAD_INPUT,
                              "%.300s %s, and its build was not kept in %.200s/builds: name the "
                              "folder of the run's results by --results (a file over %d MiB is not "
                              "kept: build to two files then)",
                              file, why, results, TA_KEPT_BUILD_BYTES_MAX >> 20);
    return ta_status_make(TA_BAD_INPUT,
                          "%.300s %s, and its build was not kept: make both runs anew with --label "
                          "NAME, each right after its revision was built; that keeps the builds",
                          file, why);
}

/* The file that has the recorded content: the one that was recorded, or its copy. `used` gets the
 * path of the copy, "" when the file itself is as it was. */
static ta_status find_build(const ta_result *result, const char *results,
                            char used[TA_RESULTS_PATH_MAX]) {
    const ta_record *record = &result->record;
    used[0] = 0;
    if (record->workload_hash == 0)
        return ta_status_make(TA_BAD_INPUT, "the content of %.300s was not recorded",
                              record->workload_file);
    uint64_t now = ta_identity_content(record->workload_file);
    if (now == record->workload_hash)
        return ta_status_ok();
    if (ta_kept_build_path(results, record->workload_hash, used) &&
        ta_identity_content(used) == record->workload_hash)
        return ta_status_ok();
    return not_kept(result, results, now ? "has changed since" : "is gone");
}

static const ta_replay_kind *kind_of(const ta_record *record) {
    if (record->argument_count == 0)
        return NULL;
    if (strcmp(record->arguments[0], "run") == 0)
        return &ta_replay_of_run;
    return strcmp(record->arguments[0], "exec") == 0 ? &ta_replay_of_exec : NULL;
}

static ta_status enter(const ta_replay *replay) {
    if (fchdir(replay->folder) != 0)
        return ta_status_make(TA_INTERNAL, "cannot enter %s: %s", replay->kept->record.folder,
                              strerror(errno));
    return ta_status_ok();
}

static ta_status leave(const ta_replay *replay, ta_status status) {
    if (fchdir(replay->before) != 0 && ta_ok(status))
        return ta_status_make(TA_INTERNAL, "cannot go back to where we were: %s", strerror(errno));
    return status;
}

static ta_status open_in(ta_replay *replay, const char *file) {
    const ta_record *record = &replay->kept->record;
    replay->before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    replay->folder = open(record->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (replay->before < 0 || replay->folder < 0)
        return ta_status_make(TA_BAD_INPUT,
                              "the folder %.300s in which it was run cannot be opened: %s",
                              record->folder, strerror(errno));
    ta_status status = enter(replay);
    if (ta_ok(status))
        status = leave(replay, replay->kind->open(replay->kept, file, &replay->state));
    return status;
}

ta_status ta_replay_open(const ta_result *result, const char *results, ta_replay **opened) {
    *opened = NULL;
    const ta_replay_kind *kind = kind_of(&result->record);
    if (!kind)
        return ta_status_make(TA_BAD_INPUT,
                              "its result has no record of how it was run (it was made "
                              "by an earlier version): make the run anew");
    char used[TA_RESULTS_PATH_MAX];
    ta_status status = find_build(result, results, used);
    if (!ta_ok(status))
        return status;
    char *absolute = used[0] ? realpath(used, NULL) : NULL;
    ta_replay *replay = calloc(1, sizeof *replay);
    if (!replay || (used[0] && !absolute)) {
        free(replay);
        free(absolute);
        return ta_status_make(TA_INTERNAL, "no memory to run again");
    }
    *replay = (ta_replay){.kind = kind, .folder = -1, .before = -1, .kept = result};
    status = open_in(replay, absolute);
    free(absolute);
    if (ta_ok(status))
        *opened = replay;
    else
        ta_replay_close(replay);
    return status;
}

ta_status ta_replay_run(ta_replay *replay, ta_result **result) {
    *result = NULL;
    ta_status status = enter(replay);
    if (ta_ok(status))
        status = leave(replay, replay->kind->run(replay->state, result));
    if (!ta_ok(status))
        return status;
    const ta_result *kept = replay->kept;
    if ((*result)->partial)
        status = ta_status_make(TA_WORKLOAD_DIED, "run again it did not finish: %.300s",
                                (*result)->partial_why);
    else if (strcmp((*result)->allocator, kept->allocator) != 0)
        status = ta_status_make(TA_BAD_INPUT, "run again it was over %s, not over %s",
                                (*result)->allocator, kept->allocator);
    else if (kept->record.inputs_hash && (*result)->record.inputs_hash && /* of a program */
             (*result)->record.inputs_hash != kept->record.inputs_hash)
        status = ta_status_make(TA_BAD_INPUT, "a file that it is given, or a library that it "
                                              "loads, has changed since: make both runs anew, each "
                                              "from files of its own");
    if (!ta_ok(status)) {
        ta_result_free(*result);
        *result = NULL;
    }
    return status;
}

void ta_replay_close(ta_replay *replay) {
    if (!replay)
        return;
    if (replay->state)
        replay->kind->close(replay->state);
    if (replay->folder >= 0)
        close(replay->folder);
    if (replay->before >= 0)
        close(replay->before);
    free(replay);
}
