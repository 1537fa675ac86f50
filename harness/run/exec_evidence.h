/* exec_evidence.h: what exec knows of how a program was seen: its end, its ticks, its hot paths,
 * and whether it stayed the same program. For exec.c only.
 *
 *     ta_exec_note_end(&options, &child, result);            before anything else
 *     status = ta_exec_evidence(&options, &run, result);     figures are there, budgets not judged
 *
 * Allocates the entries; one thread at a time per result. */
#ifndef TA_RUN_EXEC_EVIDENCE_H
#define TA_RUN_EXEC_EVIDENCE_H

#include "child.h"
#include "exec.h"
#include "followed.h"
#include "measure_program.h"
#include "stacked.h"

/* Fills result->program_end. An end that was not asked for makes the result partial: killed by a
 * signal always, with another exit code when budgets were named. */
void ta_exec_note_end(const ta_exec_options *options, const ta_child *child, ta_result *result);

/* What a run left behind. */
typedef struct ta_exec_seen {
    const ta_child *child;
    ta_followed *followed;            /* NULL unless children are followed */
    const ta_followed_sum *processes; /* of all of them */
    ta_ledger *ledger;                /* the program's own */
    const char *program_path;         /* what was started */
    bool has_own_malloc;              /* that program, which is run all the same */
    ta_stacked *stacked;              /* the reader's part of hot paths by stack; NULL for none */
    const char *own_malloc; /* the file of a program whose own malloc is watched, or NULL */
} ta_exec_seen;

/* Adds the entries for ticks, hot paths and the program's identity. TA_INTERNAL when there is no
 * memory. */
ta_status ta_exec_evidence(const ta_exec_options *options, const ta_exec_seen *seen,
                           ta_result *result);

/* What a run without ticks is taken for. */
ta_without_ticks ta_exec_without_ticks(const ta_exec_options *options);

#endif
