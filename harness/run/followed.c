#define _GNU_SOURCE
#include "followed.h"

#include "bypass.h"
#include "join.h"
#include "site_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A process whose ledger was taken and is not read yet. */
typedef struct open_process {
    uint32_t number;
    int32_t owner;
    bool superseded; /* its number has a later ledger: it became another program, or is gone */
    bool foreign;    /* its number is of another pid namespace: nothing can be told by it */
} open_process;

struct ta_followed {
    ta_ledger_file *file;
    ta_without_ticks without;
    ta_site_pool *pool; /* NULL when stacks are not wanted */
    ta_result *children;
    ta_process_figures *processes; /* by number; those of id 0 are none */
    uint32_t room;
    open_process *open;
    uint32_t open_count, open_room;
    uint32_t seen; /* ledgers whose owner is known */
    unsigned sweeps;
    int pause_ms;
    ta_stacked *stacked;      /* NULL: there are no hot paths by stack */
    ta_module_files *modules; /* of those that were read */
    ta_followed_sum sum;      /* of those that were released */
    ta_status status;         /* the first failure */
};

enum { PAUSE_MIN_MS = 2, PAUSE_MAX_MS = 64 };

ta_followed *ta_followed_new(ta_ledger_file *file, ta_without_ticks without, bool with_sites) {
    ta_followed *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    *reader = (ta_followed){.file = file,
                            .without = without,
                            .pool = with_sites ? ta_site_pool_new() : NULL,
                            .children = ta_result_new(),
                            .modules = ta_module_files_new(),
                            .pause_ms = PAUSE_MIN_MS,
                            .status = ta_status_ok()};
    if (reader->children)
        reader->children->live_at_end.known = true; /* of none, so far */
    if (reader->children && reader->modules && (reader->pool || !with_sites))
        return reader;
    ta_followed_free(reader);
    return NULL;
}

void ta_followed_free(ta_followed *reader) {
    if (!reader)
        return;
    ta_site_pool_free(reader->pool);
    ta_result_free(reader->children);
    ta_module_files_free(reader->modules);
    free(reader->processes);
    free(reader->open);
    free(reader);
}

void ta_followed_settle_by(ta_followed *reader, ta_stacked *stacked) {
    reader->stacked = stacked;
}

const ta_module_files *ta_followed_modules(const ta_followed *reader) {
    return reader->modules;
}

static void fail(ta_followed *reader, ta_status status) {
    if (ta_ok(reader->status))
        reader->status = status;
}

static bool without_memory(ta_followed *reader) {
    fail(reader, ta_status_make(TA_INTERNAL, "no memory for the followed processes"));
    return false;
}

/* ---- which processes there are ---- */

static bool make_room(ta_followed *reader) {
    if (reader->open_count == reader->open_room) {
        uint32_t room = reader->open_room ? reader->open_room * 2 : 64;
        open_process *open = realloc(reader->open, room * sizeof *open);
        if (!open)
            return without_memory(reader);
        reader->open = open;
        reader->open_room = room;
    }
    if (reader->seen >= reader->room) {
        uint32_t room = reader->room ? reader->room * 2 : 64;
        ta_process_figures *processes = realloc(reader->processes, room * sizeof *processes);
        if (!processes)
            return without_memory(reader);
        memset(processes + reader->room, 0, (room - reader->room) * sizeof *processes);
        reader->processes = processes;
        reader->room = room;
    }
    return true;
}

/* Ledgers that were taken since the last look. One that is just being taken ends it. */
static void look_for_new(ta_followed *reader, bool is_last_look) {
    for (; reader->seen < ta_ledger_count(reader->file); reader->seen++) {
        const ta_ledger *ledger = ta_ledger_at(reader->file, reader->seen);
        int32_t owner = ledger ? __atomic_load_n(&ledger->owner, __ATOMIC_ACQUIRE) : 0;
        if (owner == 0 && !is_last_look)
            return;
        if (!make_room(reader))
            return;
        if (owner == 0)
            continue;
        bool foreign = ledger->foreign_pids;
        for (uint32_t i = 0; i < reader->open_count && !foreign; i++)
            reader->open[i].superseded |=
                reader->open[i].owner == owner && !reader->open[i].foreign;
        reader->open[reader->open_count++] = (open_process){reader->seen, owner, false, foreign};
    }
}

/* Whether all threads of a process have ended, which its parent has not asked for yet. */
static bool is_zombie(int32_t process) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[bytes > 0 ? bytes : 0] = 0;
    const char *at = strrchr(text, ')');
    enum { FIELDS_BEFORE_THREADS = 17 }; /* between the state and num_threads, proc(5) */
    if (!at || strncmp(at, ") Z", 3) != 0)
        return false;
    at += 3;
    for (int i = 0; at && i < FIELDS_BEFORE_THREADS; i++)
        at = strchr(at + 1, ' ');
    return at && strtol(at, NULL, 10) <= 1;
}

/* A number that belongs to somebody else meanwhile looks like a process that runs; its ledger is
 * then read at the end. */
static bool is_gone(const open_process *process, bool look_closely) {
    if (process->foreign)
        return false;
    if (process->superseded)
        return true;
    if (kill(process->owner, 0) != 0 && errno == ESRCH)
        return true;
    return look_closely && is_zombie(process->owner);
}

/* ---- reading one ---- */

static ta_status join_one(ta_followed *reader, const ta_ledger *ledger) {
    ta_result *child = ta_result_new();
    if (!child)
        return ta_status_make(TA_INTERNAL, "no memory for a result");
    ta_status status = ta_measure_program(ledger, reader->without, child);
    if (reader->pool)
        ta_bypass_find(ledger, child);
    if (ta_ok(status))
        status = ta_result_join(reader->children, child);
    ta_result_free(child);
    return status;
}

static void add_sum(ta_followed_sum *sum, const ta_ledger *ledger) {
    sum->faults_injected += ledger->fail.injected;
    sum->hot_elsewhere += ledger->hot_elsewhere;
    for (uint32_t i = 0; i < TA_LEDGER_WATCHED_MAX; i++) {
        sum->late[i] += ledger->watched[i].late;
        sum->late_by_jump[i] += ledger->watched[i].late_by_jump;
    }
    sum->execs_unknown |= ledger->assumptions[TA_ASSUMPTION_exec_code] != TA_ASSUMPTION_HOLDS;
    if (ledger->ticks_begun > sum->ticks_begun_most)
        sum->ticks_begun_most = ledger->ticks_begun;
    ta_stack_doubts_add(&sum->doubts, ledger);
}

/* `own` is in the result already, but for its stacks. */
static void read_one(ta_followed *reader, const open_process *process, ta_process_end end,
                     const ta_ledger *own) {
    ta_ledger *ledger = ta_ledger_at(reader->file, process->number);
    if (!ledger) {
        fail(reader, ta_status_make(TA_INTERNAL, "no address space for a followed process"));
        return;
    }
    if (reader->stacked)
        ta_stacked_settle(reader->stacked, ledger);
    reader->processes[process->number] =
        ta_process_of(ledger, ledger->ended ? TA_PROCESS_EXITED : end);
    if (ledger != own) {
        ta_status status = join_one(reader, ledger);
        if (!ta_ok(status))
            fail(reader, status);
    }
    if ((reader->pool && !ta_site_pool_add(reader->pool, ledger)) ||
        !ta_module_files_add(reader->modules, ledger))
        without_memory(reader);
    add_sum(&reader->sum, ledger);
}

int ta_followed_sweep(ta_followed *reader, int32_t program) {
    enum { AT_ONCE = 128, CLOSELY_EACH = 32 };
    look_for_new(reader, false);
    bool closely = ++reader->sweeps % CLOSELY_EACH == 0;
    uint32_t kept = 0, read = 0;
    for (uint32_t i = 0; i < reader->open_count; i++) {
        open_process process = reader->open[i];
        bool is_program = process.owner == program && !process.superseded;
        if (is_program || read == AT_ONCE || !is_gone(&process, closely)) {
            reader->open[kept++] = process;
            continue;
        }
        read_one(reader, &process, TA_PROCESS_CUT_SHORT, NULL);
        ta_ledger_release(reader->file, process.number);
        read++;
    }
    reader->open_count = kept;
    int longer = reader->pause_ms * 2;
    reader->pause_ms = read ? PAUSE_MIN_MS : longer < PAUSE_MAX_MS ? longer : PAUSE_MAX_MS;
    return read == AT_ONCE ? 0 : reader->pause_ms;
}

/* ---- the end ---- */

ta_followed_sum ta_followed_sum_up(ta_followed *reader) {
    look_for_new(reader, true); /* those of short runs were not looked for yet */
    ta_followed_sum sum = reader->sum;
    for (uint32_t i = 0; i < reader->open_count; i++) {
        const ta_ledger *ledger = ta_ledger_at(reader->file, reader->open[i].number);
        if (ledger)
            add_sum(&sum, ledger);
    }
    return sum;
}

static void keep_program(ta_unaudited *all, const char *program) {
    for (unsigned i = 0; i < sizeof all->programs / sizeof *all->programs; i++) {
        if (!all->programs[i][0])
            snprintf(all->programs[i], sizeof all->programs[i], "%s", program);
        if (strcmp(all->programs[i], program) == 0)
            return;
    }
}

ta_unaudited ta_followed_unaudited(const ta_followed *reader) {
    const ta_ledger_set *followed = reader->file->set;
    ta_unaudited all = {.count = followed->execs_lost};
    for (unsigned i = 0; i < TA_LEDGER_SET_EXECS_MAX; i++) {
        ta_exec_record exec = followed->execs[i];
        if (exec.process == 0)
            continue;
        exec.program[sizeof exec.program - 1] = 0;
        all.count++;
        keep_program(&all, exec.program);
    }
    return all;
}

static void list_processes(ta_followed *reader, ta_result *result) {
    for (uint32_t i = 0; i < reader->seen; i++) {
        if (reader->processes[i].id != 0)
            reader->processes[result->process_count++] = reader->processes[i];
    }
    result->processes = reader->processes;
    reader->processes = NULL;
    reader->room = 0;
}

ta_status ta_followed_join(ta_followed *reader, const ta_ledger *own, ta_result *result) {
    look_for_new(reader, true);
    for (uint32_t i = 0; i < reader->open_count; i++) {
        bool gone = reader->open[i].foreign || is_gone(&reader->open[i], true);
        read_one(reader, &reader->open[i], gone ? TA_PROCESS_CUT_SHORT : TA_PROCESS_RUNNING, own);
        if (ta_ledger_at(reader->file, reader->open[i].number) != own)
            ta_ledger_release(reader->file, reader->open[i].number);
    }
    reader->open_count = 0;
    list_processes(reader, result);
    if (ta_ok(reader->status))
        fail(reader, ta_result_join(result, reader->children));
    result->lost.processes = reader->file->set->lost;
    if (ta_ok(reader->status) && reader->pool)
        fail(reader, ta_site_pool_resolve(reader->pool, result));
    return reader->status;
}
