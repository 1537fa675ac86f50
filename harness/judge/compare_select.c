#include <string.h>

#include "compare.h"
#include "message.h"

static bool row_usable(const ta_log_row *row, const char *scenario) {
    return row->state == TA_LOG_ROW_WHOLE && !ta_arm_is_partial(&row->arm) &&
           (!scenario || strcmp(row->arm.scenario, scenario) == 0);
}

/* Which labels the log does hold, for whoever mistyped one; the newest first. */
static void name_labels(ta_message *text, const ta_log_row *rows, size_t count) {
    enum { NAMED_MAX = 8 };
    const char *named[NAMED_MAX];
    unsigned named_count = 0;
    for (size_t i = count; i-- > 0 && named_count < NAMED_MAX;) {
        const ta_arm *arm = &rows[i].arm;
        bool seen = rows[i].state != TA_LOG_ROW_WHOLE || !*arm->label;
        for (unsigned j = 0; j < named_count && !seen; j++)
            seen = strcmp(named[j], arm->label) == 0;
        if (!seen)
            named[named_count++] = arm->label;
    }
    ta_message_add(text, named_count ? "; the log has" : "; the log has no labelled run at all");
    for (unsigned j = 0; j < named_count; j++)
        ta_message_add(text, "%s %s", j ? "," : "", named[j]);
}

static ta_status select_failed(const ta_log_row *rows, size_t count, const char *label,
                               const char *scenario, const ta_log_row *pre,
                               const ta_log_row *post) {
    size_t partial = 0, broken = 0, unmarked = 0;
    for (size_t i = 0; i < count; i++) {
        bool ours = rows[i].state == TA_LOG_ROW_WHOLE && strcmp(rows[i].arm.label, label) == 0;
        broken += rows[i].state != TA_LOG_ROW_WHOLE;
        partial += ours && ta_arm_is_partial(&rows[i].arm);
        unmarked += ours && !*rows[i].arm.pre_post;
    }
    ta_status status = {.code = TA_BAD_INPUT};
    ta_message text = {status.text, sizeof status.text, 0};
    ta_message_add(&text, "no finished %s run labelled %s%s%s in the log",
                   !pre && !post ? "pre and no finished post"
                   : !pre        ? "pre"
                                 : "post",
                   label, scenario ? " of scenario " : "", scenario ? scenario : "");
    if (pre || post)
        ta_message_add(&text, " (there is a %s: %s)", pre ? "pre" : "post",
                       pre ? pre->arm.source : post->arm.source);
    if (partial)
        ta_message_add(&text, "; %zu of that label left out as partial", partial);
    if (unmarked)
        ta_message_add(&text,
                       "; %zu of that label marked neither pre nor post (of a program they are "
                       "never: `tickaudit compare --rerun PRE POST` takes two by id or file)",
                       unmarked);
    if (broken)
        ta_message_add(&text, "; %zu lines left out as torn or malformed", broken);
    name_labels(&text, rows, count);
    ta_message_add(&text, "; make one with: tickaudit run SCENARIO --label %s --%s", label,
                   pre ? "post" : "pre");
    return status;
}

ta_status ta_compare_select(const ta_log_row *rows, size_t count, const char *label,
                            const char *scenario, const ta_log_row **pre, const ta_log_row **post) {
    *pre = *post = NULL;
    for (size_t i = count; i-- > 0;) {
        if (!row_usable(&rows[i], scenario) || strcmp(rows[i].arm.label, label) != 0)
            continue;
        if (!*pre && strcmp(rows[i].arm.pre_post, "pre") == 0)
            *pre = &rows[i];
        if (!*post && strcmp(rows[i].arm.pre_post, "post") == 0)
            *post = &rows[i];
    }
    if (*pre && *post)
        return ta_status_ok();
    return select_failed(rows, count, label, scenario, *pre, *post);
}

const ta_log_row *ta_log_find_run(const ta_log_row *rows, size_t count, const char *run_id) {
    for (size_t i = count; i-- > 0;)
        if (rows[i].state == TA_LOG_ROW_WHOLE && strcmp(rows[i].arm.run_id, run_id) == 0)
            return &rows[i];
    return NULL;
}
