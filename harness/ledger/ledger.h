/* ledger.h: making a ledger for a process to write, and reading it.
 *
 *     ta_ledger_file file;
 *     ta_status status = ta_ledger_create(TA_LEDGER_TRACK_LIVE, ticks, &file);
 *     setenv(TA_LEDGER_VARIABLE, file.path, 1);      (for the process that is started)
 *     ... file.ledger->ticks_done ...
 *     ta_ledger_close(&file);
 *
 * The file has no name in any folder (it is a memfd): it outlives the process that writes it, by
 * whatever signal that ends, and is gone with the last process that holds it, so nothing is ever
 * left lying about. May allocate. One thread at a time per file; reading while it is being written
 * is what it is made for. */
#ifndef TA_LEDGER_LEDGER_H
#define TA_LEDGER_LEDGER_H

#include "layout_set.h"
#include "status.h"

/* A ledger of a set, as its reader has it. */
typedef struct ta_ledger_member {
    ta_ledger *mapped; /* NULL: not yet, or no more */
    bool released;
} ta_ledger_member;

typedef struct ta_ledger_file {
    ta_ledger *ledger;         /* NULL for a set */
    ta_ledger_set *set;        /* NULL for a single ledger */
    ta_ledger_member *members; /* of a set */
    void *mapped;              /* a single ledger, or the set's head */
    uint64_t mapped_bytes;
    int descriptor;
    char path[64]; /* opens the same file from another process of the same user, while we live */
} ta_ledger_file;

/* A ledger of `ticks_max` tick records; `flags` of TA_LEDGER_TRACK_LIVE and TA_LEDGER_SITES. Its
 * memory is reserved here, so that running out is met now. TA_INTERNAL when it cannot be. */
ta_status ta_ledger_create(uint32_t flags, uint64_t ticks_max, ta_ledger_file *file);
void ta_ledger_close(ta_ledger_file *file);

/* A set of TA_LEDGER_SET_LEDGERS_MAX ledgers, for a process and all that it starts. Nothing is
 * reserved, and each is mapped when it is asked for: most will never be touched. What all ledgers
 * are to say goes into file->set->plan, before the process starts. */
ta_status ta_ledger_create_set(uint32_t flags, ta_ledger_file *file);

/* The ledgers that were taken, in the order of their beginning; of a single one, itself. */
uint32_t ta_ledger_count(const ta_ledger_file *file);
/* NULL when it was released, or there is no address space to map it. */
ta_ledger *ta_ledger_at(ta_ledger_file *file, uint32_t index);

/* Gives the memory of a set's ledger back: its process has ended, and it was read. */
void ta_ledger_release(ta_ledger_file *file, uint32_t index);

/* The ledger of a process: the last, when it was several programs; NULL when it took none. A single
 * ledger is everyone's. Looks at all that were not released. */
ta_ledger *ta_ledger_of(ta_ledger_file *file, int32_t process);

/* The counters of all threads together, as of now. */
void ta_ledger_sum(const ta_ledger *ledger, ta_counters *sum);

/* A tally's ticks, of those that were closed; `first_tick` and the worst are those of the open one
 * while there is no other. */
typedef struct ta_tally_sum {
    uint64_t ticks, allocs, bytes;
    uint64_t first_tick;
    uint64_t worst_tick, worst_allocs;
    uint64_t in_worst; /* allocations in the tick with most of the whole process */
} ta_tally_sum;

ta_tally_sum ta_ledger_tally(const ta_ledger *ledger, const ta_tally *tally);

/* Whether the allocator failed its self-test at the start, by wrong memory or by a crash: the
 * program did not run. And that as an error: TA_INTERNAL, with version and remedy. */
bool ta_ledger_is_unfit(const ta_ledger *ledger);
ta_status ta_ledger_tell_unfit(const ta_ledger *ledger);

/* How many tick records are filled. */
uint64_t ta_ledger_tick_count(const ta_ledger *ledger);

/* How many site records there may be; those whose state is not 2 are none. */
uint64_t ta_ledger_site_count(const ta_ledger *ledger);

#endif
