#include "audited.h"

#include "child.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 30000, STEP_MS = 100 };

static int exit_code(const ta_child *child) {
    return WIFSIGNALED(child->status) ? 128 + WTERMSIG(child->status) : WEXITSTATUS(child->status);
}

static int run_to_end(const char *library, char *const *arguments, const char *ledger_path) {
    char preload[512];
    snprintf(preload, sizeof preload, "%s/%s", TA_BUILD_DIR, library);
    ta_child child;
    if (!ta_ok(ta_child_start(arguments[0], arguments, preload, ledger_path, &child)))
        return AUDITED_NOT_STARTED;
    for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
        if (ta_child_wait(&child, STEP_MS))
            return exit_code(&child);
    }
    ta_child_kill(&child);
    return AUDITED_HUNG;
}

audited audited_run_arguments(const char *library, uint32_t flags, char *const *arguments) {
    audited run = {.exit_code = AUDITED_NOT_STARTED};
    if (!ta_ok(ta_ledger_create(flags, AUDITED_TICKS_MAX, &run.file)))
        return run;
    run.ledger = run.file.ledger;
    run.exit_code = run_to_end(library, arguments, run.file.path);
    ta_ledger_sum(run.ledger, &run.sum);
    return run;
}

audited audited_run(const char *library, uint32_t flags, const char *subject) {
    char path[512];
    snprintf(path, sizeof path, "%s%s%s", subject[0] == '/' ? "" : TA_SUBJECTS_DIR,
             subject[0] == '/' ? "" : "/", subject);
    char *arguments[] = {path, NULL};
    return audited_run_arguments(library, flags, arguments);
}

void audited_end(audited *run) {
    ta_ledger_close(&run->file);
    run->ledger = NULL;
}

const ta_hot_path *audited_hot_path(const audited *run, const char *name) {
    const ta_hot_path *table = ta_ledger_hot_paths(run->ledger);
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++) {
        if (table[i].state && strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
