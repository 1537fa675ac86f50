/* watch.h: functions that are watched from outside: each call of one is a tick, or a hot path.
 *
 * Imports are called through tables of addresses, a slot per function and module. watch.c makes the
 * slots of a watched function lead to an entry of watch_entry.c, which leads on to the function. A
 * function of the program's own is made to lead there by patch.c. */
#ifndef TA_AUDIT_WATCH_H
#define TA_AUDIT_WATCH_H

#include "audit.h"

enum { TA_WATCH_ENTRY_BYTES = 16, TA_WATCH_JUMP_ENTRY_BYTES = 64, TA_WATCH_JUMPS = 4 };

typedef struct ta_watch {
    void *function;     /* where its calls lead on to */
    const char *name;   /* the hot path's */
    const char *import; /* the linker's */
    bool by_name;       /* it is imported */
    bool is_tick, is_hot;
} ta_watch;

#pragma GCC visibility push(hidden)

/* By their number in the ledger. */
extern ta_watch ta_watches[TA_LEDGER_WATCHED_MAX];

/* Code: the entry of watched function n lies n * TA_WATCH_ENTRY_BYTES on. */
extern const char ta_watch_entries[];

/* Makes a function of the program's own lead to `entry`. Where its calls lead on to; NULL when its
 * code is not what was read in the file, or cannot be changed. Each has a number: watched functions
 * those in the ledger, an allocator's (own_malloc.c) the next ones. */
void *ta_patch(const ta_patch_code *function, unsigned number, const void *entry);

/* Whether the program's code is what was read in its file. */
bool ta_patch_fits(const ta_patch_code *function);

/* Makes `code`, of five bytes or more, jump to a place within two GiB; false when it cannot be
 * changed. Before there are threads. */
bool ta_patch_jump(char *code, const void *to);

/* How many bytes of arguments on the stack a call has, at most: by the function's debug
 * information, or by its caller's unwind tables. `arguments` is where they begin: below them lie
 * the return address, the function's number, and the caller's rbp. */
uint64_t ta_watch_arguments(unsigned number, const uint64_t *arguments);

/* Entries for longjmp and its kin, and where they lead on to. */
extern const char ta_watch_jump_entries[];
extern void *ta_watch_jump_functions[TA_WATCH_JUMPS];

/* Once, before anything is redirected. */
void ta_watch_prepare(void);

/* Whether calls of a function are the ticks. */
extern bool ta_watch_has_ticks;

/* The begin and end of a tick (ticks.c). */
void ta_watch_tick_begin(void);
void ta_watch_tick_end(void);

/* Set once the modules of the start were looked at, when there is anything to look for: what is
 * loaded from then on comes later. */
extern bool ta_watch_is_on;

/* Set while modules may have come that were not looked at. */
extern uint32_t ta_watch_is_behind;

/* Looks at modules that have come, in an event of the program: the loader's lock is taken. */
void ta_watch_catch_up(void);

/* Modules are about to come. */
void ta_watch_fall_behind(void);

/* A jump out of calls that are under way, to where `buffer` says: they are left. */
void ta_watch_jump(const void *buffer);

#pragma GCC visibility pop

#endif
