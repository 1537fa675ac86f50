#define _GNU_SOURCE /* access */
#include "scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "list.h"
#include "override.h"
#include "text_file.h"

static const ta_document_kind scenario_kind = {"a scenario file",
                                               "{\"seed\": 1, \"phases\": [...]}"};

uint64_t ta_scenario_ticks(const ta_scenario *scenario) {
    uint64_t ticks = 0;
    for (uint32_t i = 0; i < scenario->phase_count; i++)
        ticks += scenario->phases[i].plan.ticks;
    return ticks;
}

static ta_status apply_overrides(ta_document *document, const char *const *overrides,
                                 unsigned count) {
    ta_status status = ta_status_ok();
    if (count > TA_SCENARIO_OVERRIDES_MAX)
        return ta_status_make(TA_BAD_INPUT, "%u times --set; at most %d are taken", count,
                              TA_SCENARIO_OVERRIDES_MAX);
    for (unsigned i = 0; i < count && ta_ok(status); i++)
        status = ta_override_apply(document, overrides[i]);
    return status;
}

ta_status ta_scenario_parse(const char *text, size_t size, const char *path,
                            const char *const *overrides, unsigned override_count,
                            ta_scenario *scenario) {
    ta_document *document;
    if (strlen(path) >= TA_SCENARIO_PATH_MAX)
        return ta_status_make(TA_BAD_INPUT, "%.128s...: a path of more than %d bytes", path,
                              TA_SCENARIO_PATH_MAX - 1);
    ta_status status = ta_document_open(text, size, path, &scenario_kind, &document);
    if (!ta_ok(status))
        return status;
    status = apply_overrides(document, overrides, override_count);
    ta_scenario *made = ta_ok(status) ? calloc(1, sizeof *made) : NULL;
    if (made)
        status = ta_scenario_convert(document, path, made);
    else if (ta_ok(status))
        status = ta_status_make(TA_INTERNAL, "%.300s: out of memory", path);
    if (made && ta_ok(status))
        *scenario = *made;
    free(made);
    ta_document_close(document);
    return status;
}

/* Most missing files are misspelt: looks for the nearest name beside. */
static ta_status missing(const char *path) {
    char nearest[TA_SCENARIO_PATH_MAX];
    if (ta_scenario_nearest_file(path, nearest))
        return ta_status_make(TA_BAD_INPUT, "%.300s: no such file; did you mean \"%.300s\"?", path,
                              nearest);
    return ta_status_make(
        TA_BAD_INPUT, "%.300s: no such file; `tickaudit list` names the scenarios that there are",
        path);
}

ta_status ta_scenario_load(const char *path, const char *const *overrides, unsigned override_count,
                           ta_scenario *scenario) {
    char *text;
    size_t size;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return missing(path);
    ta_status status = ta_text_file_read(path, scenario_kind.what, &text, &size);
    if (ta_ok(status))
        status = ta_scenario_parse(text, size, path, overrides, override_count, scenario);
    free(text);
    return status;
}
