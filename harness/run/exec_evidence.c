#define _GNU_SOURCE
#include "exec_evidence.h"

#include "evidence.h"
#include "function_name.h"
#include "message.h"
#include "own_malloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* ---- the end ---- */

static bool is_expected(const ta_expected_end *expected, const ta_program_end *end) {
    if (!expected->given)
        return end->how == TA_PROGRAM_EXITED && end->number == 0;
    return expected->any || (expected->how == end->how && expected->number == end->number);
}

void ta_exec_note_end(const ta_exec_options *options, const ta_child *child, ta_result *result) {
    const ta_expected_end *expected = &options->expected_end;
    ta_program_end *end = &result->program_end;
    bool killed = WIFSIGNALED(child->status);
    end->how = killed ? TA_PROGRAM_KILLED : TA_PROGRAM_EXITED;
    end->number = killed ? WTERMSIG(child->status) : WEXITSTATUS(child->status);
    end->expected = expected->given && is_expected(expected, end);
    if (is_expected(expected, end) || (!killed && options->budget_count == 0))
        return;
    char wanted[64] = "";
    ta_program_end meant = {.how = expected->how, .number = expected->number};
    if (expected->given)
        ta_program_end_text(&meant, wanted, sizeof wanted);
    result->partial = true;
    size_t size = sizeof result->partial_why;
    ta_program_end_text(end, result->partial_why, size);
    size_t used = strlen(result->partial_why);
    if (*wanted)
        snprintf(result->partial_why + used, size - used, ", not %s", wanted);
}

/* ---- ticks ---- */

ta_without_ticks ta_exec_without_ticks(const ta_exec_options *options) {
    if (options->ticks == TA_TICKS_WHOLE)
        return TA_WITHOUT_TICKS_ONE;
    return options->ticks_named ? TA_WITHOUT_TICKS_UNKNOWN : TA_WITHOUT_TICKS_GROWTH;
}

/* How often the source fired, in the process in which it did most often. Samples are the program's
 * own. */
static uint64_t times_fired(const ta_exec_options *options, const ta_exec_seen *seen,
                            const ta_result *result) {
    if (options->ticks == TA_TICKS_TIMED)
        return result->tick_count;
    return seen->followed ? seen->processes->ticks_begun_most : seen->ledger->ticks_begun;
}

static void tell_missing_ticks(const ta_exec_options *options, uint64_t fired, char *text,
                               size_t size) {
    if (options->ticks == TA_TICKS_SYMBOL)
        snprintf(text, size, "symbol:%.300s was %s", options->tick_symbol,
                 fired ? "called once" : "never called");
    else if (options->ticks == TA_TICKS_TIMED)
        snprintf(text, size, "the program ended before its second sample");
    else
        snprintf(text, size, "%s was marked", fired ? "one tick" : "no tick");
}

static const char *remedy_for_ticks(const ta_exec_options *options) {
    if (options->ticks == TA_TICKS_SYMBOL)
        return "see that the run reaches it, and that no copy of it is inlined; or name another "
               "function by --tick";
    if (options->ticks == TA_TICKS_TIMED)
        return "sample more often, or audit a longer run";
    return "see that the run reaches its marks; or name a function that is called each tick by "
           "--tick symbol:NAME; or take the run as one by --tick whole";
}

static ta_status add_ticks(const ta_exec_options *options, const ta_exec_seen *seen,
                           ta_result *result) {
    uint64_t fired = times_fired(options, seen, result);
    bool measured = result->whole.known[TA_METRIC_allocs_per_tick_max];
    if (options->ticks == TA_TICKS_WHOLE || (fired > 1 && measured))
        return ta_evidence_add(result, TA_FACT_ticks_fired,
                               (ta_finding){.state = TA_EVIDENCE_COMPLETE});
    char detail[TA_RESULT_TEXT_MAX];
    if (fired > 1) {
        snprintf(detail, sizeof detail, "all ticks, %" PRIu64 ", lie in the warm-up", fired);
        return ta_evidence_add(result, TA_FACT_ticks_fired,
                               (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                                            .detail = detail,
                                            .remedy = "shorten --warmup, or audit a longer run"});
    }
    tell_missing_ticks(options, fired, detail, sizeof detail);
    ta_fact fact = fired || options->ticks_named ? TA_FACT_ticks_fired : TA_FACT_ticks_marked;
    return ta_evidence_add(result, fact,
                           (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                                        .detail = detail,
                                        .remedy = remedy_for_ticks(options)});
}

/* Samples are taken of the program itself: what its children allocate between them is in no tick.
 */
static ta_status add_followed_ticks(const ta_exec_options *options, ta_result *result) {
    if (options->ticks != TA_TICKS_TIMED || !options->follow)
        return ta_status_ok();
    char detail[TA_RESULT_TEXT_MAX];
    snprintf(detail, sizeof detail, "%" PRIu32 " followed processes were not sampled",
             result->process_count - 1);
    bool alone = result->process_count <= 1;
    return ta_evidence_add(
        result, TA_FACT_ticks_followed,
        (ta_finding){.state = alone ? TA_EVIDENCE_COMPLETE : TA_EVIDENCE_INCOMPLETE,
                     .detail = alone ? NULL : detail,
                     .remedy = alone ? NULL
                                     : "audit each program by itself, or name a function as the "
                                       "source of ticks"});
}

/* What an open tick allocated is in no record. The last call of a function always leaves one open.
 */
static ta_status add_last_tick(const ta_exec_options *options, const ta_exec_seen *seen,
                               ta_result *result) {
    if (options->ticks != TA_TICKS_MARKED || seen->ledger->ticks_begun == 0)
        return ta_status_ok();
    if (seen->ledger->tick_thread == 0)
        return ta_evidence_add(result, TA_FACT_last_tick_ended,
                               (ta_finding){.state = TA_EVIDENCE_COMPLETE});
    bool killed = result->program_end.how == TA_PROGRAM_KILLED; /* somewhere, as was expected */
    return ta_evidence_add(
        result, TA_FACT_last_tick_ended,
        (ta_finding){.state = killed ? TA_EVIDENCE_UNKNOWN : TA_EVIDENCE_INCOMPLETE,
                     .detail = "the last tick was begun and not ended: what it allocated is in no "
                               "tick",
                     .remedy = "end it before its thread or the program ends"});
}

/* ---- followed processes ---- */

/* Children are not meant unless they are followed; but a wrapper's figures are not those of what it
 * starts. */
static ta_status add_children(const ta_exec_seen *seen, ta_result *result) {
    if (!seen->child->had_children && seen->ledger->children_begun == 0)
        return ta_evidence_add(result, TA_FACT_children_counted,
                               (ta_finding){.state = TA_EVIDENCE_COMPLETE});
    return ta_evidence_add(
        result, TA_FACT_children_counted,
        (ta_finding){.state = TA_EVIDENCE_UNKNOWN,
                     .detail = "it started other processes: what they allocate is not counted",
                     .remedy = "count them too by --follow, if they are meant"});
}

static uint32_t count_running(const ta_result *result) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < result->process_count; i++)
        count += result->processes[i].end == TA_PROCESS_RUNNING;
    return count;
}

static ta_finding find_running(const ta_result *result, uint32_t running, ta_message *detail) {
    ta_message_add(detail,
                   "%" PRIu32 " of %" PRIu32 " processes were still running when the program "
                   "ended, and are counted until then",
                   running, result->process_count);
    return (ta_finding){TA_EVIDENCE_INCOMPLETE, NULL, detail->text,
                        "have the program wait for what it starts"};
}

static ta_finding find_unaudited(const ta_unaudited *unaudited, ta_message *detail) {
    ta_message_add(detail, "%" PRIu64 " %s", unaudited->count,
                   unaudited->count == 1 ? "process became a program that is not audited"
                                         : "processes became programs that are not audited");
    for (unsigned i = 0; i < sizeof unaudited->programs / sizeof *unaudited->programs; i++) {
        if (unaudited->programs[i][0])
            ta_message_add(detail, "%s%.120s", i ? ", " : ": ", unaudited->programs[i]);
    }
    return (ta_finding){TA_EVIDENCE_INCOMPLETE, NULL, detail->text,
                        "link them dynamically, start them with LD_PRELOAD and TICKAUDIT_LEDGER "
                        "as they are, in our user namespace, with no more rights than their "
                        "caller; or audit without them"};
}

/* A process that was killed, or ended by _exit, was counted until then. */
static ta_status add_processes(const ta_exec_seen *seen, ta_result *result) {
    char text[TA_RESULT_TEXT_MAX];
    ta_message detail = {text, sizeof text, 0};
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    uint32_t running = count_running(result);
    ta_unaudited unaudited = ta_followed_unaudited(seen->followed);
    if (running)
        finding = find_running(result, running, &detail);
    else if (unaudited.count)
        finding = find_unaudited(&unaudited, &detail);
    else if (seen->processes->execs_unknown)
        finding = (ta_finding){TA_EVIDENCE_UNKNOWN, NULL,
                               "whether a process became a program that is not audited",
                               "`tickaudit check` shows why: exec_code"};
    return ta_evidence_add(result, TA_FACT_processes_seen, finding);
}

/* ---- hot paths ---- */

/* As a hot path's name is kept: the rest is cut off. */
static void name_of_path(const char *symbol, char name[TA_HOT_NAME_MAX]) {
    snprintf(name, TA_HOT_NAME_MAX, "%s", symbol);
}

static bool was_entered(const ta_result *result, const char *name) {
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        if (strcmp(result->hot_paths[i].name, name) == 0)
            return result->hot_paths[i].entries > 0;
    }
    return false;
}

static ta_status add_hot_path(const ta_exec_options *options, const char *symbol,
                              ta_result *result) {
    char name[TA_HOT_NAME_MAX], detail[TA_RESULT_TEXT_MAX];
    name_of_path(symbol, name);
    if (was_entered(result, name))
        return ta_evidence_add(
            result, TA_FACT_hot_path_entered,
            (ta_finding){.state = TA_EVIDENCE_COMPLETE, .subject = name, .detail = "entered"});
    snprintf(detail, sizeof detail, "%.300s was never entered%s", symbol,
             options->warmup_ticks ? " after the warm-up" : "");
    return ta_evidence_add(
        result, TA_FACT_hot_path_entered,
        (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                     .subject = name,
                     .detail = detail,
                     .remedy = "see that the run reaches it, and that no copy of it is inlined "
                               "(--hot stack:NAME counts in those too)"});
}

/* An allocation shows that it was entered; none shows nothing. */
static ta_status add_stack_path(const ta_exec_options *options, const ta_exec_seen *seen,
                                const char *function, ta_result *result) {
    char name[TA_HOT_NAME_MAX], detail[TA_RESULT_TEXT_MAX];
    name_of_path(function, name);
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE, .subject = name, .detail = "it allocated"};
    for (uint32_t i = 0; i < result->hot_path_count; i++) {
        if (strcmp(result->hot_paths[i].name, name) == 0 && result->hot_paths[i].allocs)
            return ta_evidence_add(result, TA_FACT_hot_path_entered, finding);
    }
    if (options->warmup_ticks && times_fired(options, seen, result) <= options->warmup_ticks)
        return ta_evidence_add(
            result, TA_FACT_hot_path_entered,
            (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                         .subject = name,
                         .detail = "the warm-up never ended, and what is allocated in it is no "
                                   "violation",
                         .remedy = "shorten --warmup, or audit a longer run"});
    snprintf(detail, sizeof detail,
             "whether %.200s was entered is not known: by stack: only allocations are seen, and "
             "there were none",
             function);
    finding.state = TA_EVIDENCE_UNKNOWN;
    finding.detail = detail;
    finding.remedy = "name it by --hot symbol: as well, which counts entries; or see by a budget "
                     "on other figures that the run reaches it";
    return ta_evidence_add(result, TA_FACT_hot_path_entered, finding);
}

/* What a coroutine allocates while another one is within a watched function is not that function's;
 * but one that the function itself switches to may work for it. */
static ta_status add_switches(const ta_exec_seen *seen, ta_result *result) {
    uint64_t elsewhere =
        seen->followed ? seen->processes->hot_elsewhere : seen->ledger->hot_elsewhere;
    if (elsewhere == 0)
        return ta_evidence_add(result, TA_FACT_stacks_unswitched,
                               (ta_finding){.state = TA_EVIDENCE_COMPLETE});
    char detail[TA_RESULT_TEXT_MAX];
    snprintf(detail, sizeof detail,
             "%" PRIu64 " allocation%s made on another stack (a coroutine's) while a watched "
             "function was under way, and %s not counted as that function's",
             elsewhere, elsewhere == 1 ? " was" : "s were", elsewhere == 1 ? "is" : "are");
    return ta_evidence_add(
        result, TA_FACT_stacks_unswitched,
        (ta_finding){.state = TA_EVIDENCE_UNKNOWN,
                     .detail = detail,
                     .remedy = "watch the functions that run on those stacks as well, if they work "
                               "for it"});
}

/* ---- the program itself ---- */

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The kernel keeps fifteen bytes of a program's name. */
static bool is_name_of(const char *name, const char *path) {
    enum { KERNEL_KEEPS = 15 };
    return strncmp(name, base_of(path), KERNEL_KEEPS) == 0;
}

/* A program that becomes another one by exec is counted from then on; with --follow, all of it. */
static uint32_t images_uncounted(const ta_exec_seen *seen) {
    return seen->followed ? 0 : seen->ledger->images - 1;
}

static ta_status add_images(uint32_t uncounted, ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX];
    snprintf(detail, sizeof detail,
             "it was %" PRIu32 " programs, one after another by exec: the counts are the last "
             "one's",
             uncounted + 1);
    return ta_evidence_add(result, TA_FACT_same_program,
                           (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                                        .detail = detail,
                                        .remedy = "count all of them by --follow, or name the "
                                                  "last one as the program"});
}

/* One that ends by _exit or a signal runs no destructors; neither does one that becomes a program
 * which is not audited (with an environment of its own), but its name is another then. */
static ta_status add_identity(const ta_exec_seen *seen, ta_result *result) {
    const char *name = seen->child->last_name, *becoming = seen->ledger->becoming;
    if (!*becoming && (seen->ledger->ended || is_name_of(name, seen->program_path) ||
                       (*name && is_name_of(name, seen->ledger->program))))
        return ta_evidence_add(result, TA_FACT_same_program,
                               (ta_finding){.state = TA_EVIDENCE_COMPLETE});
    char detail[TA_RESULT_TEXT_MAX];
    if (*becoming)
        snprintf(detail, sizeof detail, "it became %.*s by exec, which is not audited",
                 TA_EXEC_PROGRAM_MAX, becoming);
    else if (*name)
        snprintf(detail, sizeof detail,
                 "it became another program, which is not audited, or gave itself another name: "
                 "it ended as \"%s\"",
                 name);
    else
        snprintf(detail, sizeof detail,
                 "it ended by _exit or a signal, or became another program that is not audited");
    return ta_evidence_add(
        result, TA_FACT_same_program,
        (ta_finding){.state = *becoming || *name ? TA_EVIDENCE_INCOMPLETE : TA_EVIDENCE_UNKNOWN,
                     .detail = detail,
                     .remedy = "name that program itself, or have it started with LD_PRELOAD and "
                               "TICKAUDIT_LEDGER as they are, in our user namespace"});
}

/* A malloc of the program's own that is watched has no calls where it was inlined. */
static ta_finding doubt_copies(const ta_own_malloc_copies *copies, char *detail, size_t size) {
    if (copies->count) {
        char name[TA_FUNCTION_NAME_MAX];
        ta_symbol_readable(copies->name, name, sizeof name);
        snprintf(detail, size,
                 "%" PRIu32 " cop%s of the program's own %.200s %s inlined into other functions, "
                 "or cloned",
                 copies->count, copies->count == 1 ? "y" : "ies", *name ? name : copies->name,
                 copies->count == 1 ? "was" : "and the like were");
        return (ta_finding){TA_EVIDENCE_INCOMPLETE, NULL, detail,
                            "compile the allocator apart from what calls it, without link-time "
                            "optimization, or with __attribute__((noipa))"};
    }
    if (!copies->known)
        return (ta_finding){TA_EVIDENCE_UNKNOWN, NULL,
                            "the program has a malloc of its own, and no debug information that "
                            "tells whether copies of it were inlined",
                            "build it with -g, or install its debug information"};
    return (ta_finding){.state = TA_EVIDENCE_COMPLETE};
}

static ta_status add_own_malloc(const ta_exec_seen *seen, ta_result *result) {
    char detail[TA_RESULT_TEXT_MAX];
    ta_own_malloc_copies copies;
    if (!seen->own_malloc)
        return ta_status_ok();
    ta_status status = ta_own_malloc_find_copies(seen->own_malloc, &copies);
    if (!ta_ok(status))
        return status;
    return ta_evidence_add(result, TA_FACT_own_malloc_seen_whole,
                           doubt_copies(&copies, detail, sizeof detail));
}

/* A program with a malloc of its own, which was run all the same (--allow-unaudited). */
static ta_status add_hooks(const ta_exec_seen *seen, ta_result *result) {
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    if (seen->has_own_malloc)
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, NULL,
                               "the program has a malloc of its own: what it allocates is not "
                               "counted",
                               "link its allocator dynamically, or not"};
    return ta_evidence_add(result, TA_FACT_calls_intercepted, finding);
}

ta_status ta_exec_evidence(const ta_exec_options *options, const ta_exec_seen *seen,
                           ta_result *result) {
    uint32_t uncounted = images_uncounted(seen);
    ta_status status = add_hooks(seen, result);
    if (ta_ok(status))
        status = add_own_malloc(seen, result);
    if (ta_ok(status))
        status = uncounted ? add_images(uncounted, result) : add_identity(seen, result);
    if (ta_ok(status))
        status = add_ticks(options, seen, result);
    if (ta_ok(status))
        status = add_followed_ticks(options, result);
    if (ta_ok(status))
        status = add_last_tick(options, seen, result);
    if (ta_ok(status))
        status = options->follow ? add_processes(seen, result) : add_children(seen, result);
    if (ta_ok(status) && options->hot_symbol_count > 0)
        status = add_switches(seen, result);
    for (uint32_t i = 0; ta_ok(status) && i < options->hot_symbol_count; i++)
        status = add_hot_path(options, options->hot_symbols[i], result);
    for (uint32_t i = 0; ta_ok(status) && i < options->hot_stack_count; i++) {
        char name[TA_HOT_NAME_MAX];
        name_of_path(options->hot_stacks[i], name);
        if (!was_entered(result, name))
            status = add_stack_path(options, seen, options->hot_stacks[i], result);
    }
    return status;
}
