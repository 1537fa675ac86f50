/* What went unseen of functions that are hot paths or ticks, as evidence. */
#define _GNU_SOURCE
#include "function_evidence.h"

#include "evidence.h"
#include "function_list.h"
#include "function_references.h"
#include "message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One function, and what was found out about it over all modules. */
typedef struct sight {
    const char *function;
    char subject[TA_HOT_NAME_MAX];
    bool is_imported; /* watched where it is imported */
    char missed_text[TA_RESULT_TEXT_MAX], unknown_text[TA_RESULT_TEXT_MAX];
    char folded_text[TA_RESULT_TEXT_MAX], may_be_folded_text[TA_RESULT_TEXT_MAX],
        found_text[TA_RESULT_TEXT_MAX];
    char tail_text[TA_RESULT_TEXT_MAX];
    char may_be_tail_text[TA_RESULT_TEXT_MAX];
    ta_message missed, unknown, folded, may_be_folded, found, tail, may_be_tail;
    unsigned defining; /* modules that define it */
} sight;

static void begin_sight(const char *function, sight *s) {
    memset(s, 0, sizeof *s);
    s->function = function;
    snprintf(s->subject, sizeof s->subject, "%s", function);
    s->missed = (ta_message){s->missed_text, sizeof s->missed_text, 0};
    s->unknown = (ta_message){s->unknown_text, sizeof s->unknown_text, 0};
    s->folded = (ta_message){s->folded_text, sizeof s->folded_text, 0};
    s->may_be_folded = (ta_message){s->may_be_folded_text, sizeof s->may_be_folded_text, 0};
    s->may_be_tail = (ta_message){s->may_be_tail_text, sizeof s->may_be_tail_text, 0};
    s->found = (ta_message){s->found_text, sizeof s->found_text, 0};
    s->tail = (ta_message){s->tail_text, sizeof s->tail_text, 0};
}

static const char *separator(const ta_message *m) {
    return m->used ? "; " : "";
}

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- what a module has ---- */

static void look_for_copies(const char *module, const ta_function_code *code,
                            const ta_function_found *found, sight *s) {
    if (found->inlined)
        ta_message_add(&s->missed, "%s%" PRIu32 " inlined in %s", separator(&s->missed),
                       found->inlined, module);
    else if (found->bodies)
        ta_message_add(&s->missed, "%sin %s it is a coroutine, whose body is another function",
                       separator(&s->missed), module);
    else if (found->parts && !code->has_debug)
        ta_message_add(&s->missed, "%s%s has a part of it, so that the rest is inlined elsewhere",
                       separator(&s->missed), module);
}

static void look_for_doubts(const char *path, bool is_program, const ta_function_code *code,
                            const ta_function_found *found, sight *s) {
    bool matters = is_program || found->symbols || !ta_code_is_systems(path);
    if (!code->is_read)
        ta_message_add(&s->unknown, "%s%s could not be read", separator(&s->unknown),
                       base_of(path));
    else if (matters && !code->has_debug)
        ta_message_add(&s->unknown, "%s%s has no debug information to tell inlined copies",
                       separator(&s->unknown), base_of(path));
    if (found->may_be_inlined)
        ta_message_add(&s->unknown,
                       "%s%" PRIu32
                       " copies in %s are of functions whose class or namespace is not "
                       "in the debug information",
                       separator(&s->unknown), found->may_be_inlined, base_of(path));
    if (found->is_folded)
        ta_message_add(&s->folded, "%sin %s it is one with %s", separator(&s->folded),
                       base_of(path), found->twin);
    else if (found->twins && !code->has_debug)
        ta_message_add(&s->may_be_folded, "%sin %s it has one address with %s",
                       separator(&s->may_be_folded), base_of(path), found->twin);
}

/* A function that is watched where it is imported is not seen where it is called without. */
static void look_for_calls(const char *path, const ta_function_found *found, sight *s) {
    uint32_t count = 0;
    for (uint32_t i = 0; s->is_imported && i < found->symbols && i < TA_FUNCTION_ENTRIES_MAX; i++)
        count += ta_function_references(path, found->entries[i].address, found->entries[i].size);
    if (count)
        ta_message_add(&s->missed, "%s%" PRIu32 " call%s of it or pointer%s to it within %s",
                       separator(&s->missed), count, count == 1 ? "" : "s", count == 1 ? "" : "s",
                       base_of(path));
}

static void look_at(const char *path, bool is_program, const ta_function_code *code,
                    const ta_function_found *found, sight *s) {
    look_for_copies(base_of(path), code, found, s);
    look_for_calls(path, found, s);
    look_for_doubts(path, is_program, code, found, s);
    s->defining += found->symbols > 0;
    if (found->tail_calls)
        ta_message_add(&s->tail, "%s%" PRIu32 " in %s%s%s", separator(&s->tail), found->tail_calls,
                       base_of(path), *found->tail_to ? ", to " : "", found->tail_to);
    else if (found->may_be_tails)
        ta_message_add(&s->may_be_tail, "%s%" PRIu32 " in %s", separator(&s->may_be_tail),
                       found->may_be_tails, base_of(path));
    uint32_t whole = found->symbols ? found->symbols : found->defined;
    if (whole || found->inlined || found->parts || found->bodies)
        ta_message_add(&s->found, "%s%s has %" PRIu32 " of it and %" PRIu32 " inlined",
                       separator(&s->found), base_of(path), whole, found->inlined);
}

/* ---- by symbol ---- */

static ta_status add_sight(ta_fact fact, sight *s, const char *remedy, ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX];
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE, .subject = s->subject};
    if (s->defining > 1)
        ta_message_add(&s->missed, "%s%u modules have functions of that name",
                       separator(&s->missed), s->defining);
    if (s->missed.used || s->unknown.used) {
        bool is_known = s->missed.used > 0;
        snprintf(detail, sizeof detail, "%.160s: %.330s", s->function,
                 is_known ? s->missed_text : s->unknown_text);
        finding.state = is_known ? TA_EVIDENCE_INCOMPLETE : TA_EVIDENCE_UNKNOWN;
        finding.detail = detail;
        finding.remedy = remedy;
    }
    return ta_evidence_add(result, fact, finding);
}

static ta_status add_folded(const sight *s, ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX];
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE, .subject = s->subject};
    if (s->folded.used) {
        snprintf(detail, sizeof detail, "%.160s: %.330s", s->function, s->folded_text);
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, s->subject, detail,
                               "link without --icf=all (-Wl,--icf=none), which makes one function "
                               "of those whose code is alike"};
    } else if (s->may_be_folded.used) {
        snprintf(detail, sizeof detail, "%.160s: %.280s: another name, or made one by the linker",
                 s->function, s->may_be_folded_text);
        finding = (ta_finding){TA_EVIDENCE_UNKNOWN, s->subject, detail,
                               "build it with -g, or install its debug information"};
    }
    return ta_evidence_add(result, TA_FACT_function_alone, finding);
}

static bool is_imported(const ta_ledger *ledger, const char *function) {
    for (uint32_t i = 0; i < ledger->watched_count; i++) {
        const ta_watched *w = &ledger->watched[i];
        if (strcmp(w->symbol, function) == 0 && w->own.address)
            return false;
    }
    return true;
}

static bool is_by_stack(const ta_exec_options *options, const char *function) {
    for (uint32_t i = 0; i < options->hot_stack_count; i++) {
        if (strcmp(options->hot_stacks[i], function) == 0)
            return true;
    }
    return false;
}

/* Of all processes when children are followed, whose ledgers may have been released. */
static const ta_module_files *files_of(const ta_exec_seen *seen, ta_module_files *own) {
    if (seen->followed)
        return ta_followed_modules(seen->followed);
    return own && ta_module_files_add(own, seen->ledger) ? own : NULL;
}

/* False without memory. */
static bool look_at_modules(const ta_exec_seen *seen, ta_stacked *stacked, sight *sights,
                            uint32_t count) {
    ta_module_files *own = seen->followed ? NULL : ta_module_files_new();
    const ta_module_files *files = files_of(seen, own);
    const ta_module_file *file = NULL;
    while (files && (file = ta_module_files_next(files, file))) {
        const ta_function_code *code = ta_stacked_code(stacked, file->path);
        for (uint32_t n = 0; code && n < count; n++)
            look_at(file->path, file->is_program, code, &code->found[n], &sights[n]);
    }
    ta_module_files_free(own);
    return files != NULL;
}

/* Modules that were loaded while the program ran: what their constructors called was not seen, and
 * what else they called until they were looked at. */
static void look_for_late(const ta_exec_seen *seen, sight *s) {
    uint64_t late = 0, by_jump = 0;
    for (uint32_t i = 0; i < seen->ledger->watched_count; i++) {
        const ta_watched *w = &seen->ledger->watched[i];
        if (strcmp(w->symbol, s->function) != 0)
            continue;
        late += seen->followed ? seen->processes->late[i] : w->late;
        by_jump += seen->followed ? seen->processes->late_by_jump[i] : w->late_by_jump;
    }
    if (by_jump)
        ta_message_add(&s->missed,
                       "%s%" PRIu64 " module%s loaded later by name and may have called it before "
                       "that was seen",
                       separator(&s->missed), by_jump, by_jump == 1 ? " was" : "s were");
    if (seen->ledger->watch_is_behind)
        ta_message_add(&s->unknown, "%smodules that were loaded last were not looked at",
                       separator(&s->unknown));
    if (late)
        ta_message_add(&s->unknown,
                       "%s%" PRIu64 " module%s loaded later with constructors, which may have "
                       "called it",
                       separator(&s->unknown), late, late == 1 ? " was" : "s were");
}

static ta_status no_memory(void) {
    return ta_status_make(TA_INTERNAL, "no memory for the evidence of functions");
}

static ta_status add_watched(const ta_exec_options *options, const ta_exec_seen *seen,
                             ta_result *result) {
    const char *names[TA_LEDGER_STACKED_MAX];
    static sight sights[TA_LEDGER_STACKED_MAX]; /* large: not for the stack */
    uint32_t count = 0, ticks = 0;
    if (options->ticks == TA_TICKS_SYMBOL)
        names[count++] = options->tick_symbol;
    ticks = count;
    for (uint32_t i = 0; i < options->hot_symbol_count; i++)
        names[count++] = options->hot_symbols[i];
    ta_stacked *stacked = count ? ta_stacked_new(names, count, TA_CODE_NOT_IN_SYSTEMS) : NULL;
    if (count && !stacked)
        return no_memory();
    for (uint32_t n = 0; n < count; n++) {
        begin_sight(names[n], &sights[n]);
        sights[n].is_imported = is_imported(seen->ledger, names[n]);
    }
    bool good = count == 0 || look_at_modules(seen, stacked, sights, count);
    ta_stacked_free(stacked);
    for (uint32_t n = 0; n < count; n++)
        look_for_late(seen, &sights[n]);
    ta_status status = good ? ta_status_ok() : no_memory();
    for (uint32_t n = 0; ta_ok(status) && n < count; n++) {
        bool is_tick = n < ticks;
        if (is_tick)
            sights[n].subject[0] = 0; /* it bears on all of the run */
        if (!is_tick && is_by_stack(options, names[n]))
            continue; /* its allocations are told by stack: nothing is missed */
        status =
            add_sight(is_tick ? TA_FACT_tick_seen_whole : TA_FACT_function_seen_whole, &sights[n],
                      is_tick ? "name a function that is called from another module or is "
                                "not inlined, or mark ticks in the source"
                              : "name it by --hot stack:NAME, which sees inlined copies and "
                                "all calls",
                      result);
        if (ta_ok(status) && !is_tick)
            status = add_folded(&sights[n], result);
    }
    return status;
}

/* ---- by stack ---- */

static ta_status add_found(const ta_exec_seen *seen, const sight *s, ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX], near[TA_FUNCTION_LIST_MAX];
    ta_finding finding = {TA_EVIDENCE_COMPLETE, s->subject, s->found_text, NULL};
    if (!s->found.used) {
        ta_function_nearest(seen->program_path, s->function, near, sizeof near);
        snprintf(detail, sizeof detail, "no module that was loaded has a function %.120s%s%.330s",
                 s->function, *near ? "; names like it: " : "", near);
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, s->subject, detail,
                               "see that the name is right and that the file is not stripped; "
                               "`nm -C` lists the names of a file"};
    }
    return ta_evidence_add(result, TA_FACT_stack_function_found, finding);
}

static ta_status add_late(const ta_exec_seen *seen, uint32_t function, const sight *s,
                          ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX];
    uint64_t late = ta_stacked_late(seen->stacked, function);
    ta_finding finding = {TA_EVIDENCE_COMPLETE, s->subject, NULL, NULL};
    if (late) {
        snprintf(
            detail, sizeof detail,
            "%" PRIu64 " allocations in %.160s came before a module that was just loaded had "
            "been read: they are counted, but the number of its ticks and threads and the most "
            "in one tick may be higher",
            late, s->function);
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, s->subject, detail,
                               "load the module before the first tick, or link with it"};
    }
    return ta_evidence_add(result, TA_FACT_stacks_in_time, finding);
}

/* A call at the very end of a function is a jump, as compilers make it: its frame is gone by then.
 */
static ta_status add_tail_calls(const sight *s, ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX];
    ta_finding finding = {TA_EVIDENCE_COMPLETE, s->subject, NULL, NULL};
    if (s->tail.used) {
        snprintf(detail, sizeof detail,
                 "%.160s ends by a tail call (%.200s): what that allocates has no frame of it",
                 s->function, s->tail_text);
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, s->subject, detail,
                               "build it with -fno-optimize-sibling-calls, or make the function "
                               "that it jumps to a hot path too"};
    } else if (s->may_be_tail.used) {
        snprintf(detail, sizeof detail,
                 "%.160s has jumps that may be tail calls (%.200s): what those allocate has no "
                 "frame of it",
                 s->function, s->may_be_tail_text);
        finding = (ta_finding){TA_EVIDENCE_UNKNOWN, s->subject, detail,
                               "build it with -g, which tells, or with "
                               "-fno-optimize-sibling-calls"};
    }
    return ta_evidence_add(result, TA_FACT_stack_frames_stay, finding);
}

static ta_stack_doubts doubts_of(const ta_exec_seen *seen) {
    ta_stack_doubts doubts = {0};
    if (seen->followed)
        return ta_followed_sum_up(seen->followed).doubts;
    ta_stack_doubts_add(&doubts, seen->ledger);
    return doubts;
}

static void add_doubt(ta_message *detail, uint64_t count, const char *one, const char *many) {
    if (count)
        ta_message_add(detail, "%s%" PRIu64 " %s", detail->used ? "; " : "", count,
                       count == 1 ? one : many);
}

/* Of allocations that are in each hot path anyway nothing is in doubt. */
static void tell_doubts(const ta_stack_doubts *doubts, ta_message *detail) {
    add_doubt(detail, doubts->broken, "stack broke off", "stacks broke off");
    add_doubt(detail, doubts->cut, "stack had more than 4,000 frames",
              "stacks had more than 4,000 frames");
    add_doubt(detail, doubts->guessed, "stack led through code without unwind tables",
              "stacks led through code without unwind tables");
    add_doubt(detail, doubts->untold, "module could not be read", "modules could not be read");
}

static ta_status add_whole(const ta_exec_seen *seen, ta_result *result) {
    const ta_stack_doubts doubts = doubts_of(seen);
    char detail[TA_RESULT_TEXT_MAX] = "";
    tell_doubts(&doubts, &(ta_message){detail, sizeof detail, 0});
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    bool is_known = doubts.cut || doubts.broken || doubts.untold;
    if (is_known || doubts.guessed)
        finding =
            (ta_finding){is_known ? TA_EVIDENCE_INCOMPLETE : TA_EVIDENCE_UNKNOWN, NULL, detail,
                         "build with -fasynchronous-unwind-tables, or mark the hot path in "
                         "the source"};
    return ta_evidence_add(result, TA_FACT_stacks_whole, finding);
}

/* Copies that no debug information tells are not found by stack either. */
static ta_status add_doubts(sight *s, ta_result *result) {
    s->missed.used = s->defining = 0;
    return add_sight(TA_FACT_function_seen_whole, s,
                     "build it with -g, or install its debug information", result);
}

static ta_status add_stacked(const ta_exec_options *options, const ta_exec_seen *seen,
                             ta_result *result) {
    static sight sights[TA_LEDGER_STACKED_MAX];
    uint32_t count = options->hot_stack_count;
    if (!count || !seen->stacked)
        return ta_status_ok();
    for (uint32_t n = 0; n < count; n++)
        begin_sight(options->hot_stacks[n], &sights[n]);
    bool good = look_at_modules(seen, seen->stacked, sights, count);
    ta_status status = good ? add_whole(seen, result) : no_memory();
    for (uint32_t n = 0; ta_ok(status) && n < count; n++) {
        status = add_found(seen, &sights[n], result);
        if (ta_ok(status))
            status = add_tail_calls(&sights[n], result);
        if (ta_ok(status))
            status = add_late(seen, n, &sights[n], result);
        if (ta_ok(status))
            status = add_doubts(&sights[n], result);
        if (ta_ok(status))
            status = add_folded(&sights[n], result);
    }
    return status;
}

ta_status ta_function_evidence(const ta_exec_options *options, const ta_exec_seen *seen,
                               ta_result *result) {
    ta_status status = add_watched(options, seen, result);
    return ta_ok(status) ? add_stacked(options, seen, result) : status;
}
