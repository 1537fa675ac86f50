/* layout.h: the ledger, byte for byte: what an audited process writes and everyone else reads.
 *
 *     header | hot paths | allowed | phases | modules | ranges | scopes | site index | sites |
 * frames | ticks | slots
 *
 * One file, mapped shared by the audited process and by its reader. Each part is an array of plain
 * structs at an offset that the header states. The writer never moves or shrinks anything.
 * Every word is written by one thread at a time, or by an atomic operation; a reader may look at
 * any moment and sees each word whole. Plain data and inline look-ups: nothing allocates. */
#ifndef TA_LEDGER_LAYOUT_H
#define TA_LEDGER_LAYOUT_H

#include "layout_assumptions.h"
#include "layout_own_malloc.h"
#include "layout_ticks.h"
#include "tickaudit/tickaudit.h"

#include <pthread.h>

#define TA_LEDGER_MAGIC   UINT64_C(0x3152474445434154) /* "TACEDGR1" in memory order */
#define TA_LEDGER_VERSION 13

/* Names the ledger's file to the auditor in the process that it is to be written by. */
#define TA_LEDGER_VARIABLE "TICKAUDIT_LEDGER"

/* The name of its file, a memfd, as mappings of it show. */
#define TA_LEDGER_FILE "tickaudit-ledger"

/* Names assumptions, by commas, or "all": their fallbacks are taken whatever the checks say. For
 * tests, and to find out whether one of them is why a program misbehaves. */
#define TA_FALLBACK_VARIABLE "TICKAUDIT_FALLBACK"

enum {
    TA_LEDGER_SLOTS_MAX = 32768,   /* threads alive at once; Linux' own default limit */
    TA_LEDGER_SLOTS_OF_SET = 4096, /* of each ledger of a set */
    TA_LEDGER_SLOTS_BACKED = 256,  /* of these, the slots whose pages are reserved beforehand */
    TA_LEDGER_HOT_PATHS_MAX = 128,
    TA_LEDGER_ALLOWED_MAX = 64,
    TA_LEDGER_SCOPES_NEAR = 32, /* open scopes that lie in a thread's slot */
    TA_LEDGER_SCOPES_FAR = TA_SCOPE_DEPTH_MAX - TA_LEDGER_SCOPES_NEAR, /* those beyond, apart */
    TA_LEDGER_SCOPE_STACKS = 64, /* threads that may ever have so many */
    TA_LEDGER_PHASES_MAX = 64,
    TA_LEDGER_MODULES_MAX = 255, /* their numbers, from 1, fit a byte */
    TA_LEDGER_MODULE_PATH_MAX = 456,
    TA_LEDGER_BUILD_ID_MAX = 32,
    TA_LEDGER_STACK_MAX = 128,         /* frames of a stack that are kept, the innermost */
    TA_LEDGER_SITES_HOT_MAX = 1 << 14, /* powers of two */
    TA_LEDGER_SITES_ALL_MAX = 1 << 20,
    TA_LEDGER_SITES_OF_SET_MAX = 1 << 17,
    TA_LEDGER_SITE_FRAMES_MEAN = 32, /* room for frames, per site */
    TA_LEDGER_SITE_BUCKET = 8,       /* entries of the site index in one cache line */
    TA_LEDGER_SITE_LEVELS_MAX = 6,
    TA_LEDGER_SITE_LEVEL_BITS = 10, /* entries of the index's first level, as a power of two */
    TA_LEDGER_SITE_LEVEL_STEP = 3,  /* each further level is larger by this power */
    TA_LEDGER_ALLOCATOR_MAX = 64,
    TA_LEDGER_SYMBOL_MAX = 256,
    TA_LEDGER_WATCHED_MAX = 16,
    TA_LEDGER_PATCH_CODE_MAX = 24,
    TA_LEDGER_PATCH_MOVED_MAX = 112,
    TA_LEDGER_PATCH_CHANGES_MAX = 8,
    TA_LEDGER_PROGRAM_MAX = 256,
    TA_LEDGER_STACKED_MAX = 16,     /* functions that are hot paths by stack: */
    TA_LEDGER_RANGES_MAX = 1 << 16, /* stretches of code that are theirs */
    TA_LEDGER_SET_NAMESPACE_MAX = 48,
    TA_LEDGER_TICK_THREADS_MAX = 64,     /* whose share in the worst tick is kept */
    TA_LEDGER_SET_LEDGERS_MAX = 1 << 17, /* over a run's life: what ended is released */
    TA_LEDGER_SET_TICKS_MAX = 1 << 17,   /* of each */
    TA_EXEC_PROGRAM_MAX = 112,
    TA_LEDGER_EXIT_UNFIT = 245,    /* of a program whose allocator failed its self-test: it did not
                                    * run */
    TA_LEDGER_EXIT_NO_SYMBOL = 244 /* of a program that does not import what is to be watched: it
                                    * did not run */
};

/* The counters of a thread. The first eight share a cache line: they are what a malloc and free
 * pair touches. "Usable" bytes are what the allocator set aside, not what was asked for: the size
 * of a block can then be asked again when it is freed. */
#define TA_COUNTER_LIST(X)                                                                         \
    X(allocated_calls, "malloc and operator new")                                                  \
    X(allocated_bytes, "bytes of those, as requested")                                             \
    X(freed_calls, "free and operator delete of a block")                                          \
    X(usable_taken, "usable bytes of all blocks that were made")                                   \
    X(usable_given, "usable bytes of all blocks that were given back")                             \
    X(freed_null, "free(NULL)")                                                                    \
    X(hot_allocs, "allocations in a hot path, outside allowed stretches")                          \
    X(hot_bytes, "bytes of those, as requested")                                                   \
    X(zeroed_calls, "calloc")                                                                      \
    X(zeroed_bytes, "bytes of those, as requested")                                                \
    X(resized_calls, "realloc of a block")                                                         \
    X(resized_bytes, "bytes of those, as requested")                                               \
    X(aligned_calls, "posix_memalign, aligned_alloc, memalign, valloc, pvalloc, aligned new")      \
    X(aligned_bytes, "bytes of those, as requested")                                               \
    X(failed_calls, "calls that returned no memory")                                               \
    X(hot_frees, "frees in a hot path, outside allowed stretches")                                 \
    X(mapped_calls, "mmap, mremap, brk and sbrk that took memory")                                 \
    X(mapped_bytes, "bytes of those")                                                              \
    X(unmapped_calls, "munmap")                                                                    \
    X(unmapped_bytes, "bytes of those")

typedef struct ta_counters {
#define TA_COUNTER_FIELD(name, meaning) uint64_t name;
    TA_COUNTER_LIST(TA_COUNTER_FIELD)
#undef TA_COUNTER_FIELD
} ta_counters;

static inline uint64_t ta_counters_allocs(const ta_counters *c) {
    return c->allocated_calls + c->zeroed_calls + c->resized_calls + c->aligned_calls;
}

static inline uint64_t ta_counters_frees(const ta_counters *c) {
    return c->freed_calls + c->resized_calls;
}

static inline uint64_t ta_counters_bytes(const ta_counters *c) {
    return c->allocated_bytes + c->zeroed_bytes + c->resized_bytes + c->aligned_bytes;
}

static inline int64_t ta_counters_live_bytes(const ta_counters *c) {
    return (int64_t)(c->usable_taken - c->usable_given);
}

static inline int64_t ta_counters_live_blocks(const ta_counters *c) {
    return (int64_t)(ta_counters_allocs(c) - ta_counters_frees(c));
}

/* What a thread's innermost scopes make of an allocation. Outside of all it is counted and nothing
 * else (plain), or its stack may be wanted. */
enum { TA_MODE_PLAIN = 0, TA_MODE_HOT = 1, TA_MODE_ALLOWED = 2, TA_MODE_OUTSIDE = 3 };

typedef struct ta_scope_entry {
    uint16_t index;   /* into the hot paths or the allowed stretches */
    uint8_t mode;     /* TA_MODE_HOT or TA_MODE_ALLOWED */
    uint8_t repeated; /* the same hot path is open further out: it is not counted twice */
    uint32_t frame;   /* of a watched call: the low half of its frame's address; else 0 */
    uint32_t stack;   /* of a watched call: which stack that is on (ta_stack_id) */
} ta_scope_entry;

/* A thread's place in the ledger. Only its thread writes it, but for what of `share` a tick's end
 * takes out. When the thread has ended another may
 * take the slot over, counters and all: they are sums over time, never reset. */
typedef struct ta_slot {
    _Alignas(64) ta_counters counters;
    ta_tick_share share;
    uint32_t mode;        /* beside the counters, read at each allocation */
    int32_t thread_id;    /* the how manieth thread that allocated, from 1; 0: not taken yet */
    uint32_t scope_depth; /* scopes open now, those beyond TA_SCOPE_DEPTH_MAX included */
    uint32_t far_scopes;  /* the place of those beyond the nearest, from 1; 0: none yet */
    int64_t sample_left;  /* bytes until the next sample */
    uint64_t sample_random;
    uint64_t violated[2]; /* the hot paths that this thread allocated in, a bit each by index */
    ta_scope_entry scopes[TA_LEDGER_SCOPES_NEAR];
    pthread_mutex_t held; /* robust; by the thread, for as long as it lives (slots.c) */
} ta_slot;

_Static_assert(sizeof(ta_slot) % 64 == 0, "slots of two threads share no cache line");
_Static_assert(offsetof(ta_slot, counters.zeroed_calls) == 64, "the hot counters fill one line");

/* The state of an entry of a table: an entry that is ready does not change its name again. */
enum {
    TA_ENTRY_FREE = 0,
    TA_ENTRY_WRITTEN = 1, /* by some thread, at the moment */
    TA_ENTRY_READY = 2,
    TA_ENTRY_DISCARDED = 3 /* of a site: another has the same key, or it was found not to count */
};

typedef struct ta_hot_path {
    char name[TA_HOT_NAME_MAX];
    uint32_t state;    /* TA_ENTRY_... */
    uint32_t by_stack; /* allocations are told by their call stack: entries are not known */
    uint64_t entries;
    uint64_t allocs, bytes, frees; /* of scopes nested within it too */
    uint64_t threads;              /* in which there was a violation */
    ta_tally in_ticks;
    struct {
        uint64_t allocs, bytes, frees;
    } by_phase[TA_LEDGER_PHASES_MAX];
} ta_hot_path;

typedef struct ta_allowed {
    char name[TA_HOT_NAME_MAX];
    char reason[TA_REASON_MAX];
    uint32_t state; /* TA_ENTRY_... */
    uint32_t reserved;
    uint64_t entries, allocs, bytes;
} ta_allowed;

enum { TA_PHASE_UNUSED = 0, TA_PHASE_OPEN = 1, TA_PHASE_DONE = 2 };

typedef struct ta_phase {
    char name[TA_NAME_MAX];
    uint64_t state;
    uint64_t first_tick, ticks;   /* index of its first tick record; ticks closed in it */
    ta_counters at_begin, at_end; /* all threads; at_end is brought up to date at each tick */
    int64_t first_live_bytes, first_live_blocks; /* at the begin of its first tick */
    ta_observation first, last;                  /* the last before it, the last within it */
    uint64_t observations;
    uint64_t population_mismatches;
    uint64_t population_peak;
    uint64_t rss_first, rss_peak;
} ta_phase;

/* A file that is mapped executable in the audited process. */
typedef struct ta_module {
    uint64_t begin, end; /* addresses */
    uint64_t load_bias;  /* what was added to the file's own addresses */
    uint32_t state;      /* TA_ENTRY_... */
    uint32_t build_id_bytes;
    uint32_t ranges_image; /* written by the reader: the image (ta_ledger.images) for which its
                            * ranges are told; 0: not yet */
    uint32_t range_count;
    uint64_t ranges_at; /* index of the first; by address */
    uint8_t
        build_id[TA_LEDGER_BUILD_ID_MAX]; /* as the linker noted it; of no bytes when it did not */
    char path[TA_LEDGER_MODULE_PATH_MAX];
} ta_module;

/* Anonymous memory that a module took from the kernel by itself, code and stacks left out. */
typedef struct ta_mapped {
    uint64_t calls, bytes;
    uint64_t break_calls; /* of these, brk and sbrk */
} ta_mapped;

/* A frame: a return address, and in the two upper bytes the number of its module, from 1; 0 when
 * it lies in none (code made at run time) or in one that found no room. An address alone would not
 * do: when a plugin is unloaded, another may come to lie in its place. */
enum { TA_FRAME_MODULE_SHIFT = 48 };

static inline uint64_t ta_frame_pack(uint64_t address, unsigned module) {
    return (address & ((UINT64_C(1) << TA_FRAME_MODULE_SHIFT) - 1)) | (uint64_t)module
                                                                          << TA_FRAME_MODULE_SHIFT;
}

static inline uint64_t ta_frame_address(uint64_t frame) {
    return frame & ((UINT64_C(1) << TA_FRAME_MODULE_SHIFT) - 1);
}

static inline unsigned ta_frame_module(uint64_t frame) {
    return (unsigned)(frame >> TA_FRAME_MODULE_SHIFT);
}

/* A stretch of a module's code that belongs to functions which are hot paths by stack: the function
 * itself, its parts, and copies of it that were inlined into others. Those of a module are sorted
 * and do not overlap. */
typedef struct ta_range {
    uint64_t begin, end; /* addresses of the file */
    uint32_t functions;  /* a bit each, by their index in the ledger's `stacked` */
    uint32_t reserved;
} ta_range;

/* What is known of a stack, beside the functions that it holds (the lower bits). */
enum {
    TA_STACK_FUNCTIONS = (1 << TA_LEDGER_STACKED_MAX) - 1,
    TA_STACK_UNREAD = 1 << 16,  /* a frame lies in a module of which no ranges are told yet */
    TA_STACK_GUESSED = 1 << 17, /* a frame without unwind tables was left by its frame pointer */
    TA_STACK_BROKEN = 1 << 18,  /* the walk ended before the outermost frame */
    TA_STACK_CUT = 1 << 19      /* it is deeper than what is looked at */
};

/* The hot path of a site outside of all hot paths, and of one whose allocation was made to fail. */
enum { TA_LEDGER_SITE_OUTSIDE = UINT16_MAX, TA_LEDGER_SITE_OF_FAULT = UINT16_MAX - 1 };

/* Hot paths, a bit each by their index in the table. */
typedef struct ta_hot_set {
    uint64_t bits[TA_LEDGER_HOT_PATHS_MAX / 64];
} ta_hot_set;

/* One call stack that allocated, in a phase and a hot path. Ticks are numbered from 1, after the
 * warm-up. Of a sample, allocs and bytes are what it stands for. */
typedef struct ta_site_record {
    uint64_t key;   /* hash of phase, hot path and frames */
    uint32_t state; /* TA_ENTRY_...; 0 while it is written, too */
    uint16_t hot_path, depth;
    uint32_t phase;     /* index plus one; 0 outside of any */
    uint32_t unread;    /* hot paths by stack that it may count for too: TA_STACK_UNREAD */
    uint64_t frames_at; /* index of its innermost frame */
    ta_hot_set within;  /* all hot paths that it counts for: the innermost and those around it */
    uint64_t allocs, bytes;
    ta_tally in_ticks;
} ta_site_record;

enum {
    TA_LEDGER_TRACK_LIVE = 1,     /* usable bytes are asked for at each call */
    TA_LEDGER_SITES = 2,          /* stacks of violations are recorded */
    TA_LEDGER_TRAP = 4,           /* the first violation ends the process */
    TA_LEDGER_STACKS_ALL = 8,     /* so are those of all other allocations */
    TA_LEDGER_STACKS_SAMPLE = 16, /* or of one of them each so many bytes */
    TA_LEDGER_OF_SET = 32,        /* one of many: its tables are smaller */
    TA_LEDGER_PLANNED = 128, /* phases are the reader's: those that the program begins are none */
    TA_LEDGER_ASKS = 64      /* the auditor tells of new modules and waits for the reader */
};

enum {
    TA_ALIVE_NO = 0,      /* the auditor was never loaded, or could not map the ledger */
    TA_ALIVE_HOOKED = 1,  /* malloc is ours, and a self-test allocation was counted */
    TA_ALIVE_FOREIGN = 2, /* loaded, but malloc leads elsewhere: nothing is counted */
    TA_ALIVE_TESTING = 3, /* the allocator's self-test was begun; found at the end: it crashed */
    TA_ALIVE_UNFIT = 4,   /* the allocator failed its self-test: the program was not run */
    TA_ALIVE_MIXED = 5    /* the program calls another allocator by its own names, `foreign_call`:
                           * it was not run */
};

/* A function of the program's own whose code is to lead past the auditor. Its first instructions
 * have to be moved, and whoever creates the ledger has read them, and written what does the same in
 * another place. */
typedef struct ta_patch_code {
    uint64_t address;                       /* in the program's file; 0: none */
    uint8_t code[TA_LEDGER_PATCH_CODE_MAX]; /* its first whole instructions, five bytes or more */
    uint32_t code_bytes;
    uint8_t moved[TA_LEDGER_PATCH_MOVED_MAX]; /* what is to be run in their place, to its end */
    uint32_t moved_bytes;
    uint32_t change_count, reserved;
    struct {
        uint32_t at;      /* in `moved` */
        uint32_t is_word; /* 4 bytes that count from where they are: changed by how far they were
                             moved */
        uint64_t
            address; /* else 8 bytes: this address of the program's file, where it was loaded */
    } changes[TA_LEDGER_PATCH_CHANGES_MAX];
} ta_patch_code;

/* A function of which each call is a tick or a hot path. One that the program imports is found by
 * its name; one of the program's own by its code. */
typedef struct ta_watched {
    char symbol[TA_LEDGER_SYMBOL_MAX]; /* as it was asked for; the hot path's name */
    char import[TA_LEDGER_SYMBOL_MAX]; /* the linker's name of an import; "": the same */
    uint32_t is_tick, is_hot;
    uint32_t missing; /* written by the auditor: this is why the program was not run */
    uint32_t reserved;
    uint64_t imports; /* written by the auditor: places it is called from, or its own place */
    uint64_t late;    /* written by the auditor: modules that import it, came later and had
                       * constructors, whose calls were not seen */
    uint64_t
        late_by_jump;  /* of such modules, those that may have called it before they were seen */
    ta_patch_code own; /* with the address 0: it is imported */
    uint32_t arguments_known; /* whether it is known how many bytes of arguments on the stack */
    uint32_t arguments_bytes; /* it takes, and how many; when that is not known, at least */
} ta_watched;

typedef struct ta_ledger {
    /* Written by whoever creates the ledger, before the process starts. */
    uint64_t magic;
    uint32_t version;
    uint32_t flags;
    uint64_t total_bytes;
    uint64_t slots_at, hot_paths_at, allowed_at, phases_at, modules_at, ranges_at, scopes_at,
        site_index_at, sites_at, frames_at, ticks_at;
    uint64_t slots_max, sites_max, frames_max, ticks_max;
    uint64_t warmup_ticks; /* the first ticks, in which hot paths promise nothing yet */
    uint64_t sample_bytes; /* with TA_LEDGER_STACKS_SAMPLE: allocated per sample, in the mean */
    uint64_t reader_tick;  /* the tick by the reader's clock, from 1; 0: the process has its own */
    uint32_t watched_count, reserved;
    ta_watched watched[TA_LEDGER_WATCHED_MAX];
    uint32_t own_malloc; /* whether the program has a malloc of its own that is to be watched */
    uint32_t own_reserved;
    ta_patch_code own_family[TA_OWN_COUNT];
    uint32_t stacked_count;
    int32_t reader; /* the process that answers, with TA_LEDGER_ASKS */
    char stacked[TA_LEDGER_STACKED_MAX][TA_HOT_NAME_MAX]; /* names of hot paths by stack */
    uint64_t told;     /* written by the reader: how often it has told ranges */
    uint64_t answered; /* written by the reader: the last value of `asked` that it has answered */
    uint32_t answers;  /* written by the reader: changes with `answered`; a futex */
    uint32_t bell;     /* changes with `asked`; a futex. A set has one for all of its ledgers */
    struct {
        uint64_t nth, every; /* the nth allocation fails, or every nth; 0: none by number */
        char
            hot_path[TA_HOT_NAME_MAX]; /* only those in this hot path are numbered; all of them fail
                                        * when no number is given; "" for all of the program */
        uint64_t calls, injected;      /* written by the auditor: numbered so far, made to fail */
    } fail;
    /* Written by the auditor. */
    _Alignas(64) uint64_t alive;
    int32_t owner;   /* the process that writes here; the first that attached */
    uint32_t images; /* programs that this process has been, by exec: 1 as a rule */
    int32_t parent;  /* of one of a set: the process that started this one */
    uint32_t number; /* of one of a set: which, from 0; that is of the program itself */
    char program[TA_LEDGER_PROGRAM_MAX]; /* of one of a set: its path */
    uint32_t children_begun;             /* by fork() or exec of a child */
    uint32_t watch_is_behind;            /* modules may have come that were not looked at */
    char becoming[TA_EXEC_PROGRAM_MAX];  /* what this process is about to become by exec, or became
                                          * without being audited; not of a set */
    uint64_t asked; /* how often the auditor has asked for ranges of new modules; goes on by exec */
    uint32_t slots_used;   /* slots ever taken, and the end of what a sum has to read */
    uint32_t threads_seen; /* threads that ever allocated */
    uint32_t auditor;      /* the number of the module that is the auditor itself; 0: not known */
    uint32_t ended;        /* the process came to its own end: destructors were run */
    uint64_t ranges_used;  /* written by the reader */
    uint64_t ranges_lost;  /* written by the reader: that found no room */
    struct {
        uint64_t guessed, broken, cut; /* stacks that may hold functions which were not seen */
    } stacks;
    uint32_t phase_count;
    uint32_t phase_now;  /* index plus one; 0 when none is open */
    int32_t tick_thread; /* who has a tick open; 0 when none is */
    uint64_t ticks_begun, ticks_done;
    uint64_t tick_open; /* the number of the open tick, from 1 after the warm-up; 0: none */
    ta_tick_totals ticks;
    ta_thread_in_tick worst_threads[TA_LEDGER_TICK_THREADS_MAX];
    ta_mapped mapped[TA_LEDGER_MODULES_MAX + 1]; /* by the number of the module; 0: by none */
    uint32_t namespaces;                         /* dlmopen calls that made or used another */
    uint32_t foreign_pids; /* of one of a set: process numbers are not the reader's */
    char namespace_file[TA_LEDGER_PROGRAM_MAX]; /* what the first of them loaded */
    char deepbind_file[TA_LEDGER_PROGRAM_MAX];  /* the first module of TA_HOOKED_BYPASSED */
    uint64_t ticks_drained; /* written by the reader: records that it has copied, and that may be
                               written over */
    int64_t inherited_bytes, inherited_blocks; /* live in the parent when it was forked */
    uint32_t inheritance_unknown;              /* it was, and not by fork() */
    uint32_t inheritance_spare;
    uint64_t attached_ns;
    int64_t first_live_bytes,
        first_live_blocks;      /* at the begin of the first tick after the warm-up */
    uint32_t scopes_used;       /* places for far scopes that are taken; may count on */
    uint32_t hot_path_count;    /* hot paths that have a name */
    uint64_t sites_used;        /* records of the sites that are taken; may count on */
    uint64_t frames_used;       /* words of the frames that are taken */
    uint64_t pair_picoseconds;  /* what counting costs per malloc and free, calibrated at start */
    ta_observation observation; /* the last */
    uint64_t warmup_hot_allocs; /* allocations in hot paths during the warm-up, counted apart */
    uint64_t forks_in_hot;      /* followed processes that were forked within a hot path */
    uint64_t hot_elsewhere;     /* allocations on another stack than that of an open watched call */
    struct {
        uint64_t ticks, sites, modules, names, scopes, threads;
        uint64_t records; /* of ticks that are in the totals */
        uint64_t unended; /* ticks whose thread was gone when the next began, and ended them */
    } lost;               /* what did not fit, or did not nest */
    char allocator[TA_LEDGER_ALLOCATOR_MAX];
    uint32_t assumptions[TA_ASSUMPTION_COUNT]; /* a ta_assumption_state each */
    uint32_t defects;                          /* a bit per ta_defect that was found */
    uint32_t padding;
    char foreign_call[32];
    uint64_t hooked; /* a bit per family of functions whose first definition is ours */
} ta_ledger;

enum {
    TA_HOOKED_MALLOC = 1,
    TA_HOOKED_OPERATORS = 2,
    TA_HOOKED_MAPPING = 4,
    TA_HOOKED_FORK = 8,      /* a child is told from its parent however it was forked */
    TA_HOOKED_BYPASSED = 16, /* a module was loaded with RTLD_DEEPBIND: it calls libc's malloc */
    TA_HOOKED_TAKEN = 32,    /* libc's private names of its allocator were looked up */
    TA_HOOKED_SIZES = 64     /* live bytes are known: the allocator tells a block's usable size */
};

static inline ta_slot *ta_ledger_slots(const ta_ledger *ledger) {
    return (ta_slot *)((uintptr_t)ledger + ledger->slots_at);
}

static inline ta_hot_path *ta_ledger_hot_paths(const ta_ledger *ledger) {
    return (ta_hot_path *)((uintptr_t)ledger + ledger->hot_paths_at);
}

static inline ta_allowed *ta_ledger_allowed(const ta_ledger *ledger) {
    return (ta_allowed *)((uintptr_t)ledger + ledger->allowed_at);
}

static inline ta_phase *ta_ledger_phases(const ta_ledger *ledger) {
    return (ta_phase *)((uintptr_t)ledger + ledger->phases_at);
}

static inline ta_module *ta_ledger_modules(const ta_ledger *ledger) {
    return (ta_module *)((uintptr_t)ledger + ledger->modules_at);
}

static inline ta_range *ta_ledger_ranges(const ta_ledger *ledger) {
    return (ta_range *)((uintptr_t)ledger + ledger->ranges_at);
}

/* The functions that a frame belongs to, inlined copies included, or TA_STACK_UNREAD. A return
 * address may be the first of another function: the call is one byte before. Code made at run time
 * is no function of a file. */
static inline uint32_t ta_ledger_functions_at(const ta_ledger *ledger, uint64_t frame) {
    unsigned number = ta_frame_module(frame);
    if (number == 0 || number == ledger->auditor || number > TA_LEDGER_MODULES_MAX)
        return 0;
    const ta_module *module =
        (const ta_module *)((uintptr_t)ledger + ledger->modules_at) + (number - 1);
    if (__atomic_load_n(&module->ranges_image, __ATOMIC_ACQUIRE) != ledger->images)
        return TA_STACK_UNREAD;
    uint64_t address = ta_frame_address(frame) - module->load_bias - 1;
    const ta_range *ranges = ta_ledger_ranges(ledger) + module->ranges_at;
    uint32_t low = 0, high = module->range_count;
    while (low < high) { /* the first that ends behind the address */
        uint32_t middle = low + (high - low) / 2;
        if (ranges[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    bool inside = low < module->range_count && ranges[low].begin <= address;
    return inside ? ranges[low].functions : 0;
}

/* How many open scopes of a slot can be kept. */
static inline uint32_t ta_scopes_max(const ta_slot *slot) {
    return slot->far_scopes ? (uint32_t)TA_SCOPE_DEPTH_MAX : (uint32_t)TA_LEDGER_SCOPES_NEAR;
}

/* The entry of a slot's open scope, 0 the outermost; below ta_scopes_max(). */
static inline ta_scope_entry *ta_scope_at(const ta_ledger *ledger, ta_slot *slot, uint32_t depth) {
    if (depth < TA_LEDGER_SCOPES_NEAR)
        return &slot->scopes[depth];
    ta_scope_entry *far = (ta_scope_entry *)((uintptr_t)ledger + ledger->scopes_at);
    return &far[(uint64_t)(slot->far_scopes - 1) * TA_LEDGER_SCOPES_FAR + depth -
                TA_LEDGER_SCOPES_NEAR];
}

static inline uint64_t *ta_ledger_site_index(const ta_ledger *ledger) {
    return (uint64_t *)((uintptr_t)ledger + ledger->site_index_at);
}

static inline ta_site_record *ta_ledger_sites(const ta_ledger *ledger) {
    return (ta_site_record *)((uintptr_t)ledger + ledger->sites_at);
}

static inline uint64_t *ta_ledger_frames(const ta_ledger *ledger) {
    return (uint64_t *)((uintptr_t)ledger + ledger->frames_at);
}

static inline ta_tick_record *ta_ledger_ticks(const ta_ledger *ledger) {
    return (ta_tick_record *)((uintptr_t)ledger + ledger->ticks_at);
}

/* The records are a ring, of which the reader may copy what is to be kept. */
static inline ta_tick_record *ta_ledger_tick(const ta_ledger *ledger, uint64_t index) {
    return &ta_ledger_ticks(ledger)[index % ledger->ticks_max];
}

static inline uint64_t ta_ledger_align(uint64_t offset) {
    return (offset + 4095) / 4096 * 4096;
}

/* The index of sites: levels of buckets, each level larger than the one before, so that a process
 * with few sites touches few pages. An entry is the upper half of a key and the record's number
 * from 1. The last level has twice as many entries as there are records. */
static inline uint64_t ta_site_level_entries(uint64_t sites_max, unsigned level) {
    uint64_t entries = UINT64_C(1)
                       << (TA_LEDGER_SITE_LEVEL_BITS + level * TA_LEDGER_SITE_LEVEL_STEP);
    return entries < 2 * sites_max ? entries : 2 * sites_max;
}

static inline uint64_t ta_site_index_entries(uint64_t sites_max) {
    uint64_t sum = 0;
    for (unsigned level = 0; sites_max > 0 && level < TA_LEDGER_SITE_LEVELS_MAX; level++) {
        uint64_t entries = ta_site_level_entries(sites_max, level);
        sum += entries;
        if (entries == 2 * sites_max)
            break;
    }
    return sum;
}

/* Fills the creator's part of a header for a ledger of `ticks_max` ticks. The slots come last, so
 * that those which are not backed are the end of the file. */
static inline void ta_ledger_plan(ta_ledger *ledger, uint32_t flags, uint64_t ticks_max) {
    ledger->magic = TA_LEDGER_MAGIC;
    ledger->version = TA_LEDGER_VERSION;
    ledger->flags = flags;
    bool of_family = flags & TA_LEDGER_OF_SET;
    ledger->slots_max = of_family ? TA_LEDGER_SLOTS_OF_SET : TA_LEDGER_SLOTS_MAX;
    bool all = flags & (TA_LEDGER_STACKS_ALL | TA_LEDGER_STACKS_SAMPLE);
    ledger->sites_max = all && of_family          ? TA_LEDGER_SITES_OF_SET_MAX
                        : all                     ? TA_LEDGER_SITES_ALL_MAX
                        : flags & TA_LEDGER_SITES ? TA_LEDGER_SITES_HOT_MAX
                                                  : 0;
    ledger->frames_max = ledger->sites_max * TA_LEDGER_SITE_FRAMES_MEAN;
    ledger->ticks_max = ticks_max;
    uint64_t at = ta_ledger_align(sizeof(ta_ledger));
    ledger->hot_paths_at = at;
    at = ta_ledger_align(at + TA_LEDGER_HOT_PATHS_MAX * sizeof(ta_hot_path));
    ledger->allowed_at = at;
    at = ta_ledger_align(at + TA_LEDGER_ALLOWED_MAX * sizeof(ta_allowed));
    ledger->phases_at = at;
    at = ta_ledger_align(at + TA_LEDGER_PHASES_MAX * sizeof(ta_phase));
    ledger->modules_at = at;
    at = ta_ledger_align(at + TA_LEDGER_MODULES_MAX * sizeof(ta_module));
    ledger->ranges_at = at;
    if (flags & TA_LEDGER_ASKS)
        at = ta_ledger_align(at + TA_LEDGER_RANGES_MAX * sizeof(ta_range));
    ledger->scopes_at = at;
    at = ta_ledger_align(at +
                         sizeof(ta_scope_entry) * TA_LEDGER_SCOPES_FAR * TA_LEDGER_SCOPE_STACKS);
    ledger->site_index_at = at;
    at = ta_ledger_align(at + ta_site_index_entries(ledger->sites_max) * sizeof(uint64_t));
    ledger->sites_at = at;
    at = ta_ledger_align(at + ledger->sites_max * sizeof(ta_site_record));
    ledger->frames_at = at;
    at = ta_ledger_align(at + ledger->frames_max * sizeof(uint64_t));
    ledger->ticks_at = at;
    at = ta_ledger_align(at + ticks_max * sizeof(ta_tick_record));
    ledger->slots_at = at;
    ledger->total_bytes = ta_ledger_align(at + ledger->slots_max * sizeof(ta_slot));
}

/* The bytes from the start that the creator reserves, so that a full disk is met before the run. */
static inline uint64_t ta_ledger_backed_bytes(const ta_ledger *ledger) {
    return ta_ledger_align(ledger->slots_at + TA_LEDGER_SLOTS_BACKED * sizeof(ta_slot));
}

#endif
