/* audit.h: every function and variable of the quiet room that more than one of its files uses,
 * under the file that owns it.
 *
 * This code runs inside malloc, perhaps before main, in a signal handler, or in a forked child. It
 * counts and returns: it never allocates, locks, prints or waits, and it leaves errno alone. */
#ifndef TA_AUDIT_AUDIT_H
#define TA_AUDIT_AUDIT_H

#include "layout_set.h"

#if defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE > 0
#error                                                                                             \
    "a checked libc call reports with stdio and aborts: harness/audit/CMakeLists.txt undefines it"
#endif

#define TA_LIKELY(x)   __builtin_expect(!!(x), 1)
#define TA_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TA_EXPORT      __attribute__((visibility("default")))

/* Hidden where they are declared too, or each use would fetch the address first. */
#pragma GCC visibility push(hidden)

/* ---- real_system.c or real_mimalloc.c: the allocator underneath ---- */

typedef struct ta_allocator {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void (*free)(void *block);
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    void *(*valloc)(size_t size);
    void *(*pvalloc)(size_t size);
    size_t (*usable_size)(const void *block); /* NULL when the allocator has none */
    void *(*malloc_from_16)(
        size_t size); /* malloc, of no less than that: mimalloc's needs no mend */
} ta_allocator;

/* Callable at any time: its entries find what they forward to at their first call. */
extern ta_allocator ta_real;

/* Finds the functions of the allocator underneath, once; further calls do nothing. */
void ta_real_resolve(void);

/* Once, at the start, after ta_assumptions_begin(): checks what is assumed of the allocator; until
 * then it is called by fallbacks. */
void ta_real_check(void);

/* Whether the allocator passes a test of a few dozen of its blocks. Once, at the start; a defect
 * may crash it. */
bool ta_real_is_fit(void);

/* Name and version, at most TA_LEDGER_ALLOCATOR_MAX bytes with the terminating zero. */
void ta_real_describe(char *text);

/* getpid() and getppid(), but not libc's functions, which a program may define itself. */
int32_t ta_process_self(void);
int32_t ta_process_parent(void);

/* Whether a call that comes from `address` is the allocator's own, as when it maps memory. */
bool ta_real_owns(const void *address);

/* A function by which the program calls another allocator than the one underneath, whose blocks
 * would come to this one's free; NULL for none. Once, at the start. */
const char *ta_real_foreign_call(void);

/* Whether blocks are libc's malloc's, too: a call that goes past us is to the same heap then. */
bool ta_real_is_libcs(void);

/* From now on blocks of libc's own allocator may come to free, realloc and usable_size. */
void ta_real_expect_foreign(void);

/* ---- attach.c: the ledger, and whether this process is the one that it is about ---- */

/* A page that the kernel zeroes in a forked child, however it was forked. */
typedef struct ta_home_page {
    _Alignas(4096) uint32_t present;
} ta_home_page;

enum {
    TA_HOME_ELSEWHERE = 0, /* not attached yet, or the ledger is the parent's */
    TA_HOME_COUNTING = 1,
    TA_HOME_LIVE = 2 /* counting, and asking the allocator for usable bytes at each call */
};

extern ta_home_page ta_home;
extern ta_ledger *ta_ledger_mine; /* NULL until attached, and when nothing could be mapped */

/* Called in a forked child at its first use of us: from here on it counts in memory of its own. */
void ta_attach_child(void);

/* Whether hooks are in force in this process. */
bool ta_attached_and_hooked(void);

/* ---- place.c ---- */

/* The head of the set of ledgers, when children are followed; else NULL. */
extern ta_ledger_set *ta_ledger_set_mine;

/* The ledger that this process writes; `path` may be NULL. NULL when there is no memory for one. */
ta_ledger *ta_ledger_choose(const char *path);
ta_ledger *ta_ledger_choose_for_child(const ta_ledger *parents);

/* Whether the ledger of the start is memory that nobody reads. */
bool ta_ledger_is_private(const ta_ledger *ledger);

/* ---- locking.c ---- */

/* Memory of ours that mlockall() by the program is not meant for. At the start, and in a forked
 * child; ledgers need not be told. */
void ta_locking_spares(const void *mapped, size_t bytes);

/* ---- definitions.c ---- */

struct link_map;

/* The code of that name in one module, or in the first that has it; NULL for none. `owner` may be
 * NULL. Not while modules are being loaded. */
void *ta_definition_in(const struct link_map *module, const char *name);
void *ta_definition_of(const char *name, const struct link_map **owner);

/* Whether `name` leads to us from everywhere in this process. */
bool ta_leads_here(const char *name);

/* ---- foreign.c ---- */

/* Whether the program has a malloc of its own. */
extern bool ta_is_foreign;

/* Whether a module is glibc's libc. */
bool ta_is_libc(const struct link_map *module);

/* The first definition behind ours in look-up order, and who has it; NULL when there is none. */
void *ta_definition_behind_ours(const struct link_map *first, const char *name,
                                const struct link_map **owner);

/* At the start: finds where mmap and its kin lead on to. */
void ta_mapping_begin(void);

/* At the start: if malloc or free does not lead here, makes ta_real that of the program and of
 * libc, and returns true. */
bool ta_foreign_adopt(void);

/* ---- slots.c: a thread's counters ---- */

/* Initial-exec: a general-dynamic variable would cost a call, and may allocate at its first use. */
typedef struct ta_thread {
    ta_slot *slot;
    ta_slot *plain; /* the same while no scope is open, or NULL: one test for both */
} ta_thread;

extern __thread ta_thread ta_thread_here __attribute__((tls_model("initial-exec")));

/* What counts before there is a ledger; attach.c moves its counters into the first slot. */
extern ta_slot ta_slot_early;

/* The calling thread's slot when the quick way found none: registers it. Never NULL. */
ta_slot *ta_slot_find(void);

/* Whether the thread that has this number, its slot's thread_id, has ended. */
bool ta_thread_is_gone(int32_t thread);

/* Adds up the counters of all threads. */
void ta_slots_sum(ta_counters *sum);

static inline ta_slot *ta_slot_here(void) {
    ta_slot *slot = ta_thread_here.slot;
    if (TA_LIKELY(slot && ta_home.present != TA_HOME_ELSEWHERE))
        return slot;
    return ta_slot_find();
}

/* Of a thread's `plain` slot: whether counting is adding and nothing else, as nearly always. */
static inline bool ta_slot_is_quick(const ta_slot *slot) {
    return TA_LIKELY(slot != NULL) && TA_LIKELY(ta_home.present == TA_HOME_COUNTING);
}

/* The mode of a thread that has no scope open: plain, unless all stacks or a sample are wanted. */
extern uint32_t ta_mode_outside;

static inline void ta_slot_set_mode(ta_slot *slot, uint32_t mode) {
    slot->mode = mode;
    ta_thread_here.plain = mode == TA_MODE_PLAIN ? slot : NULL;
}

/* ---- scopes.c: hot paths and allowed stretches ---- */

/* An allocation or a free while the thread's mode is not plain. `frame` is the frame address of the
 * function that the program called, `call` what that is. */
void ta_scope_note_alloc(ta_slot *slot, const char *call, size_t bytes, void *const *frame);
void ta_scope_note_free(ta_slot *slot);

/* Enters a hot path from outside of the program's code, by a call with this frame; how many scopes
 * were open before. A path that is entered anew from itself stays open once. */
uint32_t ta_scope_enter(const char *name, const void *frame);

/* Closes the innermost scopes that belong to calls which were left: their frames lie deeper on this
 * stack than `here`. */
void ta_scope_close_left(const void *here);

/* The index of a hot path, which is made if it is new; UINT16_MAX when there is no room. */
uint16_t ta_hot_path_find(ta_ledger *ledger, const char *name);

/* Closes what was opened since so many scopes were open, by a call with this frame and by what it
 * called. The scopes of watched calls on other stacks, which a switch left under way, stay open. */
void ta_scope_leave(uint32_t depth, const void *frame);

/* Closes the scopes of calls on this stack whose frames lie between two places of it. */
void ta_scope_jump(const void *from, const void *to);

/* ---- stacked.c: hot paths by stack ---- */

/* Whether there are any. */
extern bool ta_stacked_on;

/* Makes the hot paths that the ledger names; in a forked child once more. */
void ta_stacked_begin(ta_ledger *ledger);

/* The functions that a frame belongs to, inlined copies included, or TA_STACK_UNREAD. */
uint32_t ta_stacked_at(uint64_t frame);

/* How often ranges were told. */
uint64_t ta_stacked_told(void);

/* The hot paths, by index, of the functions that a stack holds. */
ta_hot_set ta_stacked_paths(uint32_t holds);

/* Stacks that hold none of some function, as far as was seen, are counted where they were not seen
 * whole. */
void ta_stacked_note_doubts(uint32_t holds);

/* Between two ticks: waits a moment, if a module that allocated is not read yet. */
void ta_stacked_catch_up(void);

/* Tells the reader that modules may be new, and waits for their ranges: up to a minute, while the
 * reader lives. Takes the loader's lock; never from within malloc. */
void ta_stacked_ask(ta_ledger *ledger);

/* ---- ticks.c ---- */

/* The number of the tick that is open, from 1, the warm-up's left out; 0 when none is. */
uint64_t ta_tick_now(void);

/* The tick, as above, that an allocation belongs to of which a site or hot path is to be noted: it
 * is in that tick's record as well. */
uint64_t ta_tick_claim(ta_slot *slot, size_t bytes, bool is_hot);

/* CLOCK_MONOTONIC in ns. */
uint64_t ta_now_ns(void);

/* Whether the ticks so far are the warm-up, which is counted apart. */
bool ta_tick_is_warmup(void);

/* ---- tally.c ---- */

/* Adds allocations of a tick, at least 1. Any number of threads. */
void ta_tally_add(ta_tally *tally, uint64_t tick, uint64_t allocs, uint64_t bytes);

/* Takes out what a slot has put in for a tick: nothing if that is not its last. */
ta_tick_share ta_share_take(ta_slot *slot, uint64_t tick);

/* ---- operators.c ---- */

/* Finds out which plain operators the program replaced; once everything is loaded. */
void ta_operators_resolve(void);

/* ---- sites.c and stack.c: where ---- */

/* An allocation in a hot path, or outside of all (TA_LEDGER_SITE_OUTSIDE), in a tick or in none
 * (0).
 */
void ta_site_note(unsigned hot_path, ta_hot_set within, size_t bytes, uint64_t tick,
                  void *const *frame);

/* One outside of hot paths when only a sample is wanted: notes it or not. */
void ta_site_sample(ta_slot *slot, size_t bytes, void *const *frame);

/* Frames (ta_frame_pack) and what they hash to; the frames lie in the thread's last walk or, when
 * there is none to keep them in, here. */
typedef struct ta_stack {
    const struct ta_trace *trace;
    uint32_t depth;
    uint32_t holds; /* functions that are hot paths by stack, see TA_STACK_FUNCTIONS */
    uint64_t hash;
    uint64_t frames[TA_LEDGER_STACK_MAX]; /* innermost first; when `trace` is NULL */
} ta_stack;

/* The stack from `frame` outwards, at least one frame. Until it is left again by ta_stack_leave() a
 * signal handler's walk is slower. Reads only memory that is known to be mapped. */
void ta_stack_take(ta_stack *stack, void *const *frame);
void ta_stack_leave(const ta_stack *stack);

/* Copies the frames, innermost first. */
void ta_stack_copy(const ta_stack *stack, uint64_t *to);

/* A stack whose first `depth` frames were filled by other means. */
void ta_stack_set(ta_stack *stack, unsigned depth);

/* Makes room for the walks of threads, before any is made. */
void ta_stack_prepare(void);

/* The same with its stack. One that is TA_STACK_UNREAD is a site apart. */
void ta_site_note_stack(unsigned hot_path, ta_hot_set within, uint64_t allocs, uint64_t bytes,
                        uint64_t tick, const ta_stack *stack);

/* A number of the stack that `frame` is on: the same for all frames of it, as far as its unwind
 * tables lead to its end. That of a handler on a stack of its own is of the stack where the signal
 * came. */
uint32_t ta_stack_id(void *const *frame);

/* How many bytes from `begin` up can be read, at most `wanted`. */
size_t ta_stack_readable(const void *begin, size_t wanted);

/* Checks the assumption thread_block, and lets page_probe be checked; once, at the start. */
void ta_stack_check(void);

/* Where the first thread's stack ends, or somewhat before: told by attach.c; 0: not known yet. */
extern uint64_t ta_stack_first_end;

/* Frames from `frame` outwards, innermost first; how many, at least one. */
unsigned ta_stack_walk(void *const *frame, uint64_t *frames, unsigned frames_max);

/* ---- watch.c ---- */

/* Checks the assumption jump_buffer; once, at the start. */
void ta_watch_check(void);

/* Whether calls of watched functions may be left by a longjmp that is not seen, or leads to where
 * is not known. Before an allocation or a call counts, those that were left are then closed. */
extern bool ta_watch_is_blind;

/* Makes the calls of the ledger's watched functions ticks and hot paths. Ends the process when one
 * of them is not there, or nothing imports it. */
void ta_watch_install(ta_ledger *ledger);

/* ---- faults.c ---- */

/* Whether the allocation that begins is to fail; counts it. For what does not come by ta_real. */
bool ta_fault_is_due(size_t bytes, void *const *frame);

/* Puts the failing functions between the program and ta_real, if the ledger asks for any. */
void ta_faults_install(const ta_ledger *ledger);

/* The call that was just made to fail is tried once more by somebody else on the program's behalf
 * (libstdc++'s operator new): that fails too. */
void ta_fault_goes_on(void);

/* Whether this thread's last allocation was made to fail. */
bool ta_fault_was_made(void);

/* ---- trap.c ---- */

/* Says on standard error what was allocated in which hot path, and from where; then aborts. */
_Noreturn void ta_trap(const char *call, size_t bytes, const char *hot_path, void *const *frame);

/* ---- modules.c ---- */

/* The number, from 1, of the module that `address` lies in, which is recorded if it is new; 0 for
 * none, and when there is no more room. */
unsigned ta_module_of(uint64_t address);

/* Records all modules that are there now. Takes the loader's lock: not from within malloc. */
void ta_modules_note_all(void);

/* ---- count.h's one primitive: one instruction on the owner's memory, so that a signal handler
 * which allocates between a load and a store can never make a count disappear. ---- */
static inline void ta_add(uint64_t *counter, uint64_t amount) {
#if defined(__x86_64__)
    __asm__("addq %1, %0" : "+m"(*counter) : "er"(amount) : "cc");
#else
    __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
#endif
}

#pragma GCC visibility pop

/* For words that several threads write. */
static inline uint64_t ta_add_shared(uint64_t *counter, uint64_t amount) {
    return __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
}

#endif
