/* The evidence that a result itself holds: the program's end, losses, heaps beside ours. */
#include "evidence.h"

#include "message.h"

#include <inttypes.h>
#include <stdio.h>

/* A counter of things that found no room, as a fact. */
typedef struct loss {
    ta_fact fact;
    uint64_t count;
    const char *one, *many; /* "tick was not recorded" */
    const char *remedy;
} loss;

static ta_status add_loss(ta_result *result, const loss *l) {
    char detail[TA_RESULT_TEXT_MAX];
    if (l->count == 0)
        return ta_evidence_add(result, l->fact, (ta_finding){.state = TA_EVIDENCE_COMPLETE});
    snprintf(detail, sizeof detail, "%" PRIu64 " %s", l->count, l->count == 1 ? l->one : l->many);
    return ta_evidence_add(
        result, l->fact,
        (ta_finding){.state = TA_EVIDENCE_INCOMPLETE, .detail = detail, .remedy = l->remedy});
}

/* An allowed stretch may be among the names that found no room when their table is full, and among
 * the scopes that did not when there is one at all. */
static uint64_t allowances_lost(const ta_result *r) {
    enum { TABLE_FULL = 64 };
    uint64_t names = r->allowed_count >= TABLE_FULL ? r->lost.names : 0;
    return names + (r->allowed_count > 0 ? r->lost.scopes : 0);
}

static ta_status add_losses(ta_result *r) {
    const loss losses[] = {
        {TA_FACT_ticks_kept, r->lost.ticks, "tick was not recorded", "ticks were not recorded",
         "audit a shorter run; end each tick on the thread that began it, and begin none within "
         "another"},
        {TA_FACT_tick_times_kept, r->lost.records, "tick has figures, but no record of its own",
         "ticks have figures, but no records of their own",
         "audit a shorter run: percentiles need the time of each tick"},
        {TA_FACT_ticks_ended, r->lost.unended,
         "tick was not ended by its thread, which is gone, and is in no maximum",
         "ticks were not ended by their threads, which are gone, and are in no maximum",
         "end each tick before its thread ends"},
        {TA_FACT_names_kept, r->lost.names, "name of a scope or phase found no room",
         "names of scopes or phases found no room",
         "use fewer names: up to 128 hot paths, 64 allowed stretches and 64 phases are kept"},
        {TA_FACT_scopes_kept, r->lost.scopes,
         "scope was nested too deep, or was closed without having been opened",
         "scopes were nested too deep, or were closed without having been opened",
         "nest at most 4,096 scopes, and close them in the opposite order"},
        {TA_FACT_allowances_kept, allowances_lost(r), "allowed stretch may not have been in force",
         "allowed stretches may not have been in force",
         "nest at most 4,096 scopes, close them in the opposite order, and name at most 64 allowed "
         "stretches"},
        {TA_FACT_forks_outside_hot, r->forks_in_hot,
         "process was forked within a hot path, and begins outside of it",
         "processes were forked within hot paths, and begin outside of them",
         "name the function by --hot stack:NAME, which holds in the child too"},
        {TA_FACT_threads_kept, r->lost.threads, "thread shared the counters of another",
         "threads shared the counters of others", "run fewer threads at once"},
        {TA_FACT_processes_kept, r->lost.processes, "process was not counted",
         "processes were not counted", "follow a run that starts fewer processes"},
        {TA_FACT_live_bytes_steady, r->blocks_unsteady,
         "aligned block may have given back other bytes than it took",
         "aligned blocks may have given back other bytes than they took",
         "this mimalloc tells their usable size differently later on (see `tickaudit check`): use "
         "--allocator system, or another version"},
        {TA_FACT_sizes_told, r->sizes_untold,
         "process has an allocator without malloc_usable_size: its live bytes are unknown",
         "processes have allocators without malloc_usable_size: their live bytes are unknown",
         "define malloc_usable_size beside its malloc"},
        {TA_FACT_sites_kept, r->lost.sites, "call stack found no room", "call stacks found no room",
         "use --stacks hot or a sample; the counts are not touched by it"},
    };
    ta_status status = ta_status_ok();
    for (unsigned i = 0; ta_ok(status) && i < sizeof losses / sizeof *losses; i++)
        status = add_loss(r, &losses[i]);
    return status;
}

static ta_status add_end(ta_result *r) {
    if (r->partial)
        return ta_evidence_add(
            r, TA_FACT_program_end,
            (ta_finding){.state = TA_EVIDENCE_INCOMPLETE,
                         .detail = r->partial_why,
                         .remedy = *r->scenario_path
                                       ? "mend what ended the workload, and run it again"
                                       : "mend what ended it, or name this end by --expect-exit "
                                         "when it is meant"});
    if (r->program_end.how == TA_PROGRAM_END_UNKNOWN)
        return ta_evidence_add(
            r, TA_FACT_program_end,
            (ta_finding){.state = TA_EVIDENCE_UNKNOWN,
                         .detail = "how the program ended was not kept by the version that wrote "
                                   "this result",
                         .remedy = "run it again"});
    char text[TA_RESULT_TEXT_MAX];
    ta_program_end_text(&r->program_end, text, sizeof text);
    return ta_evidence_add(r, TA_FACT_program_end,
                           (ta_finding){.state = TA_EVIDENCE_COMPLETE, .detail = text});
}

static ta_status add_heaps(ta_result *r) {
    char unread[TA_RESULT_TEXT_MAX];
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    if (r->modules_unread) {
        snprintf(unread, sizeof unread,
                 "%" PRIu64 " of the modules could not be read to see by what names they allocate",
                 r->modules_unread);
        finding = (ta_finding){TA_EVIDENCE_UNKNOWN, NULL, unread,
                               "leave their files in place, and readable, until the run is over"};
    }
    if (r->operators_own)
        finding = (ta_finding){TA_EVIDENCE_UNKNOWN, NULL,
                               "operator new is the program's own: what it gives out without "
                               "malloc is not counted",
                               "see that it calls malloc for each block, or count them in a mark"};
    if (*r->bypassed)
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, NULL, r->bypassed,
                               "build that code to call malloc by its own name, link its "
                               "allocator dynamically, and load it without RTLD_DEEPBIND"};
    return ta_evidence_add(r, TA_FACT_heaps_ours, finding);
}

static ta_status add_namespaces(ta_result *r) {
    char detail[TA_RESULT_TEXT_MAX];
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    if (*r->namespaces) {
        snprintf(detail, sizeof detail,
                 "%.255s was loaded by dlmopen into a namespace with a libc of its own: what is "
                 "allocated there is not counted",
                 r->namespaces);
        finding = (ta_finding){TA_EVIDENCE_INCOMPLETE, NULL, detail,
                               "load it by dlopen, or audit a program that does"};
    }
    return ta_evidence_add(r, TA_FACT_namespaces_ours, finding);
}

/* Who took memory again and again grows by it. Once may be a pool that was meant, or a heap. */
static bool has_grown(const ta_mapped_figures *mapped) {
    return mapped->by_break || mapped->calls > 1;
}

static void tell_mapped(const ta_result *r, ta_message *text) {
    for (uint32_t i = 0; i < r->mapped_count; i++) {
        const ta_mapped_figures *m = &r->mapped[i];
        if (m->allowed)
            continue;
        ta_message_add(text, "%s%s took %" PRIu64 " bytes from the kernel in %" PRIu64 " call%s",
                       text->used ? "; " : "", *m->module ? m->module : "code in no file", m->bytes,
                       m->calls, m->calls == 1 ? "" : "s");
    }
}

/* Blocks that a module cuts out of its own mappings are allocations that nobody counts. */
static ta_status add_memory(ta_result *r) {
    char detail[TA_RESULT_TEXT_MAX] = "";
    ta_message text = {detail, sizeof detail, 0};
    bool grown = false;
    for (uint32_t i = 0; i < r->mapped_count; i++)
        grown |= !r->mapped[i].allowed && has_grown(&r->mapped[i]);
    tell_mapped(r, &text);
    ta_finding finding = {.state = TA_EVIDENCE_COMPLETE};
    if (r->mapping_unseen)
        finding =
            (ta_finding){TA_EVIDENCE_UNKNOWN, NULL,
                         "the program defines mmap itself, so that what is mapped is not seen",
                         "leave mmap to libc"};
    if (text.used)
        finding = (ta_finding){grown ? TA_EVIDENCE_INCOMPLETE : TA_EVIDENCE_UNKNOWN, NULL, detail,
                               "if that is no heap, say so by --allow-mapped MODULE; if it is, "
                               "what it gives out is not counted"};
    return ta_evidence_add(r, TA_FACT_memory_ours, finding);
}

/* Counted as nothing, they are not known. */
static void forget_live_bytes(ta_figures *figures) {
    figures->known[TA_METRIC_mem_growth_mb] = false;
    figures->known[TA_METRIC_live_bytes_growth] = false;
}

ta_status ta_evidence_of_result(ta_result *result) {
    for (uint32_t i = 0; result->sizes_untold && i < result->phase_count; i++)
        forget_live_bytes(&result->phases[i]);
    if (result->sizes_untold) {
        forget_live_bytes(&result->whole);
        result->live_at_end.known = false;
    }
    ta_status status = add_end(result);
    if (ta_ok(status))
        status = add_losses(result);
    if (ta_ok(status))
        status = add_heaps(result);
    if (ta_ok(status))
        status = add_namespaces(result);
    return ta_ok(status) ? add_memory(result) : status;
}

ta_status ta_evidence_of_suppressions(ta_result *result) {
    const loss sites = {TA_FACT_suppressions_applied, result->lost.sites,
                        "call stack found no room, and could not be suppressed",
                        "call stacks found no room, and could not be suppressed",
                        "suppress by a rarer stack, or audit a shorter run"};
    return result->suppression_count > 0 ? add_loss(result, &sites) : ta_status_ok();
}
