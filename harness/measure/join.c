#include "join.h"

#include "ledger.h"
#include "measure_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ta_status no_memory(void) {
    return ta_status_make(TA_INTERNAL, "no memory to join the children's figures");
}

ta_process_figures ta_process_of(const ta_ledger *ledger, ta_process_end end) {
    ta_counters sum;
    ta_ledger_sum(ledger, &sum);
    ta_process_figures p = {.id = ledger->owner,
                            .parent = ledger->parent,
                            .end = end,
                            .threads_seen = ledger->threads_seen,
                            .allocs = ta_counters_allocs(&sum),
                            .frees = ta_counters_frees(&sum),
                            .bytes = ta_counters_bytes(&sum),
                            .hot_allocs = sum.hot_allocs,
                            .ticks = ledger->ticks_done,
                            .live_bytes = ta_counters_live_bytes(&sum) + ledger->inherited_bytes};
    memcpy(p.program, ledger->program, sizeof p.program - 1);
    return p;
}

static void add_figures(ta_figures *to, const ta_figures *from) {
    static const ta_metric sums[] = {
        TA_METRIC_hot_allocs, TA_METRIC_hot_bytes, TA_METRIC_hot_frees,   TA_METRIC_allocs,
        TA_METRIC_frees,      TA_METRIC_bytes,     TA_METRIC_mapped_calls};
    static const ta_metric greatest[] = {TA_METRIC_allocs_per_tick_max, TA_METRIC_mem_growth_mb,
                                         TA_METRIC_live_bytes_growth, TA_METRIC_live_blocks_growth};
    for (unsigned i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        if (from->known[sums[i]]) {
            to->value[sums[i]] += from->value[sums[i]];
            to->known[sums[i]] = true;
        }
    }
    for (unsigned i = 0; i < sizeof greatest / sizeof greatest[0]; i++) {
        ta_metric m = greatest[i];
        if (from->known[m] && (!to->known[m] || from->value[m] > to->value[m])) {
            to->value[m] = from->value[m];
            to->known[m] = true;
        }
    }
}

static uint32_t find_path(const ta_result *result, const char *name) {
    uint32_t i = 0;
    while (i < result->hot_path_count && strcmp(result->hot_paths[i].name, name) != 0)
        i++;
    return i;
}

/* Names beyond the most that a result has are lost, as they are in a process. */
static bool join_hot_paths(ta_result *result, const ta_result *child) {
    ta_hot_path_figures *paths = realloc(
        result->hot_paths, (result->hot_path_count + child->hot_path_count + 1) * sizeof *paths);
    if (!paths)
        return false;
    result->hot_paths = paths;
    for (uint32_t i = 0; i < child->hot_path_count; i++) {
        uint32_t at = find_path(result, child->hot_paths[i].name);
        if (at == TA_RESULT_HOT_PATHS_MAX) {
            result->lost.names++;
        } else if (at == result->hot_path_count) {
            paths[result->hot_path_count++] = child->hot_paths[i];
        } else {
            ta_hot_path_add(&paths[at], &child->hot_paths[i]);
        }
    }
    return true;
}

static ta_allowed_figures *allowed_named(ta_result *result, const ta_allowed_figures *wanted) {
    for (uint32_t i = 0; i < result->allowed_count; i++) {
        if (strcmp(result->allowed[i].name, wanted->name) == 0)
            return &result->allowed[i];
    }
    ta_allowed_figures *allowed =
        realloc(result->allowed, (result->allowed_count + 1) * sizeof *allowed);
    if (!allowed)
        return NULL;
    result->allowed = allowed;
    ta_allowed_figures *a = &allowed[result->allowed_count++];
    *a = *wanted;
    a->entries = a->allocs = a->bytes = 0;
    return a;
}

static bool join_allowed(ta_result *result, const ta_result *child) {
    for (uint32_t i = 0; i < child->allowed_count; i++) {
        const ta_allowed_figures *from = &child->allowed[i];
        ta_allowed_figures *to = allowed_named(result, from);
        if (!to)
            return false;
        to->entries += from->entries;
        to->allocs += from->allocs;
        to->bytes += from->bytes;
    }
    return true;
}

/* Appends as much as there is room for. By length, since compilers warn of a cut by snprintf or
 * strncat, which here is meant. */
static void append(char *text, size_t size, const char *more) {
    size_t used = strlen(text), room = size - used - 1, length = strlen(more);
    if (length > room)
        length = room;
    memcpy(text + used, more, length);
    text[used + length] = '\0';
}

/* What the child has in common with the result is said already. */
static void join_bypassed(ta_result *result, const ta_result *child) {
    if (!*child->bypassed || strstr(result->bypassed, child->bypassed))
        return;
    if (*result->bypassed)
        append(result->bypassed, sizeof result->bypassed, "; ");
    append(result->bypassed, sizeof result->bypassed, child->bypassed);
}

void ta_result_add_mapped(ta_result *result, const ta_mapped_figures *from) {
    uint32_t i = 0;
    while (i < result->mapped_count && strcmp(result->mapped[i].module, from->module) != 0)
        i++;
    if (i == TA_RESULT_MAPPED_MAX)
        return;
    ta_mapped_figures *to = &result->mapped[i];
    if (i == result->mapped_count) {
        *to = *from;
        result->mapped_count++;
        return;
    }
    to->calls += from->calls;
    to->bytes += from->bytes;
    to->by_break |= from->by_break;
}

ta_status ta_result_join(ta_result *result, const ta_result *child) {
    result->totals.allocs += child->totals.allocs;
    result->totals.frees += child->totals.frees;
    result->totals.bytes += child->totals.bytes;
    result->live_at_end.bytes += child->live_at_end.bytes;
    result->live_at_end.blocks += child->live_at_end.blocks;
    result->blocks_unsteady += child->blocks_unsteady;
    result->sizes_untold += child->sizes_untold;
    result->operators_own += child->operators_own;
    result->forks_in_hot += child->forks_in_hot;
    result->mapping_unseen += child->mapping_unseen;
    result->live_at_end.known &= child->live_at_end.known;
    result->lost.ticks += child->lost.ticks;
    result->lost.sites += child->lost.sites;
    result->lost.names += child->lost.names;
    result->lost.scopes += child->lost.scopes;
    result->lost.threads += child->lost.threads;
    result->threads_seen += child->threads_seen;
    join_bypassed(result, child);
    for (uint32_t i = 0; i < child->mapped_count; i++)
        ta_result_add_mapped(result, &child->mapped[i]);
    if (!*result->namespaces)
        memcpy(result->namespaces, child->namespaces, sizeof result->namespaces);
    result->lost.records += child->lost.records;
    result->lost.unended += child->lost.unended;
    result->modules_unread += child->modules_unread;
    add_figures(&result->whole, &child->whole);
    bool good = join_hot_paths(result, child) && join_allowed(result, child);
    return good ? ta_status_ok() : no_memory();
}
