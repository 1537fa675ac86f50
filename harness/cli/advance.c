#include "cli.h"

#include "compare.h"
#include "compare_text.h"
#include "csv_log.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "PHASE_";

/* "PHASE_5" -> "PHASE_4"; false for labels of another form, which follow no order. */
static bool label_before(const char *label, char *before, size_t size) {
    char *end;
    if (strncmp(label, PREFIX, strlen(PREFIX)) != 0)
        return false;
    long number = strtol(label + strlen(PREFIX), &end, 10);
    if (*end || end == label + strlen(PREFIX) || number <= 0)
        return false;
    snprintf(before, size, "%s%ld", PREFIX, number - 1);
    return true;
}

static ta_status refuse(const char *label, const char *before, const ta_comparison *comparison) {
    ta_status status = {.code = TA_FAILED};
    ta_message text = {status.text, sizeof status.text, 0};
    ta_message_add(&text, "%s may not begin while the gates of %s fail:", label, before);
    for (unsigned i = 0; i < comparison->gate_count; i++) {
        const ta_gate *gate = &comparison->gates[i];
        if (gate->verdict == TA_VERDICT_FAIL)
            ta_message_add(&text, " %s %s;", ta_gate_name(gate), ta_gate_rule_text(gate->rule));
    }
    ta_message_add(&text,
                   " see `tickaudit compare --phase %s`, or go on with --force REASON, which is "
                   "kept in the notes",
                   before);
    return status;
}

ta_status ta_cli_may_advance(const char *results, const char *label, const char *scenario) {
    char before[TA_NAME_MAX];
    if (!label_before(label, before, sizeof before))
        return ta_status_ok();
    ta_csv_log log;
    ta_status status = ta_csv_log_read(results, &log);
    if (!ta_ok(status))
        return status;
    const ta_log_row *pre, *post;
    ta_comparison *comparison = calloc(1, sizeof *comparison);
    /* A phase that was never measured, or not alike, has no gate that fails. */
    bool judged =
        comparison && ta_ok(ta_compare_select(log.rows, log.count, before, scenario, &pre, &post));
    if (judged) {
        ta_arm arms[2] = {pre->arm, post->arm};
        ta_arm_complete(results, &arms[0], NULL);
        ta_arm_complete(results, &arms[1], NULL);
        judged = ta_ok(ta_compare(&arms[0], &arms[1], (ta_compare_options){0}, comparison));
    }
    if (judged && comparison->verdict == TA_VERDICT_FAIL)
        status = refuse(label, before, comparison);
    free(comparison);
    ta_csv_log_free(&log);
    return status;
}
