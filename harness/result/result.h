/* result.h: everything that is known of one run; what the judge fills and every report reads.
 *
 *     ta_result *result = ta_result_new();
 *     ...
 *     ta_result_free(result);
 *
 * A result owns its arrays. Numbers of metrics are doubles: counts are exact up to 2^53. */
#ifndef TA_RESULT_RESULT_H
#define TA_RESULT_RESULT_H

#include "metrics.h"
#include "status.h"
#include "suppressions.h"
#include "tickaudit/tickaudit.h"

enum {
    TA_RESULT_TEXT_MAX = 512,
    TA_RESULT_PHASES_MAX = 32,
    TA_RESULT_HOT_PATHS_MAX = 128,
    TA_RESULT_MAPPED_MAX = 16, /* modules that map memory; others are not told */
    TA_RESULT_THREADS_MAX = 4, /* told of the worst tick */
    TA_RESULT_STACK_MAX = 512, /* frames of one site, inlined functions included */
    TA_RUN_ID_MAX = 48
};

#define TA_RESULT_SCHEMA        "tickaudit-result/3"
#define TA_RESULT_SCHEMA_BEFORE "tickaudit-result/2" /* is read as well; it has no evidence */

typedef enum ta_verdict {
    TA_VERDICT_PASS,
    TA_VERDICT_FAIL,
    TA_VERDICT_IMPROVED,
    TA_VERDICT_INCONCLUSIVE,
    TA_VERDICT_PARTIAL, /* of a whole run only: it did not end as meant, so nothing is promised */
    TA_VERDICT_NONE     /* of a whole run only: no budget was named, so nothing was judged */
} ta_verdict;

/* "pass", "fail", "improved", "inconclusive", "partial", "none": the one spelling for every output.
 */
const char *ta_verdict_name(ta_verdict verdict);

/* Finds a verdict by its exact name. False when there is none. */
bool ta_verdict_find(const char *name, ta_verdict *verdict);

/* What a program exits with that has nothing else to say: pass, improved and
 * none 0, fail 1, inconclusive 3, partial 4. */
ta_status_code ta_verdict_exit_code(ta_verdict verdict);

/* The metrics of a phase or of the whole. A value that could not be known (no frame was finished,
 * nothing was sampled) has known = false and is written as an empty cell or null, never as 0. */
typedef struct ta_figures {
    char name[TA_NAME_MAX]; /* the phase's name, "whole" for the whole */
    bool complete;          /* every planned tick was done */
    uint64_t ticks_planned;
    double value[TA_METRIC_COUNT];
    bool known[TA_METRIC_COUNT];
} ta_figures;

/* How far a fact is known that verdicts rest on. */
typedef enum ta_evidence_state {
    TA_EVIDENCE_COMPLETE,
    TA_EVIDENCE_INCOMPLETE, /* something is known to have gone unseen */
    TA_EVIDENCE_UNKNOWN     /* whether something went unseen cannot be told */
} ta_evidence_state;

/* "complete", "incomplete", "unknown": the one spelling for every output. */
const char *ta_evidence_state_name(ta_evidence_state state);
bool ta_evidence_state_find(const char *name, ta_evidence_state *state);

typedef struct ta_evidence {
    char what[TA_NAME_MAX]; /* the fact's name in evidence.h, or one of a later version */
    ta_evidence_state state;
    char subject[TA_HOT_NAME_MAX];   /* the hot path that it is about; "": the whole run */
    char detail[TA_RESULT_TEXT_MAX]; /* what was seen, or what was not */
    char remedy[TA_RESULT_TEXT_MAX]; /* what to do about it; "" when complete */
} ta_evidence;

/* How the audited program ended. */
typedef enum ta_program_end_how {
    TA_PROGRAM_END_UNKNOWN, /* a result of an earlier version */
    TA_PROGRAM_EXITED,
    TA_PROGRAM_KILLED
} ta_program_end_how;

/* "unknown", "exited", "killed": the one spelling for every output. */
const char *ta_program_end_name(ta_program_end_how how);
bool ta_program_end_find(const char *name, ta_program_end_how *how);

typedef struct ta_program_end {
    ta_program_end_how how;
    int number;    /* the exit code, or the signal */
    bool expected; /* by --expect-exit, when it is not exit code 0 */
} ta_program_end;

/* "exit code 7", "killed by signal 15 (Terminated), as expected". */
void ta_program_end_text(const ta_program_end *end, char *text, size_t size);

/* One budget's outcome. */
typedef struct ta_judgement {
    char budget[TA_RESULT_TEXT_MAX]; /* as written: "hot_allocs = 0" */
    char phase[TA_NAME_MAX];         /* "whole", or the phase's name */
    ta_metric metric;
    double value;
    bool known;
    ta_verdict verdict;
    char why[TA_RESULT_TEXT_MAX]; /* for a fail: what was seen, where first, by how much */
} ta_judgement;

typedef struct ta_hot_path_figures {
    char name[TA_HOT_NAME_MAX];
    bool by_stack; /* allocations are told by their call stack: frees are not counted, and entries
                    * only when calls are watched as well */
    bool spread_known;       /* the next two */
    uint64_t ticks, threads; /* in which it allocated */
    uint64_t entries;
    uint64_t allocs, bytes, frees; /* outside allowed stretches, those of nested scopes included */
    uint64_t tick_allocs;          /* of these, within ticks */
    uint64_t first_tick;           /* the first offending tick, from 1; 0 when there is none */
    uint64_t worst_tick, worst_tick_allocs;
    struct {
        uint64_t allocs, bytes, frees;
    } by_phase[TA_RESULT_PHASES_MAX]; /* by the index of the phase */
} ta_hot_path_figures;

typedef struct ta_allowed_figures {
    char name[TA_HOT_NAME_MAX];
    char reason[TA_REASON_MAX];
    uint64_t entries, allocs, bytes;
} ta_allowed_figures;

typedef struct ta_frame {
    char function[512]; /* demangled; "" when unknown; template arguments of longer ones are cut */
    char file[128];     /* source file, or the module when there is no line */
    char module[64];    /* the file of the program or library, without its folder */
    unsigned line;      /* 0 when unknown */
    /* The line on which the function is declared; 0 when unknown. Lines of its calls, less this
     * one, stay as they are when code is inserted above the function. */
    unsigned function_line;
    uint64_t offset; /* in the module */
    /* In the function that holds the address, which an inlined one is part of; 0 when unknown. A
     * build that changes other functions only leaves it as it is. */
    uint64_t function_offset;
} ta_frame;

/* One call stack that allocated, over all phases. Ticks are those after the warm-up. Of a sample
 * the numbers are what it stands for. */
typedef struct ta_site {
    char hot_path[TA_HOT_NAME_MAX]; /* the innermost; "" outside of any */
    /* All hot paths that it counts for, the innermost and those around it: a bit each, by their
     * index in the result. */
    uint64_t within[TA_RESULT_HOT_PATHS_MAX / 64];
    uint64_t allocs, bytes;
    uint64_t tick_allocs, tick_bytes;       /* of these, within ticks */
    uint64_t ticks;                         /* ticks in which it allocated */
    uint64_t first_tick;                    /* from 1; 0: outside of ticks only */
    uint64_t worst_tick, worst_tick_allocs; /* the tick with most of its allocations */
    uint64_t in_worst_tick; /* its allocations in the tick with most of the whole process; of the
                               process itself, and not kept */
    uint64_t allocs_by_phase[TA_RESULT_PHASES_MAX], bytes_by_phase[TA_RESULT_PHASES_MAX];
    uint32_t frame_count;
    uint32_t stack_at;      /* into the result's stacks: its frames, innermost first */
    uint32_t suppressed_by; /* index into suppressions plus one; 0: none */
} ta_site;

/* How a process came to its end. */
typedef enum ta_process_end {
    TA_PROCESS_EXITED,    /* its destructors ran */
    TA_PROCESS_CUT_SHORT, /* _exit, a signal, or it became another program */
    TA_PROCESS_RUNNING    /* it was still there when the program that was asked for had ended */
} ta_process_end;

/* "exited", "cut short", "running": the one spelling for every output. */
const char *ta_process_end_name(ta_process_end end);
bool ta_process_end_find(const char *name, ta_process_end *end);

/* One program that a process was, when children are followed. A process that becomes another by
 * exec is listed once for each. */
typedef struct ta_process_figures {
    char program[256]; /* its path */
    int32_t id, parent;
    ta_process_end end;
    uint32_t threads_seen;
    uint64_t allocs, frees, bytes; /* as in the result's totals */
    uint64_t hot_allocs;
    uint64_t ticks;
    int64_t live_bytes; /* at its end */
} ta_process_figures;

typedef enum ta_suppression_state {
    TA_SUPPRESSION_USED,
    TA_SUPPRESSION_UNUSED, /* nothing matched it that none before it had taken */
    TA_SUPPRESSION_EXPIRED /* takes nothing; its numbers are what it would have taken */
} ta_suppression_state;

/* "used", "unused", "expired": the one spelling for every output. */
const char *ta_suppression_state_name(ta_suppression_state state);
bool ta_suppression_state_find(const char *name, ta_suppression_state *state);

typedef struct ta_suppression_figures {
    ta_suppression suppression;
    ta_suppression_state state;
    uint64_t sites, allocs, bytes;
} ta_suppression_figures;

/* One tick, for the per-tick vectors of the JSON. */
typedef struct ta_tick_figures {
    uint32_t phase; /* index into phases */
    uint32_t population;
    uint64_t wall_ns;     /* of several rounds the least */
    uint64_t wall_ns_max; /* and the greatest; 0 when there was one */
    uint64_t own_allocs, allocs, frees, bytes, hot_allocs;
    int64_t live_bytes, live_blocks;
    uint64_t state_hash;
} ta_tick_figures;

/* What it takes to make a run again. The arguments are those of the command line, that of
 * `tickaudit` itself left out: "run", "--set", "seed=7", "a.json". */
typedef struct ta_record {
    char folder[1024];        /* in which it was started */
    char workload_file[1024]; /* the library of the workload, or the program */
    uint64_t workload_hash;   /* FNV-1a 64 of that file's content; 0 when unknown */
    uint64_t inputs_hash;     /* of what else it was made of: the arguments and the files that they
                                 name, options, the modules that were loaded; 0 when unknown */
    uint32_t argument_count;  /* 0 when unknown */
    char **arguments;
} ta_record;

/* What the rounds of `run --rounds` said of one metric over the whole run. */
typedef struct ta_round_range {
    bool known; /* in each of them */
    double least, greatest;
    uint64_t first_tick; /* of an exact metric that differs: the first tick that does; 0: none */
} ta_round_range;

/* Memory that a module took from the kernel by itself: anonymous mappings and the break. */
typedef struct ta_mapped_figures {
    char module[64]; /* its file, without the folder; "": code in no file */
    uint64_t calls, bytes;
    bool by_break;
    bool allowed; /* --allow-mapped: it is no heap */
} ta_mapped_figures;

/* What a thread allocated in a tick. */
typedef struct ta_thread_share {
    int32_t id; /* the how manieth thread that allocated, from 1 */
    uint64_t allocs;
} ta_thread_share;

typedef struct ta_result {
    char run_id[TA_RUN_ID_MAX];
    char timestamp[32];      /* UTC, ISO 8601: 2026-01-31T12:00:00Z */
    char label[TA_NAME_MAX]; /* --label, "" when none */
    char pre_post[8];        /* "pre", "post" or "" */
    char notes[TA_RESULT_TEXT_MAX];
    char scenario[TA_NAME_MAX]; /* of `exec` its --scenario, else the program's file */
    bool scenario_named;        /* false when it is but the name of a program's file */
    char scenario_path[1024];
    char ticks_of[TA_NAME_MAX]; /* "scenario", "marks", "symbol:swap", "time:10ms", "whole"; "" when
                                   unknown */
    ta_record record;
    uint64_t scenario_hash;
    uint64_t seed;
    uint32_t tick_hz;            /* ticks per simulated second; 0 when unknown */
    uint64_t population_planned; /* the largest that a phase plans; 0 when unknown */
    char level[TA_NAME_MAX];
    char switches_on[TA_RESULT_TEXT_MAX]; /* names, separated by one space */
    char workload[1024];
    char allocator[TA_NAME_MAX]; /* "mimalloc 2.0.9" or "system (glibc 2.36)" */
    char revision[TA_NAME_MAX];  /* git's, "+changes" when the tree is dirty; "" when unknown */
    char machine[256];           /* "processor; N cores": compared verbatim, so nothing that a
                                    restart changes */
    char compiler[128];
    char build_type[32];

    ta_program_end program_end;
    bool partial; /* did not finish its phases, or did not end as meant while budgets were named */
    char partial_why[TA_RESULT_TEXT_MAX]; /* "killed by signal 9 in tick 812 of phase combat" */
    bool strict;                          /* --strict: what is unknown is as good as incomplete */
    ta_verdict verdict;
    ta_status_code exit_code; /* what `tickaudit run` exits with for this result */

    struct {
        uint64_t allocs, frees, bytes;
    } totals; /* of the whole process, valgrind's convention: a resize is both; when children are
               * followed, of all of them */
    struct {
        int64_t bytes, blocks; /* usable bytes, and blocks, that were not given back */
        bool known;
    } live_at_end; /* of all processes, each at its end, when children are followed */
    uint64_t state_hash;
    uint64_t final_alive[TA_TIER_COUNT];
    double wall_seconds; /* of the audited process */

    ta_figures whole;
    uint32_t phase_count;
    ta_figures phases[TA_RESULT_PHASES_MAX];

    uint32_t judgement_count;
    ta_judgement *judgements;
    uint32_t evidence_count; /* an entry a fact, or more when it has subjects */
    ta_evidence *evidence;
    uint32_t hot_path_count;
    ta_hot_path_figures *hot_paths;
    uint32_t allowed_count;
    ta_allowed_figures *allowed;
    uint32_t site_count; /* the worst first: most allocations in ticks, then in all */
    ta_site *sites;
    uint32_t stack_words; /* the sites' stacks, one after another: indices of frames */
    uint32_t *stacks;
    uint32_t frame_count; /* each frame once */
    ta_frame *frames;
    char stacks_of[24]; /* which allocations have sites: "hot", "all", "sample:524288" */
    char suppressions_path[TA_SUPPRESSIONS_PATH_MAX]; /* "" when there was no such file */
    uint32_t suppression_count;                       /* in the order of the file */
    ta_suppression_figures *suppressions;
    struct {
        uint64_t sites, allocs, bytes;
    } suppressed; /* by all of them; these are no longer in hot_allocs, hot_bytes and hot_paths */
    uint64_t tick_count, tick_room;
    ta_tick_figures *ticks; /* those that were kept; the figures know of all */
    uint32_t rounds;        /* 1 unless `run --rounds`; then times are per-tick minima over them */
    ta_round_range round_ranges[TA_METRIC_COUNT]; /* when there are several */
    bool round_hashes_differ;                     /* the state hash did not agree */
    uint64_t round_hash_tick;                     /* the first tick in which it did not; 0: none */
    struct {
        bool known; /* not kept */
        uint64_t tick, allocs, own_allocs;
        int32_t ticking_thread;
        uint32_t thread_count;
        ta_thread_share threads[TA_RESULT_THREADS_MAX]; /* most allocations first */
    } worst_tick;
    uint32_t process_count; /* 0 unless children are followed; the order is that of their begin */
    ta_process_figures *processes;

    char hooks[TA_RESULT_TEXT_MAX];    /* what was in force, in words */
    char bypassed[TA_RESULT_TEXT_MAX]; /* who allocates past us, not counted; "" for nobody */
    uint32_t mapped_count; /* who mapped memory; kept as evidence alone, as is the next */
    ta_mapped_figures mapped[TA_RESULT_MAPPED_MAX];
    char namespaces[TA_RESULT_TEXT_MAX]; /* what was loaded into link-map namespaces of their own */
    uint64_t modules_unread; /* modules of which that is not known; kept as evidence alone */
    struct {
        uint64_t ticks, sites, names, scopes, threads, processes;
        uint64_t records;     /* of ticks whose figures are in the whole */
        uint64_t unended;     /* ticks that their thread did not end before it ended itself */
    } lost;                   /* what did not fit; all zero in a healthy run */
    uint64_t blocks_unsteady; /* aligned blocks over an allocator that tells their usable size
                                 differently later on; not kept: it becomes evidence */
    uint32_t sizes_untold;    /* processes whose allocator does not tell usable sizes, and those */
    uint32_t operators_own;  /* processes that define operator new themselves; not kept, likewise */
    uint64_t forks_in_hot;   /* children that were forked within a hot path; not kept, likewise */
    uint32_t mapping_unseen; /* that define mmap themselves; not kept, likewise */
    uint32_t threads_seen;   /* threads that called the allocator, over the whole run */
    double audit_ns_per_pair; /* what counting one allocate-and-free pair cost here */
} ta_result;

/* Whether the entries, or the frees, of a hot path are known. */
bool ta_hot_path_has_entries(const ta_hot_path_figures *path);

/* Frame `depth` of a site, 0 the innermost; below site->frame_count. */
const ta_frame *ta_site_frame(const ta_result *result, const ta_site *site, unsigned depth);

/* Whether a site counts for the hot path with this index; and notes that it does. */
bool ta_site_has_path(const ta_site *site, uint32_t hot_path);
void ta_site_add_path(ta_site *site, uint32_t hot_path);

/* Copies the arguments into a record, in place of those that it has. False without memory. */
bool ta_record_set_arguments(ta_record *record, char *const *arguments, uint32_t count);

/* Frees the arguments. */
void ta_record_clear(ta_record *record);

/* A zeroed result, or NULL when there is no memory. */
ta_result *ta_result_new(void);
void ta_result_free(ta_result *result);

/* The value of a metric of the whole, or NAN when it is not known. */
double ta_result_value(const ta_result *result, ta_metric metric);

#endif
