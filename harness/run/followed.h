/* followed.h: the ledgers of a program's children, read into the program's result: each when its
 * process has ended, which gives its memory back.
 *
 *     ta_followed *reader = ta_followed_new(&file, without, with_sites);
 *     while (...) wait_at_most(ta_followed_sweep(reader, pid));
 *     status = ta_followed_join(reader, own, result);
 *     ta_followed_free(reader);
 *
 * Allocates; one thread at a time. */
#ifndef TA_RUN_FOLLOWED_H
#define TA_RUN_FOLLOWED_H

#include "ledger.h"
#include "measure_program.h"
#include "module_files.h"
#include "result.h"
#include "stacked.h"

typedef struct ta_followed ta_followed;

/* `without` says what a process without ticks is. With `with_sites`, stacks are kept too. NULL
 * without memory. The file must outlive it. */
ta_followed *ta_followed_new(ta_ledger_file *file, ta_without_ticks without, bool with_sites);
void ta_followed_free(ta_followed *reader);

/* Has each ledger settled by `stacked` before it is read. It must outlive the reader. */
void ta_followed_settle_by(ta_followed *reader, ta_stacked *stacked);

/* The executable files that processes had mapped, of those that were read. */
const ta_module_files *ta_followed_modules(const ta_followed *reader);

/* Reads and releases the ledgers of processes that have ended, those of `program` itself left out.
 * Milliseconds after which the next look is due. What fails is told by ta_followed_join(). */
int ta_followed_sweep(ta_followed *reader, int32_t program);

/* What all processes did beside counting, those that were released included. */
typedef struct ta_followed_sum {
    uint64_t faults_injected;
    uint64_t hot_elsewhere;    /* allocations on another stack than that of a watched call */
    uint64_t ticks_begun_most; /* in the process in which most were */
    uint64_t late[TA_LEDGER_WATCHED_MAX], late_by_jump[TA_LEDGER_WATCHED_MAX]; /* of ta_watched */
    bool execs_unknown;     /* of one at least it is not known what it became by exec */
    ta_stack_doubts doubts; /* of hot paths by stack */
} ta_followed_sum;

/* Programs that processes became and that were not audited. */
typedef struct ta_unaudited {
    uint64_t count;
    char programs[3][TA_EXEC_PROGRAM_MAX]; /* the first, each once; "" where it is not known */
} ta_unaudited;

/* When the run has ended. */
ta_unaudited ta_followed_unaudited(const ta_followed *reader);

/* When the run has ended, before it is joined. */
ta_followed_sum ta_followed_sum_up(ta_followed *reader);

/* Lists every process in result->processes, and joins what they counted into the result, which is
 * that of the ledger `own` already; with sites, all of them. Once. TA_INTERNAL when there is no
 * memory. */
ta_status ta_followed_join(ta_followed *reader, const ta_ledger *own, ta_result *result);

#endif
